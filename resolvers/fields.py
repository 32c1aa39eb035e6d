"""Strawberry fields made from declarations: what a type says about a field is where it reads it from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.types.base import get_object_definition

from models.accounts import Role
from resolvers.context import Info
from resolvers.declarations import ByRole, Column, Computed, Entity, Many, Row, ToOne, Value, registry
from resolvers.ids import encode_id
from resolvers.pages import Page, window

DECLARED = "declared"
T = TypeVar("T")


def read_field(source: Any, name: str) -> Any:
    """Strawberry's default resolver: a declared value of a row, an attribute of anything else."""
    if type(source) is Row:
        return source.entity.values[name].read(source)
    return getattr(source, name)


def column(name: str, description: str) -> Any:
    """A field that is the column `name`."""
    return _value(Column(name), description)


def by_role(names: Mapping[Role, str], description: str) -> Any:
    """A field that is, for each role, another column; null for a role without one."""
    return _value(ByRole(names), description)


def computed(compute: Callable[[Row], Any], *columns: str, description: str) -> Any:
    """A field that Python computes from `columns` of the row."""
    return _value(Computed(compute, columns), description)


def _value(declared: Value, description: str) -> Any:
    return strawberry.field(description=description, metadata={DECLARED: declared})


def node_id() -> Any:
    """The `id` of a node."""
    return computed(lambda row: encode_id(row.entity, row.values["id"]), "id", description="Opaque id, unique in the whole API.")


def to_one(table: str, key: str, description: str, *, on: str = "id", implied: bool = False) -> Any:
    """A field that is one row of `table`; null when there is none or the caller may not see it."""
    declared = ToOne(table, key, on, implied)

    async def resolve(root: Row, info: Info) -> Row | None:
        value = root.values[key]
        return None if value is None else await info.context.loaders.row(table, on, implied=implied).load(value)

    _shape(resolve, {})
    return strawberry.field(resolver=resolve, description=description, metadata={DECLARED: declared})


PAGING: dict[str, tuple[Any, str]] = {
    "first": (int | None, "How many from the start, 0 to 100 (default 20)."),
    "after": (str | None, "Only what comes after this cursor."),
    "last": (int | None, "How many from the end, instead of `first`."),
    "before": (str | None, "Only what comes before this cursor."),
}


def connection(many: Many, description: str, arguments: Mapping[str, tuple[Any, str]] | None = None) -> Any:
    """A field that is a keyset-paged connection of the parent's rows; `arguments` name filters of `many`: (type, description)."""

    async def resolve(root: Row, info: Info, **given: Any) -> Page:
        wanted = window(many, given, info.context.settings.limit_page)
        return await info.context.loaders.page(many, wanted).load(root.values["id"])

    _shape(resolve, {**PAGING, **(arguments or {})})
    return strawberry.field(resolver=resolve, description=description, metadata={DECLARED: many})


def total_count() -> Any:
    """The `totalCount` of a connection, counted only when asked for."""

    async def resolve(root: Page, info: Info) -> int:
        return await info.context.loaders.count(root.many, root.filters).load(root.owner)

    _shape(resolve, {})
    return strawberry.field(resolver=resolve, description="How many there are in all, with the same filters.")


def _shape(resolve: Callable[..., Any], arguments: Mapping[str, tuple[Any, str]]) -> None:
    """Give a generated resolver the signature that Strawberry reads its arguments from; the type of the result is the field's annotation."""
    described = {name: Annotated[type_, strawberry.argument(description=text)] for name, (type_, text) in arguments.items()}
    keyword = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=strawberry.UNSET, annotation=type_) for name, type_ in described.items()
    ]
    positional = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    resolve.__signature__ = inspect.Signature([*positional, *keyword])  # type: ignore[attr-defined]
    resolve.__annotations__ = {"root": Any, "info": Info, **described}


def entity(table: str, prefix: str, description: str, *, role: Role | None = None) -> Callable[[type[T]], type[T]]:
    """A GraphQL object type whose values are rows of `table`: registers its declared fields."""

    def declare(cls: type[T]) -> type[T]:
        cls.is_type_of = staticmethod(lambda value, _info: isinstance(value, Row) and value.entity.name == cls.__name__)  # type: ignore[attr-defined]
        made = strawberry.type(cls, description=description)
        registry.add(_entity_of(made, Entity(cls.__name__, table, prefix, role)))
        return made

    return declare


def _entity_of(made: type, found: Entity) -> Entity:
    for declared_field in get_object_definition(made, strict=True).fields:
        declared = declared_field.metadata.get(DECLARED)
        if isinstance(declared, Column | ByRole | Computed):
            found.values[declared_field.python_name] = declared
        elif isinstance(declared, ToOne):
            found.relations[declared_field.python_name] = declared
        elif isinstance(declared, Many):
            found.connections[declared_field.python_name] = declared
        else:
            raise TypeError(f"{found.name}.{declared_field.python_name} is not declared: say where it reads its value from")
    return found
