"""Multipart subscriptions, as Apollo's clients take them over plain HTTP.

The protocol: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from __future__ import annotations

import orjson

from transports.errors import Answer

PART = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
BOUNDARY = b"\r\n--graphql"


class Multipart:
    """A part per answer, each followed by its boundary so that clients need not wait for the next; empty objects are heartbeats."""

    name = "multipart"
    content_type = b'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
    opening = BOUNDARY
    sign_of_life = PART + b"{}" + BOUNDARY
    closing = b"--\r\n"

    def encode(self, answer: Answer) -> bytes:
        """An answer is a payload; errors of the stream itself stand beside an empty one and end it."""
        content = {"payload": answer} if "data" in answer else {"payload": None, **answer}
        return PART + orjson.dumps(content) + BOUNDARY
