"""The feeds on disk: appended with the change they tell of, read by number, resumable for a while."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

CURSOR_BYTES = 25
LARGEST_SEQ = 2**63 - 1


class MalformedCursor(ValueError):
    """A cursor that this server never made, or made for another account."""


class ExpiredCursor(Exception):
    """The entries after this cursor are no longer all kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be told, and to whom; `facts` holds ids and enum values, never a person's words."""

    recipients: tuple[UUID, ...]
    kind: str
    subject_id: UUID
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """Number `seq` of `recipient`'s feed."""

    recipient: UUID
    seq: int
    kind: str
    subject_id: UUID
    facts: Mapping[str, object]
    occurred_at: datetime


# One statement whatever the number of recipients: lock the accounts in id order (no deadlock), take their numbers, write.
APPEND = """
with drafts as (
    select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) with ordinality d(recipient, kind, subject, facts, n)
), locked as (
    select id from accounts where id = any($1::uuid[]) order by id for no key update
), bumped as (
    update accounts a set feed_seq = a.feed_seq + taken.n
    from locked l join (select recipient, count(*) as n from drafts group by recipient) taken on taken.recipient = l.id
    where a.id = l.id
    returning a.id, a.feed_seq - taken.n as before
)
insert into journal (recipient_id, seq, kind, subject_id, facts, occurred_at)
select b.id, b.before + row_number() over (partition by b.id order by d.n), d.kind, d.subject, d.facts::jsonb, $5
from drafts d join bumped b on b.id = d.recipient
returning recipient_id, seq, kind, subject_id, facts::text as facts
"""

READ = """
select seq, kind, subject_id, facts::text as facts, occurred_at from journal
where recipient_id = $1 and seq > $2 and seq <= $3 order by seq limit $4
"""

KEPT = """
select a.feed_seq as head, (select min(j.seq) from journal j where j.recipient_id = a.id) as first from accounts a where a.id = $1
"""

FORGET = """
delete from journal where ctid = any(array(
    select ctid from journal where occurred_at < $1 order by occurred_at limit $2
))
"""


async def append(connection: BaseDBAsyncClient, drafts: Sequence[Draft], now: datetime) -> list[Entry]:
    """Write the drafts into their recipients' feeds, in order, by one statement in the caller's transaction."""
    rows = [(recipient, draft) for draft in drafts for recipient in draft.recipients]
    columns = [
        [recipient for recipient, _ in rows],
        [str(draft.kind) for _, draft in rows],
        [draft.subject_id for _, draft in rows],
        [orjson.dumps(draft.facts).decode() for _, draft in rows],
    ]
    records = await connection.execute_query_dict(APPEND, [*columns, now])
    entries = [
        Entry(record["recipient_id"], record["seq"], record["kind"], record["subject_id"], orjson.loads(record["facts"]), now) for record in records
    ]
    return sorted(entries, key=lambda entry: (entry.recipient, entry.seq))


async def read(pool: asyncpg.Pool, recipient: UUID, after: int, until: int, limit: int) -> list[Entry]:
    """At most `limit` entries with after < seq <= until, in order."""
    records = await pool.fetch(READ, recipient, after, until, limit)
    return [
        Entry(recipient, record["seq"], record["kind"], record["subject_id"], orjson.loads(record["facts"]), record["occurred_at"])
        for record in records
    ]


async def heads(pool: asyncpg.Pool, accounts: Iterable[UUID]) -> dict[UUID, int]:
    """The number of the last entry of each feed."""
    records = await pool.fetch("select id, feed_seq from accounts where id = any($1::uuid[])", list(accounts))
    return {record["id"]: record["feed_seq"] for record in records}


async def check_resumable(pool: asyncpg.Pool, recipient: UUID, after: int) -> int:
    """The head of the feed, if everything after number `after` is still kept; raises ExpiredCursor, MalformedCursor (from the future)."""
    record = await pool.fetchrow(KEPT, recipient)
    if record is None or after > record["head"]:
        raise MalformedCursor()
    first = record["first"] if record["first"] is not None else record["head"] + 1
    if after < first - 1:
        raise ExpiredCursor()
    return int(record["head"])


async def forget(pool: asyncpg.Pool, before: datetime, batch: int = 5_000) -> int:
    """Delete the entries older than `before`, in batches; returns how many."""
    total = 0
    while True:
        deleted = int((await pool.execute(FORGET, before, batch)).rpartition(" ")[2])
        total += deleted
        if deleted < batch:
            return total


def encode_cursor(account_id: UUID, seq: int) -> str:
    """The opaque cursor of entry `seq` of the account's feed."""
    return base64.urlsafe_b64encode(b"f" + account_id.bytes + seq.to_bytes(8, "big")).decode().rstrip("=")


def decode_cursor(cursor: str, account_id: UUID) -> int:
    """The number behind a cursor of this account's feed; raises MalformedCursor."""
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedCursor() from None
    if len(content) != CURSOR_BYTES or content[:1] != b"f" or content[1:17] != account_id.bytes:
        raise MalformedCursor()
    seq = int.from_bytes(content[17:], "big")
    if seq > LARGEST_SEQ:
        raise MalformedCursor()
    return seq
