"""A broadcaster backend over Redis pub/sub that survives losing its connection, and says when it may have missed something.

broadcaster's own backend is deaf for ever after a dropped connection, and delivers nothing with redis-py 8.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any

import redis.asyncio as redis
from broadcaster import BroadcastBackend, Event
from redis.exceptions import RedisError

from telemetry import log

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
PUBLISH_TIMEOUT = 0.5
PING_INTERVAL = 5.0
AWAY = (RedisError, OSError, asyncio.TimeoutError)


def _ignore(_healthy: bool) -> None:
    """What happens to changes before a bus listens."""


class SupervisedRedis(BroadcastBackend):
    """One pub/sub connection, re-made with back-off; `on_change(healthy)` is called each time it comes or goes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._channels: set[str] = set()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._publisher: Any = None
        self._pubsub: Any = None
        self._listener: asyncio.Task[None] | None = None
        self.on_change: Callable[[bool], None] = _ignore

    async def connect(self) -> None:
        self._publisher = redis.Redis.from_url(
            self._url, socket_connect_timeout=PUBLISH_TIMEOUT, socket_timeout=PUBLISH_TIMEOUT, retry=None, retry_on_error=[]
        )
        self._listener = asyncio.create_task(self._supervise(), name="redis-listener")

    async def disconnect(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._publisher.aclose()

    async def subscribe(self, channel: str) -> None:
        self._channels.add(channel)
        if self._pubsub is not None:
            await self._pubsub.subscribe(channel)

    async def unsubscribe(self, channel: str) -> None:
        self._channels.discard(channel)
        if self._pubsub is not None:
            await self._pubsub.unsubscribe(channel)

    async def publish(self, channel: str, message: Any) -> None:
        await self._publisher.publish(channel, message)

    async def next_published(self) -> Event:
        return await self._events.get()

    async def _supervise(self) -> None:
        """Listen for ever; a lost connection is re-made after a pause that doubles, with jitter."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._listen()
            except AWAY as problem:
                log.warning("bus_connection_lost", problem=type(problem).__name__)
            if self._pubsub is not None:
                self._pubsub, pause = None, SHORTEST_PAUSE
            self.on_change(False)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _listen(self) -> None:
        """One connection's life: subscribe, then pass on messages until it breaks."""
        client = redis.Redis.from_url(self._url, socket_connect_timeout=2.0, socket_timeout=None, retry=None, retry_on_error=[])
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe("pass-emploi:hello", *self._channels)
                self._pubsub = pubsub
                self.on_change(True)
                await self._pass_on(pubsub)
        finally:
            await client.aclose()

    async def _pass_on(self, pubsub: Any) -> None:
        """Each message to the queue; a connection that is silent for long is pinged, so that a dead peer is noticed."""
        pinged = False
        while True:
            message = await pubsub.get_message(timeout=PING_INTERVAL)
            if message is None:
                if pinged:
                    raise TimeoutError()
                await pubsub.ping()
            elif message["type"] == "message":
                self._events.put_nowait(Event(message["channel"].decode(), message["data"].decode(errors="replace")))
            pinged = message is None
