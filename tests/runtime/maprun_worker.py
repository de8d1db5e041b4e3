"""A real process with a real disk, made to be killed: `python -m runtime.maprun_worker DIRECTORY KIND COUNT`.

It maps over the lines of `DIRECTORY/in/items.jsonl`, or goes on doing so, notes every item that a task has worked on,
and says "ended STATUS" at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from states import machine, task
from treadle.asl.resource import Resource
from treadle.integrations.integration import Call, Integration
from treadle.runtime.clock import SystemClock
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.service import Service
from treadle.values import Json

from .fake_s3 import FakeS3
from .world import revision


def definition(kind: str) -> Json:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "in", "Key": "items.jsonl"},
    }
    states = {"A": {"Type": "Pass"}, "T": task("aws-sdk:test:work"), "B": {"Type": "Pass"}}
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    map = {"Type": "Map", "ItemReader": reader, "MaxConcurrency": 50, "ItemProcessor": machine(states) | config}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"}}
    return machine({"M": {**map, "ResultWriter": writer}})


class Outside:
    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / "worked", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def find(self, resource: Resource) -> Integration:
        return Integration("work", frozenset(["request"]), self._work)

    async def _work(self, call: Call) -> Json:
        os.write(self._file, b"%d\n" % call.arguments["n"])
        await asyncio.sleep(0.001)
        return call.arguments


async def main(directory: Path, kind: str) -> None:
    outside, clock = Outside(directory), SystemClock()
    performer = IntegrationPerformer(outside, outside.find, clock)  # type: ignore[arg-type]
    service = Service(SqliteStore(directory / "store"), performer, clock, world=FakeS3(directory=directory))
    await service.open()
    started = await service.start(revision(definition(kind)), "once", "{}")
    print("open", flush=True)
    record = await service.ended(started.arn)
    (run,) = service.map_runs(started.arn)
    counts = run.children
    print("ended", json.dumps([record.status, counts.succeeded, counts.total, counts.written]), flush=True)
    await service.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
