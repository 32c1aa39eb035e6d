"""What the transports are given: the schema, the identity check and the context, so that they know nothing else of the product."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import Response

from services.callers import Caller
from settings import Settings


@dataclass(frozen=True, slots=True)
class Door:
    """Everything injected into the transports.

    `authenticate` takes an Authorization header (None: there was none) and gives the caller, None for nobody, or raises
    Unauthenticated or Unavailable. `recheck` is told the callers of all open streams every few seconds and answers which of them may
    stay no longer. `make_context` takes the caller and the request's id and is called once per operation and once per event.
    `page` answers a browser that opens the endpoint; None: there is no page.
    """

    schema: GraphQLSchema
    settings: Settings
    authenticate: Callable[[str | None], Awaitable[Caller | None]]
    recheck: Callable[[Collection[Caller]], Awaitable[Collection[Caller]]]
    make_context: Callable[[Caller | None, str], object]
    page: Callable[[Request], Awaitable[Response]] | None = None
