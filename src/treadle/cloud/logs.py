"""Log events of workers and executions on their way to CloudWatch Logs: batched, in the background."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from treadle.aws import AwsError, Caller

log = logging.getLogger("treadle.cloud")

# A log event: milliseconds since the epoch, and the text.
LogEvent: TypeAlias = tuple[int, str]
Call: TypeAlias = Callable[[Caller, str, str, Mapping[str, Any]], Awaitable[Any]]

# AWS's limits of one PutLogEvents: events, bytes, and the bytes each event counts for besides its text.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
BATCH_EVENTS = 10_000
BATCH_BYTES = 1_048_576
EVENT_BYTES = 26
# When so many events wait, further ones are dropped (and that is logged): the engine must not run out of memory.
WAITING_EVENTS = 200_000

_Stream: TypeAlias = tuple[Caller, str, str]


class LogWriter:
    """Collects events and writes them in the order they came, one PutLogEvents per stream and round."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._waiting: dict[_Stream, list[LogEvent]] = defaultdict(list)
        self._count = 0
        self._dropped = 0
        self._known: set[_Stream] = set()
        # Called with (caller, group) when events of it can be read.
        self.listeners: list[Callable[[Caller, str], object]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, caller: Caller, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Take `events`; returns at once. What cannot be written is logged."""
        if self._count + len(events) > WAITING_EVENTS:
            self._dropped += len(events)
            return
        self._waiting[caller, group, stream].extend(events)
        self._count += len(events)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Wait until everything taken so far is written."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        while self._waiting:
            round_, self._waiting = self._waiting, defaultdict(list)
            self._count = 0
            for (caller, group, stream), events in round_.items():
                for batch in _batches(events):
                    await self._put(caller, group, stream, batch)
            if self._dropped:
                log.error("%d log events were dropped: they came faster than they could be written", self._dropped)
                self._dropped = 0

    async def _put(self, caller: Caller, group: str, stream: str, batch: list[LogEvent]) -> None:
        place = {"logGroupName": group, "logStreamName": stream}
        told = place | {"logEvents": [{"timestamp": moment, "message": text} for moment, text in batch]}
        try:
            if (caller, group, stream) not in self._known:
                await self._create(caller, place)
            try:
                await self._call(caller, "logs", "PutLogEvents", told)
            except AwsError as refusal:
                if refusal.code != "ResourceNotFoundException":
                    raise
                # Someone deleted the group or the stream.
                await self._create(caller, place)
                await self._call(caller, "logs", "PutLogEvents", told)
            for listener in self.listeners:
                listener(caller, group)
        except AwsError as refusal:
            log.warning("%d log events for %s/%s are lost: %s", len(batch), group, stream, refusal)

    async def _create(self, caller: Caller, place: dict[str, str]) -> None:
        await self._make(caller, "CreateLogGroup", {"logGroupName": place["logGroupName"]})
        await self._make(caller, "CreateLogStream", place)
        self._known.add((caller, place["logGroupName"], place["logStreamName"]))

    async def _make(self, caller: Caller, operation: str, params: dict[str, str]) -> None:
        try:
            await self._call(caller, "logs", operation, params)
        except AwsError as refusal:
            if refusal.code != "ResourceAlreadyExistsException":
                raise


def _batches(events: list[LogEvent]) -> list[list[LogEvent]]:
    """Cut by AWS's limits; events of one batch must be in the order of their time."""
    batches: list[list[LogEvent]] = [[]]
    size = 0
    for event in sorted(events, key=lambda event: event[0]):
        # An empty message is refused by AWS; texts count in UTF-8.
        cost = len(event[1].encode()) + EVENT_BYTES
        if batches[-1] and (size + cost > BATCH_BYTES or len(batches[-1]) >= BATCH_EVENTS):
            batches.append([])
            size = 0
        batches[-1].append(event)
        size += cost
    return batches
