"""The two connection pools of a process: one for plain reads, Tortoise's for writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.config import AppConfig, ConnectionConfig, TortoiseConfig
from tortoise.migrations.api.migrate import migrate as apply_migrations

from settings import Settings

MODELS = ("models.accounts", "models.conversations", "models.messages")
SERVER_SETTINGS = {"jit": "off", "TimeZone": "UTC", "application_name": "pass-emploi"}


class PlainConnection(asyncpg.Connection):  # type: ignore[misc]
    """A connection whose release costs no round trip: the reader pool never sets session state."""

    def get_reset_query(self) -> str:
        """Nothing to reset: no SET, LISTEN, advisory lock or temporary table is used on this pool."""
        return ""


@dataclass(frozen=True, slots=True)
class Database:
    """`reader` runs plain statements, each on its own; writes go through Tortoise's `in_transaction()`."""

    reader: asyncpg.Pool
    url: str

    @classmethod
    async def connect(cls, url: str, settings: Settings) -> Database:
        """Open both pools on a migrated PostgreSQL 15 or newer."""
        timeout_ms = str(int(settings.database_timeout * 1000))
        reader = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=settings.database_pool_size,
            command_timeout=settings.database_timeout,
            timeout=settings.database_timeout,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            statement_cache_size=256,
            connection_class=PlainConnection,
            server_settings={**SERVER_SETTINGS, "statement_timeout": timeout_ms},
        )
        await Tortoise.init(config=tortoise_config(url, settings), _enable_global_fallback=True)
        return cls(reader, url)

    async def close(self) -> None:
        """Close both pools; statements that run are waited for."""
        await self.reader.close()
        await Tortoise.close_connections()


def tortoise_config(url: str, settings: Settings) -> TortoiseConfig:
    """Tortoise's configuration for `url`, with the pool sized and bounded by `settings`."""
    return TortoiseConfig(
        connections={
            "default": ConnectionConfig(
                engine="tortoise.backends.asyncpg",
                credentials={
                    **_credentials(url),
                    "minsize": 1,
                    "maxsize": settings.database_pool_size,
                    "command_timeout": settings.database_timeout,
                    "server_settings": SERVER_SETTINGS,
                },
            )
        },
        apps={"models": AppConfig(models=list(MODELS), default_connection="default", migrations="migrations")},
        use_tz=True,
        timezone="UTC",
    )


def _credentials(url: str) -> dict[str, Any]:
    """The parts of `url` under the names Tortoise's asyncpg client wants them, Unix sockets (`?host=`) included."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    found = {
        "host": query.pop("host", None) or parts.hostname or "127.0.0.1",
        "port": int(query.pop("port", 0) or parts.port or 5432),
        "user": parts.username or "postgres",
        "password": parts.password,
        "database": parts.path.lstrip("/") or "postgres",
    }
    return {**found, **query}


async def migrate(url: str, settings: Settings) -> None:
    """Bring the database at `url` up to date; processes that start together take turns."""
    guard = await asyncpg.connect(url, timeout=settings.database_timeout)
    try:
        await guard.execute("select pg_advisory_lock(hashtext('pass-emploi-migrations'))")
        await apply_migrations(config=tortoise_config(url, settings))
    finally:
        await Tortoise.close_connections()
        await guard.close()
