"""The feeds: what each account was told, in order, without a gap."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class JournalEntry(Model):
    """Entry number `seq` of `recipient`'s feed; `facts` holds ids and enum values, never a person's words.

    The primary key is (recipient_id, seq): made by the migration, since Tortoise models one column keys only.
    """

    id = fields.UUIDField(primary_key=True)
    recipient = fields.ForeignKeyField("models.Account", related_name="journal", on_delete=fields.CASCADE)
    seq = fields.BigIntField()
    kind = fields.CharField(max_length=40)
    subject_id = fields.UUIDField()
    facts: fields.Field[dict[str, object]] = fields.JSONField()
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "journal"
        unique_together = (("recipient", "seq"),)
