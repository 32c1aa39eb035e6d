"""Which form of answer a client asks for in its Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Media(StrEnum):
    """The forms of an answer."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    EVENTS = "text/event-stream"
    PARTS = "multipart/mixed"
    PAGE = "text/html"


SINGLE = (Media.JSON, Media.GRAPHQL)
STREAMS = (Media.EVENTS, Media.PARTS)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client accepts, best first."""

    media: tuple[Media, ...]

    def best(self, offered: tuple[Media, ...]) -> Media | None:
        """The first of `offered` that the client likes most; None when it likes none."""
        return next((media for media in self.media if media in offered), None)

    @property
    def page_first(self) -> bool:
        """Whether a browser asks for a page to look at."""
        return self.media[:1] == (Media.PAGE,)


@lru_cache(maxsize=256)
def read_accept(header: str | None) -> Accepted:
    """The forms that the header allows, by weight and then by place. No header, or one for anything, means JSON."""
    if not header or len(header) > 1000:
        return Accepted((Media.JSON,))
    weighed: list[tuple[float, int, Media]] = []
    for place, text in enumerate(header.split(",")):
        kind, weight = _read_range(text)
        if weight > 0:
            weighed.extend((-weight, place, media) for media in _matches(kind))
    return Accepted(tuple(dict.fromkeys(media for _, _, media in sorted(weighed))))


def _read_range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0


def _matches(kind: str) -> tuple[Media, ...]:
    if kind in ("*/*", "application/*"):
        return (Media.JSON,)
    if kind == "text/*":
        return (Media.EVENTS,)
    return (Media(kind),) if kind in list(Media) else ()
