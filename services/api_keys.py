"""Integrators' keys: made once, stored as a hash, listed and revoked from the command line."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from models.accounts import Account, ApiKey, Role
from services.callers import Caller
from services.errors import BadInput

PREFIX = "pe_key_"
SCOPES = frozenset({"structures:read"})


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its owner gets it: `secret` is shown once and cannot be had again."""

    id: UUID
    secret: str


async def create_api_key(name: str, scopes: frozenset[str], account_id: UUID | None = None) -> NewKey:
    """A key named `name` for a new integrator, or for the integrator `account_id`; raises BadInput for an unknown scope."""
    unknown = scopes - SCOPES
    if unknown or not name.strip():
        raise BadInput(f"Unknown scopes {sorted(unknown)}: choose among {sorted(SCOPES)}." if unknown else "A key needs a name.")
    if account_id is None:
        account_id = (await Account.create(id=uuid4(), role=Role.INTEGRATOR, first_name=name, last_name="", display_name=name)).id
    secret = PREFIX + secrets.token_urlsafe(32)
    key = await ApiKey.create(id=uuid4(), account_id=account_id, name=name, hash=_hash(secret), scopes=sorted(scopes))
    return NewKey(key.id, secret)


async def list_api_keys() -> list[ApiKey]:
    """Every key, newest first."""
    return await ApiKey.all().order_by("-created_at")


async def revoke_api_key(key_id: UUID, now: datetime) -> bool:
    """End a key; False when there is no such key in force."""
    return bool(await ApiKey.filter(id=key_id, revoked_at__isnull=True).update(revoked_at=now))


async def find_key_owner(secret: str) -> Caller | None:
    """The integrator that `secret` signs in, None when it is unknown, revoked, or its account is disabled.

    The look-up is by the hash of 256 random bits: neither its time nor its result tells anything of other keys.
    """
    key = await ApiKey.filter(hash=_hash(secret), revoked_at__isnull=True, account__disabled_at__isnull=True).first()
    return None if key is None else Caller(key.account_id, Role.INTEGRATOR, scopes=frozenset(key.scopes), key_id=key.id)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
