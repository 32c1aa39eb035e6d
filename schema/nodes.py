"""What everything with an identity shares, and the scalars."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NewType

import strawberry

from resolvers.declarations import Row


def _row_type(value: Any, _info: Any, _abstract: Any) -> str:
    """The GraphQL type of a row is the entity it was read as."""
    if not isinstance(value, Row):
        raise TypeError(f"{type(value).__name__} is not a row of a declared type")
    return value.entity.name


@strawberry.interface(description="Anything with an identity of its own.")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(description="Opaque id, unique in the whole API.")
    resolve_type = staticmethod(_row_type)


@strawberry.interface(description="Whoever can sign in: a person or a program.")
class Account(Node):
    """What all accounts share."""

    display_name: str = strawberry.field(description="The name to show, e.g. « Jo Martin ».")
    resolve_type = staticmethod(_row_type)


@strawberry.type(description="Where a page stands in its connection (Relay).")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether more follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether something precedes this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge: give it as `after` for the next page.")


def print_instant(instant: datetime) -> str:
    """ISO 8601 in UTC with Z; microseconds only when there are some."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_instant(text: str) -> datetime:
    """An instant with its offset; a local time without one is refused."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("An instant needs an offset, e.g. 2026-01-31T09:00:00Z.")
    return instant.astimezone(UTC)


def describe_enum(enum: type[Enum], description: str, values: Mapping[Enum, str]) -> None:
    """Make a GraphQL enum of `enum`; every member must be described."""
    strawberry.enum(enum, description=description)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    definition.values = [dataclasses.replace(value, description=values[enum(value.value)]) for value in definition.values]


Cursor = NewType("Cursor", str)
"""A place in a feed."""
