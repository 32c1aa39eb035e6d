"""The server as people run it: a process of its own, reached over real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Self
from urllib.request import urlopen

import httpx

from auth.development import LIFETIME, issue_token
from demo.people import BY_HANDLE
from embedded import free_port
from models.accounts import Role
from services.clock import system_clock

ROOT = Path(__file__).parent.parent
KEY = "a key that only the tests know, and long enough for HS256"
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def token(handle: str, lifetime: timedelta = LIFETIME) -> str:
    """A bearer token of a demo person for servers started with KEY."""
    person = BY_HANDLE[handle]
    scopes = ("structures:read",) if person.role is Role.INTEGRATOR else ()
    return issue_token(KEY, person.subject, "pass-emploi-api", system_clock, scopes, lifetime)


def bearer(handle: str | None) -> dict[str, str]:
    """The header that signs a demo person in; none for nobody."""
    return {} if handle is None else {"authorization": f"Bearer {token(handle)}"}


class Server:
    """`python server.py serve` on a port of its own; `environment` adds settings. Ends with the block, however it ends."""

    def __init__(self, database_url: str, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.log = log
        self._environment = {
            **ENVIRONMENT,
            "DATABASE_URL": database_url,
            "DEVELOPMENT_KEY": KEY,
            "PORT": str(self.port),
            "LIMIT_OPERATIONS_PER_SECOND": "10000",
            "LIMIT_MESSAGES_PER_MINUTE": "100000",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The endpoint over HTTP."""
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        """The endpoint over WebSocket."""
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def pid(self) -> int:
        """The process' number."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    def start(self) -> None:
        """Start, and wait until it says that it serves."""
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "server.py", "serve"], cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        self._wait_until_ready(self._process.stdout)

    def _wait_until_ready(self, output: IO[bytes]) -> None:
        """The last line of the welcome comes when requests are taken; the end of the output means that the start failed."""
        for line in output:
            if line.startswith(b"Ready"):
                return
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it in an orderly way; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.send_signal(how)
        code = self._process.wait(30)
        self._process.stdout.close()
        self._process = None
        return code

    def get(self, path: str) -> str:
        """What a GET of another path answers."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}") as response:
            return str(response.read().decode())

    async def ask(self, handle: str | None, document: str, **variables: Any) -> dict[str, Any]:
        """The answer to an operation of a demo person."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(self.url, json={"query": document, "variables": variables}, headers=bearer(handle))
        return dict(answer.json())
