"""Who is asking: the one answer of authentication, the only source of an actor's identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.accounts import Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account. `scopes` and `key_id` are an integrator's; `expires_at` (UTC) is when the token ends, None for keys."""

    account_id: UUID
    role: Role
    structure_id: UUID | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    expires_at: datetime | None = None
    key_id: UUID | None = None
