"""From text to the typed machine: what the model holds for each field."""

import json
from typing import Any

import pytest

from treadle.asl import machine as model
from treadle.asl.findings import DefinitionError
from treadle.asl.parse import diagnose, find_state, parse, parse_state
from treadle.values import Json

DONE = {"Type": "Succeed"}


def read(state: dict[str, Json], **top: Json) -> Any:
    """The state S of a machine that has S and, if something leads there, T."""
    states = {"S": state, "T": DONE} if '"T"' in json.dumps(state) else {"S": state}
    return parse(json.dumps({"StartAt": "S", "States": states, **top})).flow.states["S"]


def test_a_machine_keeps_its_top_level_fields() -> None:
    machine = parse(
        json.dumps({"Comment": "c", "StartAt": "S", "States": {"S": DONE}, "TimeoutSeconds": 9, "Version": "1.0"})
    )
    assert (machine.comment, machine.timeout, machine.language, machine.flow.start) == ("c", 9, "JSONPath", "S")
    assert machine.flow.pointer == ""
    assert machine.flow.states["S"] == model.Succeed(name="S", pointer="/States/S")


def test_fields_that_are_left_out_have_the_defaults_of_aws() -> None:
    state = read({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True})
    assert (state.input_path, state.output_path, state.result_path) == ("$", "$", "$")
    assert (state.timeout, state.heartbeat, state.next, state.retry) == (None, None, None, ())
    assert state.parameters is model.ABSENT


def test_null_paths_differ_from_absent_ones() -> None:
    state = read(
        {"Type": "Pass", "InputPath": None, "OutputPath": None, "ResultPath": None, "Result": None, "End": True}
    )
    assert (state.input_path, state.output_path, state.result_path, state.result) == (None, None, None, None)


def test_retriers_and_catchers() -> None:
    state = read(
        {
            "Type": "Task",
            "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "Retry": [
                {"ErrorEquals": ["A", "B"], "IntervalSeconds": 3, "MaxAttempts": 0, "BackoffRate": 1.5},
                {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 9, "JitterStrategy": "FULL"},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Assign": {"x.$": "$.Cause"}, "Next": "T"}],
            "Next": "T",
        }
    )
    assert state.retry == (
        model.Retrier(("A", "B"), interval=3, attempts=0, backoff=1.5),
        model.Retrier(("States.ALL",), max_delay=9, jitter=True),
    )
    assert state.catch == (model.Catcher(("States.ALL",), "T", result_path=None, assign={"x.$": "$.Cause"}),)


def test_arguments_and_parameters_are_one_attribute() -> None:
    resource = "arn:aws:states:::lambda:invoke"
    path = read({"Type": "Task", "Resource": resource, "Parameters": {"a.$": "$"}, "End": True})
    query = read({"Type": "Task", "Resource": resource, "Arguments": "{% $x %}", "End": True}, QueryLanguage="JSONata")
    assert (path.parameters, path.language) == ({"a.$": "$"}, "JSONPath")
    assert (query.parameters, query.language) == ("{% $x %}", "JSONata")


def test_choice_rules_hold_the_test_apart_from_what_follows() -> None:
    state = read(
        {
            "Type": "Choice",
            "Choices": [{"Comment": "c", "Not": {"Variable": "$.a", "IsNull": True}, "Next": "T", "Assign": {"x": 1}}],
        }
    )
    assert state.choices == (model.Rule("T", {"Not": {"Variable": "$.a", "IsNull": True}}, {"x": 1}),)
    query = read(
        {"Type": "Choice", "Choices": [{"Condition": True, "Next": "T", "Output": 1}]}, QueryLanguage="JSONata"
    )
    assert query.choices == (model.Rule("T", True, output=1),)


def test_branches_and_processors_have_json_pointers() -> None:
    inside = {
        "StartAt": "x/y",
        "States": {"x/y": {"Type": "Map", "ItemProcessor": {"StartAt": "Z", "States": {"Z": DONE}}, "End": True}},
    }
    state = read({"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": DONE}}, inside], "End": True})
    assert [branch.pointer for branch in state.branches] == ["/States/S/Branches/0", "/States/S/Branches/1"]
    deep = state.branches[1].states["x/y"]
    assert deep.pointer == "/States/S/Branches/1/States/x~1y"
    assert deep.processor.pointer == "/States/S/Branches/1/States/x~1y/ItemProcessor"


def test_a_map_in_its_old_form() -> None:
    state = read(
        {"Type": "Map", "Iterator": {"StartAt": "Z", "States": {"Z": DONE}}, "Parameters": {"a": 1}, "End": True}
    )
    assert (state.legacy, state.mode, state.item_selector, state.items_path) == (True, "INLINE", {"a": 1}, "$")
    assert state.processor.pointer == "/States/S/Iterator"


def test_a_distributed_map_keeps_the_objects_its_run_reads() -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key.$": "$.k"}}
    state = read(
        {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Z",
                "States": {"Z": DONE},
            },
            "ItemReader": reader,
            "Label": "Rows",
            "ToleratedFailurePercentage": 1.5,
            "MaxConcurrency": 7,
            "End": True,
        }
    )
    assert (state.mode, state.execution_type, state.item_reader) == ("DISTRIBUTED", "EXPRESS", reader)
    assert (state.label, state.tolerated_percentage, state.max_concurrency) == ("Rows", 1.5, 7)


def test_expressions_may_stand_for_numbers_in_jsonata() -> None:
    assert read({"Type": "Wait", "Seconds": "{% 1 %}", "End": True}, QueryLanguage="JSONata").seconds == "{% 1 %}"
    assert (
        read({"Type": "Wait", "Timestamp": "{% $now() %}", "End": True}, QueryLanguage="JSONata").timestamp
        == "{% $now() %}"
    )


def test_inner_states_speak_the_language_of_the_machine_not_of_the_state_around() -> None:
    state = read(
        {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "ItemProcessor": {"StartAt": "Z", "States": {"Z": DONE}},
            "End": True,
        }
    )
    assert (state.language, state.processor.states["Z"].language) == ("JSONata", "JSONPath")


def test_any_state_of_a_machine_can_be_found_by_its_name() -> None:
    machine = parse(
        json.dumps(
            {
                "StartAt": "S",
                "States": {"S": {"Type": "Map", "ItemProcessor": {"StartAt": "Z", "States": {"Z": DONE}}, "End": True}},
            }
        )
    )
    found = find_state(machine, "Z")
    assert found is not None and found.pointer == "/States/S/ItemProcessor/States/Z"
    assert find_state(machine, "Nobody") is None


def test_a_single_state_may_lead_anywhere() -> None:
    state = parse_state('{"Type": "Pass", "QueryLanguage": "JSONata", "Output": 1, "Next": "Elsewhere"}')
    assert (state.name, state.pointer, state.next, state.language) == (
        "StateName",
        "/States/StateName",
        "Elsewhere",
        "JSONata",
    )


def test_what_is_wrong_with_a_single_state_is_located_as_aws_does() -> None:
    with pytest.raises(DefinitionError) as refusal:
        parse_state('{"Type": "Parallel", "Branches": [], "End": true}')
    assert str(refusal.value) == (
        "Invalid State Machine Definition: "
        "'SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches'"
    )
    with pytest.raises(DefinitionError) as refusal:
        parse_state(
            '{"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"Y": {"Type": "Succeed"}}}], "End": true}'
        )
    assert [each.location for each in refusal.value.diagnostics] == ["/States/StateName/Branches[0]/StartAt"]


def test_a_refusal_joins_all_findings() -> None:
    text = json.dumps(
        {"StartAt": "S", "States": {"S": {"Type": "Pass", "Next": "A"}, "U": {"Type": "Pass", "End": True}}}
    )
    with pytest.raises(DefinitionError) as refusal:
        parse(text)
    assert str(refusal.value) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: A at /States/S/Next,"
        ' MISSING_TRANSITION_TARGET: State "U" is not reachable. at /States/U\''
    )
    assert refusal.value.diagnostics == diagnose(text)


def test_definitions_can_be_nested_but_not_without_end() -> None:
    def tower(levels: int) -> str:
        flow: Json = {"StartAt": "L0", "States": {"L0": DONE}}
        for level in range(1, levels):
            name = f"L{level}"
            flow = {"StartAt": name, "States": {name: {"Type": "Parallel", "Branches": [flow], "End": True}}}
        return json.dumps(flow)

    assert diagnose(tower(45)) == ()
    assert [each.message for each in diagnose(tower(60))] == [
        "The definition is nested too deeply: more than 200 levels"
    ]
    assert diagnose("[" * 100_000)[0].code == "INVALID_JSON_DESCRIPTION"


def test_deep_data_is_no_problem() -> None:
    deep: Json = {"x.$": "$.y"}
    for _ in range(95):
        deep = [{"a": deep}]
    assert read({"Type": "Pass", "Parameters": deep, "End": True}).parameters == deep
    condition: Json = {"Variable": "$.x", "IsNull": True}
    for _ in range(60):
        condition = {"And": [{"Not": condition}]}
    assert read({"Type": "Choice", "Choices": [{**condition, "Next": "T"}]}).choices[0].condition == condition


def test_a_definition_of_more_than_a_mebibyte_is_refused() -> None:
    text = json.dumps({"Comment": "x" * 1_048_576, "StartAt": "S", "States": {"S": DONE}})
    assert [each.code for each in diagnose(text)] == ["INVALID_JSON_DESCRIPTION"]
