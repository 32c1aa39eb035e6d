"""GraphQL over HTTP to the letter: two media types, status codes, GET for queries only; subscriptions as streams.

The specification: https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, Mapping

from graphql import OperationType
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from services.callers import Caller
from services.errors import ErrorCode, Refusal
from telemetry import request_id as current_request_id
from transports.bodies import ClientGone, check_content_type, decode_body, decode_query, read_body
from transports.departures import Departure
from transports.engine import Engine, Unidentified
from transports.errors import Answer, DocumentRefused, Rejected, count_refusals, plain_error, refusal_error
from transports.media import SINGLE, STREAMS, Media, read_accept
from transports.metrics import REQUESTS
from transports.multipart import Multipart
from transports.operations import Prepared
from transports.parameters import BadParameters, Parameters, read_parameters
from transports.responses import STATUSES, RawHeaders, headers_for, raw_headers, send_answer
from transports.sse import ServerSentEvents
from transports.streaming import Encoding, Stream

ENCODINGS: dict[Media, Encoding] = {Media.EVENTS: ServerSentEvents(), Media.PARTS: Multipart()}
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = "GET, POST, OPTIONS"


class HTTPEndpoint:
    """The endpoint for requests; an ASGI application."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with a request id in the logs and in the answer."""
        exchange = Exchange(self._engine, scope, receive, send)
        token = current_request_id.set(exchange.request_id)
        try:
            await exchange.answer()
        except ClientGone:
            exchange.status = 499
        finally:
            current_request_id.reset(token)
            REQUESTS.labels(exchange.method if exchange.method in METHODS else "other", exchange.status).inc()


class Exchange:
    """One request and its answer."""

    def __init__(self, engine: Engine, scope: Scope, receive: Receive, send: Send) -> None:
        self._engine, self._scope, self._receive, self._send = engine, scope, receive, send
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.method: str = scope["method"]
        self.request_id = read_request_id(self.headers.get("x-request-id"))
        self.status = 200
        self._accepted = read_accept(self.headers.get("accept"))
        self._address: str = scope["client"][0] if scope.get("client") else "unknown"

    async def answer(self) -> None:
        """Whatever was sent, answer it; only our own faults are 5xx."""
        try:
            await self._answer()
        except Rejected as rejection:
            await self._reply(rejection.status, {"errors": [plain_error(rejection.code, rejection.detail)]}, rejection.headers)
        except BadParameters as problem:
            await self._reply(400, {"errors": [plain_error(ErrorCode.BAD_REQUEST, str(problem))]})
        except DocumentRefused as refusal:
            await self._reply(200 if self._media is Media.JSON else 400, refusal.answer)
        except Refusal as refusal:
            await self._reply_error(refusal_error(refusal))
        except Unidentified as problem:
            await self._reply_error(problem.error)

    async def _answer(self) -> None:
        if self.method == "OPTIONS":
            await self._answer_preflight()
        elif self.method not in ("GET", "POST"):
            raise Rejected(405, ErrorCode.BAD_REQUEST, "Send queries by GET or POST.", {"allow": METHODS})
        elif self.method == "GET" and self._accepted.page_first and self._engine.door.page is not None:
            await self._show_page()
        else:
            await self._answer_operation()

    async def _answer_operation(self) -> None:
        if self._accepted.best(SINGLE + STREAMS) is None:
            raise Rejected(406, ErrorCode.BAD_REQUEST, "Accept application/graphql-response+json, application/json or text/event-stream.")
        parameters = await self._read()
        caller = await self._engine.identify(self.headers.get("authorization"), self._address)
        try:
            prepared = self._engine.prepare(parameters, caller, self._address)
        except DocumentRefused as refusal:
            await self._refuse_document(refusal, caller)
            return
        self._check_method(prepared)
        if prepared.kind is OperationType.SUBSCRIPTION:
            await self._stream(self._choose_stream(), self._engine.execution.follow(prepared, caller, self.request_id), caller)
        else:
            await self._answer_once(prepared, caller)

    async def _refuse_document(self, refusal: DocumentRefused, caller: Caller | None) -> None:
        """In an event stream too, for clients that only understand those."""
        if self._accepted.media[:1] != (Media.EVENTS,):
            raise refusal
        await self._stream(Media.EVENTS, _single(refusal.answer), caller)

    async def _answer_once(self, prepared: Prepared, caller: Caller | None) -> None:
        with Departure(self._receive) as departure:
            answer = await departure.unless_gone(self._engine.execution.execute(prepared, caller, self.request_id))
        if self._accepted.best(SINGLE) is None:
            await self._stream(self._choose_stream(), _single(answer), caller)
        else:
            await self._reply(200, answer)

    async def _read(self) -> Parameters:
        if self.method == "POST":
            check_content_type(self.headers)
            body = await read_body(self.headers, self._receive, self._engine.settings.limit_body)
            return read_parameters(decode_body(body))
        if not self._engine.origins.admits_reading(self.headers):
            raise Rejected(403, ErrorCode.FORBIDDEN, "From another site, send a GraphQL-Require-Preflight header.")
        return read_parameters(decode_query(self._scope["query_string"]))

    def _check_method(self, prepared: Prepared) -> None:
        if self.method == "GET" and prepared.kind is OperationType.MUTATION:
            raise Rejected(405, ErrorCode.BAD_REQUEST, "Send mutations by POST.", {"allow": "POST"})

    def _choose_stream(self) -> Media:
        media = self._accepted.best(STREAMS)
        if media is None:
            raise Rejected(406, ErrorCode.BAD_REQUEST, "Subscriptions need a WebSocket, or Accept text/event-stream or multipart/mixed.")
        return media

    async def _stream(self, media: Media, answers: AsyncGenerator[Answer, None], caller: Caller | None) -> None:
        await Stream(self._engine, ENCODINGS[media], self._receive, self._send).run(answers, caller, self._headers())

    @property
    def _media(self) -> Media:
        return self._accepted.best(SINGLE) or Media.JSON

    async def _reply_error(self, error: Answer) -> None:
        status = STATUSES.get(ErrorCode(error["extensions"]["code"]), 400)
        await self._reply(status, {"errors": [error]}, headers_for(error))

    async def _reply(self, status: int, answer: Answer, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        if "errors" in answer:
            count_refusals(answer["errors"])
        await send_answer(self._send, status, answer, self._media, [*self._headers(), *raw_headers(headers or {})])

    async def _answer_preflight(self) -> None:
        """A browser's question, or anyone's who wants to know the methods."""
        allowed = self._engine.origins.preflight(self.headers)
        if allowed is None and "origin" in self.headers:
            raise Rejected(403, ErrorCode.FORBIDDEN, "This origin may not call the API; see ALLOWED_ORIGINS.")
        self.status = 204
        await self._send({"type": "http.response.start", "status": 204, "headers": [(b"allow", METHODS.encode()), *(allowed or ())]})
        await self._send({"type": "http.response.body", "body": b""})

    async def _show_page(self) -> None:
        assert self._engine.door.page is not None
        response = await self._engine.door.page(Request(self._scope, self._receive))
        self.status = response.status_code
        await response(self._scope, self._receive, self._send)

    def _headers(self) -> RawHeaders:
        return [(b"x-request-id", self.request_id.encode()), *self._engine.origins.cors(self.headers)]


async def _single(answer: Answer) -> AsyncGenerator[Answer, None]:
    yield answer


def read_request_id(given: str | None) -> str:
    """The caller's id of the request when it is harmless in a log, else one of ours."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
