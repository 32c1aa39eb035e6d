"""Every refusal of the product, drawn once.

Refusal                     what the caller asked cannot be done; carries a code of ErrorCode
├── RequestRefused          the request itself: becomes a top-level GraphQL error
│   ├── BadInput            a malformed id, cursor, argument
│   ├── Unauthenticated     who are you?
│   ├── Forbidden           not through this door
│   ├── NotFound            not there, or not yours: the answer never tells which
│   ├── CursorExpired       read state again, then subscribe
│   ├── RateLimited         too much; says when to come back
│   └── Unavailable         the database is away; nothing was lost, retry
└── ExpectedRefusal         a person can act on it: a member of a mutation's result union
    ├── MessageEmpty  MessageTooLong  MessageDeleted  NotTheAuthor  SeqOutOfRange ...
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why something was refused (`extensions.code`, and `code` of expected errors)."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    INVALID_ID = "INVALID_ID"
    INVALID_CURSOR = "INVALID_CURSOR"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    TOO_BROAD = "TOO_BROAD"
    TOO_COSTLY = "TOO_COSTLY"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    MESSAGE_EMPTY = "MESSAGE_EMPTY"
    MESSAGE_TOO_LONG = "MESSAGE_TOO_LONG"
    MESSAGE_DELETED = "MESSAGE_DELETED"
    NOT_THE_AUTHOR = "NOT_THE_AUTHOR"
    SEQ_OUT_OF_RANGE = "SEQ_OUT_OF_RANGE"


class Refusal(Exception):
    """What the caller asked cannot be done; `code` says why to programs, `detail` to people (never personal data)."""

    code: ErrorCode
    detail: str = "This cannot be done."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or self.detail
        super().__init__(self.detail)

    @property
    def extensions(self) -> dict[str, object]:
        """What goes beside the message in a GraphQL error."""
        return {"code": self.code.value}


class RequestRefused(Refusal):
    """A refusal of the request itself: a top-level GraphQL error."""


class BadInput(RequestRefused):
    """An argument does not have the form it must have."""

    code = ErrorCode.BAD_USER_INPUT


class InvalidId(BadInput):
    """An id that this server never made."""

    code = ErrorCode.INVALID_ID
    detail = "This is not an id of this API."


class InvalidCursor(BadInput):
    """A cursor that this server never made, or made for someone or something else."""

    code = ErrorCode.INVALID_CURSOR
    detail = "This is not a cursor of this list or feed."


class CursorExpired(RequestRefused):
    """The feed no longer holds what follows this cursor."""

    code = ErrorCode.CURSOR_EXPIRED
    detail = "This cursor is older than the feed's retention: read the state again and subscribe from its feedCursor."


class Unauthenticated(RequestRefused):
    """No valid identity came with the request."""

    code = ErrorCode.UNAUTHENTICATED
    detail = "Sign in: send a valid token as `Authorization: Bearer <token>`."


class Forbidden(RequestRefused):
    """This account may not use this."""

    code = ErrorCode.FORBIDDEN
    detail = "Your account may not do this."


class NotFound(RequestRefused):
    """Not there, or not readable by the caller: the two look the same on purpose."""

    code = ErrorCode.NOT_FOUND
    detail = "Not found."


class RateLimited(RequestRefused):
    """Too much in too little time; `retry_after` in seconds."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, retry_after: float) -> None:
        self.retry_after = round(max(retry_after, 0.001), 3)
        super().__init__(f"Too many requests: retry in {self.retry_after} s.")

    @property
    def extensions(self) -> dict[str, object]:
        return {"code": self.code.value, "retryAfter": self.retry_after}


class Unavailable(RequestRefused):
    """Something this answer needs is away for now."""

    code = ErrorCode.UNAVAILABLE
    detail = "The service is momentarily unavailable; nothing was changed. Retry with the same clientId."


class ExpectedRefusal(Refusal):
    """A refusal that a person can act on: a member of the mutation's result union."""


class MessageEmpty(ExpectedRefusal):
    """The text has nothing but white space."""

    code = ErrorCode.MESSAGE_EMPTY
    detail = "Write something first."


class MessageTooLong(ExpectedRefusal):
    """The text is longer than the limit, both in characters."""

    code = ErrorCode.MESSAGE_TOO_LONG

    def __init__(self, length: int, limit: int) -> None:
        self.length, self.limit = length, limit
        super().__init__(f"The message has {length} characters; the limit is {limit}.")


class MessageDeleted(ExpectedRefusal):
    """The message was deleted by its author; it can no longer be edited."""

    code = ErrorCode.MESSAGE_DELETED
    detail = "This message was deleted."


class NotTheAuthor(ExpectedRefusal):
    """Only the author of a message may edit or delete it."""

    code = ErrorCode.NOT_THE_AUTHOR
    detail = "Only its author can change a message."


class SeqOutOfRange(ExpectedRefusal):
    """A read position beyond the last message."""

    code = ErrorCode.SEQ_OUT_OF_RANGE

    def __init__(self, last_seq: int) -> None:
        self.last_seq = last_seq
        super().__init__(f"The conversation has {last_seq} messages.")
