"""Conversations and messages as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.accounts import Role
from models.conversations import Side
from models.messages import MessageKind
from resolvers.declarations import Filter, Many, Term
from resolvers.fields import by_role, column, connection, entity, node_id, to_one, total_count
from schema.nodes import Account, Node, PageInfo, describe_enum

if TYPE_CHECKING:
    from schema.accounts import Advisor, Beneficiary

MESSAGES = Many(
    table="messages",
    owner="{row}.conversation_id",
    order=(Term("{row}.seq", "integer"),),
    descending=True,
    filters={"around": Filter("{row}.seq <= {value} + {size} / 2", "integer")},
    implied=True,
)

describe_enum(
    Side,
    "The two ends of a conversation.",
    {Side.BENEFICIARY: "The young person (fr : bénéficiaire).", Side.ADVISOR: "Whoever is the advisor at the time (fr : conseiller)."},
)
describe_enum(
    MessageKind,
    "What a message carries.",
    {
        MessageKind.TEXT: "Words.",
        MessageKind.SYSTEM: "A notice of the service, e.g. that the advisor changed; its author is whoever caused it.",
        MessageKind.SHARED: "Words about something that is shown beside them.",
    },
)


@entity("conversations", "con", "The one conversation of a beneficiary with whoever is the advisor (fr : conversation, messagerie).")
class Conversation(Node):
    """A conversation."""

    id: strawberry.ID = node_id()
    beneficiary: Annotated[Beneficiary, strawberry.lazy("schema.accounts")] = to_one(
        "accounts", "beneficiary_id", "Whose conversation it is.", implied=True
    )
    advisor: Annotated[Advisor, strawberry.lazy("schema.accounts")] | None = to_one(
        "accounts", "advisor_id", "The beneficiary's referent advisor at this time; null while there is none.", implied=True
    )
    last_seq: int = column("last_seq", "Number of the last message; 0: nothing was said yet.")
    last_message: Message | None = to_one("messages", "last_message_id", "The last message.", implied=True)
    last_message_at: datetime | None = column("last_message_at", "When it was sent.")
    unread_count: int = by_role(
        {Role.BENEFICIARY: "beneficiary_unread", Role.ADVISOR: "advisor_unread"}, "How many messages of the other side you have not read."
    )
    beneficiary_unread_count: int = column("beneficiary_unread", "How many messages the beneficiary has not read.")
    advisor_unread_count: int = column("advisor_unread", "How many messages the advisor has not read.")
    beneficiary_read_seq: int = column("beneficiary_read_seq", "The last message that the beneficiary has read (0: none).")
    beneficiary_read_at: datetime | None = column("beneficiary_read_at", "When she read it.")
    advisor_read_seq: int = column("advisor_read_seq", "The last message that the advisor has read (0: none).")
    advisor_read_at: datetime | None = column("advisor_read_at", "When she read it.")
    awaiting_reply_from: Side | None = column("awaiting_reply_from", "Whose turn it is; null: nothing was said yet.")
    awaiting_reply_since: datetime | None = column("awaiting_reply_since", "Since the first message that was not answered.")
    flagged: bool | None = by_role({Role.ADVISOR: "flagged"}, "Whether the advisor wants to come back to it (fr : suivie); null for others.")
    created_at: datetime = column("created_at", "When it was opened.")
    messages: MessageConnection = connection(
        MESSAGES,
        "The messages, newest first. `last` with `before` goes towards newer ones.",
        {"around": (int | None, "Start the page so that the message of this `seq` is in its middle.")},
    )


@entity("messages", "msg", "Something said in a conversation.")
class Message(Node):
    """A message."""

    id: strawberry.ID = node_id()
    seq: int = column("seq", "Its number in the conversation: from 1, without a gap.")
    kind: MessageKind = column("kind", "What it carries.")
    body: str | None = column("body", "The text, up to 10,000 characters; null once deleted.")
    sent_at: datetime = column("sent_at", "When the server took it in.")
    edited_at: datetime | None = column("edited_at", "When its author last changed it.")
    deleted_at: datetime | None = column("deleted_at", "When its author took it back.")
    author: Account = to_one("accounts", "author_id", "Who wrote it.", implied=True)
    conversation: Conversation = to_one("conversations", "conversation_id", "Where it was said.", implied=True)


@strawberry.type(description="A message and its place in the list.")
class MessageEdge:
    """Relay's edge."""

    cursor: str = strawberry.field(description="Its place: give it as `after` or `before`.")
    node: Message = strawberry.field(description="The message.")


@strawberry.type(description="A page of messages, newest first.")
class MessageConnection:
    """Relay's connection."""

    edges: list[MessageEdge] = strawberry.field(description="The page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="A conversation and its place in the list.")
class ConversationEdge:
    """Relay's edge."""

    cursor: str = strawberry.field(description="Its place: give it as `after` or `before`.")
    node: Conversation = strawberry.field(description="The conversation.")


@strawberry.type(description="A page of conversations.")
class ConversationConnection:
    """Relay's connection."""

    edges: list[ConversationEdge] = strawberry.field(description="The page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = total_count()
