"""Ends streams and sockets whose caller may stay no longer: an expired token at its instant, a revoked account within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from services.callers import Caller
from telemetry import log
from transports.door import Door

RECHECK_INTERVAL = 5.0
EXPIRED = "Token expired"
REVOKED = "Access revoked"


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """Someone's open socket or stream; `dismiss` ends it, with the reason."""

    caller: Caller
    dismiss: Callable[[str], None]


class Sessions:
    """All open sessions of a process: one timer each for the token, one task in all for revocations, and none when nobody is there."""

    def __init__(self, door: Door) -> None:
        self._recheck, self._leeway = door.recheck, door.settings.token_leeway
        self._open: set[Session] = set()
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def admit(self, caller: Caller | None, dismiss: Callable[[str], None]) -> Iterator[None]:
        """Watch over a session while it lasts; one without a caller has nothing that could end."""
        if caller is None:
            yield
            return
        session = Session(caller, dismiss)
        timer = self._set_timer(session)
        self._enter(session)
        try:
            yield
        finally:
            self._leave(session)
            if timer is not None:
                timer.cancel()

    def _set_timer(self, session: Session) -> asyncio.TimerHandle | None:
        """A token accepted within the tolerated clock skew after its end lasts until that is used up."""
        ends = session.caller.expires_at
        if ends is None:
            return None
        remaining = (ends - datetime.now(UTC)).total_seconds()
        delay = remaining if remaining > 0 else remaining + self._leeway
        return asyncio.get_running_loop().call_later(max(0.0, delay), session.dismiss, EXPIRED)

    def _enter(self, session: Session) -> None:
        self._open.add(session)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

    def _leave(self, session: Session) -> None:
        self._open.discard(session)
        if not self._open and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_INTERVAL)
            callers = {session.caller for session in self._open}
            try:
                self._dismiss(await self._recheck(callers))
            except Exception as problem:  # the check being away must not end the watch, nor anyone's stream
                log.warning("recheck_failed", problem=type(problem).__name__)

    def _dismiss(self, callers: Collection[Caller]) -> None:
        gone = frozenset(callers)
        for session in [session for session in self._open if session.caller in gone]:
            session.dismiss(REVOKED)
