"""The addresses of the transports."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route, WebSocketRoute

from transports.door import Door
from transports.engine import Engine
from transports.http import HTTPEndpoint
from transports.websocket import WebSocketEndpoint

PATH = "/graphql"


def routes(door: Door) -> list[BaseRoute]:
    """GraphQL at /graphql, by HTTP and by WebSocket."""
    engine = Engine(door)
    return [Route(PATH, HTTPEndpoint(engine)), WebSocketRoute(PATH, WebSocketEndpoint(engine))]
