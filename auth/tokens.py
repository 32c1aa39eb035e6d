"""Checks a JSON Web Token (RFC 7519): who made it, for whom, until when; algorithms are pinned, never read from the token alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from auth import development
from auth.keys import KeySet, KeysUnavailable
from services.errors import Unauthenticated, Unavailable
from settings import Settings

LONGEST_TOKEN = 8_192
REQUIRED = ["exp", "iss", "sub", "aud"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a checked token says. `raw` holds the rest; nothing of it is logged."""

    issuer: str
    subject: str
    expires_at: datetime
    raw: Mapping[str, Any]


class TokenVerifier:
    """Accepts tokens of the configured issuers and, in development mode only, of this machine."""

    def __init__(self, settings: Settings, development_key: str | None) -> None:
        self._settings = settings
        self._development_key = development_key if settings.is_development else None
        urls: tuple[str | None, ...] = settings.jwks_urls or (None,) * len(settings.token_issuers)
        self._keys = {
            issuer: KeySet(issuer, url, settings.jwks_lifetime, insecure_loopback=settings.is_development)
            for issuer, url in zip(settings.token_issuers, urls, strict=True)
        }

    async def verify(self, token: str) -> Claims:
        """The token's claims; raises Unauthenticated with what to mend, Unavailable when the issuer's keys cannot be had."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated("The token is too long.")
        try:
            issuer = self._unchecked_issuer(token)
            key, algorithms = await self._key(token, issuer)
            claims = jwt.decode(
                token,
                key,
                algorithms=algorithms,
                issuer=issuer,
                audience=self._settings.token_audience,
                leeway=self._settings.token_leeway,
                options={"require": REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired: sign in again.") from None
        except (jwt.PyJWTError, ValueError, TypeError, UnicodeError):
            raise Unauthenticated("The token is not valid here: check its issuer, audience, signature and dates.") from None
        return self._claims(claims)

    def _unchecked_issuer(self, token: str) -> str:
        """Which issuer the token names: only chooses the keys that it must then be signed with."""
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        if not isinstance(issuer, str):
            raise jwt.InvalidIssuerError("no issuer")
        return issuer

    async def _key(self, token: str, issuer: str) -> tuple[Any, list[str]]:
        """The key and the only algorithms it may be used with."""
        if issuer == development.ISSUER and self._development_key is not None:
            return self._development_key, [development.ALGORITHM]
        if issuer not in self._keys:
            raise jwt.InvalidIssuerError("unknown issuer")
        try:
            found = await self._keys[issuer].find(str(jwt.get_unverified_header(token).get("kid")))
        except KeysUnavailable:
            raise Unavailable("The identity provider does not answer; retry.") from None
        if found is None or found.algorithm_name not in self._settings.token_algorithms:
            raise jwt.InvalidKeyError("no such key")
        return found.key, [found.algorithm_name]

    @staticmethod
    def _claims(raw: Mapping[str, Any]) -> Claims:
        subject = raw["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or "\x00" in subject:
            raise Unauthenticated("The token's subject is not usable.")
        return Claims(raw["iss"], subject, datetime.fromtimestamp(raw["exp"], UTC), raw)
