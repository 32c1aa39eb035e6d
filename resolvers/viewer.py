"""Who asks, and node lookup: the roots from which everything readable is reached."""

from __future__ import annotations

from dataclasses import dataclass

from models.accounts import Role
from resolvers.context import Context, Info
from resolvers.declarations import Row
from resolvers.ids import decode_id
from services.errors import Unauthenticated
from subscriptions.journal import encode_cursor


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in account, as the context knows it."""

    context: Context

    @property
    async def account(self) -> Row:
        row: Row | None = await self.context.loaders.row("accounts", "id").load(self.context.caller.account_id)
        if row is None:
            raise Unauthenticated()
        return row

    async def account_as(self, role: Role) -> Row | None:
        """The account, if it has this role."""
        return await self.account if self.context.caller.role is role else None

    @property
    async def feed_cursor(self) -> str:
        return encode_cursor(self.context.caller.account_id, await self.context.feed_head)


async def find_viewer(info: Info) -> Viewer | None:
    """The caller; None for nobody."""
    if info.context.signed_in is None:
        return None
    await info.context.anchor(info)
    return Viewer(info.context)


async def find_node(info: Info, text: str) -> Row | None:
    """Whatever has this id, if the caller may see it; raises InvalidId."""
    entity, key = decode_id(text)
    await info.context.anchor(info)
    row: Row | None = await info.context.loaders.row(entity.table, "id").load(key)
    return row if row is not None and row.entity is entity else None
