"""What is said in conversations, with the history of edits."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.accounts import Account
from models.conversations import Conversation


class MessageKind(StrEnum):
    """What a message carries."""

    TEXT = "TEXT"
    SYSTEM = "SYSTEM"
    SHARED = "SHARED"


class Message(Model):
    """`seq` is gapless per conversation; `beneficiary_seq` counts the beneficiary's messages up to this one."""

    id = fields.UUIDField(primary_key=True)
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "models.Conversation", related_name="messages", on_delete=fields.CASCADE
    )
    seq = fields.IntField()
    beneficiary_seq = fields.IntField()
    author: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", related_name="messages", on_delete=fields.RESTRICT)
    kind = fields.CharEnumField(MessageKind, max_length=8)
    body = fields.TextField(null=True, description="Null once deleted.")
    client_id = fields.UUIDField(null=True)
    about_kind = fields.CharField(max_length=32, null=True)
    about_id = fields.UUIDField(null=True)
    sent_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "messages"
        unique_together = (("conversation", "seq"), ("author", "client_id"))


class MessageRevision(Model):
    """A text that an edit or a deletion replaced."""

    id = fields.UUIDField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("models.Message", related_name="revisions", on_delete=fields.CASCADE)
    body = fields.TextField()
    replaced_at = fields.DatetimeField()

    class Meta:
        table = "message_revisions"
