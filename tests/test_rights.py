"""Who may do what: every root field and every mutation, as everyone. A refusal changes nothing and tells nobody."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLSchema

from demo.people import BY_HANDLE
from tests.api import Api, conversation_of

EVERYONE = (None, "jo", "sam", "lou", "alex", "support", "integrator")
PARTIES = {"jo", "sam"}

MESSAGE = "query ($c: ID!) { node(id: $c) { ... on Conversation { messages(first: 100) { edges { node { id seq author { id } } } } } } }"

# Everything about Jo's conversation: (document, variables, what each role gets: a code, or what its data must hold).
MUTATIONS: dict[str, tuple[str, dict[str, Any], dict[str | None, str]]] = {
    "sendMessage": (
        'mutation ($c: ID!, $k: UUID!) { sendMessage(input: {conversationId: $c, clientId: $k, body: "Bonjour"}) { __typename } }',
        {"k": str(uuid4())},
        {"jo": "SendMessageSuccess", "sam": "SendMessageSuccess"},
    ),
    "editMessage": (
        'mutation ($m: ID!) { editMessage(input: {messageId: $m, body: "Autre chose"}) { __typename } }',
        {},
        {"jo": "EditMessageSuccess", "sam": "NotTheAuthor"},
    ),
    "deleteMessage": (
        "mutation ($m: ID!) { deleteMessage(input: {messageId: $m}) { __typename } }",
        {},
        {"jo": "DeleteMessageSuccess", "sam": "NotTheAuthor"},
    ),
    "markConversationRead": (
        "mutation ($c: ID!) { markConversationRead(input: {conversationId: $c, upToSeq: 25}) { __typename } }",
        {},
        {"jo": "MarkConversationReadSuccess", "sam": "MarkConversationReadSuccess"},
    ),
    "flagConversation": (
        "mutation ($c: ID!) { flagConversation(input: {conversationId: $c, flagged: true}) { __typename } }",
        {},
        {"jo": "FORBIDDEN", "sam": "FlagConversationSuccess", "lou": "FORBIDDEN", "support": "FORBIDDEN", "integrator": "FORBIDDEN"},
    ),
    "setTyping": (
        "mutation ($c: ID!) { setTyping(input: {conversationId: $c, typing: true}) { __typename } }",
        {},
        {"jo": "SetTypingSuccess", "sam": "SetTypingSuccess"},
    ),
}


def test_the_table_knows_every_mutation(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    assert set(schema.mutation_type.fields) == set(MUTATIONS)


async def everything(api: Api) -> dict[str, list[Any]]:
    """All rows of all tables that a write could touch."""
    tables = ("accounts", "conversations", "messages", "message_revisions", "journal")
    return {table: [tuple(row) for row in await api.database.reader.fetch(f"select * from {table} order by 1, 2")] for table in tables}


async def last_message_of_jo(api: Api) -> str:
    shown = await api.data("jo", MESSAGE, c=conversation_of("jo"))
    edges = shown["node"]["messages"]["edges"]
    return str(next(edge["node"]["id"] for edge in edges if edge["node"]["author"]["id"] == f"ben_{BY_HANDLE['jo'].id}"))


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_mutation(api: Api, name: str, who: str | None) -> None:
    document, variables, allowed = MUTATIONS[name]
    expected = allowed.get(who, "UNAUTHENTICATED" if who is None else "NOT_FOUND")
    asked = {"c": conversation_of("jo"), "m": await last_message_of_jo(api), **variables}
    before = await everything(api)
    answer = await api.run(who, document, **{key: value for key, value in asked.items() if f"${key}:" in document})
    if expected.isupper():
        assert [error["extensions"]["code"] for error in answer["errors"]] == [expected]
    else:
        assert answer["data"][name]["__typename"] == expected
    if not expected.endswith("Success"):
        assert await everything(api) == before


@pytest.mark.parametrize("who", EVERYONE)
async def test_a_conversation_and_its_messages_are_read_by_its_two_sides_only(api: Api, who: str | None) -> None:
    message = await last_message_of_jo(api)
    if who is None:
        assert await api.code(who, "query ($id: ID!) { node(id: $id) { id } }", id=message) == "UNAUTHENTICATED"
        return
    for node in (conversation_of("jo"), message):
        shown = await api.data(who, "query ($id: ID!) { node(id: $id) { id } }", id=node)
        assert (shown["node"] is not None) is (who in PARTIES)


@pytest.mark.parametrize(
    ("who", "readable"),
    [
        ("jo", {"jo", "sam"}),
        ("sam", {"jo", "sam"}),
        ("lou", {"lou", "alex"}),
        ("alex", {"lou", "alex"}),
        ("support", {"support", "sam", "alex"}),
        ("integrator", {"integrator"}),
    ],
)
async def test_accounts_are_read_by_those_concerned(api: Api, who: str, readable: set[str]) -> None:
    prefixes = {"BENEFICIARY": "ben", "ADVISOR": "adv", "SUPPORT": "sup", "INTEGRATOR": "int"}
    seen = set()
    for handle in ("jo", "sam", "lou", "alex", "support", "integrator"):
        person = BY_HANDLE[handle]
        shown = await api.data(who, "query ($id: ID!) { node(id: $id) { id } }", id=f"{prefixes[person.role]}_{person.id}")
        seen |= {handle} if shown["node"] else set()
    assert seen == readable


async def test_an_id_of_another_type_finds_nothing(api: Api) -> None:
    shown = await api.data("sam", "query ($id: ID!) { node(id: $id) { id } }", id=f"adv_{BY_HANDLE['jo'].id}")
    assert shown["node"] is None


async def test_a_stranger_finds_nothing_by_searching(api: Api) -> None:
    document = "query ($q: String!) { searchMessages(query: $q) { edges { node { id } } } }"
    for who, found in (("jo", 3), ("sam", 3), ("lou", 0), ("alex", 0), ("support", 0), ("integrator", 0)):
        assert len((await api.data(who, document, q="fleuriste"))["searchMessages"]["edges"]) == found
    assert await api.code(None, document, q="fleuriste") == "UNAUTHENTICATED"


async def test_an_advisors_lists_are_hers(api: Api) -> None:
    document = """query ($id: ID!) { node(id: $id) { ... on Advisor {
      portfolio { totalCount edges { node { id } } } conversations { totalCount edges { node { id } } } } } }"""
    mine = (await api.data("sam", document, id=f"adv_{BY_HANDLE['sam'].id}"))["node"]
    assert (mine["portfolio"]["totalCount"], mine["conversations"]["totalCount"]) == (6, 6)
    for who, people in (("jo", [f"ben_{BY_HANDLE['jo'].id}"]), ("support", [])):
        shown = (await api.data(who, document, id=f"adv_{BY_HANDLE['sam'].id}"))["node"]
        assert [edge["node"]["id"] for edge in shown["portfolio"]["edges"]] == people
        assert shown["portfolio"]["totalCount"] == len(people)


async def test_the_flag_of_the_advisor_is_hidden_from_the_beneficiary(api: Api) -> None:
    document = "query ($c: ID!) { node(id: $c) { ... on Conversation { flagged } } }"
    assert (await api.data("mehdi", document, c=conversation_of("mehdi")))["node"] == {"flagged": None}
    assert (await api.data("sam", document, c=conversation_of("mehdi")))["node"] == {"flagged": True}


async def test_structures_by_role(api: Api) -> None:
    document = "{ structures { edges { node { territory } } } }"
    for who, seen in (("jo", ["75"]), ("alex", ["974"]), ("support", ["75", "974"]), ("integrator", ["75", "974"])):
        shown = await api.data(who, document)
        assert [edge["node"]["territory"] for edge in shown["structures"]["edges"]] == seen
    assert await api.code(None, document) == "UNAUTHENTICATED"
