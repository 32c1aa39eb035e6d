"""Search results as the API shows them."""

from __future__ import annotations

import strawberry

from schema.conversations import Message
from schema.nodes import PageInfo


@strawberry.type(description="A piece of an excerpt: show matched pieces in bold. Plain text, never markup.")
class ExcerptPart:
    """A piece of an excerpt."""

    text: str = strawberry.field(description="The words, as they were written.")
    matched: bool = strawberry.field(description="Whether the search asked for them.")


@strawberry.type(description="A message that was found.")
class MessageMatch:
    """Relay's edge, with the excerpt."""

    cursor: str = strawberry.field(description="Its place: give it as `after`.")
    node: Message = strawberry.field(description="The message; `conversation.messages(around: seq)` shows it among its neighbours.")
    excerpt: list[ExcerptPart] = strawberry.field(description="About 160 characters around the first match.")


@strawberry.type(description="A page of messages that were found, newest first.")
class MessageMatchConnection:
    """Relay's connection."""

    edges: list[MessageMatch] = strawberry.field(description="The page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
