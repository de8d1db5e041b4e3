"""An SQS queue as event source.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from treadle.aws import AwsError, Caller
from treadle.lambdas.pollers import Outside, Pollers, accepted, failed_items
from treadle.lambdas.records import EventSource
from treadle.values import Json

# Seconds that one receive waits; messages that one receive or delete takes at most.
WAIT, MOST = 20, 10
# Batches at a time, where no MaximumConcurrency says otherwise.
CONCURRENCY = 10
# Bytes of a batch: an invocation takes 6 MB.
SIZE = 5_500_000


async def poll_queue(source: EventSource, pollers: Pollers) -> None:
    """For ever. Raises AwsError when the queue cannot be read."""
    place = source.arn.split(":")
    assert pollers.outside is not None
    queue = Queue(source, pollers, pollers.outside, Caller(place[4], place[3]))
    queue.url = (await queue.ask("GetQueueUrl", {"QueueName": place[5]}, named=False))["QueueUrl"]
    slots = asyncio.Semaphore((source.settings.get("ScalingConfig") or {}).get("MaximumConcurrency") or CONCURRENCY)
    while True:
        await slots.acquire()
        gathering = pollers.work(queue.gather())
        try:
            batch = await asyncio.shield(gathering)
        except asyncio.CancelledError:
            # Nobody waits any more; what a receive under way still gets goes back into the queue.
            queue.left = True
            raise
        pollers.work(queue.process(batch)).add_done_callback(lambda _: slots.release())


class Queue:
    """One mapping's queue."""

    def __init__(self, source: EventSource, pollers: Pollers, outside: Outside, home: Caller) -> None:
        self._source, self._pollers, self._outside, self._home = source, pollers, outside, home
        self.url = ""
        self.left = False

    async def ask(self, operation: str, params: dict[str, Any], named: bool = True) -> Any:
        return await self._outside.call(
            self._home, "sqs", operation, {"QueueUrl": self.url, **params} if named else params
        )

    async def gather(self) -> list[dict[str, Any]]:
        """Messages for one batch: as many as it holds, or what has come within the window."""
        settings = self._source.settings
        wanted, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
        found: list[dict[str, Any]] = []
        until = 0.0
        while not self.left and len(found) < wanted and sum(len(one["Body"]) for one in found) < SIZE:
            left = until - time.monotonic()
            if found and left <= 0:
                break
            wait = WAIT if not found else min(WAIT, max(0, int(left)))
            came = await self._receive(min(MOST, wanted - len(found)), wait)
            if came and not found:
                until = time.monotonic() + window
            found += came
            if not came and found and wait == 0:
                await asyncio.sleep(min(0.2, max(0.0, left)))
        if self.left:
            await self._give_back(found)
        return found

    async def _give_back(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            params = {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            await self.ask("ChangeMessageVisibility", params)

    async def _receive(self, count: int, wait: int) -> list[dict[str, Any]]:
        """Messages that the filters let pass; the others are deleted, as Lambda does."""
        params = {
            "MaxNumberOfMessages": count,
            "WaitTimeSeconds": wait,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        came = (await self.ask("ReceiveMessage", params)).get("Messages") or []
        if not self._source.settings.get("FilterCriteria"):
            return list(came)
        passed = [one for one in came if accepted(self._outside, self._source, self._record(one), "body", str)]
        await self._delete([one for one in came if one not in passed])
        return passed

    async def process(self, batch: list[dict[str, Any]]) -> None:
        """Hand a batch to the function; what it has done is deleted, the rest comes again when it is visible."""
        try:
            answer = await self._pollers.hand_over(self._source, [self._record(message) for message in batch])
            failed = failed_items(answer, self._source, {message["MessageId"] for message in batch})
            if failed is not None:
                await self._delete([message for message in batch if message["MessageId"] not in failed])
        except (AwsError, ConnectionError):
            return  # the function cannot be called now; that is in the mapping's result

    async def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), MOST):
            part = messages[start : start + MOST]
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(part)]
            await self.ask("DeleteMessageBatch", {"Entries": entries})

    def _record(self, message: dict[str, Any]) -> dict[str, Json]:
        """A message as the function gets it."""
        record: dict[str, Json] = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: _attribute(told) for name, told in (message.get("MessageAttributes") or {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.arn,
            "awsRegion": self._home.region,
        }
        if "MD5OfMessageAttributes" in message:
            record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
        return record


def _attribute(told: dict[str, Any]) -> dict[str, Json]:
    shown: dict[str, Json] = {"stringListValues": [], "binaryListValues": [], "dataType": told["DataType"]}
    if "StringValue" in told:
        shown["stringValue"] = told["StringValue"]
    if "BinaryValue" in told:
        shown["binaryValue"] = base64.b64encode(told["BinaryValue"]).decode()
    return shown
