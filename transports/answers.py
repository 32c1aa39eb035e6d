"""What clients see of an execution: data, and errors that always carry a code and never an inner text."""

from __future__ import annotations

import asyncio
import secrets
import traceback
from typing import Any

import asyncpg
from graphql import ExecutionResult, GraphQLError
from prometheus_client import Counter
from tortoise.exceptions import DBConnectionError

from services.errors import ErrorCode, Refusal, Unavailable
from telemetry import log

REFUSALS = Counter("pass_emploi_refusals_total", "Errors that clients were given, by code.", ["code"])
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    DBConnectionError,
    ConnectionError,
    asyncio.TimeoutError,
)
FRAMES = 4


def format_result(result: ExecutionResult) -> dict[str, Any]:
    """The response of an execution, as JSON-ready objects."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [format_error(error) for error in result.errors]
    return answer


def format_error(error: GraphQLError) -> dict[str, Any]:
    """An error with its code. What is our fault is logged once, under an incident that the client is told."""
    message, extensions = _explain(error)
    REFUSALS.labels(extensions["code"]).inc()
    shown: dict[str, Any] = {"message": message}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shown["path"] = error.path
    return {**shown, "extensions": extensions}


def _explain(error: GraphQLError) -> tuple[str, dict[str, Any]]:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Refusal):
        return cause.detail, dict(cause.extensions)
    if cause is None or isinstance(cause, GraphQLError):
        return error.message, {"code": ErrorCode.BAD_USER_INPUT.value}
    if isinstance(cause, AWAY):
        log.warning("database_unavailable", problem=type(cause).__name__)
        return Unavailable.detail, {"code": ErrorCode.UNAVAILABLE.value}
    return _incident(cause)


def _incident(cause: BaseException) -> tuple[str, dict[str, Any]]:
    """Log where it happened, without the exception's text: that may quote a person's words."""
    incident = secrets.token_hex(6)
    frames = traceback.extract_tb(cause.__traceback__)[-FRAMES:]
    log.error("incident", incident=incident, problem=type(cause).__name__, where=[f"{frame.filename}:{frame.lineno}" for frame in frames])
    return "Something went wrong on our side; it was noted.", {"code": ErrorCode.INTERNAL.value, "incident": incident}
