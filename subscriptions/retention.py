"""The journal is kept for a while, not for ever: older entries go, and cursors before them are told so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg
from prometheus_client import Counter, Gauge

from subscriptions.hub import DATABASE_AWAY
from subscriptions.journal import forget
from telemetry import log

FORGOTTEN = Counter("pass_emploi_journal_forgotten_total", "Journal entries deleted by the retention job.")
LAST_RUN = Gauge("pass_emploi_journal_retention_timestamp_seconds", "When the retention job last finished.", multiprocess_mode="mostrecent")


async def forget_for_ever(pool: asyncpg.Pool, clock: Callable[[], datetime], keep: timedelta, interval: float) -> None:
    """Delete entries older than `keep`, now and every `interval` seconds; harmless when several processes do."""
    while True:
        try:
            count = await forget(pool, clock() - keep)
        except DATABASE_AWAY as problem:
            log.warning("journal_retention_failed", problem=type(problem).__name__)
        else:
            FORGOTTEN.inc(count)
            LAST_RUN.set_to_current_time()
        await asyncio.sleep(interval)
