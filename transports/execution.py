"""Runs operations with graphql-core: within a time, with a fresh context for each event, and never leaving a mutation half heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from time import perf_counter
from typing import Any, cast

from graphql import ExecutionResult, OperationType, located_error
from graphql.execution import Executor, create_source_event_stream
from graphql.execution.async_iterables import aclosing

from services.callers import Caller
from services.errors import ErrorCode
from transports.door import Door
from transports.errors import Answer, DocumentRefused, describe, field_errors, request_errors
from transports.metrics import DURATIONS, OPERATIONS, operation_label
from transports.operations import Prepared


class Lost(Exception):
    """The execution was cancelled by one of its own parts, not by us: a future that several fields shared."""


class Execution:
    """Executes what was prepared; one per process."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._mutations: set[asyncio.Task[Answer]] = set()

    async def execute(self, prepared: Prepared, caller: Caller | None, request_id: str) -> Answer:
        """The answer of a query or a mutation; raises DocumentRefused for variables that do not fit.

        Cancelling ends a query. A mutation goes on to its end without its client: a transaction is never cut by a closed socket.
        """
        if prepared.operation.answer:
            return prepared.operation.answer[0]
        executor = self._build(prepared, caller, request_id)
        if prepared.kind is not OperationType.MUTATION:
            return await self._query(executor, prepared)
        task = asyncio.create_task(self._run(executor, prepared))
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def finish(self) -> None:
        """Wait for the mutations under way."""
        if self._mutations:
            await asyncio.wait(self._mutations)

    async def follow(self, prepared: Prepared, caller: Caller | None, request_id: str) -> AsyncGenerator[Answer, None]:
        """The answers of a subscription, one per event; raises DocumentRefused for variables that do not fit.

        A stream that fails, at its start or later, ends with an answer that has `errors` and no `data`.
        """
        executor = self._build(prepared, caller, request_id)
        try:
            async with aclosing(aiter(await self._open(executor, prepared))) as events:
                async for event in events:
                    yield await self._run(self._refresh(executor, event, caller, request_id), prepared)
        except DocumentRefused as refusal:
            yield refusal.answer
        except Exception as problem:
            yield {"errors": field_errors([located_error(problem, [executor.operation])], prepared.name)}

    async def _query(self, executor: Executor[Any], prepared: Prepared) -> Answer:
        answer = await self._run(executor, prepared)
        if prepared.operation.constant and "errors" not in answer:
            prepared.operation.answer.append(answer)
        return answer

    def _build(self, prepared: Prepared, caller: Caller | None, request_id: str) -> Executor[Any]:
        executor = Executor.build(
            self._door.schema,
            prepared.document.tree,
            context_value=self._door.make_context(caller, request_id),
            raw_variable_values=prepared.variables,
            operation_name=prepared.name,
            hide_suggestions=prepared.terse,
        )
        if isinstance(executor, list):
            raise DocumentRefused(request_errors(executor, ErrorCode.BAD_USER_INPUT))
        return executor

    def _refresh(self, executor: Executor[Any], event: object, caller: Caller | None, request_id: str) -> Executor[Any]:
        """An executor for one event. Its context is new, so that nothing loaded for an earlier event is believed."""
        fresh = executor.build_per_event_executor(event)
        fresh.context_value = self._door.make_context(caller, request_id)
        return fresh

    async def _open(self, executor: Executor[Any], prepared: Prepared) -> AsyncIterable[Any]:
        source: Any = create_source_event_stream(executor)
        if executor.is_awaitable(source):
            async with asyncio.timeout(self._door.settings.limit_execution):
                source = await source
        if isinstance(source, ExecutionResult):
            raise DocumentRefused(field_errors(source.errors or (), prepared.name))
        return cast(AsyncIterable[Any], source)

    async def _run(self, executor: Executor[Any], prepared: Prepared) -> Answer:
        kind, started, outcome = prepared.kind.value, perf_counter(), "failed"
        try:
            answer = _answer(await self._result(executor), prepared)
            outcome = "errors" if "errors" in answer else "ok"
            return answer
        except Exception as problem:
            return {"data": None, "errors": [describe(problem, prepared.name)]}
        finally:
            OPERATIONS.labels(operation_label(prepared.name), kind, outcome).inc()
            DURATIONS.labels(kind).observe(perf_counter() - started)

    async def _result(self, executor: Executor[Any]) -> ExecutionResult:
        result: Any = executor.execute_operation(False if executor.operation.operation is OperationType.SUBSCRIPTION else None)
        if executor.is_awaitable(result):
            async with asyncio.timeout(self._door.settings.limit_execution):
                result = await _guarded(result)
        return cast(ExecutionResult, result)


async def _guarded(awaitable: Any) -> Any:
    """Tell our own cancellation from that of a future shared inside: graphql-core cancels siblings when a field fails."""
    try:
        return await awaitable
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Lost() from cancelled


def _answer(result: ExecutionResult, prepared: Prepared) -> Answer:
    if not result.errors:
        return {"data": result.data}
    return {"data": result.data, "errors": field_errors(result.errors, prepared.name)}
