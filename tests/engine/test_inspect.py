"""One state tried in isolation: what comes out, and what its stages let through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from states import FUNCTION, machine
from treadle.asl.parse import parse_state
from treadle.engine.events import TaskStarted, Ticked
from treadle.engine.execution import Failure
from treadle.engine.inspect import LIMIT, Inspection, Probe, Subject, inspect, spaced, text
from treadle.engine.step import deadline
from treadle.testing import Machine
from treadle.values import Payload

Definition = dict[str, Any]
DOCUMENT = {"order": {"id": 7, "lines": [10, 20, 30]}, "who": "Ann"}
BEGIN = 1_700_000_000.0
PASS = {"Type": "Pass", "End": True}
EXPRESS = Machine(machine({"A": PASS}), kind="EXPRESS")
FLOW = {"StartAt": "Inner", "States": {"Inner": PASS}}
WHOLE = {"input": DOCUMENT}
BOOM = Failure("Boom", "it broke")


def task(**fields: Any) -> Definition:
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}


def every(**fields: Any) -> Definition:
    """A distributed Map."""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    return {"Type": "Map", "ItemProcessor": {**config, **FLOW}, "End": True, **fields}


def attempt(definition: Definition, reply: Any = None, input: Any = DOCUMENT, **around: Any) -> Inspection:
    """Try a state. `reply` is a mocked result, a Failure, or None for states that do no work."""
    given = Payload(text=json.dumps(input))
    subject = Subject(parse_state(json.dumps(definition)), given, **around)
    mocked = reply if reply is None or isinstance(reply, Failure) else Payload(text=json.dumps(reply))
    return inspect(subject, EXPRESS.facts(BEGIN, 42, input, "e"), BEGIN, mocked)


ORDER = DOCUMENT["order"]
STAGES = [
    pytest.param({"Type": "Succeed"}, None, {"afterInputPath": DOCUMENT}, id="succeed"),
    pytest.param({"Type": "Fail", "Error": "E"}, None, {}, id="fail"),
    pytest.param({"Type": "Wait", "Seconds": 3, "Next": "N"}, None, {"afterInputPath": DOCUMENT}, id="wait"),
    pytest.param(
        {"Type": "Choice", "InputPath": "$.order", "Choices": [{"Variable": "$.id", "IsPresent": True, "Next": "N"}]},
        None,
        {"afterInputPath": ORDER},
        id="choice",
    ),
    pytest.param(
        {"Type": "Pass", "InputPath": "$.order", "Parameters": {"n.$": "$.id"}, "ResultPath": "$.x", "End": True},
        None,
        {
            "afterInputPath": ORDER,
            "afterParameters": {"n": 7},
            "afterResultSelector": {"n": 7},
            "afterResultPath": {**DOCUMENT, "x": {"n": 7}},
        },
        id="pass",
    ),
    pytest.param(
        {"Type": "Pass", "Result": 1, "ResultPath": "$.who", "End": True},
        None,
        {"result": 1, "afterResultSelector": 1, "afterResultPath": {"order": ORDER, "who": 1}},
        id="pass with a result",
    ),
    pytest.param(
        task(ResultSelector={"sum.$": "$.total"}, ResultPath="$.order", OutputPath="$.order"),
        {"total": 60},
        {
            "afterInputPath": DOCUMENT,
            "afterParameters": DOCUMENT,
            "result": {"total": 60},
            "afterResultSelector": {"sum": 60},
            "afterResultPath": {"order": {"sum": 60}, "who": "Ann"},
        },
        id="task",
    ),
    pytest.param(
        task(QueryLanguage="JSONata", Arguments={"id": "{% $states.input.order.id %}"}, Output="{% $states.result %}"),
        5,
        {"afterArguments": {"id": 7}, "result": 5},
        id="task in JSONata",
    ),
    pytest.param(
        {"Type": "Parallel", "Branches": [FLOW], "Parameters": {"id.$": "$.order.id"}, "End": True},
        [1],
        {
            "afterInputPath": DOCUMENT,
            "afterParameters": {"id": 7},
            "afterResultSelector": [1],
            "afterResultPath": [1],
        },
        id="parallel",
    ),
    pytest.param(
        {"Type": "Parallel", "QueryLanguage": "JSONata", "Branches": [FLOW], "Arguments": {"a": 1}, "End": True},
        [1],
        {},
        id="parallel in JSONata",
    ),
    pytest.param(
        {"Type": "Map", "ItemsPath": "$.order.lines", "ItemProcessor": FLOW, "End": True},
        [1, 2, 3],
        {
            "afterInputPath": DOCUMENT,
            "afterItemsPath": [10, 20, 30],
            "afterResultSelector": [1, 2, 3],
            "afterResultPath": [1, 2, 3],
        },
        id="map",
    ),
]


@pytest.mark.parametrize(("definition", "reply", "stages"), STAGES)
def test_each_type_of_state_shows_its_own_stages(definition: Definition, reply: Any, stages: Definition) -> None:
    assert attempt(definition, reply).stages == {**WHOLE, **stages}


ENDS = [
    pytest.param(PASS, ("SUCCEEDED", None), id="the end"),
    pytest.param({"Type": "Pass", "Next": "N"}, ("SUCCEEDED", "N"), id="goes on"),
    pytest.param(
        {"Type": "Choice", "Choices": [{"Variable": "$.who", "StringEquals": "Bob", "Next": "B"}], "Default": "D"},
        ("SUCCEEDED", "D"),
        id="default",
    ),
    pytest.param({"Type": "Wait", "Seconds": 299, "Next": "N"}, ("SUCCEEDED", "N"), id="waits"),
    pytest.param({"Type": "Wait", "Seconds": 300, "Next": "N"}, ("FAILED", None), id="waits too long"),
    pytest.param({"Type": "Fail"}, ("FAILED", None), id="fails"),
]


@pytest.mark.parametrize(("definition", "end"), ENDS)
def test_the_inspection_tells_where_the_state_leads(definition: Definition, end: tuple[str, str | None]) -> None:
    found = attempt(definition)
    assert (found.status, found.next) == end


def test_a_failing_stage_is_the_last_that_is_not_shown() -> None:
    found = attempt({**PASS, "InputPath": "$.order", "Parameters": {"x.$": "$.nothing"}})
    assert (found.status, found.error, found.output) == ("FAILED", "States.Runtime", None)
    # Unlike an execution's, the cause does not name the state.
    assert str(found.cause).startswith("The JSONPath '$.nothing' specified for the field 'x.$' could not be found")
    assert found.stages == {**WHOLE, "afterInputPath": ORDER}
    found = attempt(task(ResultSelector={"x.$": "$.nothing"}), {"a": 1})
    assert list(found.stages) == ["input", "afterInputPath", "afterParameters", "result"]


# -- failures
RETRY = [
    {"ErrorEquals": ["Other"]},
    {"ErrorEquals": ["Boom"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 3, "MaxDelaySeconds": 10},
]
CATCH = [{"ErrorEquals": ["Other"], "Next": "O"}, {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "C"}]


@pytest.mark.parametrize(("retries", "seconds"), [(0, 3), (1, 6), (2, 10)])
def test_the_backoff_grows_with_the_retries_before(retries: int, seconds: int) -> None:
    found = attempt(task(Retry=RETRY, Catch=CATCH), BOOM, retries=retries)
    assert (found.status, found.error, found.cause) == ("RETRIABLE", "Boom", "it broke")
    assert found.handled == {"retryIndex": 1, "retryBackoffIntervalSeconds": seconds}
    assert found.next is None


def test_when_the_retries_are_spent_the_error_is_caught() -> None:
    found = attempt(task(Retry=RETRY, Catch=CATCH), BOOM, retries=3)
    assert (found.status, found.error, found.cause, found.next) == ("CAUGHT_ERROR", "Boom", "it broke", "C")
    assert found.handled == {"catchIndex": 1}
    assert found.output == {**DOCUMENT, "why": {"Error": "Boom", "Cause": "it broke"}}
    assert "afterResultPath" not in found.stages


def test_an_error_that_nobody_handles_fails_the_state() -> None:
    found = attempt(task(Retry=RETRY[:1], Catch=CATCH[:1]), BOOM)
    assert (found.status, found.error, found.cause, found.handled) == ("FAILED", "Boom", "it broke", {})


def test_a_catcher_that_fails_itself_fails_the_state() -> None:
    catch = [{"ErrorEquals": ["Boom"], "Output": "{% $error('no') %}", "Next": "C"}]
    found = attempt(task(QueryLanguage="JSONata", Catch=catch), BOOM)
    assert (found.status, found.error, found.handled) == ("FAILED", "States.QueryEvaluationError", {})


# -- maps
TOLERANCE = [
    pytest.param({}, 0, "SUCCEEDED", id="nothing failed"),
    pytest.param({}, 1, "FAILED", id="nothing is tolerated"),
    pytest.param({"ToleratedFailureCount": 2}, 2, "SUCCEEDED", id="as many as tolerated"),
    pytest.param({"ToleratedFailureCount": 2}, 3, "FAILED", id="more than tolerated"),
    pytest.param({"ToleratedFailurePercentage": 34}, 1, "SUCCEEDED", id="a third"),
    pytest.param({"ToleratedFailurePercentage": 33}, 1, "FAILED", id="more than 33 percent"),
    pytest.param({"ToleratedFailurePercentage": 100, "ToleratedFailureCount": 1}, 2, "FAILED", id="either limit"),
]


@pytest.mark.parametrize(("limits", "failed", "status"), TOLERANCE)
def test_a_map_fails_when_more_iterations_failed_than_it_tolerates(
    limits: Definition, failed: int, status: str
) -> None:
    found = attempt(every(ItemsPath="$.order.lines", **limits), [1, 2, 3], failed_items=failed)
    assert found.status == status
    assert found.error == ("States.ExceedToleratedFailureThreshold" if status == "FAILED" else None)


def test_a_mocked_error_comes_before_the_threshold() -> None:
    assert attempt(every(ItemsPath="$.order.lines"), BOOM, failed_items=3).error == "Boom"


LIMITS = [
    pytest.param({}, {"maxConcurrency": 0}, id="AWS's own limits"),
    pytest.param({"MaxConcurrencyPath": "$.order.id"}, {"maxConcurrency": 7}, id="by path"),
    pytest.param(
        {"ToleratedFailureCountPath": "$.order.id", "ToleratedFailurePercentagePath": "$.order.id"},
        {"maxConcurrency": 0, "toleratedFailureCount": 7, "toleratedFailurePercentage": 7.0},
        id="tolerance by path",
    ),
]


@pytest.mark.parametrize(("fields", "measures"), LIMITS)
def test_a_map_shows_its_limits(fields: Definition, measures: Definition) -> None:
    assert attempt(every(ItemsPath="$.order.lines", **fields), [1]).measures == measures


def test_limits_may_be_expressions() -> None:
    definition = every(
        QueryLanguage="JSONata", Items=[1, 2], MaxConcurrency="{% 1 + 1 %}", ToleratedFailurePercentage="{% 50 %}"
    )
    found = attempt(definition, [1, 2])
    assert found.measures == {"maxConcurrency": 2, "toleratedFailurePercentage": 50.0}
    assert found.stages == WHOLE
    assert attempt({**definition, "MaxConcurrency": "{% 'a' %}"}, []).error == "States.QueryEvaluationError"
    assert attempt({**definition, "ToleratedFailurePercentage": "{% 101 %}"}, []).error == "States.QueryEvaluationError"


def test_limits_are_looked_at_after_the_items() -> None:
    found = attempt(every(ItemsPath="$.who", MaxConcurrency=2), [])
    assert (found.error, found.cause) == ("States.Runtime", 'Reference path "$.who" must point to array.')
    assert (found.stages, found.measures) == ({**WHOLE, "afterInputPath": DOCUMENT}, {})


def test_selector_and_batcher_show_what_every_iteration_gets() -> None:
    definition = every(
        ItemsPath="$.order.lines",
        ItemSelector={"at.$": "$$.Map.Item.Index", "of.$": "$.who"},
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"id.$": "$.order.id"}},
    )
    stages = attempt(definition, []).stages
    selected = [{"at": index, "of": "Ann"} for index in range(3)]
    assert stages["afterItemSelector"] == selected
    head = {"BatchInput": {"id": 7}}
    assert stages["afterItemBatcher"] == [{**head, "Items": selected[:2]}, {**head, "Items": selected[2:]}]


def test_a_batch_holds_no_more_bytes_than_allowed() -> None:
    definition = every(
        QueryLanguage="JSONata", Items=["aaaa", "bbbb", "cccc"], ItemBatcher={"MaxInputBytesPerBatch": 25}
    )
    # {"Items":["aaaa","bbbb"]} has 25 bytes.
    assert attempt(definition, []).stages["afterItemBatcher"] == [{"Items": ["aaaa", "bbbb"]}, {"Items": ["cccc"]}]


READERS = [
    pytest.param({"InputType": "JSON"}, '[{"a": 1}, {"a": 2}]', [1, 2], id="array"),
    pytest.param({"InputType": "JSONL"}, '{"a": 1}\n{"a": 2}\n', [1, 2], id="lines"),
    pytest.param({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n3,4\n", ["1", "3"], id="csv"),
    pytest.param(
        {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["b", "a"], "CSVDelimiter": "PIPE"},
        "1|2\n3|4\n",
        ["2", "4"],
        id="csv with given headers",
    ),
    pytest.param({"InputType": "JSON", "MaxItems": 1}, '[{"a": 1}, {"a": 2}]', [1], id="no more than"),
    pytest.param({"InputType": "JSON", "ItemsPointer": "/x/0"}, '{"x": [[{"a": 5}]]}', [5], id="pointer"),
]


@pytest.mark.parametrize(("config", "data", "selected"), READERS)
def test_the_data_of_an_item_reader_is_read_as_it_would_be(config: Definition, data: str, selected: list[Any]) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key.$": "$.who"}}
    definition = every(ItemReader={**reader, "ReaderConfig": config}, ItemSelector={"a.$": "$$.Map.Item.Value.a"})
    found = attempt(definition, [], reader_data=data)
    assert found.stages["afterItemSelector"] == [{"a": value} for value in selected]
    assert "afterItemsPath" not in found.stages
    assert ("afterItemsPointer" in found.stages) == ("ItemsPointer" in config)
    # Without the data nobody knows the items.
    assert "afterItemSelector" not in attempt(definition, []).stages


def test_data_that_is_no_list_fails_the_reader() -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}
    definition = every(ItemReader={**reader, "Parameters": {"Bucket": "b", "Key": "k"}})
    found = attempt(definition, [], reader_data='"text"')
    assert (found.error, found.cause) == ("States.ItemReaderFailed", "Attempting to map over non-iterable node.")
    assert attempt(definition, [], reader_data="[1,").error == "States.ItemReaderFailed"


# -- surroundings
def test_variables_are_seen_and_assigned() -> None:
    definition = {"Type": "Pass", "Assign": {"next.$": "States.MathAdd($now, 1)"}, "End": True}
    assert attempt(definition, variables={"now": 1}).stages["variables"] == {"now": 1, "next": 2}
    assert "variables" not in attempt(PASS).stages
    assert attempt(PASS, variables={"now": 1}).stages["variables"] == {"now": 1}


def test_the_context_object_is_that_of_an_express_execution() -> None:
    found = attempt(task(Parameters={"all.$": "$$"}), {}, retries=2)
    context = found.stages["afterParameters"]["all"]
    assert sorted(context) == ["Execution", "State", "StateMachine"]
    assert sorted(context["Execution"]) == ["Id", "Input", "Name", "RoleArn", "StartTime"]
    assert (context["State"]["Name"], context["State"]["RetryCount"]) == ("StateName", 2)


def test_a_given_context_object_takes_the_place_of_the_whole() -> None:
    assert attempt(task(Parameters={"all.$": "$$"}), {}, context={}).stages["afterParameters"] == {"all": {}}
    given = {"Task": {"Token": "abc"}}
    found = attempt(task(Parameters={"token.$": "$$.Task.Token"}), {}, context=given)
    assert found.stages["afterParameters"] == {"token": "abc"}


def test_in_a_map_the_input_is_the_first_item() -> None:
    definition = {**PASS, "Parameters": {"item.$": "$$.Map.Item"}}
    assert attempt(definition, in_map=True).output == {"item": {"Index": 0, "Value": DOCUMENT}}
    assert attempt(definition).error == "States.Runtime"


# -- tasks that somebody performs
def test_a_probe_rests_only_when_its_task_is_over() -> None:
    subject = Subject(parse_state(json.dumps(task(TimeoutSeconds=60, Retry=[{"ErrorEquals": ["States.Timeout"]}]))))
    probe = Probe(subject, EXPRESS.facts(BEGIN, 42, {}, "e"), BEGIN)
    assert not probe.resting and probe.command is not None
    with pytest.raises(AssertionError):
        probe.inspection()
    probe.deliver(TaskStarted(BEGIN, probe.command.task))
    assert deadline(probe.execution) == BEGIN + 60
    probe.deliver(Ticked(BEGIN + 60))
    found = probe.inspection()
    assert (found.status, found.error) == ("RETRIABLE", "States.Timeout")


def test_no_task_takes_longer_than_five_minutes() -> None:
    probe = Probe(Subject(parse_state(json.dumps(task(Catch=CATCH)))), EXPRESS.facts(BEGIN, 42, {}, "e"), BEGIN)
    assert deadline(probe.execution) == BEGIN + LIMIT
    probe.deliver(Ticked(BEGIN + LIMIT))
    assert (probe.inspection().status, probe.inspection().error) == ("FAILED", "States.Timeout")


# -- texts
def test_what_came_from_outside_keeps_its_text() -> None:
    subject = Subject(parse_state(json.dumps(task())), Payload(text='{"a":1}'))
    found = inspect(subject, EXPRESS.facts(BEGIN, 42, {}, "e"), BEGIN, Payload(text="[ 1,2 ]"))
    assert (text(found, found.stages["afterParameters"]), text(found, found.output)) == ('{"a":1}', "[ 1,2 ]")
    assert text(found, [1, {"b": "c"}]) == '[1, {"b": "c"}]'


@pytest.mark.parametrize(
    "value", ["", "a,b:c", 'say "a:b", then', "back\\", 'both\\"', "\\\\", [{"k:,": ["\\", 'x",', 1]}, 2.5, None]]
)
def test_blanks_stand_outside_of_strings_only(value: Any) -> None:
    compact = json.dumps([value, value], separators=(",", ":"))
    assert spaced(compact) == json.dumps([value, value])
