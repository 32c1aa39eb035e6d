"""Edits, deletions, pages and search of messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api import Api, conversation_of
from tests.test_conversations import SEND

CHANGED = "__typename ... on EditMessageSuccess { message { body editedAt } } ... on ExpectedError { code }"
EDIT = f"mutation ($m: ID!, $b: String!) {{ editMessage(input: {{messageId: $m, body: $b}}) {{ {CHANGED} }} }}"
DELETE = """mutation ($m: ID!) { deleteMessage(input: {messageId: $m}) {
  ... on DeleteMessageSuccess { message { seq body deletedAt conversation { lastSeq } } } } }"""
PAGE = """query ($c: ID!, $first: Int, $after: String, $last: Int, $before: String, $around: Int) { node(id: $c) { ... on Conversation {
  messages(first: $first, after: $after, last: $last, before: $before, around: $around) {
    edges { cursor node { seq } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }"""
SEARCH = """query ($q: String!, $c: ID, $first: Int! = 20, $after: String) {
 searchMessages(query: $q, conversationId: $c, first: $first, after: $after) {
  edges { node { seq body } excerpt { text matched } } pageInfo { hasNextPage endCursor } } }"""


async def send(api: Api, who: str, body: str) -> str:
    answer = await api.data(who, SEND, c=conversation_of("jo"), k=str(uuid4()), b=body)
    return str(answer["sendMessage"]["message"]["id"])


async def revisions(api: Api, message: str) -> list[str]:
    query = "select body from message_revisions where message_id = $1 order by replaced_at"
    return [row["body"] for row in await api.database.reader.fetch(query, UUID(message.removeprefix("msg_")))]


async def test_an_edit_replaces_the_text_and_keeps_the_former(api: Api) -> None:
    message = await send(api, "jo", "Je vient demain")
    edited = (await api.data("jo", EDIT, m=message, b="Je viens demain"))["editMessage"]["message"]
    assert edited["body"] == "Je viens demain"
    assert edited["editedAt"] is not None
    assert await revisions(api, message) == ["Je vient demain"]


async def test_the_same_text_again_is_no_edit(api: Api) -> None:
    message = await send(api, "jo", "Oui")
    assert (await api.data("jo", EDIT, m=message, b="Oui"))["editMessage"]["message"]["editedAt"] is None
    assert await revisions(api, message) == []


async def test_a_deleted_message_keeps_its_place_and_cannot_be_edited(api: Api) -> None:
    message = await send(api, "jo", "Oups")
    for _ in range(2):
        deleted = (await api.data("jo", DELETE, m=message))["deleteMessage"]["message"]
        assert (deleted["seq"], deleted["body"], deleted["conversation"]["lastSeq"]) == (26, None, 26)
    assert (await api.data("jo", EDIT, m=message, b="Trop tard"))["editMessage"]["code"] == "MESSAGE_DELETED"
    assert await revisions(api, message) == ["Oups"]


async def page(api: Api, **arguments: Any) -> dict[str, Any]:
    shown = await api.data("jo", PAGE, c=conversation_of("jo"), **arguments)
    return dict(shown["node"]["messages"])


def numbers(shown: dict[str, Any]) -> list[int]:
    return [edge["node"]["seq"] for edge in shown["edges"]]


async def test_pages_go_back_in_time_without_a_gap(api: Api) -> None:
    seen, after = [], None
    while True:
        shown = await page(api, first=7, after=after)
        seen += numbers(shown)
        after = shown["pageInfo"]["endCursor"]
        if not shown["pageInfo"]["hasNextPage"]:
            break
    assert seen == list(range(25, 0, -1))


async def test_a_message_is_shown_among_its_neighbours(api: Api) -> None:
    around = await page(api, first=5, around=10)
    assert numbers(around) == [12, 11, 10, 9, 8]
    newer = await page(api, last=3, before=around["pageInfo"]["startCursor"])
    assert numbers(newer) == [15, 14, 13]
    older = await page(api, first=3, after=around["pageInfo"]["endCursor"])
    assert numbers(older) == [7, 6, 5]


@pytest.mark.parametrize("arguments", [{"first": -1}, {"first": 101}, {"last": 101}, {"first": 1, "last": 1}])
async def test_page_sizes_out_of_range_are_refused(api: Api, arguments: dict[str, int]) -> None:
    assert await api.code("jo", PAGE, c=conversation_of("jo"), **arguments) == "BAD_USER_INPUT"


@pytest.mark.parametrize("cursor", ["", "x", "WyJhYmMiXQ", "WzFd", "W10", "é", "WyIxIiwiMiJd", "WyI5OTk5OTk5OTk5OTkiXQ"])
async def test_cursors_that_we_never_made_are_refused(api: Api, cursor: str) -> None:
    assert await api.code("jo", PAGE, c=conversation_of("jo"), after=cursor) == "INVALID_CURSOR"


@pytest.mark.parametrize("node", ["", "x", "con_", "con_1", "zzz_7f000001-0000-4000-8000-000000000000", "con_{7f000001-0000-4000-8000-000000000000}"])
async def test_ids_that_we_never_made_are_refused(api: Api, node: str) -> None:
    assert await api.code("jo", PAGE, c=node) == "INVALID_ID"


async def test_search_ignores_accents_and_inflection_and_marks_what_it_found(api: Api) -> None:
    (found,) = (await api.data("sam", SEARCH, q="semaines decembre"))["searchMessages"]["edges"]
    assert found["node"]["seq"] == 13
    assert [part["text"] for part in found["excerpt"] if part["matched"]] == ["semaine", "décembre"]


async def test_the_excerpt_marks_the_words_as_they_were_written(api: Api) -> None:
    await send(api, "jo", "Ma sœur a trouvé un œuf : c'est le cœur du métier")
    (found,) = (await api.data("jo", SEARCH, q="coeur metier"))["searchMessages"]["edges"]
    assert found["excerpt"] == [
        {"text": "Ma sœur a trouvé un œuf : c'est le ", "matched": False},
        {"text": "cœur", "matched": True},
        {"text": " du ", "matched": False},
        {"text": "métier", "matched": True},
    ]


async def test_a_deleted_message_is_not_found(api: Api) -> None:
    message = await send(api, "jo", "introuvable")
    assert len((await api.data("jo", SEARCH, q="introuvable"))["searchMessages"]["edges"]) == 1
    await api.data("jo", DELETE, m=message)
    assert (await api.data("jo", SEARCH, q="introuvable"))["searchMessages"]["edges"] == []


async def test_search_pages_newest_first(api: Api) -> None:
    for number in range(5):
        await send(api, "jo", f"tulipe {number}")
    first = (await api.data("jo", SEARCH, q="tulipe", first=3))["searchMessages"]
    rest = (await api.data("jo", SEARCH, q="tulipe", first=3, after=first["pageInfo"]["endCursor"]))["searchMessages"]
    assert [edge["node"]["body"] for edge in first["edges"] + rest["edges"]] == [f"tulipe {number}" for number in (4, 3, 2, 1, 0)]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


@pytest.mark.parametrize("query", ["", "   ", "x" * 201, "a\x00b"])
async def test_searches_out_of_bounds_are_refused(api: Api, query: str) -> None:
    assert await api.code("jo", SEARCH, q=query) == "BAD_USER_INPUT"


@pytest.mark.parametrize("query", ["'; drop table messages; --", '"', "-", "le la les", "🌷", "a | b & ! ( :*", "\\"])
async def test_hostile_searches_find_what_they_say_and_break_nothing(api: Api, query: str) -> None:
    await api.data("jo", SEARCH, q=query)
    assert (await page(api, first=1))["edges"][0]["node"]["seq"] == 25
