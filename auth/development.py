"""Tokens of development mode: signed by a secret of this machine, for the demo people only, refused everywhere else."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

import jwt

from services.clock import Clock
from settings import Settings

ISSUER = "https://development.pass-emploi.invalid"
ALGORITHM = "HS256"
LIFETIME = timedelta(hours=12)


def ensure_key(settings: Settings) -> str:
    """The secret that signs development tokens: DEVELOPMENT_KEY, or one made once and kept beside the data, for its owner only."""
    if settings.development_key is not None:
        return settings.development_key
    path = Path(settings.data_dir) / "development.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass  # another start made it: use that one
    return path.read_text()


def issue_token(key: str, subject: str, audience: str, clock: Clock, scopes: tuple[str, ...] = (), lifetime: timedelta = LIFETIME) -> str:
    """A bearer token for the demo account `subject`, valid from now for `lifetime`."""
    now = clock()
    claims = {"iss": ISSUER, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + lifetime, "scope": " ".join(scopes)}
    return jwt.encode(claims, key, ALGORITHM)
