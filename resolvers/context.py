"""What a resolver may use: the caller, the loaders, the way to write, the hub."""

from __future__ import annotations

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
    def loaders(self) -> Loaders:
        """This operation's loaders."""
        return Loaders(self.database.reader, self.caller)


Info = strawberry.Info[Context, None]
