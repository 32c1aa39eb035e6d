"""Runs a prepared document with graphql-core: queries within a time, mutations to their end, subscriptions event by event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from graphql import ExecutionResult, OperationType, execute, located_error
from graphql.execution import Executor, create_source_event_stream
from prometheus_client import Counter, Histogram

from services.callers import Caller
from services.errors import ErrorCode
from transports.answers import format_error, format_result
from transports.documents import Prepared, Refused, refusal
from transports.door import Door

OPERATIONS = Counter("pass_emploi_operations_total", "Operations that were run, by kind.", ["kind"])
SECONDS = Histogram(
    "pass_emploi_operation_seconds", "Time of queries and mutations.", ["kind"], buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 15)
)
_running: set[asyncio.Task[Any]] = set()


async def run(door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
    """The answer of a query or a mutation. A mutation goes on to its end even when nobody waits any more."""
    kind = prepared.kind.value
    OPERATIONS.labels(kind).inc()
    with SECONDS.labels(kind).time():
        if prepared.kind is OperationType.MUTATION:
            task = asyncio.create_task(_execute(door, prepared, variables, caller))
            _running.add(task)
            task.add_done_callback(_running.discard)
            return await asyncio.shield(task)
        try:
            async with asyncio.timeout(door.settings.limit_execution):
                return await _execute(door, prepared, variables, caller)
        except TimeoutError:
            raise refusal(ErrorCode.TIMEOUT, f"The operation took longer than {door.settings.limit_execution:g} s.") from None


async def finish_mutations() -> None:
    """Wait for mutations that are still running: called when the server stops."""
    if _running:
        await asyncio.wait(_running)


async def _execute(door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None) -> dict[str, Any]:
    result = execute(
        door.schema,
        prepared.document,
        context_value=door.make_context(caller),
        variable_values=variables,
        operation_name=prepared.name,
        hide_suggestions=caller is None,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    return format_result(result)


async def stream(door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None) -> AsyncGenerator[dict[str, Any], None]:
    """The answers of a subscription, each executed with a context of its own; raises Refused when it cannot start or go on."""
    OPERATIONS.labels(prepared.kind.value).inc()
    executor = _build(door, prepared, variables, caller)
    started: Any = create_source_event_stream(executor)
    source = await started if executor.is_awaitable(started) else started
    if isinstance(source, ExecutionResult):
        raise Refused(*(format_error(error) for error in source.errors or ()))
    async with aclosing(source) as events:
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            except Exception as problem:
                # Every refusal or fault of a resolver becomes an error with a code, and ends the stream.
                raise Refused(format_error(located_error(problem, list(executor.operation.selection_set.selections)))) from problem
            yield await _answer_event(door, executor, event, caller)


async def _answer_event(door: Door, executor: Executor[Any], event: Any, caller: Caller | None) -> dict[str, Any]:
    each = executor.build_per_event_executor(event)
    each.context_value = door.make_context(caller)
    result: Any = each.execute_operation(False)
    return format_result(await result if executor.is_awaitable(result) else result)


def _build(door: Door, prepared: Prepared, variables: dict[str, Any], caller: Caller | None) -> Executor[Any]:
    executor = Executor.build(
        door.schema,
        prepared.document,
        None,
        door.make_context(caller),
        variables,
        prepared.name,
        hide_suggestions=caller is None,
    )
    if isinstance(executor, list):
        raise Refused(*(format_error(error) for error in executor))
    return executor
