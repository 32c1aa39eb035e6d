"""For whoever runs the server: is it alive, can it serve, what does it count."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

PATIENCE = 2.0
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncio.TimeoutError)


def health_routes(pool: asyncpg.Pool, bus_healthy: Callable[[], bool]) -> list[BaseRoute]:
    """`/healthz` (alive), `/readyz` (database, bus), `/metrics` (Prometheus). A bus that is down delays events, so it only degrades."""

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        database = await _answers(pool)
        status = "ready" if database and bus_healthy() else "degraded" if database else "unavailable"
        return JSONResponse({"status": status, "database": database, "bus": bus_healthy()}, 200 if database else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(_registry()), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


async def _answers(pool: asyncpg.Pool) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await pool.fetchval("select 1")
    except AWAY:
        return False
    return True


def _registry() -> CollectorRegistry:
    """This process's counters, or the sum over all of them when several serve."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
