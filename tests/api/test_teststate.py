"""TestState over the API: what is refused, what is shown at which level, and tasks that are really performed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from treadle.api.call import Desk
from treadle.api.teststate import Tap
from treadle.asl.machine import Diagnostic
from treadle.asl.resource import Resource, parse_resource
from treadle.aws import AwsError
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.events import Event, TaskFailed, TaskSucceeded
from treadle.engine.execution import Facts, Failure
from treadle.integrations import http
from treadle.integrations.catalog import check_task
from treadle.integrations.fetch import Fetched
from treadle.runtime.performer import Find
from treadle.runtime.pump import Report
from treadle.values import Json, Payload

from .office import ROLE, World

PASS: dict[str, Any] = {"Type": "Pass", "End": True}
FLOW = {"StartAt": "Inner", "States": {"Inner": PASS}}
MAP = {"Type": "Map", "ItemProcessor": FLOW, "End": True}
PARALLEL = {"Type": "Parallel", "Branches": [FLOW], "End": True}
DISTRIBUTED = {
    **MAP,
    "ItemProcessor": {**FLOW, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
}
EACH = {"Type": "Map", "ItemProcessor": FLOW, "Next": "Last"}
MACHINE = {"StartAt": "Each", "States": {"Each": EACH, "Last": {"Type": "Succeed"}}}


def task(resource: str = "lambda:invoke", **fields: Any) -> dict[str, Any]:
    arn = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "End": True, **fields}


ACTIVITY = task("arn:aws:states:us-east-1:000000000000:activity:a")
RESULT = {"result": "{}"}
ERROR = {"errorOutput": {"error": "E", "cause": "c"}}


async def try_state(world: World, definition: Any, **params: Any) -> dict[str, Any]:
    """The answer, with JSON texts decoded."""
    text = definition if isinstance(definition, str) else json.dumps(definition)
    answer = await world.call("TestState", definition=text, **params)
    data = answer.get("inspectionData")
    if data is not None:
        answer["inspectionData"] = {k: json.loads(v) if isinstance(v, str) else v for k, v in data.items()}
    return answer


# -- refusals
CONTEXT = "Invalid Context object provided: "
ONE_OF_TWO = "A test mock should have only one of the following fields: [result, errorOutput]."
ONLY_MOCKED = "TestState does not support {} when a mock is not specified."
REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (task(), {}, "RoleArn must be specified when testing a Task state"),
    *(
        (state, {"mock": mock}, f"State type '{state['Type']}' is not supported when a mock is specified")
        for state in (PASS, {"Type": "Succeed"}, {"Type": "Wait", "Seconds": 1, "End": True}, {"Type": "Fail"})
        for mock in (RESULT, ERROR)
    ),
    (task(), {"mock": RESULT | ERROR}, ONE_OF_TWO),
    (task(), {"mock": {}}, ONE_OF_TWO),
    (
        task(),
        {"mock": RESULT, "revealSecrets": True},
        "TestState does not support RevealSecrets when a mock is specified.",
    ),
    *(
        (MAP, {"stateConfiguration": {name: value}}, ONLY_MOCKED.format(field))
        for name, value, field in (
            ("mapIterationFailureCount", 0, "MapIterationFailureCount"),
            ("retrierRetryCount", 1, "RetrierRetryCount"),
            ("errorCausedByState", "Inner", "ErrorCausedByState"),
            ("mapItemReaderData", "[]", "MapItemReaderData"),
        )
    ),
    (task(), {"context": "{}"}, "TestState does not support Context when a mock is not specified."),
    (ACTIVITY, {"roleArn": ROLE}, "TestState does not support activities when a mock is not specified."),
    (
        task("states:startExecution.sync"),
        {"roleArn": ROLE},
        "TestState does not support '.sync' service integrations when a mock is not specified.",
    ),
    (MAP, {"mock": RESULT}, "Mocked result must be an array."),
    (
        {**DISTRIBUTED, "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}},
        {"mock": {"result": "[]"}},
        "Mocked result must be a JSON object.",
    ),
    (PARALLEL, {"mock": RESULT}, "Mocked result must be an array."),
    (task(), {"mock": {"result": "{"}}, "Mocked result must be valid JSON."),
    (
        task("states:startExecution"),
        {"mock": {"result": '{"StartDate": "today"}'}},
        "Mock result schema validation error: Required field 'ExecutionArn' is missing",
    ),
    (task(), {"mock": {"errorOutput": {"cause": "c"}}}, "A mocked errorOutput must have an error."),
    (
        task(),
        {"mock": ERROR, "stateConfiguration": {"mapIterationFailureCount": 1}},
        "TestState does not support MapIterationFailureCount for a state of type 'Task'.",
    ),
    (
        MAP,
        {"mock": ERROR, "stateConfiguration": {"errorCausedByState": "Nobody"}},
        "State 'Nobody', given as ErrorCausedByState, is not part of the state under test.",
    ),
    (MACHINE, {"stateName": "Nobody"}, "State not found in definition"),
    (PASS, {"variables": "[]"}, "Invalid Variables provided: must be a valid JSON object"),
    *(
        (task(), {"mock": RESULT, "context": context}, CONTEXT + fault)
        for context, fault in (
            ("nonsense", "must be a valid JSON object"),
            ('{"Other": 1}', "Field 'Other' is not allowed"),
            ('{"Map": {}}', "'Map' field is not supported when mocking a Context object"),
            ('{"State": "S"}', "State must be an object"),
            ('{"State": {"Colour": 1}}', "Field 'State.Colour' is not allowed"),
            ('{"State": {"RetryCount": "1"}}', "State.RetryCount must be a number"),
            ('{"Execution": {"Id": 1}}', "Execution.Id must be a string"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "params", "message"), REFUSED)
async def test_what_cannot_be_tested_is_refused(
    world: World, definition: Any, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(AwsError) as refused:
        await try_state(world, definition, **params)
    assert (refused.value.code, refused.value.message) == ("ValidationException", message)


DEFINITION = "Invalid State Machine Definition: "
INVALID: list[tuple[Any, dict[str, Any], str, str]] = [
    ({"Type": "Nap"}, {}, "InvalidDefinition", DEFINITION + "'SCHEMA_VALIDATION_FAILED: The field 'Type' should have"),
    (
        {**PARALLEL, "Branches": []},
        {"mock": RESULT},
        "InvalidDefinition",
        DEFINITION + "'SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches'",
    ),
    (MACHINE, {}, "InvalidDefinition", DEFINITION),
    (PASS, {"stateName": "A"}, "InvalidDefinition", DEFINITION),
    (MAP, {}, "InvalidDefinition", "TestState API does not support Map or Parallel states."),
    (PARALLEL, {}, "InvalidDefinition", "TestState API does not support Map or Parallel states."),
    (PASS, {"input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input: '"),
    (task(), {"roleArn": "me"}, "InvalidArn", "Invalid Role Arn: 'me'"),
]


@pytest.mark.parametrize(("definition", "params", "code", "message"), INVALID)
async def test_definitions_inputs_and_roles_are_checked_as_ever(
    world: World, definition: Any, params: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(AwsError) as refused:
        await try_state(world, definition, **params)
    assert refused.value.code == code
    assert refused.value.message.startswith(message)


# -- answers
async def test_only_higher_levels_show_inspection_data(world: World) -> None:
    state = {**PASS, "Parameters": {"n.$": "$.a"}, "Next": "N"}
    del state["End"]
    answer = await try_state(world, state, input='{"a": 1}')
    assert answer == {"status": "SUCCEEDED", "output": '{"n": 1}', "nextState": "N"}
    for level in ("DEBUG", "TRACE"):
        assert await try_state(world, state, input='{"a": 1}', inspectionLevel=level) == {
            **answer,
            "inspectionData": {
                "input": {"a": 1},
                "afterInputPath": {"a": 1},
                "afterParameters": {"n": 1},
                "afterResultSelector": {"n": 1},
                "afterResultPath": {"n": 1},
            },
        }


async def test_the_input_is_an_empty_object_unless_given(world: World) -> None:
    assert await try_state(world, PASS) == {"status": "SUCCEEDED", "output": "{}"}


async def test_a_mock_needs_no_role(world: World) -> None:
    answer = await try_state(world, task(), mock={"result": '{"Payload":  7}'})
    # A mocked result keeps its text.
    assert answer == {"status": "SUCCEEDED", "output": '{"Payload":  7}'}


async def test_handled_errors_tell_who_handled_them(world: World) -> None:
    state = task(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": 1}], Catch=[{"ErrorEquals": ["E"], "Next": "C"}])
    first = await try_state(world, state, mock=ERROR, inspectionLevel="DEBUG")
    assert (first["status"], first["error"], first["cause"]) == ("RETRIABLE", "E", "c")
    assert first["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 1}
    assert "output" not in first and "nextState" not in first
    second = await try_state(
        world, state, mock=ERROR, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 1}
    )
    assert (second["status"], second["nextState"]) == ("CAUGHT_ERROR", "C")
    assert second["inspectionData"]["errorDetails"] == {"catchIndex": 0}
    assert json.loads(second["output"]) == {"Error": "E", "Cause": "c"}


async def test_any_state_of_a_machine_can_be_tried_by_name(world: World) -> None:
    assert await try_state(world, MACHINE, stateName="Last") == {"status": "SUCCEEDED", "output": "{}"}
    answer = await try_state(world, MACHINE, stateName="Each", input="[1]", mock={"result": '["x"]'})
    assert answer == {"status": "SUCCEEDED", "output": '["x"]', "nextState": "Last"}
    inner = json.loads(json.dumps(MACHINE).replace('"Pass"', '"Pass", "Parameters": {"item.$": "$$.Map.Item.Value"}'))
    assert (await try_state(world, inner, stateName="Inner", input="5"))["output"] == '{"item": 5}'


def cannot(resource: Resource, field: str, template: Json) -> list[Diagnostic]:
    return [Diagnostic("NOT_PERFORMED", f"cannot do {resource.action}", "/Resource", "WARNING")]


async def test_a_mocked_task_may_be_one_that_nobody_performs_here(world: World) -> None:
    world.desk = Desk(replace(world.office, tasks=cannot))
    state = task("glue:startJobRun.sync", Parameters={"JobName": "j"})
    assert (await try_state(world, state, mock=RESULT))["status"] == "SUCCEEDED"
    with pytest.raises(AwsError) as refused:
        await try_state(world, task("glue:startJobRun"), roleArn=ROLE)
    assert "cannot do startJobRun at /States/StateName/Resource" in refused.value.message


# -- performed tasks
class Performer:
    """Answers with `reply`; None is silence."""

    def __init__(self, reply: Payload | Failure | None) -> None:
        self.reply, self.runs, self.closed = reply, [], False  # type: ignore[var-annotated]

    def perform(self, facts: Facts, run: RunTask, report: Report) -> None:
        self.runs.append((facts, run))
        news: Event | None = None
        if isinstance(self.reply, Failure):
            news = TaskFailed(facts.started_at, run.task, self.reply)
        elif self.reply is not None:
            news = TaskSucceeded(facts.started_at, run.task, self.reply)
        if news is not None:
            asyncio.get_running_loop().call_soon(report, news)

    def cancel(self, facts: Facts, cancel: CancelTask) -> None:
        raise AssertionError("one task, performed to its end")

    async def close(self, grace: float) -> None:
        self.closed = True


def employ(world: World, reply: Payload | Failure | None) -> Performer:
    performer = Performer(reply)
    world.desk = Desk(replace(world.office, tasks=check_task, performer=lambda find: performer))
    return performer


async def test_without_a_mock_the_task_is_performed_in_the_given_role(world: World) -> None:
    performer = employ(world, Payload({"Payload": [1, 2]}))
    answer = await try_state(world, task(Parameters={"FunctionName": "f"}), roleArn=ROLE)
    assert answer == {"status": "SUCCEEDED", "output": '{"Payload": [1, 2]}'}
    ((facts, run),) = performer.runs
    assert (facts.role_arn, facts.kind, run.arguments.value) == (ROLE, "EXPRESS", {"FunctionName": "f"})
    assert performer.closed


async def test_a_failure_of_the_task_is_an_answer(world: World) -> None:
    employ(world, Failure("Lambda.ResourceNotFoundException", "no such function"))
    answer = await try_state(world, task(Parameters={"FunctionName": "f"}), roleArn=ROLE)
    assert answer == {"status": "FAILED", "error": "Lambda.ResourceNotFoundException", "cause": "no such function"}


async def test_a_silent_task_runs_into_its_time_limit(world: World) -> None:
    performer = employ(world, None)
    trial = asyncio.ensure_future(try_state(world, task(TimeoutSeconds=60), roleArn=ROLE))
    while not performer.runs:
        await asyncio.sleep(0)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert performer.closed
    # The same with a clock that has jumped: the answer comes at once.
    instants = iter([1_000.0, 1_000.0, 1_000.0])
    office = replace(world.office, now=lambda: next(instants, 1_060.0), performer=lambda find: performer)
    world.desk = Desk(office)
    answer = await try_state(world, task(TimeoutSeconds=60), roleArn=ROLE)
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Timeout")


# -- HTTP tasks
SENT = http.Sent("GET", "https://api.example.com/x?key=secret", {"Authorization": "Bearer secret"}, "")
PLAIN = http.Sent("GET", "https://api.example.com/x", {"Range": "bytes=0-262144"}, "")
GOT = Fetched(200, "OK", [("content-type", "application/json"), ("x-a", "b")], b'{"a": 1}')


@pytest.mark.parametrize(
    ("reveal", "headers"), [(True, "[Authorization: Bearer secret]"), (False, "[Range: bytes=0-262144]")]
)
async def test_an_http_task_shows_its_request_and_response(
    monkeypatch: pytest.MonkeyPatch, world: World, reveal: bool, headers: str
) -> None:
    async def exchange(call: Any) -> http.Exchange:
        return http.Exchange(SENT, GOT)

    monkeypatch.setattr(http, "exchange", exchange)
    monkeypatch.setattr(http, "plain", lambda call: PLAIN)

    class Through(Performer):
        """Calls the integration it is told to use."""

        def __init__(self, find: Find) -> None:
            super().__init__(None)
            self.find = find

        def perform(self, facts: Facts, run: RunTask, report: Report) -> None:
            self.work = asyncio.ensure_future(self._invoke(run, report))

        async def _invoke(self, run: RunTask, report: Report) -> None:
            integration = self.find(run.node.resource)
            assert integration is not None
            answer = await integration.call(None)  # type: ignore[arg-type]
            report(TaskSucceeded(world.now, run.task, Payload(answer)))

    world.desk = Desk(replace(world.office, tasks=check_task, performer=Through))
    params = {"roleArn": ROLE, "revealSecrets": reveal}
    answer = await world.call(
        "TestState", definition=json.dumps(task("http:invoke")), inspectionLevel="TRACE", **params
    )
    data = answer["inspectionData"]
    assert data["request"] == {
        "protocol": "https",
        "method": "GET",
        "url": (SENT if reveal else PLAIN).url,
        "headers": headers,
        "body": "",
    }
    assert data["response"] == {
        "protocol": "https",
        "statusCode": "200",
        "statusMessage": "OK",
        "headers": "[content-type: application/json, x-a: b]",
        "body": '{"a": 1}',
    }
    answer = await world.call(
        "TestState", definition=json.dumps(task("http:invoke")), inspectionLevel="DEBUG", **params
    )
    assert "request" not in answer["inspectionData"]


def test_other_tasks_have_their_own_integration() -> None:
    resource = parse_resource("arn:aws:states:::lambda:invoke")
    assert resource is not None
    found = Tap(False).find(resource)
    assert found is not None and found.name == "lambda:invoke"
