"""One conversation per beneficiary, kept when the advisor changes."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.accounts import Account


class Side(StrEnum):
    """The two ends of a conversation."""

    BENEFICIARY = "BENEFICIARY"
    ADVISOR = "ADVISOR"


class Conversation(Model):
    """Counters are kept by the services: `last_seq` messages in all, `last_beneficiary_seq` of them by the beneficiary."""

    id = fields.UUIDField(primary_key=True)
    beneficiary: fields.OneToOneRelation[Account] = fields.OneToOneField("models.Account", related_name="conversation", on_delete=fields.RESTRICT)
    last_seq = fields.IntField(db_default=0)
    last_beneficiary_seq = fields.IntField(db_default=0)
    last_message_id = fields.UUIDField(null=True)
    last_message_at = fields.DatetimeField(null=True)
    beneficiary_read_seq = fields.IntField(db_default=0)
    beneficiary_read_at = fields.DatetimeField(null=True)
    beneficiary_unread = fields.IntField(db_default=0)
    advisor_read_seq = fields.IntField(db_default=0)
    advisor_read_at = fields.DatetimeField(null=True)
    advisor_unread = fields.IntField(db_default=0)
    awaiting_reply_from = fields.CharEnumField(Side, max_length=12, null=True)
    awaiting_reply_since = fields.DatetimeField(null=True)
    flagged = fields.BooleanField(db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "conversations"
