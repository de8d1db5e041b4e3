"""Given a machine and a world, expect a history: the verbs of Step Functions over the real engine, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from states import machine, task, wait
from treadle.aws import AwsError
from treadle.engine import tokens
from treadle.integrations.integration import Call
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.service import NAME_RETENTION, Service
from treadle.runtime.store import Query
from treadle.testing import NEVER, Fails, in_turn
from treadle.values import Json

from .world import HEAD, ONE, FakeWorld, echo, events, eventually, revision, service, types

Open = Callable[..., Any]


@pytest.fixture
async def open() -> AsyncIterator[Open]:
    opened: list[Service] = []

    async def start(*arguments: Any, **options: Any) -> Service:
        opened.append(service(*arguments, **options))
        await opened[-1].open()
        return opened[-1]

    yield start
    for each in opened:
        await each.close(grace=0)


async def run(service: Service, definition: dict[str, Any], input: Json = None, **options: Any) -> Any:
    started = await service.start(revision(definition), None, json.dumps(input or {}), **options)
    return await service.ended(started.arn)


# -- starting
async def test_an_answered_start_is_on_disk(open: Open) -> None:
    runtime = await open()
    started = await runtime.start(revision(ONE), "one", '{"a": 1}', trace_header="Root=1")
    assert started.arn == f"{HEAD}:execution:m:one"
    record = runtime.describe(started.arn)
    assert (record.status, record.input, record.output) == ("SUCCEEDED", '{"a": 1}', '{"a": 1}')
    assert (record.started_at, record.trace_header, record.events) == (started.at, "Root=1", 4)
    assert types(runtime, started.arn) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


async def test_what_cannot_be_written_is_refused_and_harms_nobody_else(
    open: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = await open()
    with monkeypatch.context() as broken:
        broken.setattr(runtime.store, "save", lambda save, done: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await runtime.start(revision(ONE), "one")
    assert (await run(runtime, ONE)).status == "SUCCEEDED"
    await asyncio.wait_for(runtime.close(), 10)


async def test_a_name_is_made_up_where_none_is_given(open: Open) -> None:
    runtime = await open()
    names = [(await runtime.start(revision(ONE))).arn.rpartition(":")[2] for _ in range(2)]
    assert names[0] != names[1] and all(len(name) == 36 for name in names)


async def test_starting_twice_is_one_execution_while_it_runs(open: Open) -> None:
    runtime = await open(clock=VirtualClock())
    first = await runtime.start(revision(machine({"W": wait(60)})), "one", '{"a": 1}')
    assert await runtime.start(revision(machine({"W": wait(60)})), "one", '{"a": 1}') == first
    for input in ('{"a":1}', '{"a": 2}'):
        with pytest.raises(AwsError) as refusal:
            await runtime.start(revision(machine({"W": wait(60)})), "one", input)
        assert refusal.value.code == "ExecutionAlreadyExists"
        assert refusal.value.message == f"Execution Already Exists: '{first.arn}'"


async def test_callers_who_start_the_same_at_once_get_the_same_answer(open: Open) -> None:
    runtime = await open(clock=VirtualClock())
    starts = [runtime.start(revision(machine({"W": wait(60)})), "one") for _ in range(5)]
    assert len({(started.arn, started.at) for started in await asyncio.gather(*starts)}) == 1
    assert len(runtime.list(Query(machine_arn=f"{HEAD}:stateMachine:m")).records) == 1


async def test_a_name_is_free_again_after_ninety_days(open: Open) -> None:
    clock = VirtualClock()
    runtime = await open(clock=clock)
    await runtime.start(revision(ONE), "one", "1")
    with pytest.raises(AwsError):
        await runtime.start(revision(ONE), "one", "1")
    await clock.advance(NAME_RETENTION + 1)
    again = await runtime.start(revision(ONE), "one", "2")
    assert runtime.describe(again.arn).input == "2"
    assert len(runtime.list(Query(machine_arn=f"{HEAD}:stateMachine:m")).records) == 1


async def test_a_definition_that_does_not_compile_starts_nothing(open: Open) -> None:
    runtime = await open()
    with pytest.raises(Exception, match="SCHEMA_VALIDATION_FAILED"):
        await runtime.start(revision({"StartAt": "A", "States": {}}))
    assert runtime.list(Query(machine_arn=f"{HEAD}:stateMachine:m")).records == []


# -- time
async def test_a_wait_ends_when_its_time_has_come_and_not_before(open: Open) -> None:
    clock = VirtualClock()
    runtime = await open(clock=clock)
    started = await runtime.start(revision(machine({"W": wait(90)})))
    await clock.advance(89.9)
    assert runtime.describe(started.arn).status == "RUNNING"
    await clock.advance(0.1)
    record = runtime.describe(started.arn)
    assert (record.status, record.stopped_at) == ("SUCCEEDED", started.at + 90)


async def test_a_year_passes_at_once_when_nothing_else_happens(open: Open) -> None:
    runtime = await open()
    ended = await run(runtime, machine({"W": wait(365 * 86_400), "X": wait(1)}))
    assert ended.stopped_at - ended.started_at == 365 * 86_400 + 1


async def test_sleepers_leave_memory_and_wake_all_the_same(open: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.runtime.pump.RESIDENT", 5)
    clock = VirtualClock()
    runtime = await open(clock=clock)
    waits = [revision(machine({"W": wait(seconds)})) for seconds in (10, 10, 70, 3000)]
    starts = [await runtime.start(rev) for rev in waits for _ in range(30)]
    assert len(runtime.pump._lives) == 5
    await clock.advance(3000)
    assert {runtime.describe(started.arn).status for started in starts} == {"SUCCEEDED"}
    late = [runtime.describe(started.arn).stopped_at - started.at for started in starts]
    assert late == [seconds for seconds in (10, 10, 70, 3000) for _ in range(30)]


async def test_large_executions_leave_memory_earlier(open: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.runtime.pump.RESIDENT_SIZE", 100_000)
    clock = VirtualClock()
    runtime = await open(clock=clock)
    text = '"' + "x" * 20_000 + '"'
    starts = [await runtime.start(revision(machine({"W": wait(10)})), None, text) for _ in range(10)]
    assert len(runtime.pump._lives) == 2
    await clock.advance(10)
    assert {runtime.describe(started.arn).output for started in starts} == {text}
    assert runtime.pump._idle_size == 0


async def test_a_long_loop_lets_others_have_their_turn(open: Open) -> None:
    rule = {"Variable": "$.n", "NumericLessThan": 5000, "Next": "Add"}
    add = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Test"}
    states = {"Test": {"Type": "Choice", "Choices": [rule], "Default": "Done"}, "Add": add, "Done": {"Type": "Succeed"}}
    runtime = await open()
    looping = asyncio.ensure_future(run(runtime, {"StartAt": "Test", "States": states}, {"n": 0}))
    for _ in range(3):
        await asyncio.sleep(0)
    assert (await runtime.start(revision(ONE))).arn
    assert not looping.done()
    record = await looping
    assert (record.status, record.output) == ("SUCCEEDED", '{"n":5000}')
    assert record.events == 1 + 4 * 5000 + 2 + 2 + 1


async def test_a_machine_has_a_time_limit(open: Open) -> None:
    runtime = await open()
    ended = await run(runtime, machine({"W": wait(60)}, TimeoutSeconds=5))
    assert (ended.status, ended.stopped_at - ended.started_at) == ("TIMED_OUT", 5)


# -- tasks
async def test_a_task_costs_one_commit_before_and_one_after_the_call(open: Open) -> None:
    world, store = FakeWorld(), MemoryStore()
    world.answers["echo"] = echo
    runtime = await open(world, store)
    ended = await run(runtime, machine({"T": task("aws-sdk:test:echo")}), {"q": 1})
    assert (ended.status, ended.output) == ("SUCCEEDED", '{"q":1}')
    assert [(chunk.first, chunk.last) for chunk in store.history(1, 1, 99)] == [(1, 4), (5, 7)]
    (call,) = world.calls
    assert (call.state, call.arguments, call.execution_arn) == ("T", {"q": 1}, ended.arn)
    assert (call.caller.account, call.caller.region) == ("000000000000", "us-east-1")
    assert call.role == "arn:aws:iam::000000000000:role/machine"


async def test_a_call_leaves_only_after_its_commit(open: Open) -> None:
    world = FakeWorld()
    seen = []

    def look(call: Call) -> Json:
        seen.append([event["type"] for event in events(runtime, call.execution_arn)])
        return {}

    world.answers["look"] = look
    runtime = await open(world)
    await run(runtime, machine({"T": task("aws-sdk:test:look")}))
    assert seen == [["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted"]]


async def test_answers_that_come_together_share_a_commit(open: Open) -> None:
    world, store = FakeWorld(), MemoryStore()
    world.answers["echo"] = echo
    runtime = await open(world, store)
    processor = {"ItemProcessor": machine({"T": task("aws-sdk:test:echo")}), "ItemsPath": "$"}
    ended = await run(runtime, machine({"Each": {"Type": "Map", **processor}}), list(range(50)))
    assert json.loads(ended.output) == list(range(50))
    assert len(store.history(1, 1, 9999)) < 10


async def test_a_failing_integration_fails_its_task(open: Open) -> None:
    world = FakeWorld()
    world.answers["fail"] = Fails("X.Broken", "no luck")
    runtime = await open(world)
    ended = await run(runtime, machine({"T": task("aws-sdk:test:fail")}))
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "X.Broken", "no luck")
    assert types(runtime, ended.arn)[4:] == ["TaskFailed", "ExecutionFailed"]


async def test_retries_wait_and_try_again(open: Open) -> None:
    world = FakeWorld()
    world.answers["fail"] = in_turn(Fails("X.Broken"), Fails("X.Broken"), "done")
    runtime = await open(world)
    retry = [{"ErrorEquals": ["X.Broken"], "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxAttempts": 2}]
    ended = await run(runtime, machine({"T": task("aws-sdk:test:fail", Retry=retry)}))
    assert (ended.status, ended.stopped_at - ended.started_at) == ("SUCCEEDED", 30)


async def test_a_late_task_is_cancelled(open: Open) -> None:
    cancelled = asyncio.Event()

    async def hang(call: Call) -> Json:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    world, clock = FakeWorld(), VirtualClock()
    world.answers["hang"] = hang
    runtime = await open(world, clock=clock)
    started = await runtime.start(revision(machine({"T": task("aws-sdk:test:hang", TimeoutSeconds=10)})))
    await eventually(lambda: world.calls)
    await clock.advance(10)
    assert runtime.describe(started.arn).error == "States.Timeout"
    await asyncio.wait_for(cancelled.wait(), 5)


# -- jobs and tokens
async def test_a_job_is_submitted_and_then_watched(open: Open) -> None:
    def watch(call: Call, submitted: Json) -> Json:
        return {"finished": submitted["id"]}

    world = FakeWorld()
    world.answers["startJobRun"], world.watches["startJobRun"] = {"id": 7}, watch
    runtime = await open(world)
    ended = await run(runtime, machine({"T": task("glue:startJobRun.sync")}))
    assert (ended.status, ended.output) == ("SUCCEEDED", '{"finished":7}')
    assert types(runtime, ended.arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


async def test_stopping_cancels_the_job(open: Open) -> None:
    world = FakeWorld()
    world.answers["startJobRun"], world.watches["startJobRun"] = {"id": 7}, NEVER
    runtime = await open(world)
    started = await runtime.start(revision(machine({"T": task("glue:startJobRun.sync")})))
    await eventually(lambda: "TaskSubmitted" in types(runtime, started.arn))
    await runtime.stop(started.arn, "Why", "because")
    record = runtime.describe(started.arn)
    assert (record.status, record.error, record.cause) == ("ABORTED", "Why", "because")
    await eventually(lambda: world.cancelled == [{"id": 7}])


async def waiting_for_token(open: Open, **options: Any) -> tuple[Service, str, str]:
    world = FakeWorld()
    world.answers["sendMessage"] = echo
    runtime = await open(world, **options)
    call = task("sqs:sendMessage.waitForTaskToken", Parameters={"Token.$": "$$.Task.Token"}, HeartbeatSeconds=100)
    started = await runtime.start(revision(machine({"T": call})))
    await eventually(lambda: "TaskSubmitted" in types(runtime, started.arn))
    return runtime, started.arn, world.calls[0].arguments["Token"]


async def test_a_token_brings_the_result(open: Open) -> None:
    runtime, arn, token = await waiting_for_token(open, clock=VirtualClock())
    await runtime.task_succeeded(token, '{"ok": true}')
    assert (runtime.describe(arn).status, runtime.describe(arn).output) == ("SUCCEEDED", '{"ok": true}')


async def test_a_token_brings_a_failure(open: Open) -> None:
    runtime, arn, token = await waiting_for_token(open, clock=VirtualClock())
    await runtime.task_failed(token, "Mine", "it broke")
    record = runtime.describe(arn)
    assert (record.status, record.error, record.cause) == ("FAILED", "Mine", "it broke")


async def test_heartbeats_keep_a_task_alive(open: Open) -> None:
    clock = VirtualClock()
    runtime, arn, token = await waiting_for_token(open, clock=clock)
    for _ in range(3):
        await clock.advance(90)
        await runtime.task_heartbeat(token)
    assert runtime.describe(arn).status == "RUNNING"
    await clock.advance(100)
    assert runtime.describe(arn).status == "FAILED"


async def test_a_token_of_yesterday_is_refused(open: Open) -> None:
    runtime, _, token = await waiting_for_token(open, clock=VirtualClock())
    await runtime.task_succeeded(token, "1")
    with pytest.raises(AwsError) as refusal:
        await runtime.task_succeeded(token, "1")
    assert str(refusal.value) == "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'"


async def test_forged_tokens_are_refused(open: Open) -> None:
    runtime, arn, token = await waiting_for_token(open, clock=VirtualClock())
    facts = runtime.pump.find(arn).execution.facts  # type: ignore[union-attr]
    parsed = tokens.parse(token)
    assert parsed is not None
    other = tokens.mint(facts, parsed[1] + 1)
    for forged in ("nonsense", token[:8] + "AAAA" + token[12:], ""):
        with pytest.raises(AwsError) as refusal:
            await runtime.task_succeeded(forged, "1")
        assert str(refusal.value) == "InvalidToken: Invalid Token: 'Invalid token'"
    with pytest.raises(AwsError, match="TaskTimedOut"):
        await runtime.task_failed(other)


async def test_a_token_may_come_back_before_the_answer_of_its_call(open: Open) -> None:
    async def answer_early(call: Call) -> Json:
        early.append(asyncio.ensure_future(runtime.task_succeeded(call.arguments["Token"], '"early"')))
        await asyncio.sleep(0)
        return {"MessageId": 1}

    early: list[asyncio.Future[None]] = []
    world = FakeWorld()
    world.answers["sendMessage"] = answer_early
    runtime = await open(world, clock=VirtualClock())
    call = task("sqs:sendMessage.waitForTaskToken", Parameters={"Token.$": "$$.Task.Token"})
    ended = await run(runtime, machine({"T": call}))
    assert types(runtime, ended.arn)[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    await asyncio.gather(*early)


# -- activities
ACTIVITY = f"{HEAD}:activity:work"


def working(**fields: Any) -> dict[str, Any]:
    return machine({"T": {"Type": "Task", "Resource": ACTIVITY, **fields}})


async def test_a_worker_takes_a_task_and_reports(open: Open) -> None:
    runtime = await open()
    started = await runtime.start(revision(working()), None, '{"q": 1}')
    token, input = await runtime.poll_activity(ACTIVITY, "w1")
    assert json.loads(input) == {"q": 1}
    await runtime.task_succeeded(token, "42")
    assert runtime.describe(started.arn).output == "42"
    assert types(runtime, started.arn)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert events(runtime, started.arn)[3]["activityStartedEventDetails"] == {"workerName": "w1"}


async def test_waiting_workers_are_served_in_turn_each_task_once(open: Open) -> None:
    runtime = await open(clock=VirtualClock())
    workers = [asyncio.ensure_future(runtime.poll_activity(ACTIVITY, f"w{number}")) for number in range(3)]
    await asyncio.sleep(0)
    for number in range(3):
        await runtime.start(revision(working()), None, str(number))
    answers = await asyncio.gather(*workers)
    assert [input for _, input in answers] == ["0", "1", "2"]
    assert await runtime.poll_activity(ACTIVITY, seconds=0) is None


async def test_a_worker_who_left_gets_nothing(open: Open) -> None:
    runtime = await open(clock=VirtualClock())
    gone = asyncio.ensure_future(runtime.poll_activity(ACTIVITY))
    await asyncio.sleep(0)
    gone.cancel()
    await runtime.start(revision(working()))
    assert await runtime.poll_activity(ACTIVITY, seconds=0) is not None


async def test_an_aborted_task_is_not_handed_out(open: Open) -> None:
    runtime = await open(clock=VirtualClock())
    started = await runtime.start(revision(working()))
    await runtime.stop(started.arn)
    assert await runtime.poll_activity(ACTIVITY, seconds=0) is None
    assert runtime.pump.activities.waiting(ACTIVITY) == 0


# -- stopping and redriving
async def test_stopping_what_has_ended_changes_nothing(open: Open) -> None:
    runtime = await open()
    started = await runtime.start(revision(ONE))
    assert await runtime.stop(started.arn, "Late") == runtime.describe(started.arn).stopped_at
    assert runtime.describe(started.arn).status == "SUCCEEDED"


async def test_unknown_executions_do_not_exist(open: Open) -> None:
    runtime, arn = await open(), f"{HEAD}:execution:m:nobody"
    for ask in (runtime.describe, runtime.history):
        with pytest.raises(AwsError, match="Execution Does Not Exist"):
            ask(arn)
    for act in (runtime.stop, runtime.redrive, runtime.ended):
        with pytest.raises(AwsError, match="Execution Does Not Exist"):
            await act(arn)


async def test_redrives_are_counted_and_idempotent_by_token(open: Open) -> None:
    world = FakeWorld()
    world.answers["mend"] = in_turn(Fails("X.Broken"), "mended")
    runtime = await open(world)
    failed = await run(runtime, machine({"A": {"Type": "Pass"}, "B": task("aws-sdk:test:mend")}))
    at = await runtime.redrive(failed.arn, "token")
    ended = await runtime.ended(failed.arn)
    assert await runtime.redrive(failed.arn, "token") == at
    assert (ended.status, ended.output, ended.redrives) == ("SUCCEEDED", '"mended"', 1)
    assert types(runtime, failed.arn).count("PassStateEntered") == 1
    with pytest.raises(AwsError, match="ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven"):
        await runtime.redrive(failed.arn)


# -- history
async def test_pages_of_a_history_fit_together(open: Open) -> None:
    world = FakeWorld()
    world.answers["echo"] = echo
    runtime = await open(world)
    ended = await run(
        runtime, machine({"A": task("aws-sdk:test:echo"), "B": task("aws-sdk:test:echo"), "C": {"Type": "Pass"}})
    )
    for order in ("forward", "reverse"):
        for limit in (1, 3, 5, 100):
            ids, next = list[int](), None
            while True:
                page = runtime.history(ended.arn, next, limit, order)
                ids += [event["id"] for event in json.loads(b"[" + page.body + b"]")]
                next = page.next
                if next is None:
                    break
            expected = list(range(1, ended.events + 1))
            assert ids == (expected if order == "forward" else expected[::-1])


# -- express
async def test_an_express_execution_answers_with_its_result(open: Open) -> None:
    runtime = await open()
    result = await runtime.start_sync(revision(machine({"W": wait(2)}), kind="EXPRESS"), "name", '{"a": 1}')
    assert (result.record.status, result.record.output, result.billed_ms) == ("SUCCEEDED", '{"a": 1}', 2000)
    assert result.record.arn.startswith(f"{HEAD}:express:m:name:") and result.record.name == "name"
    assert runtime.store.find(result.record.arn) is None


async def test_an_express_execution_lives_five_minutes(open: Open) -> None:
    runtime = await open()
    result = await runtime.start_sync(revision(machine({"W": wait(301)}), kind="EXPRESS"))
    assert result.record.status == "TIMED_OUT"


async def test_an_asynchronous_express_execution_is_only_heard(open: Open) -> None:
    runtime, heard = await open(clock=VirtualClock()), []
    runtime.listeners.append(lambda execution, revision, events: heard.extend(event.type for event in events))
    starts = [await runtime.start(revision(machine({"W": wait(2)}), kind="EXPRESS"), "same") for _ in range(2)]
    assert starts[0].arn != starts[1].arn
    await runtime.clock.advance(2)
    assert heard.count("ExecutionSucceeded") == 2
    assert not runtime.pump._lives


# -- listeners and bugs
async def test_listeners_hear_every_commit_in_order(open: Open) -> None:
    world, heard = FakeWorld(), []
    world.answers["echo"] = echo
    runtime = await open(world)
    runtime.listeners.append(lambda execution, revision, events: heard.append((execution.status, len(events))))
    await run(runtime, machine({"T": task("aws-sdk:test:echo")}))
    assert heard == [("RUNNING", 4), ("SUCCEEDED", 3)]


async def test_a_broken_listener_harms_nobody(open: Open, caplog: pytest.LogCaptureFixture) -> None:
    runtime = await open()
    runtime.listeners.append(lambda *_: 1 / 0)
    assert (await run(runtime, ONE)).status == "SUCCEEDED"
    assert "a listener failed" in caplog.text


async def test_a_bug_in_one_execution_leaves_the_others_alone(
    open: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from treadle.engine import step as engine

    clock = VirtualClock()
    runtime = await open(clock=clock)
    sick = await runtime.start(revision(machine({"W": wait(10)})), "sick")
    well = await runtime.start(revision(machine({"W": wait(10)})), "well")
    healthy = engine.step

    def step(plan: Any, execution: Any, event: Any, **given: Any) -> Any:
        if execution.facts.name == "sick":
            raise KeyError("a bug")
        return healthy(plan, execution, event, **given)

    monkeypatch.setattr(engine, "step", step)
    await clock.advance(10)
    assert runtime.describe(well.arn).status == "SUCCEEDED"
    assert runtime.describe(sick.arn).status == "RUNNING"
    assert "sick met a bug of treadle in Ticked" in caplog.text
    monkeypatch.setattr(engine, "step", healthy)
    await runtime.stop(sick.arn)
    assert runtime.describe(sick.arn).status == "ABORTED"


async def test_a_start_that_cannot_be_saved_is_not_answered(open: Open) -> None:
    class FullStore(MemoryStore):
        def save(self, save: Any, done: Any) -> None:
            asyncio.get_running_loop().call_soon(done, OSError("disk on fire"))

    runtime = await open(store=FullStore())
    with pytest.raises(OSError, match="disk on fire"):
        await runtime.start(revision(ONE), "one")
    with pytest.raises(AwsError, match="Does Not Exist"):
        runtime.describe(f"{HEAD}:execution:m:one")
