"""Event sources at work: one task for each mapping waits for records, calls the function, and lets them go.

Queues are polled long, streams once a second as Lambda does. What has been handed over is known to the queue, or kept
as a position on disk, so after a crash nothing is lost; records may come twice, as at AWS.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

import orjson

from treadle.aws import AwsError, Caller
from treadle.lambdas.invocation import Invocation
from treadle.lambdas.invoke import Deliver, Invoker
from treadle.lambdas.records import EventSource
from treadle.lambdas.registry import Registry
from treadle.values import Json

log = logging.getLogger("treadle.lambdas")
T = TypeVar("T")

# Seconds between attempts to reach a source that does not answer: the first, the longest.
PAUSES = (1.0, 30.0)
Commit = Callable[[str, str], Awaitable[None]]


class Outside(Protocol):
    """What pollers need of other rooms. Refusals are AwsErrors."""

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """Any operation of another service."""

    async def stream(self, question: Mapping[str, Any]) -> Any:
        """The records of a stream (see treadle.cloud.streams)."""

    def matches(self, pattern: Json, event: Json) -> bool:
        """Whether an event pattern accepts an event."""


class Pollers:
    """Follows every enabled mapping."""

    def __init__(self, registry: Registry, invoker: Invoker, outside: Outside | None, deliver: Deliver | None) -> None:
        self._registry, self._invoker, self._deliver = registry, invoker, deliver
        self.outside = outside
        self.results: dict[str, str] = {}  # of mapping: what came of its last batch
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._work: set[asyncio.Task[Any]] = set()

    def resume(self) -> None:
        for source in self._registry.event_sources():
            self.follow(source)

    def follow(self, source: EventSource) -> None:
        """Begin, or go on with new settings; a disabled one is left. Batches under way are finished."""
        self.leave(source.id)
        if source.enabled and self.outside is not None:
            self._tasks[source.id] = asyncio.create_task(self._keep_polling(source))

    def leave(self, id: str) -> None:
        task = self._tasks.pop(id, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop. Batches under way are handed over again after the next start."""
        tasks = [*self._tasks.values(), *self._work]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_polling(self, source: EventSource) -> None:
        from treadle.lambdas.queues import poll_queue
        from treadle.lambdas.streams import poll_stream

        poll = poll_queue if source.arn.split(":")[2] == "sqs" else poll_stream
        pause, told = PAUSES[0], ""
        while True:
            try:
                await poll(source, self)
                return
            except (AwsError, ConnectionError) as refusal:
                if str(refusal) != told:
                    log.warning("the event source %s does not answer: %s", source.arn, refusal)
                told = str(refusal)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSES[1])
            except Exception:  # A bug here must not end the following of a source without a word.
                log.exception("following %s failed", source.arn)
                await asyncio.sleep(PAUSES[1])

    def work(self, job: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that goes on when its mapping is changed or deleted."""
        task = asyncio.create_task(job)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    async def hand_over(self, source: EventSource, records: list[Json]) -> Invocation:
        """Invoke the function with `records`. Raises AwsError when it cannot be."""
        home = Caller(source.account, source.region)
        try:
            answer = await self._invoker.invoke(home, source.function, orjson.dumps({"Records": records}))
        except AwsError as refusal:
            self.results[source.id] = f"PROBLEM: {refusal.message}"
            raise
        self.results[source.id] = "PROBLEM: Function call failed" if answer.function_error else "OK"
        return answer

    async def commit(self, id: str, shard: str, number: str) -> None:
        """Everything up to `number` has been handed over."""
        async with self._registry.writing:
            source = self._registry.event_source(id)
            if source is not None:
                await self._registry.put_event_source(source.moved(shard, number))

    def position(self, id: str, shard: str) -> str | None:
        source = self._registry.event_source(id)
        return None if source is None else source.positions.get(shard)

    async def report(self, source: EventSource, aim: str, record: Json) -> None:
        """Tell the destination of failed batches."""
        if self._deliver is not None:
            await self._deliver(Caller(source.account, source.region), aim, orjson.dumps(record))


def accepted(outside: Outside, source: EventSource, record: Json, field: str, decode: Callable[[str], str]) -> bool:
    """Whether a filter of the mapping lets a record pass. `field` holds text that patterns see as JSON."""
    filters = (source.settings.get("FilterCriteria") or {}).get("Filters") or []
    return not filters or any(_passes(outside, orjson.loads(one["Pattern"]), record, field, decode) for one in filters)


def _passes(outside: Outside, pattern: Json, record: Json, field: str, decode: Callable[[str], str]) -> bool:
    """Text that is JSON is matched by patterns of objects only, other text by patterns of texts only."""
    wanted = pattern.get(field)
    if wanted is None:
        return outside.matches(pattern, record)
    try:
        content = decode(record[field])
    except ValueError:
        return False
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError:
        parsed = content
    if isinstance(parsed, dict) != isinstance(wanted, dict):
        return False
    return outside.matches(pattern, record | {field: parsed})


def failed_items(answer: Invocation, source: EventSource, known: set[str]) -> set[str] | None:
    """The ids a function reports as failed, where the mapping lets it; None when the whole batch has failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if answer.function_error:
        return None
    if "ReportBatchItemFailures" not in (source.settings.get("FunctionResponseTypes") or []):
        return set()
    try:
        told = orjson.loads(answer.payload or b"null")
    except orjson.JSONDecodeError:
        return None
    failures = (told or {}).get("batchItemFailures") if isinstance(told, dict | None) else None
    if failures is None:
        # Nothing, null and {} say that everything went well.
        return set() if told is None or told == {} or (isinstance(told, dict) and "batchItemFailures" in told) else None
    ids = {one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures}
    return {str(id) for id in ids} if ids <= known else None
