"""People and programs that can sign in, and the structures they belong to."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.models import Model


class Role(StrEnum):
    """What an account is; decides what it may see."""

    BENEFICIARY = "BENEFICIARY"
    ADVISOR = "ADVISOR"
    SUPPORT = "SUPPORT"
    INTEGRATOR = "INTEGRATOR"


class Structure(Model):
    """A place that accompanies: local mission, agency (fr : structure)."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    territory = fields.CharField(max_length=10, description="Department code (INSEE), e.g. 75, 2A, 971.")
    time_zone = fields.CharField(max_length=64, description="IANA zone, e.g. Indian/Reunion.")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "structures"


class Account(Model):
    """Whoever can sign in; `feed_seq` is the number of the last entry of its feed."""

    id = fields.UUIDField(primary_key=True)
    role = fields.CharEnumField(Role, max_length=12)
    first_name = fields.CharField(max_length=100)
    last_name = fields.CharField(max_length=100)
    display_name = fields.CharField(max_length=201)
    email = fields.CharField(max_length=254, null=True)
    issuer = fields.CharField(max_length=300, null=True, description="Who vouches for `subject`; null for integrators.")
    subject = fields.CharField(max_length=255, null=True, description="Stable identifier at the issuer; the e-mail never is.")
    structure_id: UUID | None
    structure: fields.ForeignKeyNullableRelation[Structure] = fields.ForeignKeyField(
        "models.Structure", related_name="accounts", null=True, on_delete=fields.RESTRICT
    )
    advisor: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="portfolio", null=True, on_delete=fields.RESTRICT
    )
    time_zone = fields.CharField(max_length=64, null=True, description="IANA zone of a beneficiary; null: the structure's.")
    feed_seq = fields.BigIntField(db_default=0)
    activated_at = fields.DatetimeField(null=True, description="First sign-in.")
    disabled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "accounts"
        unique_together = (("issuer", "subject"),)
        indexes = (("advisor_id", "id"),)


class ApiKey(Model):
    """An integrator's key: only its SHA-256 is stored."""

    id = fields.UUIDField(primary_key=True)
    account_id: UUID
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("models.Account", related_name="api_keys", on_delete=fields.CASCADE)
    name = fields.CharField(max_length=100)
    hash = fields.CharField(max_length=64, unique=True, description="SHA-256 of the whole key, hex; it has 256 random bits, so no salt.")
    scopes: fields.Field[list[str]] = fields.JSONField()
    created_at = fields.DatetimeField(auto_now_add=True)
    last_used_on = fields.DateField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_keys"
