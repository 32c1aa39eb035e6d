"""What SQL alone can say: the journal, constraints, the French search index, indexes for keyset paging."""

from tortoise import migrations
from tortoise.migrations import operations as ops

JOURNAL = """
create table journal (
    recipient_id uuid not null references accounts (id) on delete cascade,
    seq bigint not null check (seq > 0),
    kind varchar(40) not null,
    subject_id uuid not null,
    facts jsonb not null,
    occurred_at timestamptz not null check (isfinite(occurred_at)),
    primary key (recipient_id, seq)
)
"""

# Letters a French keyboard or a French name can hold; one SQL function so that the index and the query agree.
FOLD = """
create function fold(words text) returns text language sql immutable strict parallel safe as $$
    select replace(replace(
        translate(lower(words), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ’', 'aaaaaaceeeeiiiinooooouuuuyy'''),
        'œ', 'oe'), 'æ', 'ae')
$$
"""

STATEMENTS = [
    JOURNAL,
    "create index journal_occurred_at on journal (occurred_at)",
    FOLD,
    "create index messages_search on messages using gin (to_tsvector('french', fold(body))) where body is not null",
    "create index accounts_advisor on accounts (advisor_id, last_name, first_name, id) where role = 'BENEFICIARY'",
    "create index accounts_structure on accounts (structure_id, role)",
    "alter table accounts set (fillfactor = 80)",
    "alter table conversations set (fillfactor = 80)",
    "alter table accounts alter column created_at set default now()",
    "alter table structures alter column created_at set default now()",
    "alter table conversations alter column created_at set default now()",
    "alter table accounts add constraint accounts_role check (role in ('BENEFICIARY', 'ADVISOR', 'SUPPORT', 'INTEGRATOR'))",
    "alter table accounts add constraint accounts_beneficiary_has_structure check (role <> 'BENEFICIARY' or structure_id is not null)",
    "alter table accounts add constraint accounts_only_beneficiaries_have_advisors check (advisor_id is null or role = 'BENEFICIARY')",
    "alter table conversations add constraint conversations_counts check ("
    "0 <= last_beneficiary_seq and last_beneficiary_seq <= last_seq"
    " and beneficiary_read_seq between 0 and last_seq and advisor_read_seq between 0 and last_seq"
    " and beneficiary_unread between 0 and last_seq - last_beneficiary_seq and advisor_unread between 0 and last_beneficiary_seq)",
    "alter table conversations add constraint conversations_awaiting check ((awaiting_reply_from is null) = (awaiting_reply_since is null))",
    "alter table messages add constraint messages_kind check (kind in ('TEXT', 'SYSTEM', 'SHARED'))",
    "alter table messages add constraint messages_length check (char_length(body) <= 10000)",
    "alter table messages add constraint messages_deleted check ((deleted_at is not null) = (body is null))",
    "alter table messages add constraint messages_seq check (seq > 0 and beneficiary_seq between 0 and seq)",
    "alter table messages add constraint messages_instants check (isfinite(sent_at))",
]


class Migration(migrations.Migration):
    """Applied once, in one transaction."""

    dependencies = [("models", "0001_initial")]
    operations = [ops.RunSQL(STATEMENTS, reverse_sql=["drop table journal", "drop index messages_search", "drop function fold(text)"])]
