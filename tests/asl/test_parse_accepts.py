"""What people write and AWS accepts, construct by construct: none of it may be refused."""

import json
from typing import Any

import pytest

from treadle.asl.parse import diagnose
from treadle.integrations.catalog import check_task
from treadle.values import Json

END = {"E": {"Type": "Succeed"}}
INNER = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
INLINE = INNER | {"ProcessorConfig": {"Mode": "INLINE"}}
DISTRIBUTED = INNER | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
READ = "arn:aws:states:::s3:getObject"
FILE = {"Bucket.$": "$.b", "Key": "k"}


def found(state: dict[str, Json], **machine: Json) -> list[str]:
    text = json.dumps({"StartAt": "S", "States": {"S": state} | machine.pop("more", {})} | machine)
    return [f"{each.message} at {each.location}" for each in diagnose(text, tasks=check_task)]


def task(resource: str = "lambda:invoke", parameters: Json = None, **fields: Json) -> dict[str, Json]:
    given = {"FunctionName": "f"} if parameters is None else parameters
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": given, "End": True} | fields


PATHS = [
    "$.a[*]",
    "$..a",
    "$.a[0:2]",
    "$.a[-1]",
    "$.a[-1:]",
    "$.a[:2]",
    "$.a[1:]",
    "$.a[0,1]",
    "$['a','b']",
    "$.detail-type",
    "$.a[?(@.b=='c')]",
    "$.a[?(@.b)].c",
    "$.a[?(!@.b)]",
    "$.a[?(@.b==true)][0]",
    "$.a[?(@.b!=null)]",
    "$.a[?(@.b==$.c)]",
    "$.length()",
    "$.a.length()",
    "$.a.min()",
    "$.a.b.*",
    "$[*].a",
    "$.a:b",
    "$$",
    "$$.Execution.Input",
    "$$.Map.Item.Value",
    "$v.a[0]",
]
PATHS += [
    "$['a']['b c']",
    "$.a[?(@.x > 3 && @.y == 'z')]",
    "$.a[?(@.b =~ /x.*/i)]",
    "$.a[?(@.b in ['x','y'])]",
    "$.a[?(@['b c'] == 1)]",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths(path: str) -> None:
    assert found({"Type": "Pass", "InputPath": path, "Parameters": {"x.$": path}, "End": True}) == []


REFERENCES = [
    "$",
    "$.a",
    "$.a.b[0].c",
    "$['a-b']",
    "$.detail-type",
    "$[0]",
    "$['a']['b']",
    "$.a[0][1]",
    "$.x_y",
    "$.a:b",
]


@pytest.mark.parametrize("path", [*REFERENCES, "$.a['b c']", '$["a"]', None])
def test_result_paths(path: str | None) -> None:
    assert found({"Type": "Pass", "Result": 1, "ResultPath": path, "End": True}) == []


CALLS = [
    "States.UUID()",
    " States.UUID() ",
    "States.Array()",
    "States.Array('a', 1, -1.5, null, true, $.x)",
    "States.Format('x {}',$.a)",
    "States.Format('{}' , $.a )",
    "States.Format('It\\'s {} \\{\\}', $.a['b'])",
    "States.Format('one\ntwo {}', $$.Execution.Name)",
    'States.Format(\'{"a": "b"}\')',
    "States.Format('{}', States.ArrayGetItem(States.StringSplit($.x,':'),5))",
    'States.StringToJson(States.Format(\'\\{"a":"{}"\\}\', $.a))',
    "States.JsonMerge($, States.StringToJson('{\"x\":1}'), false)",
    "States.ArrayGetItem($.a[?(@.k == 'x')].v, 0)",
    "States.ArrayUnique($.a[*].b)",
    "States.MathAdd($.c, -1)",
]


@pytest.mark.parametrize("call", CALLS)
def test_intrinsic_calls(call: str) -> None:
    assert found({"Type": "Pass", "Parameters": {"x.$": call}, "End": True}) == []


RULES: list[dict[str, Any]] = [
    {"Variable": "$.a", "StringEquals": "x", "Comment": "c"},
    {"Not": {"Variable": "$.a", "StringEquals": "x"}},
    {
        "Comment": "c",
        "And": [
            {"Variable": "$.a", "IsPresent": True, "Comment": "inner"},
            {"Or": [{"Variable": "$.n", "NumericLessThanPath": "$.m"}, {"Not": {"Variable": "$.x", "IsNull": True}}]},
        ],
    },
    {"Variable": "$.a.length()", "NumericEquals": 0},
    {"Variable": "$.a[?(@.b=='c')]", "IsPresent": True},
    {"Variable": "$$.Execution.StartTime", "TimestampLessThan": "2020-01-01T00:00:00.5+01:00"},
    {"Variable": "$.a", "TimestampGreaterThanPath": "$$.State.EnteredTime"},
    {"Variable": "$v.a", "StringMatches": "*x\\*"},
]


@pytest.mark.parametrize("rule", RULES)
def test_choice_rules(rule: dict[str, Any]) -> None:
    choice = {"Type": "Choice", "Choices": [rule | {"Next": "E"}], "Default": "E"}
    assert found(choice, more=END) == []


STATES: dict[str, dict[str, Json]] = {
    "all of a task": task(
        Comment="c",
        InputPath="$",
        OutputPath="$.x",
        ResultPath="$.x.y",
        ResultSelector={"p.$": "$.Payload"},
        TimeoutSeconds=60.0,
        HeartbeatSeconds=10,
        Retry=[
            {"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 0, "MaxAttempts": 0, "BackoffRate": 1},
            {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 5, "JitterStrategy": "FULL", "Comment": "c"},
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S", "ResultPath": None, "Comment": "c"}],
    ),
    "empty guards": task(Retry=[], Catch=[]),
    "no parameters": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True},
    "a function": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f:$LATEST", "End": True},
    "a function of a tutorial": {
        "Type": "Task",
        "Resource": "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
        "End": True,
    },
    "any parameters for a function": {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:1:function:f",
        "Parameters": {"any": 1},
        "End": True,
    },
    "a question to Kubernetes": task(
        "eks:call",
        {
            "ClusterName": "c",
            "CertificateAuthority.$": "$.ca",
            "Endpoint.$": "$.endpoint",
            "Method": "GET",
            "Path": "/api/v1/pods",
            "QueryParameters": {"labelSelector": ["app=web"]},
        },
    ),
    "a token": task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}}),
    "wild overrides": task(
        "ecs:runTask.sync",
        {
            "Cluster": "c",
            "TaskDefinition": "t",
            "Overrides": {"ContainerOverrides": [{"Name": "n", "Environment": [{"Name": "A", "Value.$": "$.a"}]}]},
        },
    ),
    "arguments of a job": task("glue:startJobRun.sync", {"JobName": "j", "Arguments": {"--key.$": "$.k", "--x": "1"}}),
    "names of the SDK": task(
        "aws-sdk:s3:putObject", {"Bucket": "b", "Key.$": "$.k", "Body": {"any": 1}, "Acl": "private"}
    ),
    "fail without words": {"Type": "Fail"},
    "fail that says End": {"Type": "Fail", "End": True, "Comment": "c"},
    "fail by paths": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"},
    "succeed that says End": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": None, "End": True},
    "pass of nothing": {"Type": "Pass", "Result": None, "End": True},
    "pass of a text": {"Type": "Pass", "Parameters": "$.x", "End": True},
    "wait of no time": {"Type": "Wait", "Seconds": 0, "End": True},
    "wait by the context": {"Type": "Wait", "TimestampPath": "$$.Execution.Input.t", "End": True},
    "map of old": {"Type": "Map", "Iterator": INNER, "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": True},
    "map without a mode": {"Type": "Map", "ItemProcessor": INNER | {"ProcessorConfig": {}}, "End": True},
    "inline map of a kind": {
        "Type": "Map",
        "ItemProcessor": INNER | {"ProcessorConfig": {"Mode": "INLINE", "ExecutionType": "STANDARD"}},
        "End": True,
    },
    "tolerance of an inline map": {
        "Type": "Map",
        "ItemProcessor": INLINE,
        "Label": "l",
        "ToleratedFailurePercentage": 5.5,
        "End": True,
    },
    "empty options": {"Type": "Map", "ItemProcessor": DISTRIBUTED, "ItemBatcher": {}, "ResultWriter": {}, "End": True},
    "a reader without a type": {
        "Type": "Map",
        "ItemProcessor": DISTRIBUTED,
        "ItemReader": {"Resource": READ, "Parameters": FILE, "ReaderConfig": {}},
        "End": True,
    },
    "a reader with its limit": {
        "Type": "Map",
        "ItemProcessor": DISTRIBUTED,
        "ItemReader": {
            "Resource": READ,
            "Parameters": FILE,
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItemsPath": "$.n"},
        },
        "End": True,
    },
}


@pytest.mark.parametrize("name", STATES)
def test_states(name: str) -> None:
    assert found(STATES[name], Comment="c", Version="1.0", TimeoutSeconds=300) == []


EXPRESSIONS = """
    $states.input ~> |$|{'a': 1}|
    $states.input ~> |items|{'x': 1}, ['y']|
    $states.input.items[price > 10].name
    $states.input.items.{'id': id, 'n': $uppercase(name)}
    $states.input.x{name: $sum(v)}
    $states.input.x^(>a, <b)
    $states.input.x.($.y & 'a')
    $states.input.x@$i.y
    $states.input.x#$i.{'i': $i}
    $states.input.a.b.%.c
    $states.input.**.x
    $states.input.`a-b`.c
    $states.input.x[[0..2]]
    ($a := 1; $f := function($x){$x + $a}; $f(2))
    $map($states.input.items, function($v, $i, $a){{'i': $i, 'v': $v.name}})
    $reduce([1, 2], function($i, $j){$i + $j})
    $states.input.a ~> $trim ~> $uppercase
    $replace($states.input.a, /x/i, 'y')
    $states.input.a in ['x', 'y'] ? 'a' : 'b'
    λ($x){$x}(1)
    (/* why */ [1..5].($ * 2))
    $eval('1')
    $parse($states.input.body).x
    $toMillis($states.context.Execution.StartTime)
    $mine[0].b
    $states
"""


@pytest.mark.parametrize("source", [line.strip() for line in EXPRESSIONS.strip().splitlines()])
def test_jsonata(source: str) -> None:
    assert found({"Type": "Pass", "Output": {"x": f"{{% {source} %}}"}, "End": True}, QueryLanguage="JSONata") == []
