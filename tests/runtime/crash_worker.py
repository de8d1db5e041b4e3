"""A real process with a real disk, made to be killed: `python -m runtime.crash_worker DIRECTORY load|drain`.

It starts executions of all MACHINES as fast as it may and notes in files what it was told and what it did. With
`drain` it starts nothing, ends what is left and says "drained".
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from states import machine, task, wait
from treadle.asl.resource import Resource
from treadle.aws import AwsError
from treadle.integrations.integration import Call, Integration, Job
from treadle.runtime.clock import SystemClock
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.service import Service
from treadle.values import Json

from .world import HEAD, revision

ACTIVITY = f"{HEAD}:activity:work"
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 50, "BackoffRate": 1.0}]
TOKEN = {"Token.$": "$$.Task.Token"}


def _pass(number: int) -> dict[str, Any]:
    return {"Type": "Pass", "Result": number, "ResultPath": f"$.s{number}"}


def _each(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": machine(states), **fields}


ITEMS = 8
MACHINES: dict[str, dict[str, Any]] = {
    "chain": machine({f"S{number}": _pass(number) for number in range(5)}),
    "wait": machine({"A": _pass(0), "W": wait(1), "B": _pass(1)}),
    "tasks": machine({f"T{number}": task("aws-sdk:test:repeat") for number in range(3)}),
    "map": machine({"Each": _each({"T": task("aws-sdk:test:repeat"), "P": _pass(0)}, MaxConcurrency=3)}),
    "sleepers": machine({"Each": _each({"W": wait(1), "P": _pass(0)})}),
    "job": machine({"J": task("glue:startJobRun.sync")}),
    "lose": machine({"L": task("aws-sdk:test:lose", Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "P"}]),
                     "P": _pass(0)}),
    "activity": machine({"A": {"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 2, "Retry": RETRY}}),
    "token": machine({"M": task("sqs:sendMessage.waitForTaskToken", Parameters=TOKEN, TimeoutSeconds=2, Retry=RETRY)}),
}  # fmt: skip
INPUT = json.dumps({"items": [{"n": number} for number in range(ITEMS)], "text": "x" * 2000})


class Notes:
    """Lines in a file: what was written before a SIGKILL stays written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, *words: object) -> None:
        os.write(self._file, (json.dumps(words) + "\n").encode())


class Outside:
    """The world of this test: every call is noted before it is answered."""

    def __init__(self, calls: Notes) -> None:
        self._calls = calls
        self.service: Service
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, resource: Resource) -> Integration:
        job = Job(self._watch, self._watch) if resource.pattern == "sync" else None
        after = "lose" if resource.action == "lose" else "repeat"
        return Integration(resource.action, frozenset(["request", "sync", "token"]), self._call, job, after)  # type: ignore[arg-type]

    async def _call(self, call: Call) -> Json:
        self._calls.add(call.execution_arn, call.state, call.task_id)
        await asyncio.sleep(0.01)
        if call.token is not None:
            sending = asyncio.ensure_future(self._send(call.token))
            self._tasks.add(sending)
            sending.add_done_callback(self._tasks.discard)
        return {"task": call.task_id}

    async def _watch(self, call: Call, submitted: Json) -> Json:
        await asyncio.sleep(0.05)
        return submitted

    async def _send(self, token: str) -> None:
        await asyncio.sleep(0.05)
        # Under load, or after a crash, the task may have timed out already.
        with contextlib.suppress(AwsError):
            await self.service.task_succeeded(token, '{"sent": true}')

    async def work(self) -> None:
        while True:
            polled = await self.service.poll_activity(ACTIVITY, "w")
            if polled is not None:
                await asyncio.sleep(0.01)
                with contextlib.suppress(AwsError):
                    await self.service.task_succeeded(polled[0], '{"worked": true}')


async def load(service: Service, answers: Notes) -> None:
    """Callers who each start one execution after the other."""
    numbers = itertools.count()
    revisions = {name: revision(definition, name) for name, definition in MACHINES.items()}
    run = time.time_ns()

    async def caller() -> None:
        for number in numbers:
            name = list(MACHINES)[number % len(MACHINES)]
            started = await service.start(revisions[name], f"{run}-{number}", INPUT)
            answers.add(started.arn)

    await asyncio.gather(*(caller() for _ in range(8)))


async def drain(service: Service) -> None:
    while any(service.count(f"{HEAD}:stateMachine:{name}") for name in MACHINES):
        await asyncio.sleep(0.05)


async def main(directory: Path, mode: str) -> None:
    outside, clock = Outside(Notes(directory / "calls")), SystemClock()
    performer = IntegrationPerformer(outside, outside.find, clock)  # type: ignore[arg-type]
    service = outside.service = Service(SqliteStore(directory / "data"), performer, clock)
    await service.open()
    workers = [asyncio.ensure_future(outside.work()) for _ in range(4)]
    if mode == "load":
        await load(service, Notes(directory / "answers"))
    await drain(service)
    for worker in workers:
        worker.cancel()
    await service.close()
    print("drained", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
