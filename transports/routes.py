"""The addresses of GraphQL."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from transports.door import Door
from transports.http import HTTPTransport
from transports.websocket import Socket


def graphql_routes(door: Door) -> list[BaseRoute]:
    """HTTP, SSE, multipart and WebSocket at /graphql."""
    transport = HTTPTransport(door)

    async def answer(request: Request) -> Response:
        return await transport.answer(request)

    async def converse(websocket: WebSocket) -> None:
        await Socket(door, websocket).serve()

    cross_origin = [
        Middleware(
            CORSMiddleware,
            allow_origins=list(door.settings.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )
    ]
    return [
        Route("/graphql", answer, methods=["GET", "POST"], middleware=cross_origin if door.settings.allowed_origins else None),
        WebSocketRoute("/graphql", converse),
    ]
