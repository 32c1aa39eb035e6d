"""Puts the demo people and their month of conversations into an empty database, through the same services as everyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import UUID, uuid5

from tortoise.transactions import in_transaction

from demo.conversations import SCRIPTS, Line, Script
from demo.people import BY_HANDLE, NAMESPACE, PEOPLE, PLACES, Person
from models.accounts import Account, Role, Structure
from models.conversations import Conversation
from services.callers import Caller
from services.conversations import flag_conversation, mark_conversation_read
from services.events import Changes
from services.messages import send_message

MONTH = timedelta(days=31)


async def seed(changes: Changes, issuer: str) -> bool:
    """Write the demo once: False, and nothing written, when it is already there. Tokens of `issuer` sign the people in."""
    if await Account.exists(id=BY_HANDLE["sam"].id):
        return False
    await _write_people(issuer, changes.clock())
    for script in SCRIPTS:
        await _play(changes, script)
    return True


async def _write_people(issuer: str, now: datetime) -> None:
    async with in_transaction() as connection:
        await Structure.bulk_create(
            [Structure(id=place.id, name=place.name, territory=place.territory, time_zone=place.time_zone) for place in PLACES], using_db=connection
        )
        await Account.bulk_create([_account(person, issuer, now) for person in PEOPLE], using_db=connection)
        await Conversation.bulk_create(
            [
                Conversation(id=conversation_id(person), beneficiary_id=person.id, created_at=now - MONTH)
                for person in PEOPLE
                if person.role is Role.BENEFICIARY
            ],
            using_db=connection,
        )


def _account(person: Person, issuer: str, now: datetime) -> Account:
    place = next((place for place in PLACES if place.handle == person.place), None)
    return Account(
        id=person.id,
        role=person.role,
        first_name=person.first_name,
        last_name=person.last_name,
        display_name=person.display_name,
        issuer=issuer,
        subject=person.subject,
        structure_id=place.id if place else None,
        advisor_id=BY_HANDLE[person.advisor].id if person.advisor else None,
        activated_at=now - MONTH if person.activated else None,
        created_at=now - MONTH,
    )


def conversation_id(person: Person) -> UUID:
    """The id of a demo beneficiary's conversation."""
    return uuid5(NAMESPACE, f"conversation:{person.handle}")


async def _play(changes: Changes, script: Script) -> None:
    """Say the lines at their times, then let both sides read as far as the script says."""
    beneficiary = BY_HANDLE[script.beneficiary]
    advisor = BY_HANDLE[beneficiary.advisor or ""]
    conversation = conversation_id(beneficiary)
    today = changes.clock()
    for number, line in enumerate(script.lines):
        then = replace(changes, clock=partial(_instant, today, line))
        author = _caller(BY_HANDLE[line.author])
        await send_message(then, author, conversation, uuid5(conversation, str(number)), line.body)
    await mark_conversation_read(changes, _caller(beneficiary), conversation, script.read_by_beneficiary)
    await mark_conversation_read(changes, _caller(advisor), conversation, script.read_by_advisor)
    if script.flagged:
        await flag_conversation(changes, _caller(advisor), conversation, flagged=True)


def _instant(today: datetime, line: Line) -> datetime:
    """When a line is said: never in the future, however early the demo starts in the day."""
    said = datetime.combine(today.date() - timedelta(days=line.days_ago), time.fromisoformat(line.at), UTC)
    return min(said, today)


def _caller(person: Person) -> Caller:
    return Caller(person.id, person.role)
