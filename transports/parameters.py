"""The parameters of a GraphQL request, the same for every transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FIELDS = ("query", "operationName", "variables", "extensions")


class BadParameters(ValueError):
    """The request has not the shape of a GraphQL request; the text says which part."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """A well-formed request; `query` is None when only the hash of a persisted one was sent."""

    query: str | None
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def read_parameters(body: object) -> Parameters:
    """The parameters in a decoded JSON body; raises BadParameters."""
    if isinstance(body, list):
        raise BadParameters("Batches are not supported: send one operation per request.")
    if not isinstance(body, Mapping):
        raise BadParameters("The request must be a JSON object with a `query`.")
    query = body.get("query")
    extensions = _map(body, "extensions")
    if query is None and "persistedQuery" not in extensions:
        raise BadParameters("The `query` is missing.")
    if query is not None and not isinstance(query, str):
        raise BadParameters("The `query` must be a string.")
    return Parameters(query, _name(body), _map(body, "variables"), extensions)


def _name(body: Mapping[str, object]) -> str | None:
    name = body.get("operationName")
    if name is not None and not isinstance(name, str):
        raise BadParameters("The `operationName` must be a string or null.")
    return name or None


def _map(body: Mapping[str, object], key: str) -> dict[str, Any]:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadParameters(f"The `{key}` must be an object or null.")
    return value
