"""The schema, assembled."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from resolvers.fields import read_field
from schema.accounts import Advisor, Beneficiary, Integrator, Structure, Support
from schema.conversations import Conversation, Message
from schema.errors import HANDLERS
from schema.mutation import Mutation
from schema.nodes import Cursor, parse_instant, print_instant
from schema.query import Query
from schema.subscription import ConversationFlagged, MessageAdded, MessageChanged, ReadPositionChanged, Subscription

SCALARS: dict[object, ScalarDefinition] = {
    Cursor: strawberry.scalar(name="Cursor", description="An opaque place in your feed.", serialize=str, parse_value=str),
    datetime: strawberry.scalar(
        name="DateTime", description="An instant in UTC, ISO 8601, e.g. 2026-01-31T09:00:00Z.", serialize=print_instant, parse_value=parse_instant
    ),
    UUID: strawberry.scalar(name="UUID", description="A UUID (RFC 9562), e.g. made by crypto.randomUUID().", serialize=str, parse_value=UUID),
}

TYPES = [
    Beneficiary,
    Advisor,
    Support,
    Integrator,
    Structure,
    Conversation,
    Message,
    MessageAdded,
    MessageChanged,
    ReadPositionChanged,
    ConversationFlagged,
]


def build_schema() -> strawberry.Schema:
    """The whole schema, with its handlers of expected refusals."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=TYPES,
        config=StrawberryConfig(default_resolver=read_field, scalar_map=SCALARS),
        exception_handlers=HANDLERS,
    )


def graphql_schema() -> GraphQLSchema:
    """The same, as graphql-core knows it: what the transports execute."""
    return build_schema()._schema
