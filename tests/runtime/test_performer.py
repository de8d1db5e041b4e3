"""RunTask -> integration -> events: what the engine hears about a task, whatever the integration does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from states import machine, task
from treadle.asl.plan import Task
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.events import Event, TaskFailed, TaskSubmitted, TaskSucceeded
from treadle.engine.execution import Facts
from treadle.integrations.integration import Call
from treadle.runtime.clock import VirtualClock
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.plans import plan_of
from treadle.testing import NEVER, Fails
from treadle.values import Json, Payload

from .world import HEAD, FakeWorld, echo, eventually, revision

FACTS = Facts(f"{HEAD}:execution:m:e", "e", f"{HEAD}:stateMachine:m", "m", "arn:aws:iam::000000000000:role/m", 0.0, 1)
LIMIT = 256 * 1024


def node(**state: Any) -> Task:
    found = plan_of(revision(machine({"T": state}))).flows[""].nodes["T"]
    assert isinstance(found, Task)
    return found


def run_task(state: dict[str, Any], arguments: Json = None, **fields: Any) -> RunTask:
    return RunTask(1, node(**state), Payload(arguments), **fields)


class Stage:
    """A performer and what it reports."""

    def __init__(self, **options: Any) -> None:
        self.world, self.events = FakeWorld(), list[Event]()
        self.performer = IntegrationPerformer(self.world, self.world.find, VirtualClock(), **options)  # type: ignore[arg-type]

    async def play(self, run: RunTask) -> list[Event]:
        self.performer.perform(FACTS, run, self.events.append)
        await eventually(lambda: not self.performer.active())
        return self.events


async def play(answer: Any, state: dict[str, Any] | None = None, **options: Any) -> list[Event]:
    stage = Stage(**options)
    stage.world.answers["echo"] = stage.world.answers["invoke"] = answer
    return await stage.play(run_task(state or task("aws-sdk:test:echo"), {"q": 1}))


async def test_a_reply_is_a_success() -> None:
    (event,) = await play(echo)
    assert isinstance(event, TaskSucceeded)
    assert (event.task, event.output.value) == (1, {"q": 1})


async def test_a_payload_keeps_its_text() -> None:
    (event,) = await play(Payload(text='{ "spaced" : 1 }'))
    assert isinstance(event, TaskSucceeded) and event.output.text == '{ "spaced" : 1 }'


@pytest.mark.parametrize(("pattern", "stage"), [("", "run"), (".sync", "submit")])
async def test_a_refusal_tells_where_it_happened(pattern: str, stage: str) -> None:
    playing = Stage()
    playing.world.answers["startJobRun"], playing.world.watches["startJobRun"] = Fails("Glue.Refused", "no"), NEVER
    (event,) = await playing.play(run_task(task(f"glue:startJobRun{pattern}")))
    assert isinstance(event, TaskFailed)
    assert (event.failure.error, event.failure.cause, event.stage) == ("Glue.Refused", "no", stage)


async def test_a_job_that_fails_was_submitted_first() -> None:
    playing = Stage()
    playing.world.answers["startJobRun"], playing.world.watches["startJobRun"] = (
        echo,
        Fails("States.TaskFailed", "the job failed"),
    )
    submitted, failed = await playing.play(run_task(task("glue:startJobRun.sync")))
    assert isinstance(submitted, TaskSubmitted)
    assert isinstance(failed, TaskFailed) and failed.stage == "run"


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (task("lambda:invoke"), "lambda"),
        (task("aws-sdk:test:echo"), "aws-sdk:test"),
        (
            {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"},
            "arn:aws:lambda:us-east-1:000000000000:function:f",
        ),
    ],
)
async def test_a_result_above_256_kib_is_refused(state: dict[str, Any], name: str) -> None:
    (event,) = await play("é" * ((LIMIT - 2) // 2), state)
    assert isinstance(event, TaskSucceeded)
    (event,) = await play("é" * (LIMIT // 2), state)
    assert isinstance(event, TaskFailed)
    assert event.failure.error == "States.DataLimitExceeded"
    assert event.failure.cause == (
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    )


async def test_a_bug_of_ours_fails_the_task_loudly(caplog: pytest.LogCaptureFixture) -> None:
    def stumble(call: Call) -> Json:
        return {}["missing"]

    (event,) = await play(stumble)
    assert isinstance(event, TaskFailed) and event.failure.error == "States.Runtime"
    assert event.failure.cause == "treadle failed to perform arn:aws:states:::aws-sdk:test:echo: KeyError: 'missing'"
    assert "Traceback" in caplog.text


async def test_what_nobody_can_do_is_refused() -> None:
    (event,) = await Stage().play(run_task(task("aws-sdk:test:unknown")))
    assert isinstance(event, TaskFailed)
    assert event.failure.cause == "treadle has no integration for arn:aws:states:::aws-sdk:test:unknown"


async def test_credentials_choose_the_role() -> None:
    playing = Stage()
    playing.world.answers["echo"] = echo
    await playing.play(run_task(task("aws-sdk:test:echo"), credentials={"RoleArn": "arn:other"}))
    assert [call.role for call in playing.world.calls] == ["arn:other"]


async def test_no_more_calls_than_allowed_are_under_way() -> None:
    most, now = 0, 0

    async def count(call: Call) -> Json:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return None

    playing = Stage(limit=3)
    playing.world.answers["echo"] = count
    for number in range(20):
        run = RunTask(number, node(**task("aws-sdk:test:echo")), Payload(None))
        playing.performer.perform(FACTS, run, playing.events.append)
    await eventually(lambda: len(playing.events) == 20)
    assert most == 3


async def test_a_cancelled_call_says_nothing() -> None:
    playing = Stage()
    playing.world.answers["echo"] = NEVER
    run = run_task(task("aws-sdk:test:echo"))
    playing.performer.perform(FACTS, run, playing.events.append)
    await eventually(lambda: playing.world.calls)
    playing.performer.cancel(FACTS, CancelTask(1, run.node, run.arguments))
    await eventually(lambda: not playing.performer.active())
    assert playing.events == []


async def test_a_job_cancelled_while_it_is_submitted_is_cancelled_afterwards() -> None:
    gate = asyncio.Event()

    async def submit(call: Call) -> Json:
        await gate.wait()
        return {"id": 7}

    playing = Stage()
    playing.world.answers["startJobRun"], playing.world.watches["startJobRun"] = submit, NEVER
    run = run_task(task("glue:startJobRun.sync"))
    playing.performer.perform(FACTS, run, playing.events.append)
    await eventually(lambda: playing.world.calls)
    playing.performer.cancel(FACTS, CancelTask(1, run.node, run.arguments))
    gate.set()
    await eventually(lambda: not playing.performer.active())
    assert (playing.events, playing.world.cancelled) == ([], [{"id": 7}])


async def test_a_cancel_that_fails_is_logged_and_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    playing = Stage()
    playing.world.answers["startJobRun"], playing.world.watches["startJobRun"] = echo, NEVER

    async def refuse(call: Call, submitted: Json) -> None:
        raise RuntimeError("too late")

    playing.world._cancel = refuse  # type: ignore[method-assign]
    playing.performer.cancel(
        FACTS, CancelTask(1, node(**task("glue:startJobRun.sync")), Payload({}), None, Payload({"id": 7}))
    )
    await eventually(lambda: not playing.performer.active())
    assert "could not cancel" in caplog.text


async def test_performing_twice_is_performing_once() -> None:
    playing = Stage()
    playing.world.answers["echo"] = echo
    run = run_task(task("aws-sdk:test:echo"))
    playing.performer.perform(FACTS, run, playing.events.append)
    await playing.play(run)
    assert len(playing.events) == len(playing.world.calls) == 1
