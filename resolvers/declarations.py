"""What each type reads from where, as data: the same declarations drive the batch loaders and the one-statement reader.

An Entity is a GraphQL type backed by rows of one table. Its fields are columns, to-one relations, connections, or Python
computations over named columns; rights are the table's `readable` predicate, never a field's own code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.accounts import Role


class Row:
    """One row as read by `role`: `values` by column name."""

    __slots__ = ("entity", "role", "values")

    def __init__(self, entity: Entity, role: Role, values: Mapping[str, Any]) -> None:
        self.entity, self.role, self.values = entity, role, values


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a column."""

    name: str

    def read(self, row: Row) -> Any:
        return row.values[self.name]

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True)
class ByRole:
    """The value of the column that holds the caller's side; null for roles without one."""

    names: Mapping[Role, str]

    def read(self, row: Row) -> Any:
        name = self.names.get(row.role)
        return None if name is None else row.values[name]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.names.values())


@dataclass(frozen=True, slots=True)
class Computed:
    """A Python computation over `columns` of the row."""

    compute: Callable[[Row], Any]
    columns: tuple[str, ...]

    def read(self, row: Row) -> Any:
        return self.compute(row)


Value = Column | ByRole | Computed


@dataclass(frozen=True, slots=True)
class ToOne:
    """The row of `table` whose `on` column equals this row's `key` column.

    `implied`: whoever may see this row may see that one, so the predicate is not checked again.
    """

    table: str
    key: str
    on: str = "id"
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order: an SQL expression over the row's alias `{row}`, never null, and its SQL type."""

    expression: str
    type: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that an argument adds: SQL over `{row}` and the argument's value `{value}` of SQL type `type`; `{size}` is the page's."""

    condition: str
    type: str


@dataclass(frozen=True, slots=True)
class Many:
    """The rows of `table` whose owner expression equals the parent's id, ordered by `order` (a total order)."""

    table: str
    owner: str
    order: tuple[Term, ...]
    descending: bool = False
    filters: Mapping[str, Filter] = field(default_factory=dict)
    where: str = "true"
    implied: bool = False


@dataclass(slots=True)
class Entity:
    """A GraphQL type whose values are rows of `table`; ids are `prefix_uuid`; `where` tells its rows from others of the table."""

    name: str
    table: str
    prefix: str
    role: Role | None = None
    values: dict[str, Value] = field(default_factory=dict)
    relations: dict[str, ToOne] = field(default_factory=dict)
    connections: dict[str, Many] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """Every column that a field of this type may need."""
        needed = {"id", *(relation.key for relation in self.relations.values())}
        for value in self.values.values():
            needed.update(value.columns)
        return needed


class Registry:
    """All entities, by name, prefix and table; `derived` holds columns that are expressions over `{row}`, by table and name."""

    def __init__(self) -> None:
        self.derived: dict[str, dict[str, str]] = {}
        self.by_name: dict[str, Entity] = {}
        self.by_prefix: dict[str, Entity] = {}
        self._by_table: dict[str, list[Entity]] = {}

    def add(self, entity: Entity) -> None:
        """Take `entity` in; its name and prefix must be new."""
        if entity.name in self.by_name or entity.prefix in self.by_prefix:
            raise ValueError(f"{entity.name} or its prefix {entity.prefix} is declared twice")
        self.by_name[entity.name] = self.by_prefix[entity.prefix] = entity
        self._by_table.setdefault(entity.table, []).append(entity)

    def selection(self, table: str, row: str) -> str:
        """The SELECT list of everything that `table`'s entities need, over the alias `row`."""
        needed = set().union(*(entity.columns for entity in self._by_table[table]))
        if len(self._by_table[table]) > 1:
            needed.add("role")
        return ", ".join(self._selected(table, name, row) for name in sorted(needed))

    def _selected(self, table: str, name: str, row: str) -> str:
        expression = self.derived.get(table, {}).get(name)
        return f"{row}.{name}" if expression is None else f"{expression.format(row=row)} as {name}"

    def entity(self, table: str, values: Mapping[str, Any]) -> Entity:
        """Which of the table's entities a row is."""
        entities = self._by_table[table]
        if len(entities) == 1:
            return entities[0]
        return next(entity for entity in entities if entity.role == values["role"])


registry = Registry()
registry.derived["conversations"] = {"advisor_id": "(select b.advisor_id from accounts b where b.id = {row}.beneficiary_id)"}
