"""Full-text search in what the caller may read: French stems, accents ignored, excerpts with their matches marked."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from resolvers.cursors import decode_place, encode_place
from resolvers.declarations import Row, registry
from resolvers.pages import PageInfo, as_row
from services.callers import Caller
from services.conversations import require_text
from services.errors import BadInput, InvalidCursor
from services.readable import readable

LONGEST_QUERY = 200
EXCERPT = 160
START, STOP = "\x02", "\x03"
HIGHLIGHT = f"HighlightAll=true, StartSel={START}, StopSel={STOP}"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an excerpt."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A message that was found."""

    cursor: str
    node: Row
    excerpt: list[Part]


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of messages that were found, newest first."""

    edges: list[Match]
    page_info: PageInfo


async def search_messages(pool: asyncpg.Pool, caller: Caller, query: str, conversation_id: UUID | None, first: int, after: str | None) -> Matches:
    """The messages that hold all the words of `query` (web search syntax: quotes, `or`, `-`), newest first; raises BadInput, InvalidCursor."""
    if not query.strip() or len(query) > LONGEST_QUERY:
        raise BadInput(f"Search for 1 to {LONGEST_QUERY} characters.")
    place = (None, None) if after is None else decode_place(after, 2)
    text = (
        "with asked as (select websearch_to_tsquery('french', fold($2)) as words)"
        f" select {registry.selection('messages', 't')}, array[t.sent_at::text, t.id::text] as _place,"
        " ts_headline('french', fold(t.body), asked.words, $3) as _marked"
        f" from messages t, asked where to_tsvector('french', fold(t.body)) @@ asked.words and t.body is not null"
        f" and $1::uuid is not null and {readable('messages', caller, 't')}"
        " and ($4::uuid is null or t.conversation_id = $4)"
        " and ($5::text is null or (t.sent_at, t.id) < ($5::text::timestamptz, $6::text::uuid))"
        " order by t.sent_at desc, t.id desc limit $7"
    )
    try:
        records = await pool.fetch(text, caller.account_id, require_text(query), HIGHLIGHT, conversation_id, *place, first + 1)
    except asyncpg.DataError:
        raise InvalidCursor() from None
    return _matches(records, caller, first, after)


def _matches(records: list[asyncpg.Record], caller: Caller, first: int, after: str | None) -> Matches:
    edges = [
        Match(encode_place(record["_place"]), as_row("messages", caller, record), excerpt(record["body"], record["_marked"]))
        for record in records[:first]
    ]
    cursors = [edge.cursor for edge in edges]
    return Matches(edges, PageInfo(len(records) > first, after is not None, cursors[0] if cursors else None, cursors[-1] if cursors else None))


def excerpt(body: str, marked: str) -> list[Part]:
    """About 160 characters of `body` around the first match, cut into matched and other parts.

    `marked` is the folded text with matches between START and STOP; folding maps each character of the body to one or two.
    """
    flags = _matched_characters(body, marked)
    begin = max(0, flags.index(True) - EXCERPT // 4) if True in flags else 0
    end = min(len(body), begin + EXCERPT)
    parts: list[Part] = []
    start = begin
    for position in range(begin + 1, end + 1):
        if position == end or flags[position] != flags[start]:
            parts.append(Part(body[start:position], flags[start]))
            start = position
    return parts


def _matched_characters(body: str, marked: str) -> list[bool]:
    """For each character of `body`, whether the folded text marks it."""
    folded: list[bool] = []
    inside = False
    for character in marked:
        if character in (START, STOP):
            inside = character == START
        else:
            folded.append(inside)
    flags, position = [], 0
    for character in body:
        flags.append(position < len(folded) and folded[position])
        position += 2 if character in "œæŒÆ" else 1
    return flags
