"""The kinds of entries in the feeds, and how a change is told: journalled with it, rung after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from services.clock import Clock
from subscriptions.hub import Hub
from subscriptions.journal import Draft, Entry, append


class EventKind(StrEnum):
    """What happened, in the past tense."""

    MESSAGE_ADDED = "MESSAGE_ADDED"
    MESSAGE_CHANGED = "MESSAGE_CHANGED"
    READ_POSITION_CHANGED = "READ_POSITION_CHANGED"
    CONVERSATION_FLAGGED = "CONVERSATION_FLAGGED"
    CONVERSATION_LEFT = "CONVERSATION_LEFT"


@dataclass(slots=True)
class Change:
    """One transaction: its connection, its instant, and what it will tell."""

    connection: BaseDBAsyncClient
    now: datetime
    drafts: list[Draft] = field(default_factory=list)

    def tell(self, draft: Draft) -> None:
        """Announce `draft` if, and only if, this change is committed."""
        self.drafts.append(draft)


@dataclass(frozen=True, slots=True)
class Changes:
    """Where every write goes through: one transaction, its journal entries inside, the bell after commit."""

    hub: Hub
    clock: Clock

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Change]:
        """Commit the block and its journal entries together, then ring; an exception leaves nothing behind."""
        entries: Sequence[Entry] = ()
        async with in_transaction() as connection:
            change = Change(connection, self.clock())
            yield change
            if change.drafts:
                entries = await append(connection, change.drafts, change.now)
        if entries:
            await self.hub.ring(entries)
