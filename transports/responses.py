"""Bytes of HTTP answers, by plain ASGI: a response object per request would cost more than the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.types import Send

from services.errors import ErrorCode
from transports.errors import Answer
from transports.media import Media

RawHeaders = list[tuple[bytes, bytes]]
STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}


def raw_headers(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def headers_for(error: Mapping[str, Any]) -> dict[str, str]:
    """What goes beside an error that concerns the whole request."""
    extensions = error["extensions"]
    if extensions["code"] == ErrorCode.UNAUTHENTICATED:
        return {"www-authenticate": 'Bearer realm="pass-emploi"'}
    retry_after = extensions.get("retryAfter")
    return {} if retry_after is None else {"retry-after": str(max(1, round(float(retry_after) + 0.5)))}


async def send_answer(send: Send, status: int, answer: Answer, media: Media, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """A JSON answer."""
    await send_bytes(send, status, orjson.dumps(answer), media.value.encode() + b"; charset=utf-8", headers)


async def send_bytes(send: Send, status: int, body: bytes, content_type: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """A whole answer; never stored by caches on the way, since answers depend on who asks."""
    start = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
