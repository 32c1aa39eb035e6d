"""Subscriptions over HTTP: one answer after the other in an encoding, signs of life in between, and an end whoever ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from starlette.types import Receive, Send

from services.callers import Caller
from services.errors import ErrorCode
from transports.engine import Engine
from transports.errors import Answer, plain_error
from transports.metrics import STREAMS
from transports.responses import RawHeaders


class Encoding(Protocol):
    """How answers become bytes; `name` is for counting."""

    name: str
    content_type: bytes
    opening: bytes
    sign_of_life: bytes
    closing: bytes

    def encode(self, answer: Answer) -> bytes:
        """One answer."""


class Stream:
    """One streamed response."""

    def __init__(self, engine: Engine, encoding: Encoding, receive: Receive, send: Send) -> None:
        self._engine, self._encoding, self._receive, self._send = engine, encoding, receive, send
        self._dismissal: str | None = None
        self._pump: asyncio.Task[None] | None = None

    async def run(self, answers: AsyncGenerator[Answer, None], caller: Caller | None, headers: RawHeaders) -> None:
        """Send all answers; ends early when the client goes or may stay no longer."""
        start = [(b"content-type", self._encoding.content_type), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"), *headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": start})
        await self._write(self._encoding.opening)
        with self._engine.sessions.admit(caller, self._dismiss), STREAMS.labels(self._encoding.name).track_inprogress():
            if await self._until_someone_ends(answers):
                await self._say_goodbye()

    async def _until_someone_ends(self, answers: AsyncGenerator[Answer, None]) -> bool:
        """Whether the client is still there at the end."""
        self._pump = asyncio.create_task(self._send_answers(answers))
        watch = asyncio.create_task(self._watch_client())
        if self._dismissal is not None:
            self._pump.cancel()
        try:
            await asyncio.wait({self._pump, watch}, return_when=asyncio.FIRST_COMPLETED)
            return not watch.done()
        finally:
            self._pump.cancel()
            watch.cancel()
            await asyncio.gather(self._pump, watch, return_exceptions=True)

    async def _send_answers(self, answers: AsyncGenerator[Answer, None]) -> None:
        async with aclosing(answers):
            async for answer in answers:
                await self._write(self._encoding.encode(answer))

    async def _watch_client(self) -> None:
        """Returns when the client goes; writes a sign of life whenever nothing was heard for a while."""
        while True:
            try:
                async with asyncio.timeout(self._engine.settings.keep_alive):
                    if (await self._receive())["type"] == "http.disconnect":
                        return
            except TimeoutError:
                await self._write(self._encoding.sign_of_life)

    async def _say_goodbye(self) -> None:
        if self._dismissal is not None:
            error = plain_error(ErrorCode.UNAUTHENTICATED, f"{self._dismissal}: sign in again, then resume after your last cursor.")
            await self._write(self._encoding.encode({"errors": [error]}))
        await self._write(self._encoding.closing, more=False)

    def _dismiss(self, reason: str) -> None:
        self._dismissal = reason
        if self._pump is not None:
            self._pump.cancel()

    async def _write(self, chunk: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
