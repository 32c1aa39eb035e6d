"""One subscriber: two numbers (delivered, head) and an event to wait for; a slow one costs nothing and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID

from prometheus_client import Counter, Histogram

from subscriptions.hub import DATABASE_AWAY, Hub, Watch, Whisper
from subscriptions.journal import Entry
from telemetry import log

RETRY_PAUSE = 0.5
EAR_SIZE = 32
DELIVERIES = Counter("pass_emploi_deliveries_total", "Feed entries handed to subscribers.")
LAG = Histogram(
    "pass_emploi_delivery_lag_seconds", "From the commit's instant to the subscriber.", buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60, 3600)
)


async def follow(hub: Hub, account_id: UUID, after: int | None) -> AsyncGenerator[Entry, None]:
    """Every entry of the feed after number `after` (None: from now on), each once, in order, until the hub stops.

    Raises MalformedCursor before the first entry, ExpiredCursor also when a reader is slower than the retention.
    """
    async with hub.watch(account_id) as watch:
        delivered = await hub.check(watch, after)
        while await _wait(hub, watch, delivered):
            for entry in await _next_entries(hub, watch, delivered):
                DELIVERIES.inc()
                LAG.observe(max(0.0, (datetime.now(UTC) - entry.occurred_at).total_seconds()))
                delivered = entry.seq
                yield entry


async def _wait(hub: Hub, watch: Watch, delivered: int) -> bool:
    """Wait until the feed is longer than `delivered`; False when the hub stops."""
    while watch.head <= delivered and not hub.stopping:
        await watch.grown.wait()
    return not hub.stopping


async def _next_entries(hub: Hub, watch: Watch, delivered: int) -> list[Entry]:
    """What follows; the database being away only delays it."""
    while True:
        try:
            return await hub.entries(watch, delivered)
        except DATABASE_AWAY as problem:
            log.warning("journal_read_failed", problem=type(problem).__name__)
            await asyncio.sleep(RETRY_PAUSE)


async def overhear(hub: Hub, account_id: UUID) -> AsyncGenerator[Whisper, None]:
    """The ephemeral things told to the account from now on; a listener that falls behind misses some."""
    ear: asyncio.Queue[Whisper] = asyncio.Queue(EAR_SIZE)
    async with hub.watch(account_id) as watch:
        watch.ears.add(ear)
        try:
            while not hub.stopping:
                yield await ear.get()
        finally:
            watch.ears.discard(ear)
