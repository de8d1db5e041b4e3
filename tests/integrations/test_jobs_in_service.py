"""Jobs of the catalogue in running executions, in virtual time: after a crash, stopped, late, ended by their token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any

import orjson
import pytest
from fake_world import FakeWorld
from job_rows import ROWS, Row, arguments, described, submission

from treadle.aws import AwsError
from treadle.integrations.catalog import find
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.records import Revision
from treadle.runtime.service import Service
from treadle.values import Json


class World(FakeWorld):
    """Looks at a job once, then waits for the test."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.get_running_loop().create_future()

    def asked(self, operation: str) -> list[Json]:
        return [params for _, name, params in self.requests if name == operation]


def world_of(row: Row, status: str) -> World:
    """The service of a row, whose job is in `status`."""
    answers = {row.submit: submission(row), row.describe[0]: described(row, status)}
    return World(**answers, **({row.stop[0]: {}} if row.stop else {}))


Open = Callable[..., Any]


@pytest.fixture
async def open() -> AsyncIterator[Open]:
    opened: list[Service] = []

    async def start(world: World, store: MemoryStore | None = None, clock: VirtualClock | None = None) -> Service:
        clock = clock or VirtualClock()
        opened.append(Service(store or MemoryStore(), IntegrationPerformer(world, find, clock), clock))
        await opened[-1].open()
        return opened[-1]

    yield start
    for each in opened:
        await each.close(grace=0)


def job(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task", "Resource": f"arn:aws:states:::{name}.sync", "Parameters": arguments(ROWS[name]),
        "End": True, **fields,
    }  # fmt: skip


def revision(*states: dict[str, Any]) -> Revision:
    """A machine of one state, or of one Parallel with a branch for each."""
    branches = [{"StartAt": "Job", "States": {"Job": state}} for state in states]
    both = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}}
    text = json.dumps(branches[0] if len(branches) == 1 else both)
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
    role = "arn:aws:iam::000000000000:role/machine"
    return Revision(
        id=sha256(text.encode()).hexdigest(), machine_arn=arn, name="m", definition=text, role_arn=role, kind="STANDARD"
    )


def types(service: Service, arn: str) -> list[str]:
    return [event["type"] for event in orjson.loads(b"[" + service.history(arn, limit=1000).body + b"]")]


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def watched(service: Service, world: World, row: Row, started: Any) -> None:
    """Until the job has been submitted and looked at."""
    await eventually(lambda: "TaskSubmitted" in types(service, started.arn) and world.asked(row.describe[0]))


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.good])
async def test_a_restart_goes_on_watching_and_submits_nothing(name: str, open: Open) -> None:
    row, store, clock = ROWS[name], MemoryStore(), VirtualClock()
    before, after = world_of(row, row.running), world_of(row, row.good.split()[0])
    first = await open(before, store, clock)
    started = await first.start(revision(job(name)))
    await watched(first, before, row, started)
    first.pump._hear = lambda *_: None
    await first.close(grace=0)
    second = await open(after, store, clock)
    assert (await second.ended(started.arn)).status == "SUCCEEDED"
    assert [operation for _, operation, _ in after.requests] == [row.describe[0]]
    assert types(second, started.arn).count("TaskSubmitted") == 1


# One that is named by its submission's answer, one that is named by the machine.
BOTH = pytest.mark.parametrize("name", ["ecs:runTask", "sagemaker:createTrainingJob"])


async def stopped_once(world: World, row: Row) -> None:
    assert row.stop is not None
    operation, params = row.stop
    await eventually(lambda: world.asked(operation))
    assert world.asked(operation) == [params]


@BOTH
async def test_stop_execution_stops_the_job(name: str, open: Open) -> None:
    row = ROWS[name]
    world = world_of(row, row.running)
    service = await open(world)
    started = await service.start(revision(job(name)))
    await watched(service, world, row, started)
    await service.stop(started.arn, "Why", "because")
    await stopped_once(world, row)
    assert service.describe(started.arn).status == "ABORTED"


@BOTH
async def test_stop_execution_after_a_restart_stops_the_job(name: str, open: Open) -> None:
    row, store, clock = ROWS[name], MemoryStore(), VirtualClock()
    before, after = world_of(row, row.running), world_of(row, row.running)
    first = await open(before, store, clock)
    started = await first.start(revision(job(name)))
    await watched(first, before, row, started)
    first.pump._hear = lambda *_: None
    await first.close(grace=0)
    second = await open(after, store, clock)
    await second.stop(started.arn, None, None)
    await stopped_once(after, row)


# A parameter of each that may hold the token.
TOKENS = {
    "ecs:runTask": {"Group.$": "$$.Task.Token"},
    "sagemaker:createTrainingJob": {"HyperParameters": {"token.$": "$$.Task.Token"}},
}


@BOTH
async def test_a_job_may_be_ended_early_by_its_token(name: str, open: Open) -> None:
    """It is not looked at any more, and not stopped: whoever has the token is the job."""
    row = ROWS[name]
    world = world_of(row, row.running)
    service = await open(world)
    state = job(name)
    state["Parameters"] |= TOKENS[name]
    started = await service.start(revision(state))
    await watched(service, world, row, started)
    (given,) = world.asked(row.submit)
    token = given["group"] if "group" in given else given["HyperParameters"]["token"]
    await service.task_succeeded(token, '{"early":true}')
    record = service.describe(started.arn)
    assert (record.status, record.output) == ("SUCCEEDED", '{"early":true}')
    await eventually(lambda: service.pump.performer.active() == 0)
    assert row.stop is not None
    assert world.asked(row.stop[0]) == []
    with pytest.raises(AwsError) as refusal:
        await service.task_failed(token, "Late", None)
    assert refusal.value.code == "TaskTimedOut"
