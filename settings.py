"""Every setting of the server, read once from the environment; the README's table is generated from this file."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """How much the server trusts the machine it runs on."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """The server's settings. Immutable; sizes are in bytes and durations in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mode: Mode = Field(Mode.DEVELOPMENT, description="`development` signs in demo people on loopback; `production` wants an issuer.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Server processes; more than one needs REDIS_URL.")
    database_url: str | None = Field(None, description="PostgreSQL 15 or newer. Unset: an embedded one is started in DATA_DIR.")
    database_pool_size: int = Field(10, ge=2, le=200, description="Connections per pool and process (one pool reads, one writes).")
    database_timeout: float = Field(10.0, gt=0, description="Longest a statement may run, seconds.")
    redis_url: str | None = Field(None, description="Redis that carries the bells between processes. Unset: one process only.")
    data_dir: str = Field(".data", description="Where the embedded PostgreSQL keeps its files.")
    public_url: str | None = Field(None, description="The address people type, when a proxy stands in front; default http://HOST:PORT.")
    allowed_origins: tuple[str, ...] = Field((), description="Other web origins that may call (JSON list), e.g. the dashboard's.")

    token_issuers: tuple[str, ...] = Field(
        (), description="Issuers whose tokens are accepted (JSON list of URLs); JWKS found by discovery or at JWKS_URLS."
    )
    jwks_urls: tuple[str, ...] = Field((), description="JWKS address of each issuer, same order; empty: issuer + /.well-known/openid-configuration.")
    token_audience: str = Field("pass-emploi-api", description="The audience a token must be made for.")
    token_algorithms: tuple[str, ...] = Field(
        ("RS256", "ES256"), description="Signature algorithms accepted (JSON list); never `none` nor HMAC in production."
    )
    token_leeway: float = Field(30.0, ge=0, le=120, description="Clock skew tolerated on expiry and not-before, seconds.")
    jwks_lifetime: float = Field(600.0, gt=0, description="How long fetched keys are trusted before a refresh, seconds.")
    development_key: str | None = Field(None, description="Secret that signs development tokens (made at first start); refused in production.")

    limit_body: int = Field(200_000, gt=0, description="Largest HTTP body or WebSocket message, bytes.")
    limit_tokens: int = Field(2_000, gt=0, description="Largest document, lexical tokens.")
    limit_depth: int = Field(12, gt=0, description="Deepest selection.")
    limit_aliases: int = Field(30, gt=0, description="Aliases in one document.")
    limit_fields: int = Field(300, gt=0, description="Fields selected in one operation, fragments unfolded.")
    limit_cost: int = Field(5_000, gt=0, description="Estimated objects of one answer (product of page sizes).")
    limit_page: int = Field(100, gt=0, description="Largest `first`.")
    limit_list: int = Field(100, gt=0, description="Longest list given as input.")
    limit_operations_per_document: int = Field(10, gt=0, description="Operations a document may define.")
    limit_operations_per_socket: int = Field(50, gt=0, description="Operations running at once on one WebSocket.")
    limit_socket_messages_per_second: float = Field(50.0, gt=0, description="Messages a socket may send, on average.")
    limit_operations_per_second: float = Field(50.0, gt=0, description="Operations of one caller (or anonymous address), per process, on average.")
    limit_messages_per_minute: float = Field(60.0, gt=0, description="Chat messages one person may send, per process, on average.")
    limit_message_length: int = Field(10_000, gt=0, le=10_000, description="Longest chat message, characters.")
    limit_execution: float = Field(15.0, gt=0, description="Longest a query or mutation may take, seconds.")
    introspection_anonymous: bool = Field(True, description="Whether callers without a token may introspect (the explorer's docs pane).")
    connection_init_timeout: float = Field(10.0, gt=0, description="How long a socket may stay silent before connection_init, seconds.")
    keep_alive: float = Field(15.0, gt=0, description="Interval between keep-alives on streams, seconds.")

    journal_retention_days: int = Field(30, gt=0, description="How long a feed can be resumed; older cursors get CURSOR_EXPIRED.")
    sweep_interval: float = Field(5.0, gt=0, description="Interval between comparisons of watched feeds with the database, seconds.")
    sweep_interval_degraded: float = Field(0.5, gt=0, description="The same while the bus is down, seconds.")
    retention_interval: float = Field(3600.0, gt=0, description="Interval between runs of the retention job, seconds.")

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Settings:
        """Production never runs on development trust; several processes never run without a bus."""
        if self.mode is Mode.PRODUCTION:
            if self.development_key is not None:
                raise ValueError("DEVELOPMENT_KEY must not be set when MODE=production")
            if not self.token_issuers:
                raise ValueError("MODE=production needs TOKEN_ISSUERS")
            if self.database_url is None:
                raise ValueError("MODE=production needs DATABASE_URL")
            if any(name.startswith("HS") or name.lower() == "none" for name in self.token_algorithms):
                raise ValueError("MODE=production accepts asymmetric TOKEN_ALGORITHMS only")
        elif not self.is_loopback:
            raise ValueError("MODE=development listens on loopback only: set HOST=127.0.0.1 or MODE=production")
        if self.jwks_urls and len(self.jwks_urls) != len(self.token_issuers):
            raise ValueError("JWKS_URLS must name one address for each of TOKEN_ISSUERS")
        if self.workers > 1 and self.redis_url is None:
            raise ValueError("WORKERS > 1 needs REDIS_URL, or events would not cross processes")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether HOST can only be reached from this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_development(self) -> bool:
        """Whether demo people may sign in without an identity provider."""
        return self.mode is Mode.DEVELOPMENT

    @cached_property
    def origin(self) -> str:
        """The origin that pages served by us have."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
