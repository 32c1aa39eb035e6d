"""Automatic persisted queries, as Apollo's clients send them: a hash first, the text once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from services.errors import ErrorCode
from transports.errors import refused
from transports.parameters import Parameters

MOST_CHARACTERS = 4_000_000


class PersistedQueries:
    """Texts by their SHA-256, the least recently used forgotten first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._room = most_characters

    def resolve(self, parameters: Parameters) -> str:
        """The document's text; raises DocumentRefused when it is not known, or is not what the hash says."""
        digest = _digest(parameters)
        if digest is None:
            return parameters.query or ""
        if parameters.query is None:
            return self._find(digest)
        if hashlib.sha256(parameters.query.encode()).hexdigest() != digest:
            raise refused(ErrorCode.BAD_REQUEST, "The sha256Hash of the persisted query is not that of the query.")
        return parameters.query

    def keep(self, parameters: Parameters) -> None:
        """Remember the text of a request that was found valid, if it came with its hash."""
        digest = _digest(parameters)
        if digest is None or parameters.query is None or digest in self._texts:
            return
        self._texts[digest] = parameters.query
        self._room -= len(parameters.query)
        while self._room < 0:
            self._room += len(self._texts.popitem(last=False)[1])

    def _find(self, digest: str) -> str:
        text = self._texts.get(digest)
        if text is None:
            raise refused(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        self._texts.move_to_end(digest)
        return text


def _digest(parameters: Parameters) -> str | None:
    """The hash sent along, None without one; raises DocumentRefused for another version or form."""
    extension = parameters.extensions.get("persistedQuery")
    if extension is None:
        return None
    digest = extension.get("sha256Hash") if isinstance(extension, dict) and extension.get("version") == 1 else None
    if not isinstance(digest, str):
        raise refused(ErrorCode.BAD_REQUEST, "Persisted queries take {version: 1, sha256Hash: <hexadecimal>}.")
    return digest.lower()
