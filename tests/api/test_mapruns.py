"""Map runs through the API, over the real runtime in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from treadle.api.call import Desk
from treadle.api.context import Office
from treadle.api.registry import Registry
from treadle.aws import AwsError, Caller
from treadle.integrations.integration import Call, Integration
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.service import Service
from treadle.values import Json, StatesError

from .office import HEAD, ROLE


async def even(call: Call) -> Json:
    if call.arguments % 2:
        raise StatesError("Odd", f"{call.arguments} is odd")
    return call.arguments


class Desktop:
    """Calls operations of a server whose only integration fails for odd numbers."""

    def __init__(self) -> None:
        clock = VirtualClock(autojump=True)
        self.gate = asyncio.Event()
        self.gate.set()
        integration = Integration("even", frozenset(["request"]), self._even)
        performer = IntegrationPerformer(None, lambda resource: integration, clock)  # type: ignore[arg-type]
        self.service = Service(MemoryStore(), performer, clock)
        office = Office(
            registry=Registry(self.service),
            executions=self.service,
            now=clock.now,
            luck=lambda: 0.0,
            new_id=lambda: "revision",
            log_group_exists=lambda caller, arn: None,  # type: ignore[arg-type,return-value]
            verify_delivery=lambda caller, arn: None,  # type: ignore[arg-type,return-value]
        )
        self._desk = Desk(office)

    async def _even(self, call: Call) -> Json:
        await self.gate.wait()
        return await even(call)

    async def call(self, operation: str, **params: Any) -> Json:
        return await self._desk.call(Caller(), operation, params)

    async def refused(self, operation: str, **params: Any) -> str:
        with pytest.raises(AwsError) as refusal:
            await self.call(operation, **params)
        return refusal.value.code

    async def run(self, items: list[int], kind: str = "STANDARD", **fields: Any) -> str:
        """The ARN of an execution that has mapped over `items`."""
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": "T",
            "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:test:even", "End": True}},
        }
        states = {"M": {"Type": "Map", "Label": "each", "ItemProcessor": processor, "End": True, **fields}}
        definition = json.dumps({"StartAt": "M", "States": states})
        machine = await self.call("CreateStateMachine", name="m", roleArn=ROLE, definition=definition)
        started = await self.call("StartExecution", stateMachineArn=machine["stateMachineArn"], input=json.dumps(items))
        await self.service.ended(started["executionArn"])
        arn: str = started["executionArn"]
        return arn


@pytest.fixture
async def desk() -> AsyncIterator[Desktop]:
    desk = Desktop()
    await desk.service.open()
    yield desk
    await desk.service.close(grace=0)


async def the_run(desk: Desktop, execution: str) -> str:
    (run,) = (await desk.call("ListMapRuns", executionArn=execution))["mapRuns"]
    arn: str = run["mapRunArn"]
    return arn


async def test_a_run_is_described_with_exact_counts(desk: Desktop) -> None:
    execution = await desk.run([0, 1, 2, 4], MaxConcurrency=2, ToleratedFailurePercentage=50)
    (listed,) = (await desk.call("ListMapRuns", executionArn=execution))["mapRuns"]
    assert set(listed) == {"executionArn", "mapRunArn", "stateMachineArn", "startDate", "stopDate"}
    assert listed["stateMachineArn"] == f"{HEAD}:stateMachine:m/each"
    assert listed["mapRunArn"].startswith(f"{HEAD}:mapRun:m/each:")
    run = await desk.call("DescribeMapRun", mapRunArn=listed["mapRunArn"])
    counts = {
        "pending": 0, "running": 0, "succeeded": 3, "failed": 1, "timedOut": 0, "aborted": 0, "total": 4,
        "resultsWritten": 4,
    }  # fmt: skip
    assert run["itemCounts"] == run["executionCounts"] == counts
    assert (run["status"], run["maxConcurrency"], run["toleratedFailureCount"]) == ("SUCCEEDED", 2, 0)
    assert run["toleratedFailurePercentage"] == 50.0 and run["executionArn"] == execution and run["redriveCount"] == 0


async def test_a_redriven_run_says_so(desk: Desktop) -> None:
    execution = await desk.run([1, 2], MaxConcurrency=1)
    arn = await the_run(desk, execution)
    failed = await desk.call("DescribeMapRun", mapRunArn=arn)
    assert failed["status"] == "FAILED" and failed["executionCounts"]["pending"] == 1
    assert failed["executionCounts"]["pendingRedrive"] == 0
    await desk.call("RedriveExecution", executionArn=execution)
    await desk.service.ended(execution)
    redriven = await desk.call("DescribeMapRun", mapRunArn=arn)
    assert (redriven["redriveCount"], redriven["status"]) == (1, "FAILED") and "redriveDate" in redriven


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_children_of_a_redriven_run_wait_for_their_turn(desk: Desktop, kind: str) -> None:
    async def listed(status: str) -> list[str]:
        found = await desk.call("ListExecutions", mapRunArn=arn, statusFilter=status)
        return [child["executionArn"] for child in found["executions"]]

    execution = await desk.run([1, 3, 5, 0], kind, MaxConcurrency=1, ToleratedFailureCount=2)
    arn = await the_run(desk, execution)
    failed = await listed("FAILED")
    assert len(failed) == 3
    desk.gate.clear()
    await desk.call("RedriveExecution", executionArn=execution)
    while len(await listed("PENDING_REDRIVE")) != 3 or await listed("RUNNING") == []:
        await asyncio.sleep(0)
    counts = (await desk.call("DescribeMapRun", mapRunArn=arn))["executionCounts"]
    assert (counts["pending"], counts["running"], counts["pendingRedrive"], counts["failed"]) == (0, 1, 3, 0)
    waiting = await listed("PENDING_REDRIVE")
    # The one that had never been started goes first.
    assert set(waiting) == set(failed) and await listed("FAILED") == []
    shown = await desk.call("ListExecutions", mapRunArn=arn)
    assert sorted(child["status"] for child in shown["executions"]) == ["PENDING_REDRIVE"] * 3 + ["RUNNING"]
    child = await desk.call("DescribeExecution", executionArn=waiting[0])
    assert child["status"] == "PENDING_REDRIVE"
    desk.gate.set()
    await desk.service.ended(execution)
    assert set(await listed("FAILED")) == set(failed) and await listed("PENDING_REDRIVE") == []


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_children_are_listed_by_their_run_a_page_at_a_time(desk: Desktop, kind: str) -> None:
    execution = await desk.run([0, 1, 2, 4, 6], kind, ToleratedFailureCount=1)
    arn = await the_run(desk, execution)
    seen: list[Json] = []
    token: dict[str, str] = {}
    while True:
        page = await desk.call("ListExecutions", mapRunArn=arn, maxResults=2, **token)
        seen += page["executions"]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len({child["executionArn"] for child in seen}) == 5
    assert {child["mapRunArn"] for child in seen} == {arn} and {child["itemCount"] for child in seen} == {1}
    (failed,) = (await desk.call("ListExecutions", mapRunArn=arn, statusFilter="FAILED"))["executions"]
    child = await desk.call("DescribeExecution", executionArn=failed["executionArn"])
    assert (child["input"], child["error"], child["cause"]) == ("1", "Odd", "1 is odd")
    assert child["mapRunArn"] == arn and child["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"


async def test_only_children_of_runs_are_described_when_they_are_express(desk: Desktop) -> None:
    execution = await desk.run([0], "EXPRESS")
    (child,) = (await desk.call("ListExecutions", mapRunArn=await the_run(desk, execution)))["executions"]
    assert child["executionArn"].startswith(f"{HEAD}:express:m/each:{child['name']}:")
    assert await desk.refused("GetExecutionHistory", executionArn=child["executionArn"]) == "InvalidArn"
    assert await desk.refused("DescribeExecution", executionArn=f"{HEAD}:express:m:a:b") == "InvalidArn"
    other = child["executionArn"].replace(child["name"], "00000000-0000-3000-8000-000000000000")
    assert await desk.refused("DescribeExecution", executionArn=other) == "ExecutionDoesNotExist"


async def test_what_cannot_be_updated(desk: Desktop) -> None:
    arn = await the_run(desk, await desk.run([0]))
    assert await desk.refused("UpdateMapRun", mapRunArn=arn) == "ValidationException"
    assert await desk.refused("UpdateMapRun", mapRunArn=arn, maxConcurrency=3) == "ValidationException"
    unknown = f"{HEAD}:mapRun:m/each:nobody"
    assert await desk.refused("UpdateMapRun", mapRunArn=unknown, maxConcurrency=3) == "ResourceNotFound"
    assert await desk.refused("DescribeMapRun", mapRunArn=unknown) == "ResourceNotFound"


async def test_a_child_of_a_run_is_redriven_with_it_only(desk: Desktop) -> None:
    execution = await desk.run([1])
    (child,) = (await desk.call("ListExecutions", mapRunArn=await the_run(desk, execution)))["executions"]
    assert await desk.refused("RedriveExecution", executionArn=child["executionArn"]) == "ExecutionNotRedrivable"


async def test_the_machine_of_a_child_is_the_processor(desk: Desktop) -> None:
    execution = await desk.run([0])
    arn = await the_run(desk, execution)
    (child,) = (await desk.call("ListExecutions", mapRunArn=arn))["executions"]
    machine = await desk.call("DescribeStateMachineForExecution", executionArn=child["executionArn"])
    assert (machine["label"], machine["mapRunArn"]) == ("each", arn)
    assert json.loads(machine["definition"])["StartAt"] == "T"
