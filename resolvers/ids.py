"""Opaque node ids: `prefix_uuid`, where the prefix names the type."""

from __future__ import annotations

from uuid import UUID

from resolvers.declarations import Entity, registry
from services.errors import InvalidId


def encode_id(entity: Entity, key: UUID) -> str:
    """The id that clients see."""
    return f"{entity.prefix}_{key}"


def decode_id(text: str) -> tuple[Entity, UUID]:
    """The entity and key behind an id; raises InvalidId."""
    prefix, _, digits = text.partition("_")
    entity = registry.by_prefix.get(prefix)
    if entity is None:
        raise InvalidId()
    return entity, _uuid(digits)


def key_of(text: str, *names: str) -> UUID:
    """The key of an id that must belong to one of the entities `names`; raises InvalidId."""
    entity, key = decode_id(text)
    if entity.name not in names:
        raise InvalidId(f"An id of {' or '.join(names)} is wanted here.")
    return key


def _uuid(digits: str) -> UUID:
    try:
        key = UUID(digits)
    except ValueError:
        raise InvalidId() from None
    if str(key) != digits:
        raise InvalidId()
    return key
