"""What a resolver may use: the caller, the loaders, the way to write, the hub."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property

import strawberry

from models.database import Database
from resolvers.loaders import Loaders
from services.callers import Caller
from services.errors import Unauthenticated
from services.events import Changes
from services.rates import Rates
from settings import Settings
from subscriptions.hub import Hub


@dataclass
class Context:
    """The context of one operation, or of one event of a subscription: loaders never outlive it."""

    signed_in: Caller | None
    database: Database
    changes: Changes
    hub: Hub
    message_rates: Rates
    settings: Settings

    @property
    def caller(self) -> Caller:
        """Whoever asks; raises Unauthenticated for nobody."""
        if self.signed_in is None:
            raise Unauthenticated()
        return self.signed_in

    @cached_property
    def feed_head(self) -> asyncio.Task[int]:
        """The number of the last entry of the caller's feed, read once."""
        text = "select feed_seq from accounts where id = $1"
        return asyncio.create_task(self.database.reader.fetchval(text, self.caller.account_id))

    async def anchor(self, info: Info) -> None:
        """Read the feed's head before any state, if the operation asks for it: what happens in between is then told twice, never lost."""
        source = info.operation.loc.source.body if info.operation.loc else ""
        if "feedCursor" in source:
            await self.feed_head

    def forget(self) -> None:
        """Drop what the loaders hold: after a write, the rest of the operation reads anew."""
        self.__dict__.pop("loaders", None)

    @cached_property
    def loaders(self) -> Loaders:
        """This operation's loaders."""
        return Loaders(self.database.reader, self.caller)


Info = strawberry.Info[Context, None]
