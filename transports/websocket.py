"""graphql-transport-ws over plain ASGI: every close code, and one bad operation never harms its neighbours on the socket."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing

import orjson
from graphql import OperationType
from starlette.types import Receive, Scope, Send

from services.callers import Caller
from services.errors import ErrorCode, RateLimited, Refusal
from services.rates import Rates
from telemetry import request_id as current_request_id
from transports.engine import Engine, Unidentified
from transports.errors import Answer, DocumentRefused, count_refusals, describe, refusal_error
from transports.messages import Close, Closing, Complete, ConnectionInit, Message, Ping, Subscribe, read_message
from transports.metrics import CLOSES, MESSAGES, SOCKETS, STREAMS
from transports.operations import Prepared

SUBPROTOCOL = "graphql-transport-ws"
BURST_SECONDS = 4.0
PATIENCE_WITH_FLOODS = 200
FULL_RETRY = 1.0


class WebSocketEndpoint:
    """The endpoint for sockets; an ASGI application."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One socket, from its handshake to its end. Another site's page gets none (cross-site WebSocket hijacking)."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        await receive()
        if not self._engine.origins.admits(headers):
            await send({"type": "websocket.close", "code": Close.FORBIDDEN, "reason": "Origin not allowed"})
            return
        offered = SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if offered else None})
        socket = Socket(self._engine, headers, scope["client"][0] if scope.get("client") else "unknown", receive, send)
        with SOCKETS.track_inprogress():
            await socket.run(offered=offered)


class Socket:
    """One connection: its caller, its operations, and what it may still send."""

    def __init__(self, engine: Engine, headers: Mapping[str, str], address: str, receive: Receive, send: Send) -> None:
        self._engine, self._address, self._receive, self._raw_send = engine, address, receive, send
        self._upgrade_authorization = headers.get("authorization")
        self._id = secrets.token_hex(8)
        self._caller: Caller | None = None
        self._initialising = self._acknowledged = self._closed = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        rate = engine.settings.limit_socket_messages_per_second
        self._rates, self._refused = Rates(rate, max(1.0, rate * BURST_SECONDS)), 0
        self._session = ExitStack()
        self._init_timer: asyncio.TimerHandle | None = None

    async def run(self, *, offered: bool) -> None:
        """Everything until the end; leaves no task behind."""
        current_request_id.set(self._id)
        try:
            if not offered:
                raise Closing(Close.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            self._start_init_timer()
            await self._read()
        except Closing as closing:
            await self._close(closing)
        except Exception as problem:
            describe(problem, None)
            await self._close(Closing(Close.INTERNAL, "Internal server error"))
        finally:
            self._stop_init_timer()
            self._session.close()
            await self._end_operations()

    async def _read(self) -> None:
        """Handle messages in order until the client goes; raises Closing."""
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                self._closed = True
                return
            if self._closed:
                continue
            MESSAGES.inc()
            message = read_message(self._text(event.get("text")))
            if self._within_rate() or self._must_obey(message):
                await self._obey(message)
            elif isinstance(message, Subscribe):
                await self._refuse(message.id, refusal_error(RateLimited(1 / self._rates.per_second)))

    def _text(self, text: str | None) -> str:
        if text is None:
            raise Closing(Close.BAD_REQUEST, "Invalid message: it is binary")
        if len(text) > self._engine.settings.limit_body:
            raise Closing(Close.TOO_BIG, f"Messages may have {self._engine.settings.limit_body} bytes")
        return text

    def _within_rate(self) -> bool:
        """Whether the socket sends within its rate. Beyond it messages are refused; a socket that goes on regardless is closed."""
        try:
            self._rates.take(None)
        except RateLimited:
            self._refused += 1
            if self._refused > PATIENCE_WITH_FLOODS:
                raise Closing(Close.TOO_MANY, "Too many messages") from None
            return False
        self._refused = 0
        return True

    def _must_obey(self, message: Message) -> bool:
        """What makes less work, or must never be lost, is done at any rate."""
        return isinstance(message, Complete | ConnectionInit)

    async def _obey(self, message: Message) -> None:
        match message:
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                self._complete(message.id)
            case Ping():
                await self._send({"type": "pong"})
            case ConnectionInit():
                await self._initialise(message)

    async def _initialise(self, message: ConnectionInit) -> None:
        if self._initialising:
            raise Closing(Close.TOO_MANY, "Too many initialisation requests")
        self._initialising = True
        self._stop_init_timer()
        self._caller = await self._identify(message.authorization or self._upgrade_authorization)
        self._session.enter_context(self._engine.sessions.admit(self._caller, self._dismiss))
        await self._send({"type": "connection_ack"})
        self._acknowledged = True

    async def _identify(self, authorization: str | None) -> Caller | None:
        try:
            return await self._engine.identify(authorization, self._address)
        except Refusal as refusal:
            raise Closing(Close.FORBIDDEN if refusal.code is not ErrorCode.UNAVAILABLE else Close.GOING_AWAY, "Forbidden") from None
        except Unidentified:
            raise Closing(Close.GOING_AWAY, "Try again later") from None

    async def _subscribe(self, message: Subscribe) -> None:
        if not self._acknowledged:
            raise Closing(Close.UNAUTHORIZED, "Unauthorized")
        if message.id in self._operations:
            raise Closing(Close.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        if len(self._operations) >= self._engine.settings.limit_operations_per_socket:
            await self._refuse(message.id, refusal_error(RateLimited(FULL_RETRY)))
            return
        task = asyncio.create_task(self._operate(message))
        self._operations[message.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _complete(self, identifier: str) -> None:
        task = self._operations.pop(identifier, None)
        if task is not None:
            task.cancel()

    async def _operate(self, message: Subscribe) -> None:
        """One operation, from its document to its `complete` or `error`; whatever goes wrong stays its own."""
        identifier = message.id
        try:
            prepared = self._engine.prepare(message.parameters, self._caller, self._address)
            await self._deliver(identifier, prepared)
            await self._finish(identifier, {"id": identifier, "type": "complete"})
        except DocumentRefused as refusal:
            await self._fail(identifier, refusal.errors)
        except Refusal as refusal:
            await self._fail(identifier, [refusal_error(refusal)])
        except Exception as problem:
            if not self._closed:
                await self._fail(identifier, [describe(problem, None)])

    async def _deliver(self, identifier: str, prepared: Prepared) -> None:
        """Send every answer; raises DocumentRefused for one that is errors only, which ends the operation."""
        request = f"{self._id}-{identifier[:32]}"
        if prepared.kind is not OperationType.SUBSCRIPTION:
            await self._next(identifier, await self._engine.execution.execute(prepared, self._caller, request))
            return
        answers: AsyncGenerator[Answer, None] = self._engine.execution.follow(prepared, self._caller, request)
        with STREAMS.labels("websocket").track_inprogress():
            async with aclosing(answers):
                async for answer in answers:
                    await self._next(identifier, answer)

    async def _next(self, identifier: str, answer: Answer) -> None:
        if "data" not in answer:
            raise DocumentRefused(answer["errors"])
        if "errors" in answer:
            count_refusals(answer["errors"])
        await self._send({"id": identifier, "type": "next", "payload": answer})

    async def _fail(self, identifier: str, errors: list[Answer]) -> None:
        count_refusals(errors)
        await self._finish(identifier, {"id": identifier, "type": "error", "payload": errors})

    async def _refuse(self, identifier: str, error: Answer) -> None:
        """Refuse an operation that was never begun."""
        count_refusals([error])
        await self._send({"id": identifier, "type": "error", "payload": [error]})

    async def _finish(self, identifier: str, message: Answer) -> None:
        """The last message of an operation; its id is free before the client can know."""
        if self._operations.get(identifier) is asyncio.current_task():
            del self._operations[identifier]
        await self._send(message)

    async def _send(self, message: Answer) -> None:
        if self._closed:
            return
        try:
            await self._raw_send({"type": "websocket.send", "text": orjson.dumps(message).decode()})
        except OSError:  # the client has gone; the reader will be told
            self._closed = True

    async def _close(self, closing: Closing) -> None:
        if self._closed:
            return
        self._closed = True
        CLOSES.labels(int(closing.code)).inc()
        try:
            await self._raw_send({"type": "websocket.close", "code": int(closing.code), "reason": closing.reason})
        except OSError:  # gone before us
            return

    def _close_soon(self, closing: Closing) -> None:
        task = asyncio.create_task(self._close(closing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _dismiss(self, reason: str) -> None:
        """The caller may stay no longer: nothing more is delivered from this instant."""
        self._close_soon(Closing(Close.FORBIDDEN, reason))

    def _start_init_timer(self) -> None:
        closing = Closing(Close.INITIALISATION_TIMEOUT, "Connection initialisation timeout")
        self._init_timer = asyncio.get_running_loop().call_later(self._engine.settings.connection_init_timeout, self._close_soon, closing)

    def _stop_init_timer(self) -> None:
        if self._init_timer is not None:
            self._init_timer.cancel()

    async def _end_operations(self) -> None:
        """Cancel what still runs and wait for its clean-up."""
        self._operations.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
