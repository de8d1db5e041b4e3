"""`variableReferences` of DescribeStateMachine."""

import json

from treadle.asl.parse import parse
from treadle.asl.references import variable_references
from treadle.values import Json

DONE: Json = {"Type": "Succeed"}


def references(state: Json, **others: Json) -> dict[str, list[str]]:
    return variable_references(parse(json.dumps({"StartAt": "S", "States": {"S": state, **others}})))


def test_who_names_no_variable_is_left_out() -> None:
    assert (
        references({"Type": "Pass", "Assign": {"x.$": "$.x", "y": "$z"}, "Parameters": {"c.$": "$$"}, "End": True})
        == {}
    )


def test_paths_templates_and_calls_count_and_names_are_sorted() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "InputPath": "$b.x",
        "Parameters": {"list": [{"p.$": "$a[0]"}], "f.$": "States.Format('{}', States.MathAdd($e, 1))"},
        "ResultSelector": {"p.$": "$d"},
        "OutputPath": "$b",
        "TimeoutSecondsPath": "$c",
        "Credentials": {"RoleArn.$": "$role"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"z.$": "$caught"}, "Next": "T"}],
        "End": True,
    }
    assert references(state, T=DONE) == {"S": ["a", "b", "c", "caught", "d", "e", "role"]}


def test_choice_rules_count() -> None:
    state = {
        "Type": "Choice",
        "Choices": [
            {
                "And": [{"Variable": "$a", "IsNull": True}, {"Not": {"Variable": "$.x", "NumericEqualsPath": "$b"}}],
                "Assign": {"y.$": "$c"},
                "Next": "T",
            },
            {"Variable": "$.x", "StringEquals": "$literal", "Next": "T"},
        ],
    }
    assert references(state, T=DONE) == {"S": ["a", "b", "c"]}


def test_inner_states_are_listed_by_their_own_names() -> None:
    state = {
        "Type": "Map",
        "ItemsPath": "$rows",
        "ItemSelector": {"x.$": "$selected"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I",
            "States": {"I": {"Type": "Wait", "SecondsPath": "$pause", "End": True}},
        },
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"MaxItemsPath": "$most"},
            "Parameters": {"Bucket.$": "$bucket", "KeyPath": "$literal"},
        },
        "ItemBatcher": {"MaxItemsPerBatchPath": "$size", "BatchInput": {"b.$": "$batch"}},
        "ToleratedFailureCountPath": "$tolerated",
        "End": True,
    }
    assert references(state) == {
        "S": ["batch", "bucket", "most", "rows", "selected", "size", "tolerated"],
        "I": ["pause"],
    }


def test_expressions_count_with_their_free_variables_only() -> None:
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"a": "{% $sum($rows.n) + $states.input.n %}", "b": "$literal"},
        "TimeoutSeconds": "{% $patience %}",
        "Output": "{% $map($states.result, function($r) { $r * $factor }) %}",
        "Assign": {"x": "{% ($own := 1; $own) %}"},
        "Catch": [{"ErrorEquals": ["A"], "Output": "{% $caught %}", "Next": "T"}],
        "End": True,
    }
    assert references(state, T=DONE) == {"S": ["caught", "factor", "patience", "rows"]}


def test_conditions_and_items_count() -> None:
    choice = {
        "Type": "Choice",
        "QueryLanguage": "JSONata",
        "Choices": [{"Condition": "{% $a > 1 %}", "Assign": {"x": "{% $b %}"}, "Next": "M"}],
    }
    each = {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": ["{% $c %}"],
        "ItemProcessor": {"StartAt": "I", "States": {"I": {**DONE, "QueryLanguage": "JSONata", "Output": "{% $d %}"}}},
        "End": True,
    }
    assert references(choice, M=each) == {"S": ["a", "b"], "M": ["c"], "I": ["d"]}
