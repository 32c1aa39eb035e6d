"""Which web pages may talk to us: those of our own origin, and the other origins that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PREFLIGHT_HEADERS = ("graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name")
ALLOWED_HEADERS = ", ".join(("authorization", "content-type", "x-request-id", "x-apollo-operation-id", *PREFLIGHT_HEADERS))
EXPOSED_HEADERS = "retry-after, x-request-id"
PREFLIGHT_LIFETIME = "600"


class Origins:
    """The rule of origins; `headers` are a request's, names in lower case."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset({settings.origin, *(origin.rstrip("/") for origin in settings.allowed_origins)})
        self._loopback = settings.is_loopback and settings.public_url is None

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the page that asks is a friend's. No Origin means no browser, or a page of ours."""
        origin = headers.get("origin")
        return origin is None or origin in self._allowed or self._is_ours_on_loopback(origin, headers)

    def admits_reading(self, headers: Mapping[str, str]) -> bool:
        """Whether a GET may be answered: stops other sites from making a browser send one, as an image or a script would.

        A header that makes browsers ask first, or what they say of the request (Fetch Metadata), tells.
        """
        if any(name in headers for name in PREFLIGHT_HEADERS):
            return True
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        return self.admits(headers) and (not foreign or "origin" in headers)

    def cors(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """The headers that let an allowed page read an answer."""
        origin = headers.get("origin")
        if origin is None or not self.admits(headers):
            return [(b"vary", b"origin")]
        return [
            (b"vary", b"origin"),
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
        ]

    def preflight(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]] | None:
        """The headers that answer a browser's question; None when the answer is no."""
        if "origin" not in headers or not self.admits(headers):
            return None
        return [
            *self.cors(headers),
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ALLOWED_HEADERS.encode()),
            (b"access-control-max-age", PREFLIGHT_LIFETIME.encode()),
        ]

    def _is_ours_on_loopback(self, origin: str, headers: Mapping[str, str]) -> bool:
        """`localhost` and `127.0.0.1` are the same machine; any other name for it would be a rebinding attack."""
        if not self._loopback or not origin.startswith("http://"):
            return False
        try:
            address = urlsplit(origin)
            return address.hostname in LOOPBACK and address.netloc == headers.get("host")
        except ValueError:
            return False
