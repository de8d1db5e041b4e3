"""What AWS refuses, rule by rule: a definition and its findings."""

import json
from typing import Literal

import pytest

from treadle.asl.findings import DefinitionError
from treadle.asl.machine import Diagnostic
from treadle.asl.parse import diagnose, parse
from treadle.asl.resource import Resource
from treadle.values import Json

DONE: Json = {"Type": "Succeed"}
LAMBDA = "arn:aws:states:::lambda:invoke"
SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
TASK: Json = {"Type": "Task", "Resource": LAMBDA, "End": True}
PASS: Json = {"Type": "Pass", "End": True}
QUERY: Json = {"QueryLanguage": "JSONata"}
INNER: Json = {"StartAt": "I", "States": {"I": DONE}}
DISTRIBUTED: Json = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **INNER}
MAP: Json = {"Type": "Map", "ItemProcessor": INNER, "End": True}
FILES: Json = {"Type": "Map", "ItemProcessor": DISTRIBUTED, "End": True}


def findings(state: Json, kind: str = "STANDARD") -> list[tuple[str, str, str | None]]:
    """(code, message, location below /States/S) of a machine whose first state is `state`."""
    states = {"S": state}
    if '"T"' in json.dumps(state):
        states["T"] = DONE
    text = json.dumps({"StartAt": "S", "States": states})
    found = diagnose(text, kind="EXPRESS" if kind == "EXPRESS" else "STANDARD")
    return [(each.code, each.message, (each.location or "").removeprefix("/States/S")) for each in found]


# Name of the rule: (state, message, location below the state).
SCHEMA_RULES: dict[str, tuple[Json, str, str]] = {
    # -- objects and their fields
    "a state is an object": (7, "Expected value of type Object", ""),
    "a state has a type": ({"End": True}, "These fields are required: [Type]", ""),
    "types are known": (
        {"Type": "Loop", "End": True},
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
        "/Type",
    ),
    "fields are known": ({**PASS, "Colour": 1}, "Field 'Colour' is not supported", "/Colour"),
    "only work can be retried": ({**PASS, "Retry": []}, "Field 'Retry' is not supported", "/Retry"),
    "only work can fail and be caught": ({**PASS, "Catch": []}, "Field 'Catch' is not supported", "/Catch"),
    "only a Task has a timeout": (
        {**MAP, "TimeoutSeconds": 1},
        "Field 'TimeoutSeconds' is not supported",
        "/TimeoutSeconds",
    ),
    "Succeed goes nowhere": ({"Type": "Succeed", "Next": "T"}, "Field 'Next' is not supported", "/Next"),
    "Choice does not end": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "T"}], "End": True},
        "Field 'End' is not supported",
        "/End",
    ),
    "a Task has a resource": ({"Type": "Task", "End": True}, "These fields are required: [Resource]", ""),
    "a state goes on or ends": ({"Type": "Pass"}, "Exactly one of these fields is required: [Next, End]", ""),
    "not both": ({**PASS, "Next": "T"}, "Only one of these fields is allowed: [Next, End]", ""),
    "End false is no end": (
        {"Type": "Pass", "End": False},
        "Exactly one of these fields is required: [Next, End]",
        "",
    ),
    # -- kinds of values
    "a string": ({**PASS, "Comment": 1}, "Expected value of type String", "/Comment"),
    "a boolean": ({**PASS, "End": "true"}, "Expected value of type Boolean", "/End"),
    "an integer": ({"Type": "Wait", "Seconds": "5", "End": True}, "Expected value of type Integer", "/Seconds"),
    "a boolean is no integer": (
        {"Type": "Wait", "Seconds": True, "End": True},
        "Expected value of type Integer",
        "/Seconds",
    ),
    "not negative": (
        {"Type": "Wait", "Seconds": -1, "End": True},
        "Value must be greater than or equal to 0",
        "/Seconds",
    ),
    "not too large": (
        {"Type": "Wait", "Seconds": 100_000_000, "End": True},
        "Value must be less than or equal to 99999999",
        "/Seconds",
    ),
    "a path": ({**PASS, "InputPath": "input"}, "Value is not a valid JSONPath", "/InputPath"),
    "a path that can be read": ({**PASS, "OutputPath": "$.a["}, "Value is not a valid JSONPath", "/OutputPath"),
    "a reference path": ({**PASS, "ResultPath": "$.a[*]"}, "Value is not a Reference Path", "/ResultPath"),
    "a reference path into the data": ({**PASS, "ResultPath": "$$.a"}, "Value is not a Reference Path", "/ResultPath"),
    "no variable as ResultPath": ({**PASS, "ResultPath": "$x"}, "Value is not a Reference Path", "/ResultPath"),
    "a timestamp with a zone": (
        {"Type": "Wait", "Timestamp": "2016-12-05T21:29:29", "End": True},
        "String does not match RFC3339 timestamp",
        "/Timestamp",
    ),
    "a timestamp with a real date": (
        {"Type": "Wait", "Timestamp": "2023-02-29T21:29:29Z", "End": True},
        "String does not match RFC3339 timestamp",
        "/Timestamp",
    ),
    "no expression as a timestamp of JSONPath": (
        {"Type": "Wait", "Timestamp": "{% $now() %}", "End": True},
        "String does not match RFC3339 timestamp",
        "/Timestamp",
    ),
    # -- payload templates
    "templates hold paths": (
        {**TASK, "Parameters": {"a": {"x.$": "x"}}},
        "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
        "/Parameters/a",
    ),
    "templates hold strings": (
        {**TASK, "Parameters": {"x.$": 1}},
        "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
        "/Parameters",
    ),
    "templates hold calls of known functions": (
        {**TASK, "ResultSelector": [{"x.$": "States.Shout($.a)"}]},
        "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
        "/ResultSelector[0]",
    ),
    "a name once": (
        {**PASS, "Parameters": {"x.$": "$.x", "x": 1}},
        "The field 'x' is defined more than once",
        "/Parameters",
    ),
    "variables go into an object": ({**PASS, "Assign": [1]}, "Expected value of type Object", "/Assign"),
    "variables have names": (
        {**PASS, "Assign": {"a-b.$": "$"}},
        "The variable name 'a-b' is not valid",
        "/Assign/a-b.$",
    ),
    "one name is taken": (
        {**PASS, "Assign": {"states": 1}},
        "The variable name 'states' is not valid",
        "/Assign/states",
    ),
    "credentials name a role": (
        {**TASK, "Credentials": {"Role": "x"}},
        "The field 'RoleArn' is required but was missing",
        "/Credentials",
    ),
    # -- query languages
    "languages are known": (
        {**PASS, "QueryLanguage": "XPath"},
        "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]",
        "/QueryLanguage",
    ),
    "no Output in JSONPath": (
        {**PASS, "Output": 1},
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage",
        "/Output",
    ),
    "no ResultPath in JSONata": (
        {**PASS, **QUERY, "ResultPath": "$"},
        "The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath'"
        " QueryLanguage",
        "/ResultPath",
    ),
    "no Result in JSONata": (
        {**PASS, **QUERY, "Result": 1},
        "The QueryLanguage is set to 'JSONata', but field 'Result' is only supported for the 'JSONPath' QueryLanguage",
        "/Result",
    ),
    # -- Wait, Task
    "a Wait knows how long": (
        {"Type": "Wait", "End": True},
        "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]",
        "",
    ),
    "a Wait waits once": (
        {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.x", "End": True},
        "Only one of these fields is allowed: [Seconds, SecondsPath, Timestamp, TimestampPath]",
        "",
    ),
    "a timeout is one thing": (
        {**TASK, "TimeoutSeconds": 1, "TimeoutSecondsPath": "$.x"},
        "Only one of these fields is allowed: [TimeoutSeconds, TimeoutSecondsPath]",
        "",
    ),
    "the heart beats before the end": (
        {**TASK, "TimeoutSeconds": 10, "HeartbeatSeconds": 10},
        "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
        "",
    ),
    # -- Choice
    "a Choice has choices": ({"Type": "Choice", "Choices": []}, "Value cannot be empty", "/Choices"),
    "a rule leads somewhere": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True}], "Default": "T"},
        "These fields are required: [Next]",
        "/Choices[0]",
    ),
    "a rule compares": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "Next": "T"}]},
        "Exactly one comparison operator is required",
        "/Choices[0]",
    ),
    "a rule compares once": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "IsString": True, "Next": "T"}]},
        "Only one of these fields is allowed: [IsNull, IsString]",
        "/Choices[0]",
    ),
    "a rule compares something": (
        {"Type": "Choice", "Choices": [{"IsNull": True, "Next": "T"}]},
        "These fields are required: [Variable]",
        "/Choices[0]",
    ),
    "operators are known": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "StringContains": "x", "Next": "T"}]},
        "Field 'StringContains' is not supported",
        "/Choices[0]/StringContains",
    ),
    "operands fit their operator": (
        {"Type": "Choice", "Choices": [{"And": [{"Variable": "$", "NumericEquals": "1"}], "Next": "T"}]},
        "Expected value of type Number",
        "/Choices[0]/And[0]/NumericEquals",
    ),
    "times are times": (
        {"Type": "Choice", "Choices": [{"Variable": "$", "TimestampEquals": "noon", "Next": "T"}]},
        "String does not match RFC3339 timestamp",
        "/Choices[0]/TimestampEquals",
    ),
    "paths are paths": (
        {"Type": "Choice", "Choices": [{"Not": {"Variable": "x", "IsNull": True}, "Next": "T"}]},
        "Value is not a valid JSONPath",
        "/Choices[0]/Not/Variable",
    ),
    "only the outermost rule leads somewhere": (
        {"Type": "Choice", "Choices": [{"Not": {"Variable": "$", "IsNull": True, "Next": "T"}, "Next": "T"}]},
        "Field 'Next' is not supported",
        "/Choices[0]/Not/Next",
    ),
    "And joins something": (
        {"Type": "Choice", "Choices": [{"And": [], "Next": "T"}]},
        "Value cannot be empty",
        "/Choices[0]/And",
    ),
    "a JSONata rule has a condition": (
        {"Type": "Choice", **QUERY, "Choices": [{"Next": "T"}]},
        "These fields are required: [Condition]",
        "/Choices[0]",
    ),
    "a condition is a truth": (
        {"Type": "Choice", **QUERY, "Choices": [{"Condition": "yes", "Next": "T"}]},
        "Value must be a boolean or a JSONata expression",
        "/Choices[0]/Condition",
    ),
    # -- Retry and Catch
    "a retrier names errors": ({**TASK, "Retry": [{}]}, "These fields are required: [ErrorEquals]", "/Retry[0]"),
    "and at least one": ({**TASK, "Retry": [{"ErrorEquals": []}]}, "Value cannot be empty", "/Retry[0]/ErrorEquals"),
    "States.ALL stands alone": (
        {**TASK, "Retry": [{"ErrorEquals": ["A", "States.ALL"]}]},
        "States.ALL must appear alone in the ErrorEquals array",
        "/Retry[0]/ErrorEquals",
    ),
    "States.ALL comes last": (
        {**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "T"}, {"ErrorEquals": ["A"], "Next": "T"}]},
        "States.ALL must appear in the last element of 'Catch'",
        "/Catch[0]",
    ),
    "waiting never gets shorter": (
        {**TASK, "Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]},
        "Value must be greater than or equal to 1",
        "/Retry[0]/BackoffRate",
    ),
    "the longest delay": (
        {**TASK, "Retry": [{"ErrorEquals": ["A"], "MaxDelaySeconds": 31_622_401}]},
        "Value must be less than or equal to 31622400",
        "/Retry[0]/MaxDelaySeconds",
    ),
    "jitter is all or nothing": (
        {**TASK, "Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "HALF"}]},
        "The field 'JitterStrategy' should have one of these values: [FULL, NONE]",
        "/Retry[0]/JitterStrategy",
    ),
    "a catcher leads somewhere": (
        {**TASK, "Catch": [{"ErrorEquals": ["A"]}]},
        "These fields are required: [Next]",
        "/Catch[0]",
    ),
    # -- Parallel and Map
    "a Parallel has branches": (
        {"Type": "Parallel", "Branches": [], "End": True},
        "Value cannot be empty",
        "/Branches",
    ),
    "a branch is a flow": (
        {"Type": "Parallel", "Branches": [{"States": {"I": DONE}}], "End": True},
        "These fields are required: [StartAt]",
        "/Branches[0]",
    ),
    "a branch has no language of its own": (
        {"Type": "Parallel", "Branches": [{**INNER, **QUERY}], "End": True},
        "Field 'QueryLanguage' is not supported",
        "/Branches[0]/QueryLanguage",
    ),
    "a Map processes": (
        {"Type": "Map", "End": True},
        "Exactly one of these fields is required: [ItemProcessor, Iterator]",
        "",
    ),
    "in one way": (
        {**MAP, "Iterator": INNER},
        "Only one of these fields is allowed: [ItemProcessor, Iterator]",
        "",
    ),
    "an iteration is checked like anything else": (
        {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass"}}}, "End": True},
        "Exactly one of these fields is required: [Next, End]",
        "/ItemProcessor/States/I",
    ),
    "a mode is known": (
        {"Type": "Map", "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "REMOTE"}}, "End": True},
        "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]",
        "/ItemProcessor/ProcessorConfig/Mode",
    ),
    "a distributed Map has a type of execution": (
        {"Type": "Map", "ItemProcessor": {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}, "End": True},
        "These fields are required: [ExecutionType]",
        "/ItemProcessor/ProcessorConfig",
    ),
    "an inline Map reads no files": (
        {**MAP, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}},
        "Field 'ItemReader' is only supported in 'DISTRIBUTED' mode",
        "/ItemReader",
    ),
    "a reader reads from S3": (
        {**FILES, "ItemReader": {"Resource": LAMBDA}},
        f"The resource provided {LAMBDA} is not recognized. The value is not a valid resource ARN, or the resource is"
        " not available in this region.",
        "/ItemReader/Resource",
    ),
    "a reader's formats": (
        {**FILES, "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "XML"}}},
        "The field 'InputType' should have one of these values: [CSV, JSON, JSONL, PARQUET, MANIFEST]",
        "/ItemReader/ReaderConfig/InputType",
    ),
    "headers that are said to be given": (
        {
            **FILES,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"CSVHeaderLocation": "GIVEN"}},
        },
        "These fields are required: [CSVHeaders]",
        "/ItemReader/ReaderConfig",
    ),
    "a batch has a limit": (
        {**FILES, "ItemBatcher": {"MaxInputBytesPerBatch": 262_145}},
        "Value must be less than or equal to 262144",
        "/ItemBatcher/MaxInputBytesPerBatch",
    ),
    "a percentage": (
        {**FILES, "ToleratedFailurePercentage": 101},
        "Value must be less than or equal to 100",
        "/ToleratedFailurePercentage",
    ),
    "a label is not empty": ({**FILES, "Label": ""}, "Value cannot be empty", "/Label"),
    "a label is short": (
        {**FILES, "Label": "x" * 41},
        "Label cannot be longer than 40 characters",
        "/Label",
    ),
    "a label is a name": (
        {**FILES, "Label": "a b"},
        "Label contains a character that is not allowed",
        "/Label",
    ),
    "items are a collection": (
        {**MAP, **QUERY, "Items": 5},
        "Value must be an array, an object or a JSONata expression",
        "/Items",
    ),
}


@pytest.mark.parametrize("rule", SCHEMA_RULES)
def test_a_broken_rule_is_one_finding(rule: str) -> None:
    state, message, location = SCHEMA_RULES[rule]
    assert findings(state) == [(SCHEMA, message, location)]


BROKEN = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
CALL: Json = {**TASK, **QUERY}
EXPRESSIONS: dict[str, tuple[Json, str, str, str]] = {
    "expressions are JSONata": (
        {**PASS, **QUERY, "Output": {"v": ["{% [1, 2 %}"]}},
        BROKEN,
        'Expected "]" before end of expression',
        "/Output/v[0]",
    ),
    "an expression that is not closed": (
        {**PASS, **QUERY, "Output": "{% 1 "},
        BROKEN,
        "A JSONata expression must start with '{%' and end with '%}', without space around them",
        "/Output",
    ),
    "there is no input at the top level": (
        {**PASS, **QUERY, "Output": "{% phone & $states.input.x[y = 1].z %}"},
        UNSUPPORTED,
        "Reference to 'phone' at the top level is not supported.",
        "/Output",
    ),
    "not even by name": (
        {"Type": "Wait", **QUERY, "Seconds": "{% $ %}", "End": True},
        UNSUPPORTED,
        "Reference to '$' at the top level is not supported.",
        "/Seconds",
    ),
    "before the work there is no result": (
        {**CALL, "Arguments": "{% $states.result.x %}"},
        UNSUPPORTED,
        "Reference to '$states.result' is not supported in this field.",
        "/Arguments",
    ),
    "a Pass has no result": (
        {**PASS, **QUERY, "Assign": {"x": "{% $states.result %}"}},
        UNSUPPORTED,
        "Reference to '$states.result' is not supported in this field.",
        "/Assign/x",
    ),
    "without an error there is no error output": (
        {**CALL, "Output": "{% $states.errorOutput %}"},
        UNSUPPORTED,
        "Reference to '$states.errorOutput' is not supported in this field.",
        "/Output",
    ),
    "after an error there is no result": (
        {**CALL, "Catch": [{"ErrorEquals": ["A"], "Output": "{% $states.result %}", "Next": "T"}]},
        UNSUPPORTED,
        "Reference to '$states.result' is not supported in this field.",
        "/Catch[0]/Output",
    ),
    "conditions are expressions": (
        {"Type": "Choice", **QUERY, "Choices": [{"Condition": "{% a = 1 %}", "Next": "T"}]},
        UNSUPPORTED,
        "Reference to 'a' at the top level is not supported.",
        "/Choices[0]/Condition",
    ),
}


@pytest.mark.parametrize("rule", EXPRESSIONS)
def test_an_expression_that_cannot_work_is_one_finding(rule: str) -> None:
    state, code, message, location = EXPRESSIONS[rule]
    assert findings(state) == [(code, message, location)]


@pytest.mark.parametrize(
    "output",
    [
        "{% $nobody %}",
        " {% phone %} ",
        "$states.input",
        "{% $states %}",
        "{% $states.input.list[price > 5].{ 'n': name } %}",
        "{% ($x := 1; $x + 1) %}",
        "{% $states.context.Execution.Id ~> $uppercase() %}",
    ],
)
def test_expressions_and_literals_that_may_stand(output: str) -> None:
    assert findings({**PASS, **QUERY, "Output": output}) == []


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sqs:sendMessage.waitForEver",
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::teapot:brew",
        "arn:aws:s3:::bucket",
        "my-function",
        "",
    ],
)
def test_unknown_resources_are_refused(arn: str) -> None:
    assert findings({**TASK, "Resource": arn}) == [
        (
            SCHEMA,
            f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is"
            " not available in this region.",
            "/Resource",
        )
    ]


EXPRESS_LIMITS = {
    "arn:aws:states:::ecs:runTask.sync": "Express state machine does not support '.sync' service integration",
    # The blank at the end is AWS's.
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken": "Express state machine does not support '.waitForTaskToken'"
    " service integration ",
    "arn:aws:states:eu-west-1:123456789012:activity:a": "Express state machine does not support Activity ARN",
}


@pytest.mark.parametrize("arn", EXPRESS_LIMITS)
def test_express_machines_only_call_and_go_on(arn: str) -> None:
    state = {**TASK, "Resource": arn}
    refusal = [(SCHEMA, EXPRESS_LIMITS[arn], "/Resource")]
    assert findings(state, "EXPRESS") == refusal
    assert findings(state, "STANDARD") == []
    express = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "I",
        "States": {"I": state},
    }
    children = findings({"Type": "Map", "ItemProcessor": express, "End": True})
    assert children == [(SCHEMA, EXPRESS_LIMITS[arn], "/ItemProcessor/States/I/Resource")]


def test_an_express_machine_cannot_hold_a_distributed_map() -> None:
    assert [message for _, message, _ in findings(FILES, "EXPRESS")] == [
        "Express state machine does not support Distributed Map"
    ]


def test_a_catalogue_may_refuse_what_is_well_formed() -> None:
    def check(resource: Resource, field: str, template: Json) -> list[Diagnostic]:
        severity: Literal["ERROR", "WARNING"] = "WARNING" if resource.action == "getKettle" else "ERROR"
        found = Diagnostic("X", f"no {resource.resource} with {template}", f"/{field}", severity)
        return [] if resource.action == "getObject" else [found]

    def text(action: str) -> str:
        state = {**TASK, "Resource": f"arn:aws:states:::aws-sdk:s3:{action}", "Parameters": {"a": 1}}
        return json.dumps({"StartAt": "S", "States": {"S": state}})

    def ask(action: str) -> list[tuple[str, str | None]]:
        return [(each.message, each.location) for each in diagnose(text(action), tasks=check)]

    assert ask("getObject") == []
    assert ask("getTeapot") == [("no getTeapot with {'a': 1}", "/States/S/Parameters")]
    # AWS takes the kettle; whoever would run it does not.
    assert ask("getKettle") == []
    assert [each.severity for each in diagnose(text("getKettle"), severity="WARNING", tasks=check)] == ["WARNING"]
    with pytest.raises(DefinitionError, match="no getKettle"):
        parse(text("getKettle"), tasks=check)


# Whole machines -> (code, message, location).
MACHINES: dict[str, tuple[Json, list[tuple[str, str, str]]]] = {
    "nothing": ({}, [(SCHEMA, "These fields are required: [States, StartAt]", "/")]),
    "no object": ([], [(SCHEMA, "Expected value of type Object", "/")]),
    "no start": ({"States": {"S": DONE}}, [(SCHEMA, "These fields are required: [StartAt]", "/")]),
    "no states": ({"StartAt": "S", "States": {}}, [(SCHEMA, "Value cannot be empty", "/States")]),
    "an unknown field": (
        {"StartAt": "S", "States": {"S": DONE}, "Name": "x"},
        [(SCHEMA, "Field 'Name' is not supported", "/Name")],
    ),
    "a long name": (
        {"StartAt": "x" * 81, "States": {"x" * 81: DONE}},
        [(SCHEMA, "State name must be between 1 and 80 characters long", "/States/" + "x" * 81)],
    ),
    "a language cannot be taken back": (
        {"QueryLanguage": "JSONata", "StartAt": "S", "States": {"S": {**PASS, "QueryLanguage": "JSONPath"}}},
        [
            (
                SCHEMA,
                "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                "/States/S",
            )
        ],
    ),
    "a start that is not there": (
        {"StartAt": "A", "States": {"S": DONE}},
        [(TARGET, "Missing 'StartAt' target: A", "/StartAt")],
    ),
    "targets that are not there": (
        {
            "StartAt": "S",
            "States": {
                "S": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "IsNull": True, "Next": "A"}],
                    "Default": "W",
                },
                "W": {**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
            },
        },
        [
            (TARGET, "Missing 'Next' target: A", "/States/S/Choices[0]/Next"),
            (TARGET, "Missing 'Next' target: B", "/States/W/Catch[0]/Next"),
        ],
    ),
    "a default that is not there": (
        {
            "StartAt": "S",
            "States": {
                "S": {"Type": "Choice", "Choices": [{"Variable": "$", "IsNull": True, "Next": "W"}], "Default": "D"},
                "W": DONE,
            },
        },
        [(TARGET, "Missing 'Default' target: D", "/States/S/Default")],
    ),
    "a state nobody reaches": (
        {"StartAt": "S", "States": {"S": PASS, "pass2": PASS}},
        [(TARGET, 'State "pass2" is not reachable.', "/States/pass2")],
    ),
    "no way out of a branch": (
        {
            "StartAt": "S",
            "States": {
                "S": {
                    "Type": "Parallel",
                    "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "T"}}}],
                    "Next": "T",
                },
                "T": DONE,
            },
        },
        [
            (TARGET, "Missing 'Next' target: T", "/States/S/Branches[0]/States/B/Next"),
            ("MISSING_TERMINAL_STATE", "No terminal state was found", "/States/S/Branches[0]"),
        ],
    ),
    "no end": (
        {
            "StartAt": "S",
            "States": {"S": {"Type": "Pass", "Next": "W"}, "W": {"Type": "Wait", "Seconds": 1, "Next": "S"}},
        },
        [("MISSING_TERMINAL_STATE", "No terminal state was found", "/")],
    ),
    "a name that is taken": (
        {
            "StartAt": "S",
            "States": {"S": {"Type": "Map", "ItemProcessor": {"StartAt": "S", "States": {"S": DONE}}, "End": True}},
        },
        [("DUPLICATE_STATE_NAMES", "Duplicate state name: S", "/States/S/ItemProcessor/States/S")],
    ),
}


@pytest.mark.parametrize("name", MACHINES)
def test_whole_machines(name: str) -> None:
    definition, expected = MACHINES[name]
    found = diagnose(json.dumps(definition))
    assert [(each.code, each.message, each.location) for each in found] == expected


def test_the_graph_is_only_looked_at_when_every_field_is_right() -> None:
    text = json.dumps({"StartAt": "S", "States": {"S": {**PASS, "Colour": 1}, "U": {"Type": "Pass"}}})
    assert [(each.code, each.location) for each in diagnose(text)] == [
        (SCHEMA, "/States/S/Colour"),
        (SCHEMA, "/States/U"),
    ]


def test_text_that_is_no_json() -> None:
    (only,) = diagnose("not a definition")
    assert (only.code, only.severity) == ("INVALID_JSON_DESCRIPTION", "ERROR")
    assert only.message.startswith("Unrecognized token 'not': was expecting (JSON String, Number, Array,")
    assert only.location == '[Source: (String)"not a definition"; line: 1, column: 4]'


def test_a_definition_names_nothing_twice() -> None:
    (only,) = diagnose('{"StartAt": "S", "StartAt": "S", "States": {"S": {"Type": "Succeed"}}}')
    assert (only.code, only.message) == ("INVALID_JSON_DESCRIPTION", "Duplicate field 'StartAt'")
