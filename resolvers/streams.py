"""From the caller's feed to the events of a subscription, with rights checked at each delivery."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from resolvers.context import Context
from resolvers.declarations import Row
from resolvers.loaders import Loaders
from services.conversations import TYPING
from services.errors import CursorExpired, InvalidCursor, NotFound
from services.events import EventKind
from subscriptions.journal import Entry, ExpiredCursor, MalformedCursor, decode_cursor, encode_cursor
from subscriptions.streams import follow, overhear

SUBJECTS = {
    EventKind.MESSAGE_ADDED: "messages",
    EventKind.MESSAGE_CHANGED: "messages",
    EventKind.READ_POSITION_CHANGED: "conversations",
    EventKind.CONVERSATION_FLAGGED: "conversations",
}


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the caller's feed with its subject, which the caller may see at the time of delivery."""

    entry: Entry
    subject: Row

    @property
    def cursor(self) -> str:
        return encode_cursor(self.entry.recipient, self.entry.seq)

    @property
    def occurred_at(self) -> datetime:
        return self.entry.occurred_at


@dataclass(frozen=True, slots=True)
class TypingNotice:
    """Someone writes, or stopped."""

    author: Row
    conversation: Row
    typing: bool


async def follow_feed(
    context: Context, after: str | None, kinds: frozenset[EventKind], conversation_id: UUID | None = None
) -> AsyncGenerator[Event, None]:
    """The events of `kinds` that follow `after` (None: from now on), each once, in order.

    With a conversation the stream ends when the caller may no longer see it; raises NotFound if that is so at the start.
    Raises Unauthenticated, InvalidCursor, CursorExpired.
    """
    if conversation_id is not None and await _read(context, "conversations", conversation_id) is None:
        raise NotFound()
    async with aclosing(_entries(context, after)) as entries:
        async for entry in entries:
            if conversation_id is not None and entry.facts.get("conversationId") != str(conversation_id):
                continue
            if conversation_id is not None and entry.kind == EventKind.CONVERSATION_LEFT:
                return
            event = await _event(context, entry) if entry.kind in kinds else None
            if event is not None:
                yield event


async def _entries(context: Context, after: str | None) -> AsyncGenerator[Entry, None]:
    """The caller's feed; raises InvalidCursor, CursorExpired."""
    caller = context.caller
    try:
        start = None if after is None else decode_cursor(after, caller.account_id)
        async with aclosing(follow(context.hub, caller.account_id, start)) as entries:
            async for entry in entries:
                yield entry
    except MalformedCursor:
        raise InvalidCursor() from None
    except ExpiredCursor:
        raise CursorExpired() from None


async def _event(context: Context, entry: Entry) -> Event | None:
    """The entry with its subject; None when the caller may not see that any more."""
    subject = await _read(context, SUBJECTS[EventKind(entry.kind)], entry.subject_id)
    return None if subject is None else Event(entry, subject)


async def _read(context: Context, table: str, key: UUID, *, implied: bool = False) -> Row | None:
    """A row as it is now: loaders are never kept from one event to the next."""
    row: Row | None = await Loaders(context.database.reader, context.caller).row(table, "id", implied=implied).load(key)
    return row


async def follow_typing(context: Context, conversation_id: UUID) -> AsyncGenerator[TypingNotice, None]:
    """Who writes in the conversation, from now on; raises NotFound."""
    if await _read(context, "conversations", conversation_id) is None:
        raise NotFound()
    async with aclosing(overhear(context.hub, context.caller.account_id)) as whispers:
        async for whisper in whispers:
            if whisper.kind != TYPING or whisper.facts.get("conversationId") != str(conversation_id):
                continue
            conversation = await _read(context, "conversations", conversation_id)
            if conversation is None:
                return
            author = await _read(context, "accounts", UUID(str(whisper.facts["authorId"])), implied=True)
            if author is not None:
                yield TypingNotice(author, conversation, bool(whisper.facts["typing"]))
