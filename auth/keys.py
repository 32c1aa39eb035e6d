"""An issuer's public keys: fetched, cached, refreshed when they rotate, kept while the issuer is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson

from telemetry import log

LARGEST_ANSWER = 256_000
FETCH_TIMEOUT = 5.0
SHORTEST_INTERVAL = 10.0
DISCOVERY = "/.well-known/openid-configuration"


class KeysUnavailable(Exception):
    """The issuer's keys could not be had, and none are kept."""


class KeySet:
    """The keys of one issuer. `lifetime` in seconds; an unknown key id is looked up again at most every ten seconds."""

    def __init__(
        self, issuer: str, jwks_url: str | None, lifetime: float, *, insecure_loopback: bool = False, now: Callable[[], float] = monotonic
    ) -> None:
        self._issuer, self._url, self._lifetime = issuer, jwks_url, lifetime
        self._insecure, self._now = insecure_loopback, now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id, or None when the issuer has none; raises KeysUnavailable."""
        if key_id not in self._keys or self._now() - self._fetched_at > self._lifetime:
            await self._refresh(key_id)
        if not self._keys:
            raise KeysUnavailable(self._issuer)
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str) -> None:
        """One fetch at a time; a flood of unknown key ids costs one fetch every ten seconds."""
        async with self._lock:
            fresh = key_id in self._keys and self._now() - self._fetched_at <= self._lifetime
            if fresh or self._now() - self._tried_at < SHORTEST_INTERVAL:
                return
            self._tried_at = self._now()
            try:
                self._keys = await self._fetch()
                self._fetched_at = self._now()
            except (httpx.HTTPError, ValueError, KeyError, TypeError, jwt.PyJWTError) as problem:
                log.warning("jwks_fetch_failed", issuer=self._issuer, problem=type(problem).__name__)

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT, follow_redirects=False, trust_env=False) as client, asyncio.timeout(FETCH_TIMEOUT):
            url = self._url or str((await self._get(client, self._issuer.rstrip("/") + DISCOVERY))["jwks_uri"])
            found = await self._get(client, url)
        keys = [
            jwt.PyJWK(raw) for raw in found["keys"] if raw.get("kid") and raw.get("use", "sig") == "sig" and raw.get("kty") in ("RSA", "EC", "OKP")
        ]
        if not keys:
            raise ValueError("no usable key")
        return {str(key.key_id): key for key in keys}

    async def _get(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        """A JSON object from a trusted address, size-bounded while it is read."""
        self._check_address(url)
        content = bytearray()
        async with client.stream("GET", url) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise ValueError("answer too large")
        found = orjson.loads(content)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self._insecure and parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
            raise ValueError("keys are fetched over https only")


def _verifies(raw: dict[str, Any]) -> bool:
    """Whether a JWK (RFC 7517) is a named public key for signatures."""
    return bool(raw.get("kid")) and raw.get("use", "sig") == "sig" and raw.get("kty") in ("RSA", "EC", "OKP")
