"""What a new process finds in the store, and what it performs again: docs/decisions/0004-after-a-crash.md."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from states import machine, task, wait
from treadle.integrations.integration import Call
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.service import Service
from treadle.testing import NEVER
from treadle.values import Json

from .world import HEAD, FakeWorld, echo, eventually, revision, service, types

ACTIVITY = f"{HEAD}:activity:work"


async def crash(old: Service) -> None:
    """The process ends here: calls are torn off, and nothing that they might still say is heard."""
    old.pump._hear = lambda *_: None  # type: ignore[method-assign,assignment]
    await old.close(grace=0)


class Restart:
    """The same disk and the same clock, one process after the other."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), VirtualClock()
        self.service: Service | None = None

    async def __call__(self, world: FakeWorld) -> Service:
        if self.service is not None:
            await crash(self.service)
        self.service = service(world, self.store, self.clock)
        await self.service.open()
        return self.service


@pytest.fixture
async def restart() -> Any:
    restart = Restart()
    yield restart
    if restart.service is not None:
        await restart.service.close(grace=0)


def hanging(action: str) -> FakeWorld:
    world = FakeWorld()
    world.answers[action] = NEVER
    return world


def answering(action: str) -> FakeWorld:
    world = FakeWorld()
    world.answers[action] = echo
    return world


async def test_sleepers_wake_in_the_next_process(restart: Restart) -> None:
    first = await restart(FakeWorld())
    soon = await first.start(revision(machine({"W": wait(10)})))
    late = await first.start(revision(machine({"W": wait(100_000)})))
    second = await restart(FakeWorld())
    await restart.clock.advance(10)
    assert second.describe(soon.arn).status == "SUCCEEDED"
    await restart.clock.advance(100_000)
    assert second.describe(late.arn).stopped_at == late.at + 100_000


async def test_what_fell_due_while_nobody_was_there_happens_at_once(restart: Restart) -> None:
    first = await restart(FakeWorld())
    started = await first.start(revision(machine({"W": wait(10)})))
    await crash(first)
    restart.service = None
    await restart.clock.advance(500)
    second = await restart(FakeWorld())
    record = await second.ended(started.arn)
    assert (record.status, record.stopped_at) == ("SUCCEEDED", started.at + 500)


async def test_a_call_that_may_have_left_is_repeated(restart: Restart) -> None:
    definition = machine({"T": task("aws-sdk:test:echo")})
    before, after = hanging("echo"), answering("echo")
    first = await restart(before)
    started = await first.start(revision(definition), None, '{"q": 1}')
    await eventually(lambda: before.calls)
    second = await restart(after)
    record = await second.ended(started.arn)
    assert (record.status, record.output) == ("SUCCEEDED", '{"q":1}')
    assert [call.task_id for call in after.calls] == [call.task_id for call in before.calls]
    assert types(second, started.arn).count("TaskStarted") == 1


async def test_a_call_that_must_not_be_repeated_is_reported_as_failed(restart: Restart) -> None:
    definition = machine({"T": task("aws-sdk:test:echo")})
    before, after = hanging("echo"), answering("echo")
    before.after_crash = after.after_crash = "lose"
    first = await restart(before)
    started = await first.start(revision(definition))
    await eventually(lambda: before.calls)
    second = await restart(after)
    record = await second.ended(started.arn)
    assert (record.status, record.error) == ("FAILED", "States.TaskFailed")
    assert "may or may not have been performed" in str(record.cause)
    assert after.calls == []


async def test_a_submitted_job_is_watched_again_and_not_submitted_again(restart: Restart) -> None:
    def watch(call: Call, submitted: Json) -> Json:
        return submitted["id"]

    before, after = FakeWorld(), FakeWorld()
    before.answers["startJobRun"] = after.answers["startJobRun"] = {"id": 7}
    before.watches["startJobRun"], after.watches["startJobRun"] = NEVER, watch
    first = await restart(before)
    started = await first.start(revision(machine({"T": task("glue:startJobRun.sync")})))
    await eventually(lambda: "TaskSubmitted" in types(first, started.arn))
    second = await restart(after)
    assert (await second.ended(started.arn)).output == "7"
    assert after.calls == []
    assert types(second, started.arn).count("TaskSubmitted") == 1


async def test_a_token_outlives_the_process(restart: Restart) -> None:
    before, after = answering("sendMessage"), answering("sendMessage")
    call = task("sqs:sendMessage.waitForTaskToken", Parameters={"Token.$": "$$.Task.Token"})
    first = await restart(before)
    started = await first.start(revision(machine({"T": call})))
    await eventually(lambda: "TaskSubmitted" in types(first, started.arn))
    second = await restart(after)
    assert restart.store.busy() == []
    await second.task_succeeded(before.calls[0].arguments["Token"], "1")
    assert second.describe(started.arn).status == "SUCCEEDED"
    assert after.calls == []


async def test_a_task_that_no_worker_had_goes_back_into_the_queue(restart: Restart) -> None:
    working = revision(machine({"T": {"Type": "Task", "Resource": ACTIVITY}}))
    first = await restart(FakeWorld())
    taken = await first.start(working, None, '"taken"')
    polled = await first.poll_activity(ACTIVITY)
    assert polled is not None
    await first.start(working, None, '"waiting"')
    second = await restart(FakeWorld())
    await eventually(second.pump.idle)
    again = await second.poll_activity(ACTIVITY, seconds=0)
    assert again is not None and again[1] == '"waiting"'
    assert await second.poll_activity(ACTIVITY, seconds=0) is None
    await second.task_succeeded(polled[0], "1")
    assert second.describe(taken.arn).status == "SUCCEEDED"


async def test_news_for_an_execution_that_is_not_yet_recovered_finds_it_recovered(restart: Restart) -> None:
    before, after = hanging("echo"), hanging("echo")
    first = await restart(before)
    started = await first.start(revision(machine({"T": task("aws-sdk:test:echo")})))
    await eventually(lambda: before.calls)
    second = await restart(after)
    await second.stop(started.arn)  # before the recovery had its turn
    assert second.describe(started.arn).status == "ABORTED"
    await eventually(second.pump.idle)
    assert types(second, started.arn)[-1] == "ExecutionAborted"


async def test_a_quiet_end_lets_calls_finish(restart: Restart) -> None:
    gate = asyncio.Event()

    async def slow(call: Call) -> Json:
        await gate.wait()
        return "done"

    world = FakeWorld()
    world.answers["slow"] = slow
    first = await restart(world)
    started = await first.start(revision(machine({"T": task("aws-sdk:test:slow")})))
    await eventually(lambda: world.calls)
    closing = asyncio.ensure_future(first.close(grace=5))
    await asyncio.sleep(0)
    gate.set()
    await closing
    record = restart.store.record(started.arn)
    assert record is not None and record.output == '"done"'
