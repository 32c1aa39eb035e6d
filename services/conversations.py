"""Conversations: how far each side has read, and what an advisor marks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.accounts import Role
from models.conversations import Side
from services.callers import Caller
from services.errors import BadInput, Forbidden, NotFound, SeqOutOfRange
from services.events import Change, Changes, EventKind
from services.readable import readable
from subscriptions.hub import Hub
from subscriptions.journal import Draft

TYPING = "TYPING"


def side_of(caller: Caller) -> Side:
    """The end of the conversation at which `caller` sits; raises NotFound for roles that have none."""
    if caller.role is Role.BENEFICIARY:
        return Side.BENEFICIARY
    if caller.role is Role.ADVISOR:
        return Side.ADVISOR
    raise NotFound()


async def lock_conversation(change: Change, caller: Caller, conversation_id: UUID) -> dict[str, Any]:
    """The conversation's row with its `advisor_id`, locked until the end of `change`; raises NotFound if `caller` may not see it.

    Two statements: the second one's snapshot is taken after the lock, so a transfer that committed while we waited is seen.
    """
    allowed = f"$1::uuid is not null and t.id = $2 and {readable('conversations', caller, 't')}"
    parameters = [caller.account_id, conversation_id]
    await change.connection.execute_query_dict(f"select 1 from conversations t where {allowed} for no key update of t", parameters)
    rows = await change.connection.execute_query_dict(
        f"select t.*, b.advisor_id from conversations t join accounts b on b.id = t.beneficiary_id where {allowed}", parameters
    )
    if not rows:
        raise NotFound()
    return rows[0]


def parties(conversation: dict[str, Any]) -> tuple[UUID, ...]:
    """Who is told what happens in `conversation`: the beneficiary and, if there is one, the current advisor."""
    both = (conversation["beneficiary_id"], conversation["advisor_id"])
    return tuple(account_id for account_id in both if account_id is not None)


async def mark_conversation_read(changes: Changes, caller: Caller, conversation_id: UUID, up_to_seq: int) -> None:
    """Move the caller's read position forward to `up_to_seq` (0 to lastSeq); an older position changes nothing.

    Raises NotFound, SeqOutOfRange.
    """
    side = side_of(caller)
    async with changes.change() as change:
        conversation = await lock_conversation(change, caller, conversation_id)
        if not 0 <= up_to_seq <= conversation["last_seq"]:
            raise SeqOutOfRange(conversation["last_seq"])
        if up_to_seq <= conversation[f"{side.value.lower()}_read_seq"]:
            return
        await _move_read_position(change, conversation_id, side, up_to_seq)
        facts = {"conversationId": str(conversation_id), "readerId": str(caller.account_id), "side": side.value, "upToSeq": up_to_seq}
        change.tell(Draft(parties(conversation), EventKind.READ_POSITION_CHANGED, conversation_id, facts))


async def _move_read_position(change: Change, conversation_id: UUID, side: Side, up_to_seq: int) -> None:
    """Unread is what the other side wrote in all, less what it had written at `up_to_seq`."""
    mine = side.value.lower()
    unread = {
        Side.ADVISOR: "c.last_beneficiary_seq - m.beneficiary_seq",
        Side.BENEFICIARY: "(c.last_seq - c.last_beneficiary_seq) - (m.seq - m.beneficiary_seq)",
    }[side]
    await change.connection.execute_query(
        f"update conversations c set {mine}_read_seq = m.seq, {mine}_read_at = $3, {mine}_unread = {unread}"
        " from messages m where c.id = $1 and m.conversation_id = c.id and m.seq = $2",
        [conversation_id, up_to_seq, change.now],
    )


async def flag_conversation(changes: Changes, caller: Caller, conversation_id: UUID, *, flagged: bool) -> None:
    """Mark or unmark a conversation to come back to (fr : suivie); the beneficiary never sees it. Raises Forbidden, NotFound."""
    if caller.role is not Role.ADVISOR:
        raise Forbidden("Only an advisor can flag a conversation.")
    async with changes.change() as change:
        conversation = await lock_conversation(change, caller, conversation_id)
        if conversation["flagged"] == flagged:
            return
        await change.connection.execute_query("update conversations set flagged = $2 where id = $1", [conversation_id, flagged])
        facts = {"conversationId": str(conversation_id), "flagged": flagged}
        change.tell(Draft((caller.account_id,), EventKind.CONVERSATION_FLAGGED, conversation_id, facts))


async def notify_typing(reader: Any, hub: Hub, caller: Caller, conversation_id: UUID, *, typing: bool) -> None:
    """Tell the other side that the caller writes, or stopped; ephemeral, never journalled. Raises NotFound."""
    side_of(caller)
    row = await reader.fetchrow(
        "select t.beneficiary_id, (select b.advisor_id from accounts b where b.id = t.beneficiary_id) as advisor_id from conversations t"
        f" where $1::uuid is not null and t.id = $2 and {readable('conversations', caller, 't')}",
        caller.account_id,
        conversation_id,
    )
    if row is None:
        raise NotFound()
    others = tuple(account_id for account_id in parties(dict(row)) if account_id != caller.account_id)
    facts = {"conversationId": str(conversation_id), "authorId": str(caller.account_id), "typing": typing}
    await hub.whisper(others, TYPING, facts)


def require_text(words: str) -> str:
    """`words`, if PostgreSQL can keep them; raises BadInput for the NUL character and lone surrogates."""
    if "\x00" in words or any("\ud800" <= character <= "\udfff" for character in words):
        raise BadInput("Text may not hold NUL characters or lone surrogates.")
    return words
