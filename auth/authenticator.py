"""From the Authorization header to a Caller, remembered for seconds so that a revocation is honoured within them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection
from time import monotonic
from uuid import UUID

from auth import development
from auth.tokens import Claims, TokenVerifier
from models.accounts import Account, Role
from services.accounts import NO_ACCOUNT, AdvisorClaims, find_dismissed, sign_in, sign_in_new_advisor
from services.api_keys import PREFIX, SCOPES, find_key_owner
from services.callers import Caller
from services.clock import Clock
from services.errors import Unauthenticated

REMEMBERED_FOR = 5.0
MOST_REMEMBERED = 10_000
ADVISOR_TYPE = "CONSEILLER"


class Authenticator:
    """Knows who sends a request."""

    def __init__(self, verifier: TokenVerifier, clock: Clock, now: Callable[[], float] = monotonic) -> None:
        self._verifier, self._clock, self._now = verifier, clock, now
        self._remembered: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Caller | None:
        """The caller behind an Authorization header, None without one; raises Unauthenticated, Unavailable."""
        if authorization is None or not authorization.strip():
            return None
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated()
        return await self._remember(token.strip())

    async def recheck(self, callers: Collection[Caller]) -> set[Caller]:
        """Those of `callers`, let in before, who may stay no longer."""
        return await find_dismissed(callers)

    async def _remember(self, token: str) -> Caller:
        name = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        until, caller = self._remembered.get(name, (0.0, None))
        if caller is not None and self._now() < until and not self._expired(caller):
            return caller
        self._remembered.pop(name, None)
        caller = await self._identify(token)
        self._remembered[name] = (self._now() + REMEMBERED_FOR, caller)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return caller

    def _expired(self, caller: Caller) -> bool:
        return caller.expires_at is not None and caller.expires_at <= self._clock()

    async def _identify(self, token: str) -> Caller:
        if token.startswith(PREFIX):
            owner = await find_key_owner(token)
            if owner is None:
                raise Unauthenticated("This key is unknown or was revoked.")
            return owner
        claims = await self._verifier.verify(token)
        account = await sign_in(claims.issuer, claims.subject, self._clock())
        return _caller(account or await self._first_sign_in(claims), claims)

    async def _first_sign_in(self, claims: Claims) -> Account:
        """Advisors are created from what their identity provider says; everyone else must exist already."""
        if claims.raw.get("userType") != ADVISOR_TYPE:
            raise Unauthenticated(NO_ACCOUNT)
        return await sign_in_new_advisor(claims.issuer, claims.subject, _advisor_claims(claims), self._clock())


def _caller(account: Account, claims: Claims) -> Caller:
    """Scopes in a token count only for the demo integrator of development mode; real integrators have keys."""
    scopes = frozenset[str]()
    if account.role is Role.INTEGRATOR and claims.issuer == development.ISSUER:
        scopes = frozenset(str(claims.raw.get("scope", "")).split()) & SCOPES
    return Caller(account.id, account.role, account.structure_id, scopes, claims.expires_at)


def _advisor_claims(claims: Claims) -> AdvisorClaims:
    first_name, last_name, email = (claims.raw.get(name) for name in ("given_name", "family_name", "email"))
    if not _is_name(first_name) or not _is_name(last_name):
        raise Unauthenticated("The token lacks given_name and family_name, which create an advisor's account.")
    try:
        structure_id = UUID(str(claims.raw.get("structure")))
    except ValueError:
        raise Unauthenticated("The token lacks the advisor's structure.") from None
    return AdvisorClaims(str(first_name), str(last_name), email if isinstance(email, str) and len(email) <= 254 else None, structure_id)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and len(name.strip()) > 0 and len(name) <= 100 and "\x00" not in name
