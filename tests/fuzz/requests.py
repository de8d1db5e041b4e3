# ruff: noqa: E501
"""Strategies for requests: parameters from botocore's model of Step Functions, right, wrong and hostile."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

import botocore.session
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from . import texts
from .client import ASK, FAIL, HEAD, PASS, ROLE

MODEL = botocore.session.get_session().get_service_model("stepfunctions")
OPERATIONS = sorted(MODEL.operation_names)
# Stand for what the test world contains; the client puts the real thing in.
PLACES = ["MACHINE", "EXPRESS", "VERSION", "ALIAS", "ACTIVITY", "EXECUTION", "WAITING", "FAILED", "TOKEN"]

strange_arns = st.sampled_from(
    [
        f"{HEAD}:stateMachine:none", f"{HEAD}:stateMachine:known:99", f"{HEAD}:stateMachine:known:dead", f"{HEAD}:stateMachine:",
        f"{HEAD}:stateMachine:known/label", f"{HEAD}:execution:known:none", f"{HEAD}:express:express:a:b", f"{HEAD}:activity:none",
        f"{HEAD}:mapRun:known/label:1", f"{HEAD}:stateMachine:known#case", "arn:aws:lambda:us-east-1:0:function:f", ROLE, "arn:", "",
        "arn:aws:states:eu-west-1:111111111111:stateMachine:known", ":" * 12,
    ]
)  # fmt: skip
# What a member of this name mostly names.
ARNS: dict[str, list[str]] = {
    "stateMachineArn": ["MACHINE", "EXPRESS", "VERSION", "ALIAS"],
    "stateMachineVersionArn": ["VERSION"],
    "stateMachineAliasArn": ["ALIAS"],
    "activityArn": ["ACTIVITY"],
    "executionArn": ["EXECUTION", "WAITING", "FAILED"],
    "resourceArn": ["MACHINE", "ACTIVITY", "ALIAS"],
    "roleArn": [ROLE],
}
documents = st.one_of(
    st.sampled_from(
        ["{}", "[]", "null", '"a"', "1e400", '{"a":1,"a":2}', " {} ", "", "{", "NaN", "\ufeff{}", '"\\ud800"', "1 2"]
    ),
    texts.json_values.map(json.dumps),
    st.sampled_from(["[" * 2000 + "]" * 2000, '{"a":' * 500 + "1" + "}" * 500, "9" * 5000, '"' + "x" * 300_000 + '"']),
)
machines = st.one_of(
    st.sampled_from([PASS, ASK, FAIL]),
    st.sampled_from([PASS.replace("A", "\U0001f600"), PASS.replace("}", ""), PASS[:20], "{}", "[]", "", "null"]),
    documents,
)
good_names = st.sampled_from(["known", "live", "a", "new", "b-2", "_"])
words = st.one_of(
    st.sampled_from(["known", "live", "a", "new", "a b", "ä", "x" * 81, "x" * 1001, "", "*"]), texts.odd_texts
)
STATE = json.dumps(json.loads(PASS)["States"]["A"])
good_documents = st.sampled_from(["{}", '{"a": [1, 2.5, null, "x"]}', "[]", '"text"', "12"])
# Members whose values must mean something to get past the first check.
MEANINGS: dict[str, Strategy[Any]] = {
    "definition": st.one_of(st.sampled_from([PASS, PASS, ASK, FAIL, STATE]), machines),
    "taskToken": st.just("TOKEN"),
    "name": good_names,
    "nextToken": words,
    "weight": st.sampled_from([100, 50]),
}
MEANINGS |= dict.fromkeys(("input", "output", "context", "variables", "result"), good_documents)
MEANINGS |= {name: st.sampled_from(places) for name, places in ARNS.items()}


@cache
def fitting(name: str, member: str = "") -> Strategy[Any]:
    """Values of a shape, by the name of the operation or shape that has it: mostly good ones."""
    shape = MODEL.shape_for(name)
    wrong: Strategy[Any] = st.one_of(words, strange_arns, documents, texts.numbers, texts.odd_texts)
    match shape.type_name:
        case "structure":
            return structures(name)
        case "list":
            return st.lists(fitting(shape.member.name), min_size=shape.metadata.get("min", 0), max_size=3)
        case "boolean":
            right: Strategy[Any] = st.booleans()
        case "integer" | "long" | "float" | "double":
            least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
            right = st.integers(int(least), int(most))
        case "string" if shape.enum:
            right = st.sampled_from(shape.enum)
        case _:
            right = st.text(
                "ab1-", min_size=shape.metadata.get("min", 0), max_size=min(shape.metadata.get("max", 9), 9)
            )
    return rarely(wrong, MEANINGS.get(member, right))


@st.composite
def rarely(draw: st.DrawFn, wrong: Strategy[Any], right: Strategy[Any]) -> Any:
    return draw(wrong if draw(st.integers(0, 11)) == 11 else right)


@st.composite
def structures(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """The required members and a few of the others."""
    shape = MODEL.shape_for(name)
    others = [key for key in shape.members if key not in shape.required_members]
    chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others else []
    return {key: draw(fitting(shape.members[key].name, key)) for key in [*shape.required_members, *chosen]}


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Any]:
    """An operation and parameters, sometimes with members replaced, removed, or that nobody knows."""
    operation = draw(st.sampled_from(OPERATIONS))
    params = draw(fitting(MODEL.operation_model(operation).input_shape.name))
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        holder = params
        while draw(st.booleans()) and (inner := [each for each in holder.values() if isinstance(each, dict) and each]):
            holder = draw(st.sampled_from(inner))
        key = draw(st.sampled_from([*holder, "unknown"]))
        change = draw(st.sampled_from(["replace", "remove", "null"]))
        if change == "remove":
            holder.pop(key, None)
        else:
            holder[key] = None if change == "null" else draw(texts.json_values)
    return operation, params


hostile_bodies: Strategy[bytes] = st.one_of(
    st.binary(max_size=30),
    documents.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"", b" ", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b'{"maxResults": NaN}',
            b'{"maxResults": 1e999}', b'{"maxResults": -Infinity}', b'{"name": "a", "name": "b"}', b'{"maxResults": 1.0}',
            b'{"name": "a"', b"{'name': 'a'}", b'{"name": "a"} x', b"[" * 100_000, b'{"a":' * 100_000, b'{"maxResults": ' + b"9" * 5000 + b"}",
            b'{"name": "' + b"x" * 900_000 + b'"}', b'{"name": "' + b"x" * 2_000_000 + b'"}', gzip.compress(b"{}"),
            b"Action=ListStateMachines&Version=2016-11-23", b"<xml/>", b"\x00" * 100, b'{"name": "\x00"}', b'{"\\u0000": 1}',
        ]
    ),
)  # fmt: skip


def mutilated(body: bytes, at: int, inserted: bytes) -> bytes:
    """A body with something strange in its middle."""
    return body[: at % (len(body) + 1)] + inserted + body[at % (len(body) + 1) :]


odd_headers = st.lists(
    st.sampled_from(
        [
            (b"content-type", b"application/x-amz-json-1.1"), (b"content-type", b"text/plain"), (b"content-type", b"\xff\xfe"),
            (b"content-encoding", b"gzip"), (b"authorization", b""), (b"authorization", b"Credential="), (b"authorization", b"\xff"),
            (b"authorization", b"AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f/g"), (b"authorization", b"AWS4-HMAC-SHA256 Credential=////"),
            (b"authorization", b"Bearer x"), (b"x-amz-date", b"never"), (b"host", b""), (b"content-length", b"-1"),
            (b"x-amz-target", b"AWSStepFunctions.ListActivities"), (b"expect", b"100-continue"),
        ]
    ),
    max_size=3,
)  # fmt: skip
targets = st.one_of(
    st.sampled_from(OPERATIONS).map(lambda name: f"AWSStepFunctions.{name}".encode()),
    st.sampled_from(
        [
            b"AWSStepFunctions.", b"AWSStepFunctions.Nothing", b"AWSStepFunctions.liststatemachines", b"AWSStepFunctions.__class__",
            b"AWSStepFunctions.\xff", b"AWSStepFunctions.ListActivities.ListActivities", b"AWSStepFunctions." + b"x" * 10_000,
        ]
    ),
)  # fmt: skip
