"""Opaque cursors of connections: the row's place in the order, as text."""

from __future__ import annotations

import base64
import binascii

import orjson

from services.errors import InvalidCursor


def encode_place(keys: list[str]) -> str:
    """A cursor for the row whose order terms, printed by PostgreSQL, are `keys`."""
    return base64.urlsafe_b64encode(orjson.dumps(keys)).decode().rstrip("=")


def decode_place(cursor: str, length: int) -> list[str]:
    """The order terms behind `cursor`, `length` of them; raises InvalidCursor."""
    try:
        keys = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise InvalidCursor() from None
    if not isinstance(keys, list) or len(keys) != length or not all(isinstance(key, str) and "\x00" not in key for key in keys):
        raise InvalidCursor()
    return keys
