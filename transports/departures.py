"""Notices that a client has gone while its query runs: nobody would read the answer, so nobody should compute it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Self

from starlette.types import Receive

from transports.bodies import ClientGone
from transports.errors import Answer

PATIENCE = 0.25


class Departure:
    """Listens for the end of the connection, but only once an answer takes longer than usual: listening costs a task."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._listener: asyncio.Task[None] | None = None
        self._gone = False

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._start)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._listener is not None:
            self._listener.cancel()

    async def unless_gone(self, work: Awaitable[Answer]) -> Answer:
        """The answer; raises ClientGone, with the work cancelled, when the connection ends first."""
        try:
            return await work
        except asyncio.CancelledError:
            if not self._gone or self._task is None or self._task.uncancel() > 0:
                raise
            raise ClientGone() from None

    def _start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self._gone = True
        if self._task is not None:
            self._task.cancel()
