"""GraphQL over HTTP, to the letter of its specification: two media types, status codes, GET for queries only."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.callers import Caller
from services.errors import ErrorCode, RateLimited, Refusal
from transports.documents import Prepared, Refused, refusal
from transports.door import Door
from transports.execution import run
from transports.requests import GraphQLRequest, decode_json, read_body, read_parameters, read_request
from transports.streams import answer_multipart, answer_sse

JSON = "application/json; charset=utf-8"
GRAPHQL_JSON = "application/graphql-response+json; charset=utf-8"
SSE = "text/event-stream"
MULTIPART = "multipart/mixed"
STATUSES = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
}


class HTTPTransport:
    """The endpoint for GET and POST."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def answer(self, request: Request) -> Response:
        """The response to a request; nothing that a client sends makes it a 5xx."""
        media = choose_media(request.headers.get("accept"))
        if request.method == "GET" and "query" not in request.query_params and "extensions" not in request.query_params and self._wants_page(request):
            return await self._door.page(request)  # type: ignore[misc]
        try:
            return await self._answer(request, media)
        except Refused as refused:
            return error_response(refused, media)
        except Refusal as refused_by_rule:
            return error_response(Refused(_shown(refused_by_rule), malformed=True), media)

    def _wants_page(self, request: Request) -> bool:
        return self._door.page is not None and "text/html" in request.headers.get("accept", "")

    async def _answer(self, request: Request, media: str | None) -> Response:
        if media is None:
            raise _NotAcceptable()
        asked = await self._read(request)
        caller = await self._door.authenticate(request.headers.get("authorization"))
        self._door.rates.take(caller.account_id if caller else _address(request))
        prepared = self._door.documents.prepare(asked.query, asked.operation_name, asked.variables, anonymous=caller is None)
        if request.method == "GET" and prepared.kind is OperationType.MUTATION:
            return _method_not_allowed(media)
        if media in (SSE, MULTIPART):
            answer = answer_sse if media == SSE else answer_multipart
            return StreamingResponse(
                answer(self._door, prepared, asked.variables, caller, request.headers.get("authorization")),
                media_type=SSE if media == SSE else 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
                headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            )
        return await self._run(prepared, asked, caller, media)

    async def _run(self, prepared: Prepared, asked: GraphQLRequest, caller: Caller | None, media: str) -> Response:
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise refusal(ErrorCode.BAD_REQUEST, "Subscriptions need a stream: WebSocket, `Accept: text/event-stream` or `multipart/mixed`.")
        answer = await run(self._door, prepared, asked.variables, caller)
        refused_request = "data" in answer and answer["data"] is None and not any("path" in error for error in answer.get("errors", ()))
        if refused_request:
            raise Refused(*answer["errors"])
        return Response(orjson.dumps(answer), 200, media_type=media)

    async def _read(self, request: Request) -> GraphQLRequest:
        if request.method == "GET":
            return read_parameters(request, self._door.documents)
        content_type, _, parameters = request.headers.get("content-type", "").partition(";")
        charset = parameters.lower().replace(" ", "").replace('"', "")
        if content_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", "charset=utf8"):
            # Also what keeps other sites' forms out: this type makes a browser ask first.
            raise _UnsupportedMedia()
        body = await read_body(request, self._door.settings.limit_body)
        return read_request(decode_json(body), self._door.documents)


class _NotAcceptable(Refused):
    def __init__(self) -> None:
        super().__init__(*refusal(ErrorCode.BAD_REQUEST, "Accept application/graphql-response+json or application/json.").errors, malformed=True)


class _UnsupportedMedia(Refused):
    def __init__(self) -> None:
        super().__init__(*refusal(ErrorCode.BAD_REQUEST, "Send application/json in UTF-8.").errors, malformed=True)


def choose_media(accept: str | None) -> str | None:
    """The media type to answer with, by the order and weight of the Accept header; None when none will do."""
    if not accept:
        return JSON
    ranges = [_weigh(each) for each in accept.lower().split(",")]
    for name, _ in sorted((each for each in ranges if each[1] > 0), key=lambda each: -each[1]):
        for offered in (JSON, GRAPHQL_JSON, SSE, MULTIPART):
            kind = offered.partition(";")[0]
            if name in (kind, "*/*") or (name == "application/*" and kind.startswith("application/")):
                return offered
    return JSON if any(name == "text/html" for name, _ in ranges) else None


def _weigh(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in text.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


def error_response(refused: Refused, media: str | None) -> Response:
    """A response without data. With application/json a well-formed request is answered by 200, as the specification wants."""
    kind = media if media in (JSON, GRAPHQL_JSON) else JSON
    code = ErrorCode(refused.errors[0]["extensions"]["code"]) if refused.errors else ErrorCode.BAD_REQUEST
    status = STATUSES.get(code, 400)
    if isinstance(refused, _NotAcceptable):
        status = 406
    elif isinstance(refused, _UnsupportedMedia):
        status = 415
    elif status == 400 and not refused.malformed and kind == JSON:
        status = 200
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if status == 429:
        headers["retry-after"] = str(int(float(refused.errors[0]["extensions"].get("retryAfter", 1))) + 1)
    return Response(orjson.dumps({"errors": refused.errors}), status, headers, media_type=kind)


def _method_not_allowed(media: str) -> Response:
    refused = refusal(ErrorCode.BAD_REQUEST, "GET is for queries: send mutations by POST.")
    return Response(orjson.dumps({"errors": refused.errors}), 405, {"allow": "POST"}, media_type=media if media == GRAPHQL_JSON else JSON)


def _shown(refused: Refusal) -> dict[str, Any]:
    extensions = refused.extensions if not isinstance(refused, RateLimited) else {**refused.extensions}
    return {"message": refused.detail, "extensions": extensions}


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
