"""Subscriptions over HTTP: server-sent events (distinct connections mode) and multipart for Apollo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson
from graphql import OperationType

from services.callers import Caller
from services.errors import ErrorCode, Refusal, Unauthenticated
from transports.documents import Prepared, Refused, refusal
from transports.door import Door
from transports.execution import run, stream

BOUNDARY = b"\r\n--graphql"


async def answers(
    door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None, authorization: str | None
) -> AsyncGenerator[dict[str, Any] | None, None]:
    """The answers of any operation, one by one, and None when it is time for a sign of life.

    A stream ends when its token expires or is revoked, with an error that says so; nothing is delivered after that.
    """
    if prepared.kind is not OperationType.SUBSCRIPTION:
        yield await run(door, prepared, variables, caller)
        return
    async with aclosing(stream(door, prepared, variables, caller)) as events:
        pending = asyncio.ensure_future(anext(events))
        try:
            while True:
                done, _ = await asyncio.wait([pending], timeout=_patience(door, caller))
                _check_expiry(caller)
                if not done:
                    yield None
                    continue
                try:
                    answer = pending.result()
                except StopAsyncIteration:
                    return
                await door.authenticate(authorization)
                pending = asyncio.ensure_future(anext(events))
                yield answer
        finally:
            pending.cancel()
            await asyncio.wait([pending])


def _patience(door: Door, caller: Caller | None) -> float:
    """Seconds until the next sign of life or the token's end, whichever comes first."""
    if caller is None or caller.expires_at is None:
        return door.settings.keep_alive
    return max(0.01, min(door.settings.keep_alive, (caller.expires_at - datetime.now(UTC)).total_seconds()))


def _check_expiry(caller: Caller | None) -> None:
    if caller is not None and caller.expires_at is not None and caller.expires_at <= datetime.now(UTC):
        raise Unauthenticated("The token has expired: sign in again, then resume after your last cursor.")


async def _answers_and_refusals(
    door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None, authorization: str | None
) -> AsyncIterator[dict[str, Any] | None]:
    """The answers; a refusal is the last of them."""
    try:
        async with aclosing(answers(door, prepared, variables, caller, authorization)) as found:
            async for answer in found:
                yield answer
    except Refused as refused:
        yield {"errors": refused.errors}
    except Refusal as refused_by_rule:
        yield {"errors": [{"message": refused_by_rule.detail, "extensions": refused_by_rule.extensions}]}


async def answer_sse(
    door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None, authorization: str | None
) -> AsyncIterator[bytes]:
    """`next` events, then `complete`; comments keep proxies from closing a silent stream."""
    yield b":\n\n"
    async for answer in _answers_and_refusals(door, prepared, variables, caller, authorization):
        yield b":\n\n" if answer is None else b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
    yield b"event: complete\ndata:\n\n"


async def answer_multipart(
    door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None, authorization: str | None
) -> AsyncIterator[bytes]:
    """Apollo's multipart subscriptions 1.0: a part an answer, empty objects as heartbeats."""
    if prepared.kind is not OperationType.SUBSCRIPTION:
        message = "Only subscriptions are answered in parts."
        yield BOUNDARY + _part({"payload": None, "errors": refusal(ErrorCode.BAD_REQUEST, message).errors}) + BOUNDARY + b"--\r\n"
        return
    yield BOUNDARY
    async for answer in _answers_and_refusals(door, prepared, variables, caller, authorization):
        yield _part({} if answer is None else {"payload": answer}) + BOUNDARY
    yield b"--\r\n"


def _part(content: dict[str, Any]) -> bytes:
    return b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n" + orjson.dumps(content)
