"""The server as a process: what it answers to whoever runs it."""

from __future__ import annotations

import json

from tests.servers import Server


async def test_it_is_alive_and_ready(server: Server) -> None:
    assert json.loads(server.get("/healthz")) == {"status": "alive"}
    assert json.loads(server.get("/readyz")) == {"status": "ready", "database": True, "bus": True}


async def test_it_counts_operations_by_name(server: Server) -> None:
    assert (await server.ask("jo", "query WhoAmI { viewer { account { displayName } } }"))["data"]["viewer"]["account"]["displayName"] == "Jo Martin"
    assert 'pass_emploi_operations_total{kind="query",name="WhoAmI",outcome="ok"} 1.0' in server.get("/metrics")
