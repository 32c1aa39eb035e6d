"""Batch loaders, one per relation and operation: every read of a level is one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from strawberry.dataloader import DataLoader

from resolvers.declarations import Many, Row, registry
from resolvers.pages import Page, Window, as_row, count_rows, fetch_pages
from services.callers import Caller
from services.readable import EVERYBODY, readable

Key = TypeVar("Key")
Value = TypeVar("Value")


class ShieldedLoader(DataLoader[Key, Value]):
    """A loader whose shared futures survive the cancellation of one reader.

    graphql-core cancels the siblings of a failed non-null field; without the shield the cancelled future would be the one
    that other branches await, and CancelledError would escape the execution.
    """

    async def load(self, key: Key) -> Value:
        return await asyncio.shield(super().load(key))


class Loaders:
    """The loaders of one operation, for one caller."""

    def __init__(self, pool: asyncpg.Pool, caller: Caller) -> None:
        self._pool, self._caller = pool, caller
        self._made: dict[Hashable, ShieldedLoader[Any, Any]] = {}

    def row(self, table: str, on: str, *, implied: bool = False) -> ShieldedLoader[UUID, Row | None]:
        """Rows of `table` by the unique column `on`; None where there is none or the caller may not see it."""

        async def fetch(keys: list[UUID]) -> list[Row | None]:
            return await self._fetch_rows(table, on, keys, implied=implied)

        return self._loader((table, on, implied), fetch)

    def page(self, many: Many, wanted: Window) -> ShieldedLoader[UUID, Page]:
        """Pages of the connection `many` by owner."""

        async def fetch(owners: list[UUID]) -> list[Page]:
            return await fetch_pages(self._pool, self._caller, many, wanted, owners)

        return self._loader((id(many), wanted), fetch)

    def count(self, many: Many, filters: tuple[tuple[str, Any], ...]) -> ShieldedLoader[UUID, int]:
        """Totals of the connection `many` by owner."""

        async def fetch(owners: list[UUID]) -> list[int]:
            return await count_rows(self._pool, self._caller, many, filters, owners)

        return self._loader((id(many), "count", filters), fetch)

    def _loader(self, name: Hashable, fetch: Callable[[list[Any]], Any]) -> ShieldedLoader[Any, Any]:
        if name not in self._made:
            self._made[name] = ShieldedLoader(load_fn=fetch)
        return self._made[name]

    async def _fetch_rows(self, table: str, on: str, keys: Sequence[UUID], *, implied: bool) -> list[Row | None]:
        allowed = EVERYBODY if implied else readable(table, self._caller, "t")
        selection = registry.selection(table, "t")
        text = f"select t.{on} as _key, {selection} from {table} t where $1::uuid is not null and t.{on} = any($2::uuid[]) and {allowed}"
        records = await self._pool.fetch(text, self._caller.account_id, list(keys))
        rows = {record["_key"]: as_row(table, self._caller, record) for record in records}
        return [rows.get(key) for key in keys]
