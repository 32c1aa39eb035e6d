"""The graphql-transport-ws protocol: every message validated, every close code, one bad operation harms no other.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson
from graphql import OperationType
from prometheus_client import Counter, Gauge
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.callers import Caller
from services.errors import ErrorCode, RateLimited, Refusal
from services.rates import Rates
from transports.answers import REFUSALS
from transports.documents import Refused, refusal
from transports.door import Door
from transports.execution import run, stream
from transports.requests import decode_json, read_request

PROTOCOL = "graphql-transport-ws"
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, BAD_SUBPROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, DUPLICATE_OPERATION, TOO_MANY_INITS = 4408, 4409, 4429
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
LONGEST_ID = 100
SOCKETS = Gauge("pass_emploi_sockets", "Open WebSockets.", multiprocess_mode="livesum")
CLOSED = Counter("pass_emploi_sockets_closed_total", "WebSockets that we closed, by code.", ["code"])


class Closing(Exception):
    """The socket must be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Socket:
    """One connection: its caller, its running operations."""

    def __init__(self, door: Door, websocket: WebSocket) -> None:
        self._door, self._websocket = door, websocket
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._authorization: str | None = websocket.headers.get("authorization")
        self._caller: Caller | None = None
        self._acknowledged = self._initialising = False
        rate = door.settings.limit_socket_messages_per_second
        self._rates = Rates(rate, rate * 4)
        self._closing: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """The whole life of the connection."""
        if not self._door.admits_origin(self._websocket.headers.get("origin")):
            await self._websocket.close(POLICY_VIOLATION, "Origin not allowed")
            return
        if PROTOCOL not in self._websocket.scope["subprotocols"]:
            await self._websocket.accept()
            await self._websocket.close(BAD_SUBPROTOCOL, "Subprotocol not acceptable")
            return
        await self._websocket.accept(PROTOCOL)
        SOCKETS.inc()
        try:
            await self._converse()
        finally:
            SOCKETS.dec()
            await self._end_operations()

    async def _converse(self) -> None:
        """Read messages until either side closes."""
        self._close_later(self._door.settings.connection_init_timeout, Closing(INIT_TIMEOUT, "Connection initialisation timeout"))
        reader = asyncio.create_task(self._read())
        try:
            await asyncio.wait([reader, self._closing], return_when=asyncio.FIRST_COMPLETED)
            closing = self._closing.result() if self._closing.done() else reader.result()
            if closing is not None:
                await self._close(closing)
        finally:
            self._forget_timer()
            reader.cancel()
            await asyncio.wait([reader])

    async def _read(self) -> Closing | None:
        """Handle messages in order; returns why to close, None when the client has gone."""
        try:
            while True:
                await self._handle(await self._receive())
        except Closing as closing:
            return closing
        except WebSocketDisconnect:
            return None

    async def _receive(self) -> dict[str, Any]:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        try:
            self._rates.take("messages")
        except RateLimited:
            raise Closing(POLICY_VIOLATION, "Too many messages") from None
        text = message.get("text")
        if text is None:
            raise Closing(BAD_REQUEST, "Binary messages are not supported")
        try:
            content = decode_json(text)
        except Refused:
            raise Closing(BAD_REQUEST, "Invalid message: not JSON") from None
        if not isinstance(content, dict) or not isinstance(content.get("type"), str):
            raise Closing(BAD_REQUEST, "Invalid message: an object with a type is expected")
        return content

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._initialise(message)
            case "ping":
                _expect_payload(message)
                await self._send({"type": "pong"})
            case "pong":
                _expect_payload(message)
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                await self._complete(_expect_id(message))
            case _:
                raise Closing(BAD_REQUEST, "Invalid message: unknown type")

    async def _initialise(self, message: dict[str, Any]) -> None:
        if self._initialising:
            raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
        self._initialising = True
        _expect_payload(message)
        payload = message.get("payload") or {}
        given = next((value for name, value in payload.items() if name.lower() == "authorization"), self._authorization)
        if given is not None and not isinstance(given, str):
            raise Closing(BAD_REQUEST, "Invalid message: Authorization must be a string")
        self._authorization = given
        self._caller = await self._authenticate()
        self._forget_timer()
        if self._caller is not None and self._caller.expires_at is not None:
            remaining = (self._caller.expires_at - datetime.now(UTC)).total_seconds()
            self._close_later(remaining, Closing(FORBIDDEN, "Token expired"))
        self._acknowledged = True
        await self._send({"type": "connection_ack"})

    async def _authenticate(self) -> Caller | None:
        """Who this is, now: asked again for each operation and each delivery, and answered from memory for some seconds."""
        try:
            return await self._door.authenticate(self._authorization)
        except Refusal as refused:
            if refused.code is ErrorCode.UNAUTHENTICATED:
                raise Closing(FORBIDDEN, "Forbidden") from None
            raise Closing(TRY_AGAIN_LATER, "Try again later") from None

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        name = _expect_id(message)
        if not isinstance(message.get("payload"), dict) or not isinstance(message["payload"].get("query", ""), str):
            raise Closing(BAD_REQUEST, "Invalid message: a payload with a query is expected")
        if name in self._operations:
            raise Closing(DUPLICATE_OPERATION, f"Subscriber for {name} already exists")
        if len(self._operations) >= self._door.settings.limit_operations_per_socket:
            await self._refuse(name, refusal(ErrorCode.RATE_LIMITED, "Too many operations on this socket.", retryAfter=1.0).errors)
            return
        self._operations[name] = asyncio.create_task(self._operate(name, message["payload"]))

    async def _complete(self, name: str) -> None:
        task = self._operations.pop(name, None)
        if task is not None:
            task.cancel()

    async def _operate(self, name: str, payload: dict[str, Any]) -> None:
        """One operation, from its request to its `complete` or `error`."""
        try:
            await self._run(name, payload)
        except Refused as refused:
            await self._finish(name, {"id": name, "type": "error", "payload": refused.errors})
        except Refusal as refused_by_rule:
            errors = [{"message": refused_by_rule.detail, "extensions": refused_by_rule.extensions}]
            await self._finish(name, {"id": name, "type": "error", "payload": errors})
        except Closing as closing:
            self._close_soon(closing)
        except (WebSocketDisconnect, RuntimeError):
            # The client went away while we were sending; the reader ends the connection.
            self._operations.pop(name, None)
        else:
            await self._finish(name, {"id": name, "type": "complete"})

    async def _run(self, name: str, payload: dict[str, Any]) -> None:
        caller = await self._authenticate()
        self._door.rates.take(caller.account_id if caller else str(self._websocket.client))
        asked = read_request(payload, self._door.documents)
        prepared = self._door.documents.prepare(asked.query, asked.operation_name, asked.variables, anonymous=caller is None)
        if prepared.kind is not OperationType.SUBSCRIPTION:
            await self._send({"id": name, "type": "next", "payload": await run(self._door, prepared, asked.variables, caller)})
            return
        async with aclosing(stream(self._door, prepared, asked.variables, caller)) as answers:
            async for answer in answers:
                await self._authenticate()
                await self._send({"id": name, "type": "next", "payload": answer})

    async def _finish(self, name: str, message: dict[str, Any]) -> None:
        """Say the last word of an operation, unless its client has already completed it."""
        if self._operations.pop(name, None) is None:
            return
        if message["type"] == "error":
            for error in message["payload"]:
                REFUSALS.labels(error["extensions"]["code"]).inc()
        try:
            await self._send(message)
        except (WebSocketDisconnect, RuntimeError):
            return  # the client has gone; the reader ends the connection

    async def _refuse(self, name: str, errors: list[dict[str, Any]]) -> None:
        await self._send({"id": name, "type": "error", "payload": errors})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(orjson.dumps(message).decode())

    def _close_later(self, seconds: float, closing: Closing) -> None:
        self._forget_timer()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._close_soon, closing)

    def _close_soon(self, closing: Closing) -> None:
        if not self._closing.done():
            self._closing.set_result(closing)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _close(self, closing: Closing) -> None:
        await self._end_operations()
        CLOSED.labels(str(closing.code)).inc()
        if self._websocket.client_state is WebSocketState.CONNECTED and self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(closing.code, closing.reason)

    async def _end_operations(self) -> None:
        tasks = list(self._operations.values())
        self._operations.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def _expect_id(message: dict[str, Any]) -> str:
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise Closing(BAD_REQUEST, "Invalid message: a non-empty id is expected")
    return name


def _expect_payload(message: dict[str, Any]) -> None:
    if message.get("payload") is not None and not isinstance(message["payload"], dict):
        raise Closing(BAD_REQUEST, "Invalid message: the payload must be an object")
