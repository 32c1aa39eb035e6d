"""Expected refusals as members of the mutations' result unions."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.nodes import describe_enum
from services import errors
from services.errors import ErrorCode

describe_enum(
    ErrorCode,
    "Why something was refused: `extensions.code` of errors, `code` of expected errors.",
    {
        ErrorCode.BAD_REQUEST: "The request does not have the form that GraphQL over HTTP or the socket's protocol wants.",
        ErrorCode.GRAPHQL_PARSE_FAILED: "The document is not GraphQL.",
        ErrorCode.GRAPHQL_VALIDATION_FAILED: "The document does not fit the schema.",
        ErrorCode.BAD_USER_INPUT: "An argument or a variable does not have the form or the range it must have.",
        ErrorCode.INVALID_ID: "An id that this API never made, or of another type than is wanted.",
        ErrorCode.INVALID_CURSOR: "A cursor that this API never made, or made for another list or feed.",
        ErrorCode.CURSOR_EXPIRED: "The feed no longer holds what follows: read the state again and subscribe from its feedCursor.",
        ErrorCode.PERSISTED_QUERY_NOT_FOUND: "The hash is unknown here: send it once with the document.",
        ErrorCode.PAYLOAD_TOO_LARGE: "The body or the socket's message is larger than the limit.",
        ErrorCode.DOCUMENT_TOO_LARGE: "The document has more tokens or operations than the limit.",
        ErrorCode.TOO_DEEP: "The selection is nested deeper than the limit.",
        ErrorCode.TOO_BROAD: "The document has more aliases or fields than the limit.",
        ErrorCode.TOO_COSTLY: "The answer could hold more objects than the limit: ask for smaller pages.",
        ErrorCode.UNAUTHENTICATED: "No valid identity came with the request.",
        ErrorCode.FORBIDDEN: "This account may not use this.",
        ErrorCode.NOT_FOUND: "Not there, or not yours: the two look the same on purpose.",
        ErrorCode.RATE_LIMITED: "Too much in too little time: `extensions.retryAfter` says in how many seconds to come back.",
        ErrorCode.TIMEOUT: "The operation took longer than the limit.",
        ErrorCode.UNAVAILABLE: "Something this needs is away for now; nothing was changed.",
        ErrorCode.INTERNAL: "Our fault; `extensions.incident` names it for the support team.",
        ErrorCode.MESSAGE_EMPTY: "The text has nothing but white space.",
        ErrorCode.MESSAGE_TOO_LONG: "The text is longer than the limit.",
        ErrorCode.MESSAGE_DELETED: "The message was deleted; it can no longer be edited.",
        ErrorCode.NOT_THE_AUTHOR: "Only its author can change a message.",
        ErrorCode.SEQ_OUT_OF_RANGE: "A read position beyond the last message.",
    },
)


@strawberry.interface(description="A refusal that a person can act on.")
class ExpectedError:
    """What all expected errors share."""

    code: ErrorCode = strawberry.field(description="Why, for programs.")
    detail: str = strawberry.field(description="Why, for people; in English.")


@strawberry.type(description="The text has nothing but white space.")
class MessageEmpty(ExpectedError):
    """MESSAGE_EMPTY."""


@strawberry.type(description="The text is longer than the limit.")
class MessageTooLong(ExpectedError):
    """MESSAGE_TOO_LONG."""

    length: int = strawberry.field(description="Characters (Unicode code points) that were sent.")
    limit: int = strawberry.field(description="Characters that are allowed.")


@strawberry.type(description="The message was deleted by its author; it can no longer be edited.")
class MessageDeleted(ExpectedError):
    """MESSAGE_DELETED."""


@strawberry.type(description="Only the author of a message may edit or delete it; system messages have none.")
class NotTheAuthor(ExpectedError):
    """NOT_THE_AUTHOR."""


@strawberry.type(description="A read position below 0 or beyond the last message.")
class SeqOutOfRange(ExpectedError):
    """SEQ_OUT_OF_RANGE."""

    last_seq: int = strawberry.field(description="Number of the last message.")


class RefusalHandler:
    """Turns one kind of expected refusal into its GraphQL type, field by field."""

    def __init__(self, refusal: type[errors.ExpectedRefusal], shown: type[ExpectedError]) -> None:
        self.exception_type, self.error_type = refusal, shown

    def handle(self, exception: Any, *, field: Any, info: Any) -> Any:
        names = [each.python_name for each in self.error_type.__strawberry_definition__.fields]  # type: ignore[attr-defined]
        return self.error_type(**{name: getattr(exception, name) for name in names})


HANDLERS = [
    RefusalHandler(errors.MessageEmpty, MessageEmpty),
    RefusalHandler(errors.MessageTooLong, MessageTooLong),
    RefusalHandler(errors.MessageDeleted, MessageDeleted),
    RefusalHandler(errors.NotTheAuthor, NotTheAuthor),
    RefusalHandler(errors.SeqOutOfRange, SeqOutOfRange),
]
