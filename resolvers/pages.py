"""Keyset pages of connections: one statement fetches the page of every parent of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import strawberry

from resolvers.cursors import decode_place, encode_place
from resolvers.declarations import Filter, Many, Row, registry
from services.callers import Caller
from services.errors import BadInput, InvalidCursor
from services.readable import readable


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page stands in its connection."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A row and its place."""

    cursor: str
    node: Row


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a connection; `many`, `owner` and `filters` say of which, for its total."""

    edges: list[Edge]
    page_info: PageInfo
    many: Many
    owner: UUID
    filters: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a connection is wanted: `size` rows, forward from `after` or backward from `before`. Hashable: a batch key."""

    size: int
    after: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None
    backward: bool = False
    filters: tuple[tuple[str, Any], ...] = ()


PAGING = ("first", "after", "last", "before")


def window(many: Many, arguments: Mapping[str, Any], most: int) -> Window:
    """Check the arguments of a connection: Relay's (`first` 20 by default, at most `most`) and filters; raises BadInput, InvalidCursor."""
    given = {name: value for name, value in arguments.items() if value is not None and value is not strawberry.UNSET}
    first, after, last, before = (given.pop(name, None) for name in PAGING)
    if first is not None and last is not None:
        raise BadInput("Give `first` or `last`, not both.")
    size = first if first is not None else last if last is not None else min(20, most)
    if not 0 <= size <= most:
        raise BadInput(f"`first` and `last` go from 0 to {most}.")
    places = [None if cursor is None else tuple(decode_place(cursor, len(many.order))) for cursor in (after, before)]
    return Window(size, places[0], places[1], last is not None, tuple(sorted(given.items())))


async def fetch_pages(pool: asyncpg.Pool, caller: Caller, many: Many, wanted: Window, owners: Sequence[UUID]) -> list[Page]:
    """The page of each owner, in the order of `owners`, by one statement; raises InvalidCursor."""
    statement = _Statement([caller.account_id, list(owners)])
    terms = [term.expression.format(row="t") for term in many.order]
    direction = "desc" if many.descending != wanted.backward else "asc"
    order = ", ".join(f"{term} {direction}" for term in terms)
    text = (
        f"select p.n as _owner, t.* from unnest($2::uuid[]) with ordinality p(id, n) cross join lateral ("
        f"select {registry.selection(many.table, 't')}, array[{', '.join(f'({term})::text' for term in terms)}] as _place"
        f" from {many.table} t where {statement.conditions(many, wanted, caller)}"
        f" order by {order} limit {statement.add(wanted.size + 1)}::int) t where $1::uuid is not null order by p.n"
    )
    try:
        records = await pool.fetch(text, *statement.parameters)
    except asyncpg.DataError:
        raise InvalidCursor() from None
    return _pages(records, caller, many, wanted, owners)


async def count_rows(pool: asyncpg.Pool, caller: Caller, many: Many, filters: tuple[tuple[str, Any], ...], owners: Sequence[UUID]) -> list[int]:
    """How many rows each owner's connection holds in all, by one statement."""
    statement = _Statement([caller.account_id, list(owners)])
    text = (
        f"select (select count(*)::int from {many.table} t where {statement.conditions(many, Window(0, filters=filters), caller)}) as n"
        " from unnest($2::uuid[]) with ordinality p(id, n) where $1::uuid is not null order by p.n"
    )
    return [record["n"] for record in await pool.fetch(text, *statement.parameters)]


class _Statement:
    """The parameters of a statement that is being written."""

    def __init__(self, parameters: list[Any]) -> None:
        self.parameters = parameters

    def add(self, value: Any) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def conditions(self, many: Many, wanted: Window, caller: Caller) -> str:
        """Owner, rights, filters and place, as one SQL condition over `t` and the owner `p`."""
        parts = [f"{many.owner.format(row='t')} = p.id", many.where.format(row="t")]
        if not many.implied:
            parts.append(readable(many.table, caller, "t"))
        for name, value in wanted.filters:
            parts.append(self._filter(many.filters[name], value, wanted.size))
        if wanted.after is not None:
            parts.append(self._place(many, wanted.after, "<" if many.descending else ">"))
        if wanted.before is not None:
            parts.append(self._place(many, wanted.before, ">" if many.descending else "<"))
        return " and ".join(parts)

    def _filter(self, condition: Filter, value: Any, size: int) -> str:
        return condition.condition.format(row="t", value=f"{self.add(value)}::{condition.type}", size=size)

    def _place(self, many: Many, place: tuple[str, ...], comparison: str) -> str:
        """A row comparison: the one form that PostgreSQL answers from the index however deep the page is."""
        terms = ", ".join(term.expression.format(row="t") for term in many.order)
        values = ", ".join(f"{self.add(key)}::text::{term.type}" for key, term in zip(place, many.order, strict=True))
        return f"({terms}) {comparison} ({values})"


def _pages(records: Sequence[asyncpg.Record], caller: Caller, many: Many, wanted: Window, owners: Sequence[UUID]) -> list[Page]:
    found: list[list[asyncpg.Record]] = [[] for _ in owners]
    for record in records:
        found[record["_owner"] - 1].append(record)
    return [_page(rows, caller, many, wanted, owner) for rows, owner in zip(found, owners, strict=True)]


def _page(records: list[asyncpg.Record], caller: Caller, many: Many, wanted: Window, owner: UUID) -> Page:
    more, kept = len(records) > wanted.size, records[: wanted.size]
    if wanted.backward:
        kept.reverse()
    edges = [Edge(encode_place(record["_place"]), as_row(many.table, caller, record)) for record in kept]
    info = PageInfo(
        has_next_page=wanted.before is not None if wanted.backward else more,
        has_previous_page=more if wanted.backward else wanted.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Page(edges, info, many, owner, wanted.filters)


def as_row(table: str, caller: Caller, values: Mapping[str, Any]) -> Row:
    """A database record as the row of its entity."""
    return Row(registry.entity(table, values), caller.role, values)
