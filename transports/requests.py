"""From bytes to a GraphQL request: size, encoding, JSON and shape are checked before anything is understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from services.errors import ErrorCode
from transports.documents import Documents, refusal


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of GraphQL over HTTP (and of a socket's `subscribe`)."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


async def read_body(request: Request, most: int) -> bytes:
    """The body, at most `most` bytes: a larger one is refused as soon as it is known to be. Raises Refused."""
    declared = request.headers.get("content-length", "0")
    body = bytearray()
    if not declared.isdigit() or int(declared) > most:
        raise _too_large(most)
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Exception:
    return refusal(ErrorCode.PAYLOAD_TOO_LARGE, f"A body may have {most} bytes.", malformed=True)


def decode_json(text: bytes | str) -> Any:
    """The JSON in `text`; raises Refused for anything else, invalid UTF-8 included."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise refusal(ErrorCode.BAD_REQUEST, "This is not JSON in UTF-8.", malformed=True) from None


def read_request(payload: Any, documents: Documents) -> GraphQLRequest:
    """The request in a JSON payload, its document looked up when only a hash came; raises Refused."""
    if isinstance(payload, list):
        raise _malformed("Batches are not supported: send one operation a request.")
    if not isinstance(payload, dict):
        raise _malformed("A request is a JSON object.")
    query = _expect(payload, "query", str)
    variables = _expect(payload, "variables", dict)
    name = _expect(payload, "operationName", str)
    extensions = _expect(payload, "extensions", dict) or {}
    if "persistedQuery" in extensions:
        query = documents.persisted(query, _digest(extensions["persistedQuery"]))
    if query is None:
        raise _malformed("`query` is missing.")
    return GraphQLRequest(query, name, variables or {})


def read_parameters(request: Request, documents: Documents) -> GraphQLRequest:
    """The request in a GET's parameters; raises Refused."""
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = decode_json(found[name]) if found[name] else None
    return read_request(found, documents)


def _expect(payload: dict[str, Any], name: str, kind: type) -> Any:
    value = payload.get(name)
    if value is not None and not isinstance(value, kind):
        wanted = "a string" if kind is str else "an object"
        raise _malformed(f"`{name}` must be {wanted}.")
    return value


def _digest(persisted: Any) -> str:
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) and persisted.get("version") == 1 else None
    if not isinstance(digest, str) or len(digest) != 64:
        raise _malformed("`extensions.persistedQuery` wants version 1 and a sha256Hash of 64 hexadecimal digits.")
    return digest.lower()


def _malformed(message: str) -> Exception:
    return refusal(ErrorCode.BAD_REQUEST, message, malformed=True)
