"""The composition root and the command line; imported by nobody."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from uvicorn.supervisors import Multiprocess

from auth import development
from auth.authenticator import Authenticator
from auth.tokens import TokenVerifier
from demo.people import BY_HANDLE, SIGN_IN
from demo.seed import seed as seed_demo
from embedded import AlreadyRunning, CannotStart, EmbeddedPostgres
from models.accounts import Role
from models.database import Database
from models.database import migrate as migrate_database
from resolvers.context import Context
from schema.build import build_schema, graphql_schema
from services import api_keys
from services.callers import Caller
from services.clock import system_clock
from services.events import Changes
from services.rates import Rates
from settings import Settings
from subscriptions.bus import Bus
from subscriptions.hub import Hub
from subscriptions.retention import forget_for_ever
from telemetry import configure_logs
from transports.door import Door
from transports.health import health_routes
from transports.routes import routes

SNAPSHOT = Path(__file__).parent / "schema" / "schema.graphql"
GRACE = 5
command_line = typer.Typer(help="Pass Emploi's API.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys_command_line = typer.Typer(help="Integrators' API keys.", no_args_is_help=True)
command_line.add_typer(keys_command_line, name="keys")


def create_app() -> Starlette:
    """The application of one process, from the environment: uvicorn's factory."""
    settings = Settings()
    configure_logs(readable=settings.is_development)
    return Starlette(lifespan=lambda app: _serve_process(app, settings))


@asynccontextmanager
async def _serve_process(app: Starlette, settings: Settings) -> AsyncIterator[None]:
    """Connect, listen, then take requests; the other way round at the end, so that nothing acknowledged is cut."""
    if settings.database_url is None:
        raise RuntimeError("a server process needs DATABASE_URL: start it with `python server.py serve`")
    database = await Database.connect(settings.database_url, settings)
    hub = Hub(database.reader, Bus(settings.redis_url), settings.sweep_interval, settings.sweep_interval_degraded)
    await hub.start()
    keep = timedelta(days=settings.journal_retention_days)
    retention = asyncio.create_task(forget_for_ever(database.reader, system_clock, keep, settings.retention_interval), name="retention")
    app.router.routes.extend(_routes(settings, database, hub))
    typer.echo(f"Ready (process {os.getpid()}): {settings.origin}/graphql")
    try:
        yield
    finally:
        retention.cancel()
        await asyncio.wait([retention])
        await hub.stop()
        await database.close()


def _routes(settings: Settings, database: Database, hub: Hub) -> list[BaseRoute]:
    """Everything that can be asked over HTTP."""
    key = development.ensure_key(settings) if settings.is_development else None
    authenticator = Authenticator(TokenVerifier(settings, key), system_clock)
    changes = Changes(hub, system_clock)
    per_second = settings.limit_messages_per_minute / 60
    message_rates = Rates(per_second, settings.limit_messages_per_minute)

    def make_context(caller: Caller | None, _request_id: str) -> Context:
        return Context(caller, database, changes, hub, message_rates, settings)

    door = Door(graphql_schema(), settings, authenticator.authenticate, authenticator.recheck, make_context)
    return [*routes(door), *health_routes(database.reader, lambda: hub.healthy)]


def _demo_people() -> list[dict[str, str]]:
    people = [BY_HANDLE[handle] for handle in SIGN_IN]
    return [{"handle": person.handle, "displayName": person.display_name, "role": person.role.value} for person in people]


def _demo_token(settings: Settings, handle: str) -> str:
    """A development token of a demo person; raises KeyError for anybody else."""
    person = BY_HANDLE[handle]
    scopes = tuple(sorted(api_keys.SCOPES)) if person.role is Role.INTEGRATOR else ()
    return development.issue_token(development.ensure_key(settings), person.subject, settings.token_audience, system_clock, scopes)


@command_line.command()
def serve() -> None:
    """Serve the API: on the embedded PostgreSQL unless DATABASE_URL names one; with the demo people in development."""
    settings = _read_settings()
    configure_logs(readable=settings.is_development)
    config = _server_config(settings)
    sock = _listen(config)
    with sock, _database(settings) as url, _counters(settings):
        os.environ["DATABASE_URL"] = url
        asyncio.run(_prepare(url, settings))
        _welcome(settings)
        if settings.workers > 1:
            Multiprocess(config, sockets=[sock]).run()
        else:
            uvicorn.Server(config).run(sockets=[sock])


def _server_config(settings: Settings) -> uvicorn.Config:
    """Sockets are not compressed: it costs more than the rest of a delivery."""
    return uvicorn.Config(
        "server:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        ws="websockets-sansio",
        ws_max_size=settings.limit_body,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        server_header=False,
    )


def _listen(config: uvicorn.Config) -> socket.socket:
    """The listening socket, taken before anything else starts: a port in use is said at once, and early connections wait."""
    sock = config.bind_socket()
    sock.listen(config.backlog)
    return sock


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The address of the database to use; the embedded one lives as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with EmbeddedPostgres(Path(settings.data_dir) / "postgres") as server:
            yield server.url
    except (AlreadyRunning, CannotStart) as problem:
        typer.echo(f"The embedded PostgreSQL cannot be used: {problem}", err=True)
        raise typer.Exit(1) from None


@contextmanager
def _counters(settings: Settings) -> Iterator[None]:
    """Where several processes add up their counters for /metrics."""
    if settings.workers == 1:
        yield
        return
    directory = tempfile.mkdtemp(prefix="pass-emploi-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
    try:
        yield
    finally:
        shutil.rmtree(directory)


async def _prepare(url: str, settings: Settings) -> None:
    """Migrate; in development, put the demo in once."""
    await migrate_database(url, settings)
    if settings.is_development:
        await _with_changes(url, settings, lambda changes: seed_demo(changes, development.ISSUER))


async def _with_changes(url: str, settings: Settings, work: Callable[[Changes], Coroutine[Any, Any, Any]]) -> Any:
    """Run `work` on a database outside the server."""
    database = await Database.connect(url, settings)
    hub = Hub(database.reader, Bus(settings.redis_url))
    await hub.start()
    try:
        return await work(Changes(hub, system_clock))
    finally:
        await hub.stop()
        await database.close()


def _welcome(settings: Settings) -> None:
    if settings.is_development:
        typer.secho("DEVELOPMENT MODE: anyone on this machine can sign in as the demo people.", fg="yellow")
        for handle in SIGN_IN:
            person = BY_HANDLE[handle]
            typer.echo(f"  {handle:<11}{person.display_name:<28}{person.role.value.lower()}")
        typer.echo("A token for curl, gql, Apollo: python server.py token --as jo")


@command_line.command()
def migrate() -> None:
    """Bring the database that DATABASE_URL names up to date."""
    settings = _read_settings()
    asyncio.run(migrate_database(_named_database(settings), settings))


@command_line.command()
def seed() -> None:
    """Put the demo people and their conversations into the database that DATABASE_URL names."""
    settings = _read_settings()
    if not settings.is_development:
        raise typer.BadParameter("the demo is for MODE=development")
    done = asyncio.run(_with_changes(_named_database(settings), settings, lambda changes: seed_demo(changes, development.ISSUER)))
    typer.echo("The demo is in." if done else "The demo was already in.")


@command_line.command()
def token(handle: Annotated[str, typer.Option("--as", help=f"One of {', '.join(BY_HANDLE)}.")]) -> None:
    """Print a bearer token of a demo person, valid for twelve hours; development only."""
    settings = _read_settings()
    if not settings.is_development:
        raise typer.BadParameter("tokens are made by the identity provider when MODE=production")
    if handle not in BY_HANDLE:
        raise typer.BadParameter(f"choose one of {', '.join(BY_HANDLE)}", param_hint="--as")
    typer.echo(_demo_token(settings, handle))


@command_line.command()
def schema(check: Annotated[bool, typer.Option("--check", help="Fail when the snapshot is not up to date.")] = False) -> None:
    """Write the SDL to schema/schema.graphql, or compare it."""
    sdl = build_schema().as_str() + "\n"
    if not check:
        SNAPSHOT.write_text(sdl)
    elif SNAPSHOT.read_text() != sdl:
        typer.echo("schema/schema.graphql is not what the code says: run `python server.py schema`, and review the difference.", err=True)
        raise typer.Exit(1)


@keys_command_line.command("create")
def create_key(name: str, scope: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None) -> None:
    """Make an integrator with a key, and print the key: it is shown this once only."""
    settings = _read_settings()
    work = api_keys.create_api_key(name, frozenset(scope or ()))
    made = asyncio.run(_with_changes(_named_database(settings), settings, lambda _: work))
    typer.echo(f"{made.id}  {made.secret}")


@keys_command_line.command("list")
def list_keys() -> None:
    """List the keys, newest first, without their secrets."""
    settings = _read_settings()
    for key in asyncio.run(_with_changes(_named_database(settings), settings, lambda _: api_keys.list_api_keys())):
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in force"
        typer.echo(f"{key.id}  {key.name}  {','.join(key.scopes) or '-'}  {state}")


@keys_command_line.command("revoke")
def revoke_key(key_id: UUID) -> None:
    """End a key; requests with it are refused within seconds."""
    settings = _read_settings()
    done = asyncio.run(_with_changes(_named_database(settings), settings, lambda _: api_keys.revoke_api_key(key_id, system_clock())))
    typer.echo("Revoked." if done else "No such key in force.")
    raise typer.Exit(0 if done else 1)


def _read_settings() -> Settings:
    """The settings, or a clear word about what is wrong with the environment."""
    try:
        return Settings()
    except ValidationError as problem:
        for error in problem.errors():
            name = "_".join(str(part) for part in error["loc"]).upper()
            typer.echo(f"{name + ': ' if name else ''}{error['msg']}", err=True)
        raise typer.Exit(2) from None


def _named_database(settings: Settings) -> str:
    if settings.database_url is None:
        raise typer.BadParameter("set DATABASE_URL (the embedded database is prepared by `serve`)")
    return settings.database_url


if __name__ == "__main__":
    command_line()
