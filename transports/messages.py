"""The messages of graphql-transport-ws that a client may send, validated before anything looks at them.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from transports.parameters import BadParameters, Parameters, read_parameters

LONGEST_ID = 128
LONGEST_REASON = 123


class Close(IntEnum):
    """Why the server closes a socket."""

    TOO_BIG = 1009
    GOING_AWAY = 1012
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY = 4429
    INTERNAL = 4500


class Closing(Exception):
    """The socket must be closed; `reason` fits a close frame."""

    def __init__(self, code: Close, reason: str) -> None:
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        super().__init__(self.reason)


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    """The first message; `authorization` is what its payload says under that name, in any case."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """A question whether the other side is there."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Run an operation, of any kind, under an id that is free."""

    id: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Complete:
    """The client wants no more of an operation."""

    id: str


Message = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> Message:
    """The message in a text frame; raises Closing (4400) with what is wrong with it."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _bad("it is not JSON") from None
    if not isinstance(content, dict):
        raise _bad("it is not an object")
    match content.get("type"):
        case "subscribe":
            return _read_subscribe(content)
        case "complete":
            return Complete(_id(content))
        case "connection_init":
            return ConnectionInit(_authorization(_payload(content)))
        case "ping":
            _payload(content)
            return Ping()
        case "pong":
            _payload(content)
            return Pong()
        case str():
            raise _bad("its type is unknown")
        case _:
            raise _bad("its type is missing")


def _read_subscribe(content: dict[str, Any]) -> Subscribe:
    identifier, payload = _id(content), content.get("payload")
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        raise _bad("its payload needs a query")
    try:
        return Subscribe(identifier, read_parameters(payload))
    except BadParameters as problem:
        raise _bad(str(problem)) from None


def _id(content: dict[str, Any]) -> str:
    identifier = content.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise _bad("its id must be a non-empty string")
    if len(identifier) > LONGEST_ID:
        raise _bad(f"its id is longer than {LONGEST_ID} characters")
    return identifier


def _payload(content: dict[str, Any]) -> dict[str, Any]:
    payload = content.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _bad("its payload must be an object or null")
    return payload or {}


def _authorization(payload: dict[str, Any]) -> str | None:
    for name, value in payload.items():
        if name.lower() == "authorization" and value is not None:
            if not isinstance(value, str):
                raise _bad("its Authorization must be a string")
            return value
    return None


def _bad(problem: str) -> Closing:
    return Closing(Close.BAD_REQUEST, f"Invalid message: {problem}")
