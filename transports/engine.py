"""What all transports of a process share, and the way from a request's parameters to an operation that may run."""

from __future__ import annotations

from services.callers import Caller
from services.errors import ErrorCode, Refusal
from services.rates import Rates
from transports.door import Door
from transports.errors import describe
from transports.execution import Execution
from transports.operations import Operations, Prepared
from transports.origins import Origins
from transports.parameters import Parameters
from transports.sessions import Sessions

BURST_SECONDS = 2.0


class Engine:
    """One per process and door."""

    def __init__(self, door: Door) -> None:
        self.door, self.settings = door, door.settings
        self.operations = Operations(door.schema, door.settings)
        self.execution = Execution(door)
        self.sessions = Sessions(door)
        self.origins = Origins(door.settings)
        rate = door.settings.limit_operations_per_second
        self._rates = Rates(rate, max(1.0, rate * BURST_SECONDS))

    async def identify(self, authorization: str | None, address: str) -> Caller | None:
        """Who asks; raises the Refusal that clients may see. Bad tokens use up the rate of the address they come from."""
        try:
            return await self.door.authenticate(authorization)
        except Refusal as refusal:
            if refusal.code is ErrorCode.UNAUTHENTICATED:
                self._rates.take(address)
            raise
        except Exception as problem:
            raise Unidentified(describe(problem, None)) from problem

    def prepare(self, parameters: Parameters, caller: Caller | None, address: str) -> Prepared:
        """The operation that is asked for; raises RateLimited, DocumentRefused."""
        self._rates.take(address if caller is None else caller.account_id)
        return self.operations.prepare(parameters, anonymous=caller is None)


class Unidentified(Exception):
    """The check of the identity failed on our side; `error` is what the client sees."""

    def __init__(self, error: dict[str, object]) -> None:
        self.error = error
        super().__init__("unidentified")
