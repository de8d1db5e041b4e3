"""A stream of DynamoDB or Kinesis as event source: every shard in order, one batch after the other.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, with-kinesis.html
"""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from msgspec import Struct

from treadle.aws import AwsError
from treadle.lambdas.invocation import Invocation
from treadle.lambdas.pollers import Outside, Pollers, accepted, failed_items
from treadle.lambdas.records import EventSource
from treadle.values import Json

# Seconds between two looks at an idle shard, and at the list of shards.
LOOK, LIST = 1.0, 10.0
# Seconds before a failed batch is tried again: the first pause, the longest.
RETRY = (1.0, 60.0)


class Row(Struct, frozen=True):
    """One record of a shard: its sequence number, when it was written, and what the function gets."""

    number: str
    at: float
    record: dict[str, Json]


async def poll_stream(source: EventSource, pollers: Pollers) -> None:
    """For ever. Raises AwsError when the stream is gone."""
    outside = pollers.outside
    assert outside is not None
    shards: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            found = await outside.stream({"arn": source.arn})
            if "missing" in found:
                raise AwsError("ResourceNotFoundException", f"Stream not found: {source.arn}")
            for name in found["shards"]:
                if name not in shards:
                    shards[name] = asyncio.create_task(Shard(source, pollers, outside, name).run())
            for task in shards.values():
                if task.done() and task.exception() is not None:
                    task.result()
            await asyncio.sleep(LIST)
    finally:
        for task in shards.values():
            task.cancel()
        await asyncio.gather(*shards.values(), return_exceptions=True)


class Shard:
    """One shard as one mapping reads it."""

    def __init__(self, source: EventSource, pollers: Pollers, outside: Outside, name: str) -> None:
        self._source, self._pollers, self._outside, self._name = source, pollers, outside, name
        self._field = "data" if ":kinesis:" in source.arn else "dynamodb"

    async def run(self) -> None:
        """Until the shard is closed and read."""
        at = self._pollers.position(self._source.id, self._name) or "0"
        while True:
            rows, is_open = await self._read(at)
            if not rows:
                if not is_open:
                    return
                await asyncio.sleep(LOOK)
                continue
            at = rows[-1].number
            wanted = [row for row in rows if self._wants(row)]
            if wanted:
                await self._deliver(wanted)
            await self._pollers.commit(self._source.id, self._name, at)

    async def _read(self, at: str) -> tuple[list[Row], bool]:
        """Rows for one batch, when it is full or its window is over."""
        settings = self._source.settings
        until: float | None = None
        while True:
            question = {"arn": self._source.arn, "shard": self._name, "after": at, "limit": settings["BatchSize"]}
            told = await self._outside.stream(question)
            if "missing" in told:
                raise AwsError("ResourceNotFoundException", f"Stream not found: {self._source.arn}")
            rows = [Row(one["number"], one["at"], one["record"]) for one in told["records"]]
            until = until or time.monotonic() + settings["MaximumBatchingWindowInSeconds"]
            if not rows or len(rows) >= settings["BatchSize"] or time.monotonic() >= until or not told["open"]:
                return rows, told["open"]
            await asyncio.sleep(min(LOOK, max(0.0, until - time.monotonic())))

    def _wants(self, row: Row) -> bool:
        settings = self._source.settings
        since = settings.get("StartingPositionTimestamp")
        if settings["StartingPosition"] == "AT_TIMESTAMP" and since is not None and row.at < float(since):
            return False
        if self._field == "dynamodb":
            return accepted(self._outside, self._source, row.record, "", str)
        # Patterns speak of `data`, which lies deeper in the record, and is Base64 there.
        flat = {**row.record["kinesis"], **row.record}
        return accepted(self._outside, self._source, flat, "data", lambda text: base64.b64decode(text).decode())

    async def _deliver(self, rows: list[Row]) -> None:
        """Hand rows to the function until it has taken them, or they are given up."""
        settings, attempt, pause = self._source.settings, 0, RETRY[0]
        while rows:
            oldest = settings["MaximumRecordAgeInSeconds"]
            if oldest >= 0 and time.time() - rows[0].at > oldest:
                return await self._give_up(rows, attempt, "RecordAgeExceeded", None)
            answer, rows = await self._attempt(rows)
            if not rows:
                return
            attempt += 1
            if settings["BisectBatchOnFunctionError"] and len(rows) > 1:
                half = len(rows) // 2
                await self._deliver(rows[:half])
                return await self._deliver(rows[half:])
            most = settings["MaximumRetryAttempts"]
            if 0 <= most < attempt:
                return await self._give_up(rows, attempt, "RetryAttemptsExhausted", answer)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY[1])

    async def _attempt(self, rows: list[Row]) -> tuple[Invocation | None, list[Row]]:
        """The function's answer, and the rows that are left to be done."""
        records = [row.record | {"eventSourceARN": self._source.arn} for row in rows]
        try:
            answer = await self._pollers.hand_over(self._source, records)
        except AwsError:
            return None, rows
        failed = failed_items(answer, self._source, {row.number for row in rows})
        if failed is None:
            return answer, rows
        if not failed:
            return answer, []
        # What stands before the first failure is done.
        first = next(spot for spot, row in enumerate(rows) if row.number in failed)
        if first:
            await self._pollers.commit(self._source.id, self._name, rows[first - 1].number)
        return answer, rows[first:]

    async def _give_up(self, rows: list[Row], attempt: int, condition: str, answer: Invocation | None) -> None:
        """Pass over rows; their numbers go to the destination, where there is one."""
        aim = (self._source.settings.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
        if aim is None:
            return
        kind = "KinesisBatchInfo" if self._field == "data" else "DDBStreamBatchInfo"
        record: dict[str, Any] = {
            "requestContext": {
                "requestId": "" if answer is None else answer.request_id,
                "functionArn": self._source.function,
                "condition": condition,
                "approximateInvokeCount": attempt,
            },
            "version": "1.0",
            "timestamp": _iso(time.time()),
            kind: {
                "shardId": self._name,
                "startSequenceNumber": rows[0].number,
                "endSequenceNumber": rows[-1].number,
                "approximateArrivalOfFirstRecord": _iso(rows[0].at),
                "approximateArrivalOfLastRecord": _iso(rows[-1].at),
                "batchSize": len(rows),
                "streamArn": self._source.arn,
            },
        }
        if answer is not None:
            record["responseContext"] = {
                "statusCode": answer.status,
                "executedVersion": answer.executed_version,
                "functionError": answer.function_error,
            }
        await self._pollers.report(self._source, aim, record)


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
