"""What clients see of an error: always a code of ErrorCode, never the text of an exception that was not meant for them.

DocumentRefused     errors of the GraphQL request: syntax, validation, limits, variables; nothing was executed
Rejected            the HTTP request itself cannot be served; says with which status
"""

from __future__ import annotations

import asyncio
import secrets
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from graphql import GraphQLError
from tortoise.exceptions import DBConnectionError

from services.errors import ErrorCode, Refusal, Unavailable
from telemetry import log
from transports.metrics import REFUSALS

Answer = dict[str, Any]

AWAY = (
    OSError,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
)
TOO_SLOW = (asyncio.TimeoutError, asyncpg.QueryCanceledError)
UNREADABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
TIMED_OUT = "This took too long and was stopped; ask for less, or retry."
FRAMES_LOGGED = 12


class DocumentRefused(Exception):
    """A GraphQL request that is answered with `errors` only, already in the form that clients get."""

    def __init__(self, errors: Sequence[Answer]) -> None:
        self.errors = list(errors)
        super().__init__(self.errors)

    @property
    def answer(self) -> Answer:
        """The whole response."""
        return {"errors": self.errors}


class Rejected(Exception):
    """An HTTP request that never becomes a GraphQL request; `headers` are added to the answer."""

    def __init__(self, status: int, code: ErrorCode, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.detail, self.headers = status, code, detail, headers or {}
        super().__init__(detail)


def plain_error(code: ErrorCode, message: str, **extensions: object) -> Answer:
    """An error that belongs to no field."""
    return {"message": message, "extensions": {"code": code.value, **extensions}}


def refused(code: ErrorCode, message: str) -> DocumentRefused:
    """The refusal of a whole GraphQL request, for one reason."""
    return DocumentRefused([plain_error(code, message)])


def refusal_error(refusal: Refusal) -> Answer:
    """A refusal of ours that belongs to no field."""
    return {"message": refusal.detail, "extensions": dict(refusal.extensions)}


def request_errors(errors: Iterable[GraphQLError], code: ErrorCode) -> list[Answer]:
    """Errors that graphql-core found before executing; their text teaches and is shown."""
    return [_request_error(error, code) for error in errors]


def _request_error(error: GraphQLError, code: ErrorCode) -> Answer:
    original = _origin(error)
    extensions = dict(original.extensions) if isinstance(original, Refusal) else {"code": code.value}
    return {**_shown(error), "extensions": extensions}


def field_errors(errors: Iterable[GraphQLError], operation: str | None) -> list[Answer]:
    """Errors raised while executing: refusals keep their text, anything else hides it behind an incident id."""
    return [_field_error(error, operation) for error in errors]


def _field_error(error: GraphQLError, operation: str | None) -> Answer:
    original = _origin(error)
    if isinstance(original, GraphQLError) and original.nodes:
        described = plain_error(ErrorCode.BAD_USER_INPUT, error.message)
    else:
        described = describe(original, operation, error.path)
    return {**_shown(error), **described}


def describe(problem: BaseException, operation: str | None, path: Sequence[str | int] | None = None) -> Answer:
    """Message and extensions for what was raised; what was not meant for clients is logged once, without its text."""
    if isinstance(problem, Refusal):
        return refusal_error(problem)
    if isinstance(problem, TOO_SLOW):
        return plain_error(ErrorCode.TIMEOUT, TIMED_OUT)
    if isinstance(problem, UNREADABLE):
        return plain_error(ErrorCode.BAD_USER_INPUT, "A text contains characters that cannot be stored.")
    if isinstance(problem, AWAY):
        log.warning("database_away", problem=type(problem).__name__, operation=operation)
        return refusal_error(Unavailable())
    return _incident(problem, operation, path)


def _incident(problem: BaseException, operation: str | None, path: Sequence[str | int] | None) -> Answer:
    """Exception texts may quote what people wrote: only their types and places are logged."""
    incident = secrets.token_hex(6)
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES_LOGGED:]
    log.error(
        "incident",
        incident=incident,
        operation=operation,
        path=".".join(map(str, path)) if path else None,
        problem=f"{type(problem).__module__}.{type(problem).__qualname__}",
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    return plain_error(ErrorCode.INTERNAL, f"Something went wrong on our side. Quote incident {incident}.", incidentId=incident)


def _origin(error: GraphQLError) -> BaseException:
    """What was raised first, under the layers that graphql-core wraps around it."""
    origin: BaseException = error
    while isinstance(origin, GraphQLError) and origin.original_error is not None:
        origin = origin.original_error
    return origin


def _shown(error: GraphQLError) -> Answer:
    shown: Answer = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        shown["path"] = list(error.path)
    return shown


def count_refusals(errors: Iterable[Answer]) -> None:
    """Count what was refused, by code."""
    for error in errors:
        REFUSALS.labels(error["extensions"]["code"]).inc()
