"""The doorbell: tells every process which feeds grew. A lost bell costs seconds, never an event: the hub sweeps."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from broadcaster import Broadcast
from prometheus_client import Counter

from subscriptions.journal import Entry
from subscriptions.redis_backend import AWAY, SupervisedRedis
from telemetry import log

CHANNELS = 8
RING_TIMEOUT = 0.05
LOST_BELLS = Counter("pass_emploi_bells_lost_total", "Bells that could not be rung; the sweep makes up for them.")
STRANGE_BELLS = Counter("pass_emploi_bells_strange_total", "Messages on our channels that are not bells.")


class Bell:
    """What travels: new entries (`entries`), or something ephemeral (`whisper`: recipients, kind, facts)."""

    __slots__ = ("entries", "whisper")

    def __init__(self, entries: list[Entry], whisper: tuple[tuple[UUID, ...], str, dict[str, object]] | None = None) -> None:
        self.entries, self.whisper = entries, whisper


class Bus:
    """Bells between processes, on a fixed number of channels sharded by account."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis = None if redis_url is None else SupervisedRedis(redis_url)
        self._broadcast = Broadcast("memory://", backend=self._redis)
        self._readers: list[asyncio.Task[None]] = []
        self._ringing: set[asyncio.Task[None]] = set()
        self.healthy = redis_url is None
        self.on_bell: Callable[[Bell], None] = _ignore
        self.on_gap: Callable[[], None] = lambda: None
        if self._redis is not None:
            self._redis.on_change = self._connection_changed

    def _connection_changed(self, healthy: bool) -> None:
        """Whatever was rung while we were away is lost: the hub must compare at once."""
        self.healthy = healthy
        self.on_gap()

    async def start(self) -> None:
        """Listen on every channel."""
        await self._broadcast.connect()
        for shard in range(CHANNELS):
            self._readers.append(asyncio.create_task(self._read(_channel(shard)), name=f"bus-{shard}"))

    async def stop(self) -> None:
        """Stop listening; bells on their way are given up."""
        for task in [*self._readers, *self._ringing]:
            task.cancel()
        for task in [*self._readers, *self._ringing]:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._readers.clear()
        await self._broadcast.disconnect()

    async def ring(self, entries: Iterable[Entry]) -> None:
        """Tell all processes about committed entries; never fails, and never holds the caller longer than a moment."""
        shards: dict[int, list[Entry]] = {}
        for entry in entries:
            shards.setdefault(_shard(entry.recipient), []).append(entry)
        await self._publish({shard: _encode_entries(found) for shard, found in shards.items()})

    async def whisper(self, recipients: Iterable[UUID], kind: str, facts: dict[str, object]) -> None:
        """Tell all processes something that need not arrive."""
        shards: dict[int, list[str]] = {}
        for recipient in recipients:
            shards.setdefault(_shard(recipient), []).append(recipient.hex)
        await self._publish({shard: orjson.dumps({"w": found, "k": kind, "f": facts}).decode() for shard, found in shards.items()})

    async def _publish(self, messages: dict[int, str]) -> None:
        task = asyncio.create_task(self._publish_all(messages))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)
        await asyncio.wait([task], timeout=RING_TIMEOUT)

    async def _publish_all(self, messages: dict[int, str]) -> None:
        try:
            for shard, message in messages.items():
                await self._broadcast.publish(_channel(shard), message)
        except AWAY as problem:
            LOST_BELLS.inc(len(messages))
            log.warning("bell_lost", problem=type(problem).__name__)

    async def _read(self, channel: str) -> None:
        async with self._broadcast.subscribe(channel) as subscriber:
            while True:
                bell = _decode((await subscriber.get()).message)
                if bell is None:
                    STRANGE_BELLS.inc()
                else:
                    self.on_bell(bell)


def _ignore(_bell: Bell) -> None:
    """What happens to bells before a hub listens."""


def _shard(account_id: UUID) -> int:
    return zlib.crc32(account_id.bytes) % CHANNELS


def _channel(shard: int) -> str:
    return f"pass-emploi:bells:{shard}"


def _encode_entries(entries: Iterable[Entry]) -> str:
    rows = [[e.recipient.hex, e.seq, e.kind, e.subject_id.hex, e.facts, e.occurred_at.isoformat()] for e in entries]
    return orjson.dumps({"e": rows}).decode()


def _decode(message: Any) -> Bell | None:
    """The bell, or None for what nobody of ours can have sent."""
    try:
        content = orjson.loads(message)
        if "w" in content:
            return Bell([], (tuple(UUID(hex=text) for text in content["w"]), str(content["k"]), dict(content["f"])))
        return Bell([_decode_entry(row) for row in content["e"]])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _decode_entry(row: list[Any]) -> Entry:
    recipient, seq, kind, subject, facts, occurred_at = row
    if not isinstance(seq, int) or not isinstance(facts, dict):
        raise ValueError("not a bell")
    return Entry(UUID(hex=recipient), seq, str(kind), UUID(hex=subject), facts, datetime.fromisoformat(occurred_at))
