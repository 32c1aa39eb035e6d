"""Which feeds are watched in this process, and how far each has grown: one number per account, kept true by bells and sweeps."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from prometheus_client import Counter, Gauge
from tortoise.exceptions import OperationalError

from subscriptions.bus import Bell, Bus
from subscriptions.journal import Entry, ExpiredCursor, check_resumable, heads, read
from telemetry import log

RECENT = 64
BATCH = 200
DATABASE_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError, OperationalError)
SWEEPS = Counter("pass_emploi_sweeps_total", "Comparisons of watched feeds with the database.")
RECOVERED = Counter("pass_emploi_sweeps_recovered_total", "Feeds that a sweep found longer than the bells had said.")
WATCHED = Gauge("pass_emploi_watched_accounts", "Feeds that someone watches in this process.", multiprocess_mode="livesum")


@dataclass(frozen=True, slots=True)
class Whisper:
    """Something ephemeral."""

    kind: str
    facts: dict[str, object]


@dataclass(slots=True)
class Watch:
    """A watched feed: its head, its latest entries (contiguous, up to the head or shorter), who waits, who listens to whispers."""

    account_id: UUID
    head: int = -1
    readers: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    recent: deque[Entry] = field(default_factory=lambda: deque(maxlen=RECENT))
    ears: set[asyncio.Queue[Whisper]] = field(default_factory=set)

    def grow(self, head: int) -> None:
        """Wake everybody who waits, if the feed is longer than was known."""
        if head > self.head:
            self.head = head
            self.grown.set()
            self.grown = asyncio.Event()

    def remember(self, entry: Entry) -> None:
        """Keep an entry that follows the last one kept, or starts anew."""
        if self.recent and entry.seq <= self.recent[-1].seq:
            return
        if self.recent and entry.seq != self.recent[-1].seq + 1:
            self.recent.clear()
        self.recent.append(entry)

    def recall(self, after: int) -> list[Entry]:
        """The entries after `after`, if the first of them is kept."""
        if not self.recent or not self.recent[0].seq <= after + 1 <= self.recent[-1].seq:
            return []
        return [entry for entry in self.recent if entry.seq > after]


class Hub:
    """The watched feeds of this process."""

    def __init__(self, pool: asyncpg.Pool, bus: Bus, sweep_interval: float = 5.0, sweep_interval_degraded: float = 0.5) -> None:
        self._pool, self._bus = pool, bus
        self._interval, self._interval_degraded = sweep_interval, sweep_interval_degraded
        self._watches: dict[UUID, Watch] = {}
        self._sweep_now = asyncio.Event()
        self._sweeper: asyncio.Task[None] | None = None
        self.stopping = False
        bus.on_bell = self._hear
        bus.on_gap = self._sweep_now.set

    @property
    def healthy(self) -> bool:
        """Whether bells arrive; without them events still do, by sweeps."""
        return self._bus.healthy

    async def start(self) -> None:
        """Listen and sweep."""
        await self._bus.start()
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="hub-sweeper")

    async def stop(self) -> None:
        """End every stream, then the hub's own tasks."""
        self.stopping = True
        for watch in self._watches.values():
            watch.grown.set()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self._bus.stop()

    async def ring(self, entries: Sequence[Entry]) -> None:
        """Announce committed entries: to this process at once, to the others through the bus."""
        self._hear(Bell(list(entries)))
        await self._bus.ring(entries)

    async def whisper(self, recipients: Iterable[UUID], kind: str, facts: dict[str, object]) -> None:
        """Announce something ephemeral to whoever is connected, in all processes."""
        await self._bus.whisper(recipients, kind, facts)

    @contextlib.asynccontextmanager
    async def watch(self, account_id: UUID) -> AsyncIterator[Watch]:
        """Keep the account's head true for as long as the block runs."""
        watch = self._watches.setdefault(account_id, Watch(account_id))
        watch.readers += 1
        WATCHED.set(len(self._watches))
        try:
            yield watch
        finally:
            watch.readers -= 1
            if watch.readers == 0:
                self._watches.pop(account_id, None)
            WATCHED.set(len(self._watches))

    async def check(self, watch: Watch, after: int | None) -> int:
        """Where to start: `after`, or the present head; raises ExpiredCursor, MalformedCursor."""
        if after is None:
            watch.grow((await heads(self._pool, [watch.account_id])).get(watch.account_id, 0))
            return watch.head
        watch.grow(await check_resumable(self._pool, watch.account_id, after))
        return after

    async def entries(self, watch: Watch, after: int) -> list[Entry]:
        """What follows `after`, up to the head: from memory if the bells brought it, else from the journal; raises ExpiredCursor."""
        found = watch.recall(after)
        if found:
            return found
        found = await read(self._pool, watch.account_id, after, watch.head, BATCH)
        if not found:
            # Nobody of ours rings before committing: a stranger's bell must not make readers spin.
            watch.head = (await heads(self._pool, [watch.account_id])).get(watch.account_id, 0)
        elif found[0].seq != after + 1:
            raise ExpiredCursor()
        for entry in found:
            watch.remember(entry)
        return found

    def _hear(self, bell: Bell) -> None:
        for entry in bell.entries:
            watch = self._watches.get(entry.recipient)
            if watch is not None:
                watch.remember(entry)
                watch.grow(entry.seq)
        if bell.whisper is not None:
            recipients, kind, facts = bell.whisper
            for recipient in recipients:
                self._tell_ears(recipient, Whisper(kind, facts))

    def _tell_ears(self, recipient: UUID, whisper: Whisper) -> None:
        watch = self._watches.get(recipient)
        for ear in watch.ears if watch else ():
            if not ear.full():
                ear.put_nowait(whisper)

    async def _sweep_for_ever(self) -> None:
        while True:
            interval = self._interval if self._bus.healthy else self._interval_degraded
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._sweep_now.wait(), interval)
            self._sweep_now.clear()
            try:
                await self.sweep()
            except DATABASE_AWAY as problem:
                log.warning("sweep_failed", problem=type(problem).__name__)
                await asyncio.sleep(self._interval_degraded)

    async def sweep(self) -> None:
        """Compare every watched feed with the database, by one statement."""
        SWEEPS.inc()
        if not self._watches:
            return
        for account_id, head in (await heads(self._pool, list(self._watches))).items():
            watch = self._watches.get(account_id)
            if watch is not None and watch.head < head:
                RECOVERED.inc()
                watch.grow(head)
