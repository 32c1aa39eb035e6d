"""The root of reads."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import strawberry

from models.accounts import Role
from resolvers.context import Info
from resolvers.declarations import Many, Row, Term
from resolvers.fields import PAGING
from resolvers.ids import key_of
from resolvers.pages import Page, window
from resolvers.search import Matches, search_messages
from resolvers.viewer import Viewer as ViewerRoot
from resolvers.viewer import find_node, find_viewer
from schema.accounts import Advisor, Beneficiary, StructureConnection
from schema.nodes import Account, Cursor, Node
from schema.search import MessageMatchConnection
from services.errors import BadInput

STRUCTURES = Many(
    table="structures", owner="'00000000-0000-0000-0000-000000000000'::uuid", order=(Term("{row}.name", "varchar"), Term("{row}.id", "uuid"))
)


@strawberry.type(description="The signed-in account and what it starts from.")
class Viewer:
    """Whoever asks."""

    @strawberry.field(description="The account.")
    async def account(self: ViewerRoot) -> Account:
        return await self.account  # type: ignore[return-value]

    @strawberry.field(description="Where your feed stands. Read it with the state, then subscribe `after` it: nothing is missed in between.")
    async def feed_cursor(self: ViewerRoot) -> Cursor:
        return Cursor(await self.feed_cursor)

    @strawberry.field(description="The account, if it is a beneficiary's.")
    async def beneficiary(self: ViewerRoot) -> Beneficiary | None:
        return await self.account_as(Role.BENEFICIARY)  # type: ignore[return-value]

    @strawberry.field(description="The account, if it is an advisor's.")
    async def advisor(self: ViewerRoot) -> Advisor | None:
        return await self.account_as(Role.ADVISOR)  # type: ignore[return-value]


def _argument(description: str) -> Any:
    return strawberry.argument(description=description)


@strawberry.type(description="What can be read.")
class Query:
    """The root of reads."""

    @strawberry.field(description="Who you are; null without a token.")
    async def viewer(self, info: Info) -> Viewer | None:
        return await find_viewer(info)  # type: ignore[return-value]

    @strawberry.field(description="Anything by its id; null when it does not exist or is not yours to see.")
    async def node(self, info: Info, id: Annotated[strawberry.ID, _argument("Its id.")]) -> Node | None:  # noqa: A002
        return await find_node(info, id)  # type: ignore[return-value]

    @strawberry.field(description="Full-text search in the messages you may read: French, accents ignored, newest first.")
    async def search_messages(
        self,
        info: Info,
        query: Annotated[str, _argument('1 to 200 characters; all words must occur; `"exact words"`, `or` and `-not` work.')],
        conversation_id: Annotated[strawberry.ID | None, _argument("Only in this conversation.")] = strawberry.UNSET,
        first: Annotated[int, _argument("How many, 0 to 100.")] = 20,
        after: Annotated[str | None, _argument("Only what comes after this cursor.")] = strawberry.UNSET,
    ) -> MessageMatchConnection:
        context = info.context
        caller = context.caller
        if not 0 <= first <= context.settings.limit_page:
            raise BadInput(f"`first` goes from 0 to {context.settings.limit_page}.")
        key = key_of(conversation_id, "Conversation") if conversation_id else None
        await context.anchor(info)
        found: Matches = await search_messages(context.database.reader, caller, query, key, first, after or None)
        return found  # type: ignore[return-value]

    @strawberry.field(description="The structures you may see: your own; all of them for support and for integrators with `structures:read`.")
    async def structures(
        self,
        info: Info,
        first: Annotated[int | None, _argument(PAGING["first"][1])] = strawberry.UNSET,
        after: Annotated[str | None, _argument(PAGING["after"][1])] = strawberry.UNSET,
        last: Annotated[int | None, _argument(PAGING["last"][1])] = strawberry.UNSET,
        before: Annotated[str | None, _argument(PAGING["before"][1])] = strawberry.UNSET,
    ) -> StructureConnection:
        arguments = {"first": first, "after": after, "last": last, "before": before}
        wanted = window(STRUCTURES, arguments, info.context.settings.limit_page)
        loaders = info.context.loaders
        await info.context.anchor(info)
        page: Page = await loaders.page(STRUCTURES, wanted).load(UUID(int=0))
        return page  # type: ignore[return-value]


__all__ = ["Query", "Row", "Viewer"]
