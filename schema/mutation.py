"""The root of writes: each mutation takes one input and goes straight to a service."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers.context import Info
from resolvers.declarations import Row
from resolvers.ids import key_of
from schema.conversations import Conversation, Message
from schema.errors import MessageDeleted, MessageEmpty, MessageTooLong, NotTheAuthor, SeqOutOfRange
from services import conversations, messages
from services.errors import NotFound


@strawberry.input(description="What to send.")
class SendMessageInput:
    """Input of sendMessage."""

    conversation_id: strawberry.ID = strawberry.field(description="To which conversation.")
    client_id: UUID = strawberry.field(description="Made by the client, unique per author: sending the same one again returns the first message.")
    body: str = strawberry.field(description="The text: 1 to 10,000 characters, not only white space.")


@strawberry.input(description="What to replace.")
class EditMessageInput:
    """Input of editMessage."""

    message_id: strawberry.ID = strawberry.field(description="A message of yours.")
    body: str = strawberry.field(description="The new text: 1 to 10,000 characters.")


@strawberry.input(description="What to take back.")
class DeleteMessageInput:
    """Input of deleteMessage."""

    message_id: strawberry.ID = strawberry.field(description="A message of yours.")


@strawberry.input(description="How far you have read.")
class MarkConversationReadInput:
    """Input of markConversationRead."""

    conversation_id: strawberry.ID = strawberry.field(description="Which conversation.")
    up_to_seq: int = strawberry.field(description="Number of the last message you have seen, 0 to lastSeq; never moves backwards.")


@strawberry.input(description="What to come back to.")
class FlagConversationInput:
    """Input of flagConversation."""

    conversation_id: strawberry.ID = strawberry.field(description="Which conversation.")
    flagged: bool = strawberry.field(description="True to mark, false to unmark.")


@strawberry.input(description="Whether you write.")
class SetTypingInput:
    """Input of setTyping."""

    conversation_id: strawberry.ID = strawberry.field(description="Where.")
    typing: bool = strawberry.field(description="True while you write, false when you stop.")


@strawberry.type(description="The message was taken in; it will reach everyone concerned.")
class SendMessageSuccess:
    """Result of sendMessage."""

    message: Message = strawberry.field(description="The message.")


@strawberry.type(description="The message was replaced.")
class EditMessageSuccess:
    """Result of editMessage."""

    message: Message = strawberry.field(description="The message.")


@strawberry.type(description="The message was taken back.")
class DeleteMessageSuccess:
    """Result of deleteMessage."""

    message: Message = strawberry.field(description="The message, without its text.")


@strawberry.type(description="The read position is at least where you said.")
class MarkConversationReadSuccess:
    """Result of markConversationRead."""

    conversation: Conversation = strawberry.field(description="The conversation with its new counts.")


@strawberry.type(description="The flag is as you said.")
class FlagConversationSuccess:
    """Result of flagConversation."""

    conversation: Conversation = strawberry.field(description="The conversation.")


@strawberry.type(description="The other side was told, if she is connected.")
class SetTypingSuccess:
    """Result of setTyping."""

    conversation: Conversation = strawberry.field(description="The conversation.")


SendMessageResult = Annotated[
    SendMessageSuccess | MessageEmpty | MessageTooLong, strawberry.union("SendMessageResult", description="What became of the message.")
]
EditMessageResult = Annotated[
    EditMessageSuccess | MessageEmpty | MessageTooLong | MessageDeleted | NotTheAuthor,
    strawberry.union("EditMessageResult", description="What became of the edit."),
]
DeleteMessageResult = Annotated[
    DeleteMessageSuccess | NotTheAuthor, strawberry.union("DeleteMessageResult", description="What became of the deletion.")
]
MarkConversationReadResult = Annotated[
    MarkConversationReadSuccess | SeqOutOfRange,
    strawberry.union("MarkConversationReadResult", description="What became of the read position."),
]


async def _reread(info: Info, table: str, key: UUID) -> Row:
    """The row as it is after the write."""
    info.context.forget()
    row: Row | None = await info.context.loaders.row(table, "id").load(key)
    if row is None:
        raise NotFound()
    return row


@strawberry.type(description="What can be changed. Every mutation may be retried.")
class Mutation:
    """The root of writes."""

    @strawberry.mutation(description="Say something. A retry with the same `clientId` returns the first message.")
    async def send_message(self, info: Info, input: Annotated[SendMessageInput, strawberry.argument(description="What.")]) -> SendMessageResult:  # noqa: A002
        context = info.context
        caller = context.caller
        conversation = key_of(input.conversation_id, "Conversation")
        context.message_rates.take(caller.account_id)
        limit = context.settings.limit_message_length
        key = await messages.send_message(context.changes, caller, conversation, input.client_id, input.body, limit)
        return SendMessageSuccess(message=await _reread(info, "messages", key))  # type: ignore[arg-type]

    @strawberry.mutation(description="Replace the text of a message of yours; the former text is kept.")
    async def edit_message(self, info: Info, input: Annotated[EditMessageInput, strawberry.argument(description="What.")]) -> EditMessageResult:  # noqa: A002
        context = info.context
        caller, key = context.caller, key_of(input.message_id, "Message")
        await messages.edit_message(context.changes, caller, key, input.body, context.settings.limit_message_length)
        return EditMessageSuccess(message=await _reread(info, "messages", key))  # type: ignore[arg-type]

    @strawberry.mutation(description="Take back a message of yours: it keeps its place without its text.")
    async def delete_message(self, info: Info, input: Annotated[DeleteMessageInput, strawberry.argument(description="What.")]) -> DeleteMessageResult:  # noqa: A002
        caller, key = info.context.caller, key_of(input.message_id, "Message")
        await messages.delete_message(info.context.changes, caller, key)
        return DeleteMessageSuccess(message=await _reread(info, "messages", key))  # type: ignore[arg-type]

    @strawberry.mutation(description="Say how far you have read; the other side sees it.")
    async def mark_conversation_read(
        self,
        info: Info,
        input: Annotated[MarkConversationReadInput, strawberry.argument(description="How far.")],  # noqa: A002
    ) -> MarkConversationReadResult:
        caller, key = info.context.caller, key_of(input.conversation_id, "Conversation")
        await conversations.mark_conversation_read(info.context.changes, caller, key, input.up_to_seq)
        return MarkConversationReadSuccess(conversation=await _reread(info, "conversations", key))  # type: ignore[arg-type]

    @strawberry.mutation(description="Mark a conversation to come back to; for advisors (fr : suivre).")
    async def flag_conversation(
        self,
        info: Info,
        input: Annotated[FlagConversationInput, strawberry.argument(description="Which.")],  # noqa: A002
    ) -> FlagConversationSuccess:
        caller, key = info.context.caller, key_of(input.conversation_id, "Conversation")
        await conversations.flag_conversation(info.context.changes, caller, key, flagged=input.flagged)
        return FlagConversationSuccess(conversation=await _reread(info, "conversations", key))  # type: ignore[arg-type]

    @strawberry.mutation(description="Tell the other side that you write, or stopped. Repeat it every few seconds; it is not kept.")
    async def set_typing(self, info: Info, input: Annotated[SetTypingInput, strawberry.argument(description="Whether.")]) -> SetTypingSuccess:  # noqa: A002
        context = info.context
        caller, key = context.caller, key_of(input.conversation_id, "Conversation")
        await conversations.notify_typing(context.database.reader, context.hub, caller, key, typing=input.typing)
        return SetTypingSuccess(conversation=await _reread(info, "conversations", key))  # type: ignore[arg-type]
