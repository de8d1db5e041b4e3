"""Step Functions Local's mock configuration: who answers, with what, and what the history shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from states import machine, task
from treadle.engine.events import StopRequested
from treadle.engine.execution import Failure
from treadle.integrations.integration import Call
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.mocked import MockedPerformer
from treadle.runtime.mocks import NONE, Malformed, Mocks, parse, read
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.service import Service
from treadle.runtime.store import Store
from treadle.values import Json

from .world import FakeWorld, echo, events, eventually, revision, types

ACTIVITY = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:000000000000:activity:a"}
FUNCTION = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}
RETRY = {"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 5}]}


def config(states: dict[str, dict[str, Json]], name: str = "m") -> Mocks:
    """A file with one test case, "case", whose states are mocked so."""
    responses = {f"{state} answers": numbered for state, numbered in states.items()}
    cases = {name: {"TestCases": {"case": {state: f"{state} answers" for state in states}}}}
    return parse(json.dumps({"StateMachines": cases, "MockedResponses": responses}))


def mocked_service(mocks: Mocks, world: FakeWorld | None = None, store: Store | None = None) -> Service:
    clock, world = VirtualClock(autojump=True), world or FakeWorld()
    real = IntegrationPerformer(world, world.find, clock)  # type: ignore[arg-type]
    return Service(store or MemoryStore(), MockedPerformer(mocks, real, clock), clock)


async def play(definition: dict[str, Any], mocks: Mocks, world: FakeWorld | None = None, input: str = "{}") -> Any:
    """Run the definition with the test case "case"; the service, and the record of the execution."""
    service = mocked_service(mocks, world)
    await service.open()
    started = await service.start(revision(definition, test_case="case"), "e", input)
    record = await service.ended(started.arn)
    await service.close()
    return service, record


async def test_a_mocked_state_gets_its_answer_and_no_call_leaves() -> None:
    world = FakeWorld()
    mocks = config({"T": {"0": {"Return": {"MessageId": "1", "MD5OfMessageBody": "2"}}}})
    service, record = await play(machine({"T": task("sqs:sendMessage")}), mocks, world)
    assert (record.status, json.loads(record.output)) == ("SUCCEEDED", {"MessageId": "1", "MD5OfMessageBody": "2"})
    assert world.calls == []
    assert types(service, record.arn) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    scheduled = events(service, record.arn)[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("sqs", "sendMessage")


async def test_states_that_the_case_does_not_name_are_performed() -> None:
    world = FakeWorld()
    world.answers["publish"] = echo
    states = {"Real": task("sns:publish", Parameters={"real": True}), "T": task("sqs:sendMessage")}
    _, record = await play(machine(states), config({"T": {"0": {"Return": {"MessageId": "1"}}}}), world)
    assert record.status == "SUCCEEDED"
    assert [call.arguments for call in world.calls] == [{"real": True}]


async def test_an_execution_without_a_test_case_is_performed() -> None:
    world = FakeWorld()
    world.answers["sendMessage"] = echo
    service = mocked_service(config({"T": {"0": {"Return": {}}}}), world)
    await service.open()
    started = await service.start(revision(machine({"T": task("sqs:sendMessage")})), "e", '{"a":1}')
    assert (await service.ended(started.arn)).output == '{"a":1}'


async def test_every_attempt_has_its_own_answer() -> None:
    busy = {"Throw": {"Error": "Busy", "Cause": "later"}}
    mocks = config({"T": {"0": busy, "1-2": {"Throw": {"Error": "Busy"}}, "3": {"Return": "at last"}}})
    service, record = await play(machine({"T": task("glue:startJobRun", **RETRY)}), mocks)
    assert record.output == '"at last"'
    failures = [e["taskFailedEventDetails"] for e in events(service, record.arn) if e["type"] == "TaskFailed"]
    assert failures[0] == {"resourceType": "glue", "resource": "startJobRun", "error": "Busy", "cause": "later"}
    assert [failure.get("cause") for failure in failures] == ["later", None, None]


async def test_an_attempt_without_an_answer_fails() -> None:
    mocks = config({"T": {"0-1": {"Throw": {"Error": "Busy", "Cause": "c"}}}})
    _, record = await play(machine({"T": task("glue:startJobRun", **RETRY)}), mocks)
    assert (record.status, record.error) == ("FAILED", "States.Runtime")
    assert record.cause.startswith("No mocked response in 'T answers' for state 'T' at attempt 2.")


async def test_a_state_entered_again_begins_again() -> None:
    """Only retries count as attempts: an item of a Map, or another round of a loop, has a first attempt of its own."""
    states = {"Each": {"Type": "Map", "ItemProcessor": machine({"T": task("glue:startJobRun", **RETRY)})}}
    mocks = config({"T": {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}, "1": {"Return": {"JobRunId": "j"}}}})
    _, record = await play(machine(states), mocks, input="[1, 2, 3]")
    assert json.loads(record.output) == [{"JobRunId": "j"}] * 3


async def test_inside_a_parallel_state() -> None:
    branches = [machine({name: task("sqs:sendMessage")}) for name in ("A", "B")]
    mocks = config({"A": {"0": {"Return": {"MessageId": "a"}}}, "B": {"0": {"Return": {"MessageId": "b"}}}})
    _, record = await play(machine({"Both": {"Type": "Parallel", "Branches": branches}}), mocks)
    assert json.loads(record.output) == [{"MessageId": "a"}, {"MessageId": "b"}]


@pytest.mark.parametrize("resource", ["glue:startJobRun.sync", "sqs:sendMessage.waitForTaskToken"])
async def test_jobs_and_callbacks_are_submitted_first(resource: str) -> None:
    """The mocked result is the last one: what the job looks like in the end, or what comes back with the token."""
    mocks = config({"T": {"0": {"Return": {"JobName": "j"}}}})
    service, record = await play(machine({"T": task(resource)}), mocks)
    assert record.output == '{"JobName":"j"}'
    assert types(service, record.arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


async def test_a_failed_callback_was_submitted_first() -> None:
    mocks = config({"T": {"0": {"Throw": {"Error": "Failure error", "Cause": "Failure cause"}}}})
    service, record = await play(machine({"T": task("sqs:sendMessage.waitForTaskToken")}), mocks)
    assert (record.error, record.cause) == ("Failure error", "Failure cause")
    assert types(service, record.arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskFailed"]


async def test_an_activity_needs_no_worker() -> None:
    service, record = await play(machine({"T": ACTIVITY}), config({"T": {"0": {"Return": [1]}}}))
    assert record.output == "[1]"
    assert types(service, record.arn)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]


@pytest.mark.parametrize(
    "returned",
    [
        pytest.param({"body": "b"}, id="the payload"),
        pytest.param({"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": {"body": "b"}}, id="Invoke's answer"),
    ],
)
async def test_a_function_called_by_its_arn_gives_its_payload(returned: Json) -> None:
    service, record = await play(machine({"T": FUNCTION}), config({"T": {"0": {"Return": returned}}}))
    assert record.output == '{"body":"b"}'
    assert "LambdaFunctionSucceeded" in types(service, record.arn)


async def test_a_result_above_the_limit_is_refused_as_a_real_one() -> None:
    _, record = await play(machine({"T": ACTIVITY}), config({"T": {"0": {"Return": "x" * 262_143}}}))
    assert record.error == "States.DataLimitExceeded"


async def test_express_executions_too() -> None:
    service = mocked_service(config({"T": {"0": {"Return": {"MessageId": "1"}}}}))
    await service.open()
    plan = revision(machine({"T": task("sqs:sendMessage")}), kind="EXPRESS", test_case="case")
    assert (await service.start_sync(plan)).record.output == '{"MessageId":"1"}'


async def test_a_stopped_execution_hears_nothing_more() -> None:
    service = mocked_service(config({"T": {"0": {"Return": 1}}}))
    await service.open()
    started = await service.start(revision(machine({"T": ACTIVITY}), test_case="case"), "e")
    service.deliver(started.arn, StopRequested(service.clock.now(), Failure("no", "more")))
    assert (await service.ended(started.arn)).status == "ABORTED"
    await eventually(service.pump.idle)


@pytest.mark.parametrize("state", [ACTIVITY, task("sqs:sendMessage.waitForTaskToken"), task("glue:startJobRun.sync")])
async def test_a_restart_changes_nothing(state: dict[str, Any]) -> None:
    """The first server dies as soon as the task has started; the second one knows the test case and answers."""
    store, mocks = MemoryStore(), config({"T": {"0": {"Return": {"a": 1}}}})
    first = mocked_service(mocks, store=store)
    await first.open()
    started = await first.start(revision(machine({"T": state}), test_case="case"), "e")
    await first.pump.close()
    assert first.describe(started.arn).status == "RUNNING"
    second = mocked_service(mocks, store=store)
    await second.open()
    assert (await second.ended(started.arn)).output == '{"a":1}'


async def test_no_real_call_leaves_when_the_case_is_gone() -> None:
    world = FakeWorld()
    world.answers["sendMessage"] = echo
    _, record = await play(machine({"T": task("sqs:sendMessage")}), NONE, world)
    assert (record.status, record.error) == ("FAILED", "States.Runtime")
    assert record.cause.startswith("There is no test case 'case' any more in no mock configuration file.")
    assert world.calls == []


async def test_cancelling_a_mocked_job_cancels_no_real_one() -> None:
    world = FakeWorld()

    def watch(call: Call, submitted: Json) -> Json:
        raise AssertionError("nobody submitted a job")

    world.answers["startJobRun"], world.watches["startJobRun"] = echo, watch
    branches = [machine({"T": task("glue:startJobRun.sync")}), machine({"F": {"Type": "Fail"}})]
    mocks = config({"T": {"0": {"Return": {}}}})
    _, record = await play(machine({"Both": {"Type": "Parallel", "Branches": branches}}), mocks, world)
    assert (record.status, world.cancelled) == ("FAILED", [])


RETURN = {"Return": {}}


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("{", "it is not JSON: Input data was truncated"),
        ("[]", "Expected `object`, got `array`"),
        ({}, "Object missing required field `StateMachines`"),
        ({"StateMachines": {}, "Mocks": {}}, "Object contains unknown field `Mocks`"),
        (
            {"StateMachines": {"m": {"TestCases": {"c": {"T": "R"}}}}},
            "StateMachines.m.TestCases.c.T: there is no mocked response 'R'",
        ),
        ({"StateMachines": {"m": {"Cases": {}}}}, "StateMachines.m: Object contains unknown field `Cases`"),
        ({"R": {}}, "MockedResponses.R: it has no responses"),
        ({"R": {"first": RETURN}}, "MockedResponses.R: 'first' is neither a number nor a range of numbers like 1-2"),
        ({"R": {"2-1": RETURN}}, "MockedResponses.R: '2-1' is neither a number nor a range of numbers like 1-2"),
        (
            {"R": {"1": RETURN}},
            "MockedResponses.R: '1' stands where the response for attempt 0 should begin",
        ),
        (
            {"R": {"0-2": RETURN, "2": RETURN}},
            "MockedResponses.R: '2' stands where the response for attempt 3 should begin",
        ),
        ({"R": {"0": {}}}, "MockedResponses.R.0: either Return or Throw must be given"),
        ({"R": {"0": {"Returns": 1}}}, "MockedResponses.R.0: Object contains unknown field `Returns`"),
        (
            {"R": {"0": {"Throw": {"Cause": "c"}}}},
            "MockedResponses.R.0: Object missing required field `Error` - at `$.Throw`",
        ),
        (
            {"R": {"0": {**RETURN, "Throw": {"Error": "e"}}}},
            "MockedResponses.R.0: either Return or Throw must be given",
        ),
    ],
)
def test_a_malformed_file_is_refused_whole(file: Json, problem: str) -> None:
    if isinstance(file, dict) and "R" in file:
        file = {"StateMachines": {}, "MockedResponses": file}
    with pytest.raises(Malformed) as refusal:
        parse(file if isinstance(file, str) else json.dumps(file))
    assert str(refusal.value) == problem


def test_the_refusal_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mocks.json"
    with pytest.raises(Malformed, match=r"cannot read the mock configuration .*mocks.json: No such file"):
        read(file)
    file.write_text("[]")
    with pytest.raises(Malformed, match=r"the mock configuration .*mocks.json cannot be used: Expected `object`"):
        read(file)
    file.write_bytes(b"\xff")
    with pytest.raises(Malformed, match=r"mocks.json is not text in UTF-8"):
        read(file)
