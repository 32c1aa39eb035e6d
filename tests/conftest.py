"""Real servers for every test: one PostgreSQL and one Redis a run, one migrated database a test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from graphql import GraphQLSchema

from demo.seed import seed
from embedded import EmbeddedPostgres, EmbeddedRedis, scratch_directory
from models.database import Database, migrate
from schema.build import graphql_schema
from services.clock import system_clock
from services.events import Changes
from settings import Settings
from subscriptions.bus import Bus
from subscriptions.hub import Hub
from tests.api import ISSUER, Api
from tests.servers import Server

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The run's PostgreSQL."""
    directory = scratch_directory("pass-emploi-test-")
    with EmbeddedPostgres(directory / "postgres") as server:
        yield server
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """The run's Redis; a test that kills it must start it again."""
    directory = scratch_directory("pass-emploi-test-")
    with EmbeddedRedis(directory / "redis") as server:
        yield server
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings that owe nothing to the environment of whoever runs the tests."""
    return Settings.model_construct(**{name: field.get_default() for name, field in Settings.model_fields.items()})


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres, settings: Settings) -> str:
    """A migrated, empty database that each test copies."""
    await _execute(postgres.url, f"create database {TEMPLATE}")
    await migrate(_on(postgres.url, TEMPLATE), settings)
    return TEMPLATE


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """A database of the test's own, migrated and empty."""
    name = f"test_{uuid4().hex}"
    await _execute(postgres.url, f"create database {name} template {template}")
    yield _on(postgres.url, name)
    await _execute(postgres.url, f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str, settings: Settings) -> AsyncIterator[Database]:
    """The two pools on the test's own database."""
    connected = await Database.connect(database_url, settings)
    yield connected
    await connected.close()


def _on(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def hub(database: Database, settings: Settings) -> AsyncIterator[Hub]:
    """A started hub of one process."""
    hub = Hub(database.reader, Bus(None), settings.sweep_interval, settings.sweep_interval_degraded)
    await hub.start()
    yield hub
    await hub.stop()


@pytest.fixture
def changes(hub: Hub) -> Changes:
    """Where writes go through, on the system's clock."""
    return Changes(hub, system_clock)


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The schema that clients see."""
    return graphql_schema()


@pytest.fixture
async def api(schema: GraphQLSchema, database: Database, changes: Changes, settings: Settings) -> Api:
    """The API with the demo people and their month of conversations."""
    await seed(changes, ISSUER)
    return Api(schema, database, changes, settings)


@pytest.fixture(scope="session")
async def server(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One server process for all tests that leave it as it was, with the demo people."""
    name = f"test_{uuid4().hex}"
    await _execute(postgres.url, f"create database {name} template {template}")
    with Server(_on(postgres.url, name), tmp_path_factory.mktemp("server") / "log") as running:
        yield running
