"""Accounts and structures as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.accounts import Role
from resolvers.declarations import Filter, Many, Term
from resolvers.fields import column, connection, entity, node_id, to_one, total_count
from schema.nodes import Account, Node, PageInfo

if TYPE_CHECKING:
    from schema.conversations import Conversation, ConversationConnection

CONVERSATIONS_OF_ADVISOR = Many(
    table="conversations",
    owner="(select b.advisor_id from accounts b where b.id = {row}.beneficiary_id)",
    order=(
        Term("({row}.advisor_unread > 0)", "boolean"),
        Term("{row}.flagged", "boolean"),
        Term("coalesce({row}.last_message_at, {row}.created_at)", "timestamptz"),
        Term("{row}.id", "uuid"),
    ),
    descending=True,
    filters={"flagged": Filter("{row}.flagged = {value}", "boolean"), "unread": Filter("({row}.advisor_unread > 0) = {value}", "boolean")},
)

PORTFOLIO = Many(
    table="accounts",
    owner="{row}.advisor_id",
    order=(Term("{row}.last_name", "varchar"), Term("{row}.first_name", "varchar"), Term("{row}.id", "uuid")),
    where="{row}.role = 'BENEFICIARY'",
    filters={"search": Filter("fold({row}.display_name) like '%' || replace(replace(fold({value}), '%', ''), '_', '') || '%'", "text")},
)


@entity("structures", "str", "A place that accompanies: local mission, agency (fr : structure).")
class Structure(Node):
    """A structure."""

    id: strawberry.ID = node_id()
    name: str = column("name", "Its name.")
    territory: str = column("territory", "Department code of INSEE, e.g. 75, 2A, 971 (fr : département).")
    time_zone: str = column("time_zone", "IANA zone of its civil dates, e.g. Indian/Reunion.")


@entity("accounts", "ben", "A young person in accompaniment (fr : bénéficiaire, jeune).", role=Role.BENEFICIARY)
class Beneficiary(Account):
    """A beneficiary."""

    id: strawberry.ID = node_id()
    display_name: str = column("display_name", "The name to show, e.g. « Jo Martin ».")
    first_name: str = column("first_name", "First name (fr : prénom).")
    last_name: str = column("last_name", "Last name (fr : nom).")
    activated_at: datetime | None = column("activated_at", "First sign-in; null: the account was never used.")
    created_at: datetime = column("created_at", "When the account was made.")
    advisor: Advisor | None = to_one("accounts", "advisor_id", "The referent advisor (fr : conseiller référent).", implied=True)
    structure: Structure | None = to_one("structures", "structure_id", "The structure that accompanies.")
    conversation: Annotated[Conversation, strawberry.lazy("schema.conversations")] = to_one(
        "conversations", "id", "The one conversation with the advisor; it is kept when the advisor changes.", on="beneficiary_id"
    )


@entity("accounts", "adv", "A professional who accompanies beneficiaries (fr : conseiller).", role=Role.ADVISOR)
class Advisor(Account):
    """An advisor."""

    id: strawberry.ID = node_id()
    display_name: str = column("display_name", "The name to show.")
    first_name: str = column("first_name", "First name (fr : prénom).")
    last_name: str = column("last_name", "Last name (fr : nom).")
    structure: Structure | None = to_one("structures", "structure_id", "The structure she works for.")
    portfolio: BeneficiaryConnection = connection(
        PORTFOLIO,
        "Her beneficiaries, by name (fr : portefeuille), as far as you may see them.",
        {"search": (str | None, "Only names that hold these letters, accents and case ignored.")},
    )
    conversations: Annotated[ConversationConnection, strawberry.lazy("schema.conversations")] = connection(
        CONVERSATIONS_OF_ADVISOR,
        "Her conversations: unread first, then flagged, then newest; as far as you may see them.",
        {"flagged": (bool | None, "Only flagged ones, or only others."), "unread": (bool | None, "Only those with unread messages, or only others.")},
    )


@entity("accounts", "sup", "A member of the support team.", role=Role.SUPPORT)
class Support(Account):
    """Support staff."""

    id: strawberry.ID = node_id()
    display_name: str = column("display_name", "The name to show.")


@entity("accounts", "int", "A program of a third party, with an API key (fr : partenaire).", role=Role.INTEGRATOR)
class Integrator(Account):
    """An integrator."""

    id: strawberry.ID = node_id()
    display_name: str = column("display_name", "The name to show.")


@strawberry.type(description="A beneficiary and its place in the list.")
class BeneficiaryEdge:
    """Relay's edge."""

    cursor: str = strawberry.field(description="Its place: give it as `after` or `before`.")
    node: Beneficiary = strawberry.field(description="The beneficiary.")


@strawberry.type(description="A page of beneficiaries.")
class BeneficiaryConnection:
    """Relay's connection."""

    edges: list[BeneficiaryEdge] = strawberry.field(description="The page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = total_count()


@strawberry.type(description="A structure and its place in the list.")
class StructureEdge:
    """Relay's edge."""

    cursor: str = strawberry.field(description="Its place: give it as `after` or `before`.")
    node: Structure = strawberry.field(description="The structure.")


@strawberry.type(description="A page of structures.")
class StructureConnection:
    """Relay's connection."""

    edges: list[StructureEdge] = strawberry.field(description="The page, in order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
