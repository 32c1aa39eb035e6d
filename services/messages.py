"""Messages: sent once whatever the network does, edited and deleted by their author only."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from models.conversations import Side
from models.messages import MessageKind
from services.callers import Caller
from services.conversations import lock_conversation, parties, require_text, side_of
from services.errors import MessageDeleted, MessageEmpty, MessageTooLong, NotFound, NotTheAuthor
from services.events import Change, Changes, EventKind
from services.readable import readable
from subscriptions.journal import Draft

INSERT_AND_COUNT = """
with counted as (
    update conversations set
        last_seq = last_seq + 1,
        last_beneficiary_seq = last_beneficiary_seq + $6,
        last_message_id = $2,
        last_message_at = $8,
        advisor_unread = advisor_unread + $6,
        beneficiary_unread = beneficiary_unread + 1 - $6,
        awaiting_reply_since = case when awaiting_reply_from = $9 then awaiting_reply_since else $8 end,
        awaiting_reply_from = $9
    where id = $1
    returning last_seq, last_beneficiary_seq
)
insert into messages (id, conversation_id, seq, beneficiary_seq, author_id, kind, body, client_id, sent_at)
select $2, $1, last_seq, last_beneficiary_seq, $3, $4, $5, $7, $8 from counted
returning seq
"""


def check_body(body: str, limit: int) -> str:
    """`body`, if it can be sent; raises MessageEmpty, MessageTooLong (characters are Unicode code points), BadInput."""
    require_text(body)
    if not body.strip():
        raise MessageEmpty()
    if len(body) > limit:
        raise MessageTooLong(len(body), limit)
    return body


async def send_message(changes: Changes, caller: Caller, conversation_id: UUID, client_id: UUID, body: str, limit: int = 10_000) -> UUID:
    """Add a text to the conversation and return the message's id; the same `client_id` again returns the first message.

    Raises NotFound, MessageEmpty, MessageTooLong, BadInput.
    """
    side = side_of(caller)
    check_body(body, limit)
    try:
        return await _send_once(changes, caller, side, conversation_id, client_id, body)
    except IntegrityError:
        # The same clientId was sent to two conversations at once: the other one won.
        async with changes.change() as change:
            first = await _already_sent(change, caller, client_id)
        if first is None:
            raise
        return first


async def _send_once(changes: Changes, caller: Caller, side: Side, conversation_id: UUID, client_id: UUID, body: str) -> UUID:
    async with changes.change() as change:
        conversation = await lock_conversation(change, caller, conversation_id)
        first = await _already_sent(change, caller, client_id)
        if first is not None:
            return first
        message_id = uuid4()
        seq = await _insert(change, conversation_id, message_id, caller.account_id, side, body, client_id)
        facts = {"conversationId": str(conversation_id), "seq": seq, "authorId": str(caller.account_id)}
        change.tell(Draft(parties(conversation), EventKind.MESSAGE_ADDED, message_id, facts))
        return message_id


async def _already_sent(change: Change, caller: Caller, client_id: UUID) -> UUID | None:
    rows = await change.connection.execute_query_dict(
        "select id from messages where author_id = $1 and client_id = $2", [caller.account_id, client_id]
    )
    return rows[0]["id"] if rows else None


async def _insert(change: Change, conversation_id: UUID, message_id: UUID, author_id: UUID, side: Side, body: str, client_id: UUID) -> int:
    from_beneficiary = int(side is Side.BENEFICIARY)
    awaited = Side.ADVISOR if from_beneficiary else Side.BENEFICIARY
    rows = await change.connection.execute_query_dict(
        INSERT_AND_COUNT,
        [conversation_id, message_id, author_id, MessageKind.TEXT.value, body, from_beneficiary, client_id, change.now, awaited.value],
    )
    return int(rows[0]["seq"])


async def edit_message(changes: Changes, caller: Caller, message_id: UUID, body: str, limit: int = 10_000) -> None:
    """Replace the text and keep the former one; the same text again changes nothing.

    Raises NotFound, NotTheAuthor, MessageDeleted, MessageEmpty, MessageTooLong, BadInput.
    """
    check_body(body, limit)
    async with changes.change() as change:
        message, conversation = await _lock_own_message(change, caller, message_id)
        if message["deleted_at"] is not None:
            raise MessageDeleted()
        if message["body"] == body:
            return
        await _replace(change, message, body)
        _tell_changed(change, conversation, message, "EDITED")


async def delete_message(changes: Changes, caller: Caller, message_id: UUID) -> None:
    """Take the text back: the message stays in its place without it; deleting twice changes nothing. Raises NotFound, NotTheAuthor."""
    async with changes.change() as change:
        message, conversation = await _lock_own_message(change, caller, message_id)
        if message["deleted_at"] is not None:
            return
        await _replace(change, message, None)
        _tell_changed(change, conversation, message, "DELETED")


async def _lock_own_message(change: Change, caller: Caller, message_id: UUID) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message and its conversation, locked in the order every writer uses: conversation first."""
    found = await change.connection.execute_query_dict(
        f"select t.conversation_id from messages t where $1::uuid is not null and t.id = $2 and {readable('messages', caller, 't')}",
        [caller.account_id, message_id],
    )
    if not found:
        raise NotFound()
    conversation = await lock_conversation(change, caller, found[0]["conversation_id"])
    message = (await change.connection.execute_query_dict("select * from messages where id = $1", [message_id]))[0]
    if message["author_id"] != caller.account_id or message["kind"] == MessageKind.SYSTEM:
        raise NotTheAuthor()
    return message, conversation


async def _replace(change: Change, message: dict[str, Any], body: str | None) -> None:
    await change.connection.execute_query(
        "insert into message_revisions (id, message_id, body, replaced_at) values ($1, $2, $3, $4)",
        [uuid4(), message["id"], message["body"], change.now],
    )
    stamp = "edited_at" if body is not None else "deleted_at"
    await change.connection.execute_query(f"update messages set body = $2, {stamp} = $3 where id = $1", [message["id"], body, change.now])


def _tell_changed(change: Change, conversation: dict[str, Any], message: dict[str, Any], how: str) -> None:
    facts = {"conversationId": str(conversation["id"]), "seq": message["seq"], "change": how}
    change.tell(Draft(parties(conversation), EventKind.MESSAGE_CHANGED, message["id"], facts))
