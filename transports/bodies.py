"""Reads what a client sends, never more than is allowed, and never trusting what it says about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive

from services.errors import ErrorCode
from transports.errors import Rejected

LONGEST_READING = 30.0
MOST_DISCARDED = 64 * 1024 * 1024
JSON_PARAMETERS = ("variables", "extensions")


class ClientGone(Exception):
    """Nobody waits for the answer."""


def check_content_type(headers: Mapping[str, str]) -> None:
    """Only JSON in UTF-8: the types that a form or a script of another site can send without asking first are refused (CSRF)."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise Rejected(
            415, ErrorCode.BAD_REQUEST, "Send the request as `Content-Type: application/json`, in UTF-8.", {"accept-post": "application/json"}
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Rejected(415, ErrorCode.BAD_REQUEST, "Send the request uncompressed.")


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body, at most `limit` bytes; raises Rejected, ClientGone."""
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit and "expect" in headers:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(LONGEST_READING):
            return await _read(receive, limit)
    except TimeoutError:
        raise Rejected(408, ErrorCode.TIMEOUT, "The body took too long to arrive.", {"connection": "close"}) from None


async def _read(receive: Receive, limit: int) -> bytes:
    """A body that is too large is read on and thrown away, within reason: a client that still sends would not hear the answer."""
    chunks, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone()
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > MOST_DISCARDED:
            break
        else:
            chunks.clear()
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def _too_large(limit: int) -> Rejected:
    return Rejected(413, ErrorCode.PAYLOAD_TOO_LARGE, f"The body is larger than {limit} bytes.", {"connection": "close"})


def decode_body(body: bytes) -> object:
    """The JSON value of a body; raises Rejected."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Rejected(400, ErrorCode.BAD_REQUEST, f"The body is not JSON in UTF-8: {problem.msg}.") from None


def decode_query(query_string: bytes) -> dict[str, object]:
    """The parameters of a GET, as a POST's body would have them; raises Rejected."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise Rejected(400, ErrorCode.BAD_REQUEST, "The query string is not URL-encoded UTF-8.") from None
    return {name: _decode_parameter(name, value) for name, value in pairs}


def _decode_parameter(name: str, value: str) -> object:
    if name not in JSON_PARAMETERS:
        return value
    try:
        return orjson.loads(value) if value else None
    except orjson.JSONDecodeError:
        raise Rejected(400, ErrorCode.BAD_REQUEST, f"The parameter `{name}` is not JSON.") from None
