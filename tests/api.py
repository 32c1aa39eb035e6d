"""The API in one process, without a socket: operations of the demo people on the test's own database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, execute, parse, validate

from demo.people import BY_HANDLE, Person
from demo.seed import conversation_id
from models.accounts import Role
from models.database import Database
from resolvers.context import Context
from services.callers import Caller
from services.events import Changes
from services.rates import Rates
from settings import Settings

ISSUER = "https://issuer.test"


def caller(handle: str) -> Caller:
    """A demo person, signed in."""
    person = BY_HANDLE[handle]
    scopes = frozenset({"structures:read"}) if person.role is Role.INTEGRATOR else frozenset[str]()
    return Caller(person.id, person.role, scopes=scopes)


def conversation_of(handle: str) -> str:
    """The node id of a demo beneficiary's conversation."""
    return f"con_{conversation_id(BY_HANDLE[handle])}"


@dataclass(frozen=True)
class Api:
    """Runs operations as graphql-core would for any transport."""

    schema: GraphQLSchema
    database: Database
    changes: Changes
    settings: Settings

    def context(self, handle: str | None) -> Context:
        """A fresh context for one operation."""
        signed_in = None if handle is None else caller(handle)
        return Context(signed_in, self.database, self.changes, self.changes.hub, Rates(1000, 1000), self.settings)

    async def run(self, handle: str | None, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        parsed = parse(document)
        assert validate(self.schema, parsed) == []
        answer = execute(self.schema, parsed, context_value=self.context(handle), variable_values=variables)
        return dict((await answer if hasattr(answer, "__await__") else answer).formatted)

    async def data(self, handle: str | None, document: str, **variables: Any) -> Any:
        """The data of an answer that must have no errors."""
        answer = await self.run(handle, document, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def code(self, handle: str | None, document: str, **variables: Any) -> str:
        """The code of the one error of an answer."""
        (error,) = (await self.run(handle, document, **variables))["errors"]
        return str(error["extensions"]["code"])


def person(handle: str) -> Person:
    """A demo person."""
    return BY_HANDLE[handle]
