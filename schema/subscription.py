"""The root of live events: filters over one's own feed, each resumable with `after`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from models.conversations import Side
from resolvers.context import Info
from resolvers.declarations import Row
from resolvers.ids import key_of
from resolvers.streams import Event, TypingNotice, follow_feed, follow_typing
from schema.conversations import Conversation, Message
from schema.nodes import Account, Cursor, describe_enum
from services.errors import BadInput
from services.events import EventKind


class MessageChange(StrEnum):
    """What became of a message."""

    EDITED = "EDITED"
    DELETED = "DELETED"


describe_enum(
    MessageChange,
    "What became of a message.",
    {MessageChange.EDITED: "Its author replaced the text.", MessageChange.DELETED: "Its author took it back."},
)


def _event_type(value: Any, _info: Any, _abstract: Any) -> str:
    return EVENT_TYPES[EventKind(value.entry.kind)].__name__


@strawberry.interface(description="An event of your feed.")
class FeedEvent:
    """What all events share."""

    cursor: Cursor = strawberry.field(description="Its place in your feed: subscribe `after` it to go on from here.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    resolve_type = staticmethod(_event_type)


@strawberry.type(description="A message was sent.")
class MessageAdded(FeedEvent):
    """MESSAGE_ADDED."""

    is_type_of = staticmethod(lambda value, _info: isinstance(value, Event) and value.entry.kind == EventKind.MESSAGE_ADDED)

    @strawberry.field(description="The message as it is now.")
    def message(self: Event) -> Message:
        return self.subject  # type: ignore[return-value]


@strawberry.type(description="A message was edited or deleted.")
class MessageChanged(FeedEvent):
    """MESSAGE_CHANGED."""

    is_type_of = staticmethod(lambda value, _info: isinstance(value, Event) and value.entry.kind == EventKind.MESSAGE_CHANGED)

    @strawberry.field(description="The message as it is now.")
    def message(self: Event) -> Message:
        return self.subject  # type: ignore[return-value]

    @strawberry.field(description="What became of it.")
    def change(self: Event) -> MessageChange:
        return MessageChange(str(self.entry.facts["change"]))


@strawberry.type(description="Someone has read further.")
class ReadPositionChanged(FeedEvent):
    """READ_POSITION_CHANGED."""

    is_type_of = staticmethod(lambda value, _info: isinstance(value, Event) and value.entry.kind == EventKind.READ_POSITION_CHANGED)

    @strawberry.field(description="The conversation as it is now.")
    def conversation(self: Event) -> Conversation:
        return self.subject  # type: ignore[return-value]

    @strawberry.field(description="Who has read.")
    async def reader(self: Event, info: Info) -> Account:
        return await _account(info, self.entry.facts["readerId"])  # type: ignore[return-value]

    @strawberry.field(description="At which end she sits.")
    def side(self: Event) -> Side:
        return Side(str(self.entry.facts["side"]))

    @strawberry.field(description="Number of the last message she has read.")
    def up_to_seq(self: Event) -> int:
        return int(str(self.entry.facts["upToSeq"]))


@strawberry.type(description="You marked or unmarked a conversation, maybe in another window.")
class ConversationFlagged(FeedEvent):
    """CONVERSATION_FLAGGED."""

    is_type_of = staticmethod(lambda value, _info: isinstance(value, Event) and value.entry.kind == EventKind.CONVERSATION_FLAGGED)

    @strawberry.field(description="The conversation as it is now.")
    def conversation(self: Event) -> Conversation:
        return self.subject  # type: ignore[return-value]

    @strawberry.field(description="Whether it was marked.")
    def flagged(self: Event) -> bool:
        return bool(self.entry.facts["flagged"])


@strawberry.type(description="Someone writes, or stopped. Not kept: it has no cursor.")
class Typing:
    """TYPING."""

    @strawberry.field(description="Who.")
    def author(self: TypingNotice) -> Account:
        return self.author  # type: ignore[return-value]

    @strawberry.field(description="Where.")
    def conversation(self: TypingNotice) -> Conversation:
        return self.conversation  # type: ignore[return-value]

    @strawberry.field(description="True: writes; false: stopped. Forget it by yourself after some seconds.")
    def typing(self: TypingNotice) -> bool:
        return self.typing


EVENT_TYPES: dict[EventKind, type[FeedEvent]] = {
    EventKind.MESSAGE_ADDED: MessageAdded,
    EventKind.MESSAGE_CHANGED: MessageChanged,
    EventKind.READ_POSITION_CHANGED: ReadPositionChanged,
    EventKind.CONVERSATION_FLAGGED: ConversationFlagged,
}

After = Annotated[Cursor | None, strawberry.argument(description="A cursor of your feed: everything after it comes first. Without it: from now on.")]
OfConversation = Annotated[strawberry.ID, strawberry.argument(description="In which conversation.")]


async def _account(info: Info, key: object) -> Row:
    row: Row | None = await info.context.loaders.row("accounts", "id", implied=True).load(UUID(str(key)))
    if row is None:
        raise BadInput("The account is gone.")
    return row


def _stream(info: Info, after: str | None, kind: EventKind, conversation_id: str) -> AsyncIterator[Event]:
    return follow_feed(info.context, after or None, frozenset({kind}), key_of(conversation_id, "Conversation"))


@strawberry.type(description="What happens, live. Every stream but `typing` is a filter over your own feed and can be resumed `after` a cursor.")
class Subscription:
    """The root of live events."""

    @strawberry.subscription(description="Messages of one conversation, your own included.")
    async def message_added(self, info: Info, conversation_id: OfConversation, after: After = strawberry.UNSET) -> AsyncGenerator[MessageAdded, None]:
        async for event in _stream(info, after, EventKind.MESSAGE_ADDED, conversation_id):
            yield event  # type: ignore[misc]

    @strawberry.subscription(description="Edits and deletions in one conversation.")
    async def message_changed(
        self, info: Info, conversation_id: OfConversation, after: After = strawberry.UNSET
    ) -> AsyncGenerator[MessageChanged, None]:
        async for event in _stream(info, after, EventKind.MESSAGE_CHANGED, conversation_id):
            yield event  # type: ignore[misc]

    @strawberry.subscription(description="Read receipts of one conversation, both sides'.")
    async def read_position_changed(
        self, info: Info, conversation_id: OfConversation, after: After = strawberry.UNSET
    ) -> AsyncGenerator[ReadPositionChanged, None]:
        async for event in _stream(info, after, EventKind.READ_POSITION_CHANGED, conversation_id):
            yield event  # type: ignore[misc]

    @strawberry.subscription(description="Who writes in one conversation, right now.")
    async def typing(self, info: Info, conversation_id: OfConversation) -> AsyncGenerator[Typing, None]:
        async for notice in follow_typing(info.context, key_of(conversation_id, "Conversation")):
            yield notice  # type: ignore[misc]

    @strawberry.subscription(description="Everything that happens to you.")
    async def feed(self, info: Info, after: After = strawberry.UNSET) -> AsyncGenerator[FeedEvent, None]:
        async for event in follow_feed(info.context, after or None, frozenset(EVENT_TYPES)):
            yield event  # type: ignore[misc]
