"""Sending, reading, editing: what the two sides see."""

from __future__ import annotations

from uuid import uuid4

from tests.api import Api, conversation_of

SEND = """mutation ($c: ID!, $k: UUID!, $b: String!) { sendMessage(input: {conversationId: $c, clientId: $k, body: $b}) {
  __typename
  ... on SendMessageSuccess { message { id seq body author { displayName } conversation { lastSeq unreadCount awaitingReplyFrom } } }
  ... on ExpectedError { code detail }
  ... on MessageTooLong { length limit }
} }"""
READ = """query ($c: ID!) { node(id: $c) { ... on Conversation {
  lastSeq unreadCount advisorUnreadCount beneficiaryUnreadCount advisorReadSeq beneficiaryReadSeq awaitingReplyFrom awaitingReplySince
} } }"""
MARK = """mutation ($c: ID!, $n: Int!) { markConversationRead(input: {conversationId: $c, upToSeq: $n}) {
  __typename ... on MarkConversationReadSuccess { conversation { unreadCount advisorReadSeq } } ... on SeqOutOfRange { code lastSeq }
} }"""


async def test_a_message_gets_the_next_number_and_counts_for_the_other_side(api: Api) -> None:
    sent = (await api.data("jo", SEND, c=conversation_of("jo"), k=str(uuid4()), b="Bonjour"))["sendMessage"]["message"]
    assert (sent["seq"], sent["conversation"]) == (26, {"lastSeq": 26, "unreadCount": 0, "awaitingReplyFrom": "ADVISOR"})
    seen = (await api.data("sam", READ, c=conversation_of("jo")))["node"]
    assert (seen["unreadCount"], seen["advisorUnreadCount"], seen["beneficiaryUnreadCount"]) == (2, 2, 0)


async def test_a_retry_returns_the_first_message(api: Api) -> None:
    variables = {"c": conversation_of("jo"), "k": str(uuid4())}
    first = await api.data("jo", SEND, b="Une fois", **variables)
    again = await api.data("jo", SEND, b="Deux fois", **variables)
    assert again == first
    assert (await api.data("jo", READ, c=conversation_of("jo")))["node"]["lastSeq"] == 26


async def test_a_retry_in_another_conversation_returns_the_first_message(api: Api) -> None:
    key = str(uuid4())
    first = await api.data("sam", SEND, c=conversation_of("jo"), k=key, b="Bonjour")
    again = await api.data("sam", SEND, c=conversation_of("ines"), k=key, b="Bonjour")
    assert again["sendMessage"]["message"]["id"] == first["sendMessage"]["message"]["id"]


async def test_a_text_too_long_says_how_long_and_is_not_kept(api: Api) -> None:
    refused = (await api.data("jo", SEND, c=conversation_of("jo"), k=str(uuid4()), b="é" * 10_001))["sendMessage"]
    assert (refused["code"], refused["length"], refused["limit"]) == ("MESSAGE_TOO_LONG", 10_001, 10_000)
    assert (await api.data("jo", READ, c=conversation_of("jo")))["node"]["lastSeq"] == 25


async def test_the_longest_text_of_four_byte_characters_is_kept_whole(api: Api) -> None:
    sent = (await api.data("jo", SEND, c=conversation_of("jo"), k=str(uuid4()), b="🌷" * 10_000))["sendMessage"]["message"]
    assert sent["body"] == "🌷" * 10_000


async def test_an_empty_text_is_refused(api: Api) -> None:
    assert (await api.data("jo", SEND, c=conversation_of("jo"), k=str(uuid4()), b=" \n\t"))["sendMessage"]["code"] == "MESSAGE_EMPTY"


async def test_a_nul_character_is_refused(api: Api) -> None:
    assert await api.code("jo", SEND, c=conversation_of("jo"), k=str(uuid4()), b="a\x00b") == "BAD_USER_INPUT"


async def test_reading_moves_forward_only_and_unread_is_a_subtraction(api: Api) -> None:
    assert (await api.data("sam", READ, c=conversation_of("ines")))["node"]["unreadCount"] == 2
    moved = await api.data("sam", MARK, c=conversation_of("ines"), n=5)
    assert moved["markConversationRead"]["conversation"] == {"unreadCount": 1, "advisorReadSeq": 5}
    back = await api.data("sam", MARK, c=conversation_of("ines"), n=1)
    assert back["markConversationRead"]["conversation"] == {"unreadCount": 1, "advisorReadSeq": 5}


async def test_nobody_has_read_further_than_the_last_message(api: Api) -> None:
    for beyond in (26, -1, 2_147_483_647):
        refused = await api.data("jo", MARK, c=conversation_of("jo"), n=beyond)
        assert refused["markConversationRead"] == {"__typename": "SeqOutOfRange", "code": "SEQ_OUT_OF_RANGE", "lastSeq": 25}


async def test_waiting_starts_at_the_first_message_without_an_answer(api: Api) -> None:
    before = (await api.data("sam", READ, c=conversation_of("ines")))["node"]
    await api.data("ines", SEND, c=conversation_of("ines"), k=str(uuid4()), b="Et aussi…")
    after = (await api.data("sam", READ, c=conversation_of("ines")))["node"]
    assert (after["awaitingReplyFrom"], after["awaitingReplySince"]) == ("ADVISOR", before["awaitingReplySince"])


async def test_the_advisors_list_is_unread_then_flagged_then_newest(api: Api) -> None:
    shown = await api.data(
        "sam", "{ viewer { advisor { conversations { totalCount edges { node { beneficiary { firstName } unreadCount flagged } } } } } }"
    )
    listed = shown["viewer"]["advisor"]["conversations"]
    assert [edge["node"]["beneficiary"]["firstName"] for edge in listed["edges"]] == ["Jo", "Inès", "Théo", "Mehdi", "Chloé", "Awa"]
    assert listed["totalCount"] == 6


async def test_the_list_can_be_paged_without_a_gap_or_a_repetition(api: Api) -> None:
    document = """query ($after: String) { viewer { advisor { conversations(first: 2, after: $after) {
      edges { node { beneficiary { firstName } } } pageInfo { hasNextPage endCursor } } } } }"""
    names, after, more = [], None, True
    while more:
        page = (await api.data("sam", document, after=after))["viewer"]["advisor"]["conversations"]
        names += [edge["node"]["beneficiary"]["firstName"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert names == ["Jo", "Inès", "Théo", "Mehdi", "Chloé", "Awa"]
