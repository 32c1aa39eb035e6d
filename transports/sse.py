"""Server-sent events in distinct-connections mode.

The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import orjson

from transports.errors import Answer


class ServerSentEvents:
    """`next` events, then `complete`; comments are the signs of life."""

    name = "sse"
    content_type = b"text/event-stream; charset=utf-8"
    opening = sign_of_life = b":\n\n"
    closing = b"event: complete\ndata: \n\n"

    def encode(self, answer: Answer) -> bytes:
        """One `next` event."""
        return b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
