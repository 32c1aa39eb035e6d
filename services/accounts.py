"""Accounts: found by a stable subject, made when the rules allow it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.accounts import Account, ApiKey, Role, Structure
from models.conversations import Conversation
from services.callers import Caller
from services.errors import NotFound, Unauthenticated

NO_ACCOUNT = "There is no account for this sign-in: ask your advisor to create it."


@dataclass(frozen=True, slots=True)
class AdvisorClaims:
    """What an identity provider says of an advisor; `structure_id` must be known here."""

    first_name: str
    last_name: str
    email: str | None
    structure_id: UUID


async def sign_in(issuer: str, subject: str, now: datetime) -> Account | None:
    """The account of this subject (never of this e-mail), marked as activated at its first sign-in; None when there is none."""
    account = await Account.get_or_none(issuer=issuer, subject=subject)
    if account is None:
        return None
    if account.disabled_at is not None:
        raise Unauthenticated("This account is closed.")
    if account.activated_at is None:
        await Account.filter(id=account.id, activated_at__isnull=True).update(activated_at=now)
    return account


async def find_dismissed(callers: Collection[Caller]) -> set[Caller]:
    """Those of `callers` who would not be let in as they are now: account closed or moved to another structure, key revoked."""
    accounts = await Account.filter(id__in={caller.account_id for caller in callers}, disabled_at__isnull=True).values_list("id", "structure_id")
    keys = await ApiKey.filter(id__in={caller.key_id for caller in callers if caller.key_id}, revoked_at__isnull=True).values_list("id", flat=True)
    places, valid = dict(accounts), {None, *keys}
    return {
        caller
        for caller in callers
        if caller.key_id not in valid or caller.account_id not in places or places[caller.account_id] != caller.structure_id
    }


async def sign_in_new_advisor(issuer: str, subject: str, claims: AdvisorClaims, now: datetime) -> Account:
    """The advisor's account, made at the first sign-in however many arrive at once; raises Unauthenticated for an unknown structure."""
    if not await Structure.exists(id=claims.structure_id):
        raise Unauthenticated("The token names a structure that is unknown here.")
    try:
        return await Account.create(
            id=uuid4(),
            role=Role.ADVISOR,
            first_name=claims.first_name,
            last_name=claims.last_name,
            display_name=f"{claims.first_name} {claims.last_name}".strip(),
            email=claims.email,
            issuer=issuer,
            subject=subject,
            structure_id=claims.structure_id,
            activated_at=now,
        )
    except IntegrityError:
        return await Account.get(issuer=issuer, subject=subject)


async def create_beneficiary(advisor: Caller, first_name: str, last_name: str, issuer: str, subject: str) -> UUID:
    """A beneficiary in the advisor's portfolio, with her conversation; raises NotFound when `advisor` is no advisor of a structure."""
    owner = await Account.get_or_none(id=advisor.account_id, role=Role.ADVISOR, structure_id__isnull=False)
    if owner is None:
        raise NotFound()
    async with in_transaction() as connection:
        account = await Account.create(
            using_db=connection,
            id=uuid4(),
            role=Role.BENEFICIARY,
            first_name=first_name,
            last_name=last_name,
            display_name=f"{first_name} {last_name}".strip(),
            issuer=issuer,
            subject=subject,
            structure_id=owner.structure_id,
            advisor_id=owner.id,
        )
        await Conversation.create(using_db=connection, id=uuid4(), beneficiary_id=account.id)
    return account.id
