# ruff: noqa: E501
"""Definitions: what the parser takes can be compiled and run; what it does not take, it says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.compile import compile
from treadle.asl.findings import DefinitionError
from treadle.asl.machine import Machine
from treadle.asl.parse import diagnose, parse, parse_state
from treadle.asl.references import variable_references
from treadle.engine import step as engine
from treadle.engine.events import Event, TaskFailed, TaskStarted, TaskSubmitted, TaskSucceeded, Ticked
from treadle.engine.execution import Facts, Failure
from treadle.runtime.codec import Codec
from treadle.values import Json, Payload, dumps

from . import texts
from .bounds import examples, within

SOON = 5.0
SEEDS = [json.loads(file.read_text()) for file in sorted((Path(__file__).parent.parent / "definitions").glob("*.json"))]
FIELDS = [
    "Type", "Next", "End", "Comment", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result",
    "Resource", "Retry", "Catch", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath",
    "Choices", "Default", "Variable", "StringEquals", "NumericLessThanPath", "IsPresent", "And", "Or", "Not", "Condition",
    "Branches", "ItemProcessor", "Iterator", "ItemsPath", "ItemSelector", "Items", "MaxConcurrency", "MaxConcurrencyPath",
    "ItemReader", "ItemBatcher", "ResultWriter", "ToleratedFailureCount", "Label", "ProcessorConfig", "Mode", "Seconds",
    "SecondsPath", "Timestamp", "TimestampPath", "Error", "ErrorPath", "Cause", "CausePath", "Assign", "Output",
    "Arguments", "QueryLanguage", "StartAt", "States", "Version", "Credentials", "RoleArn", "a.$", "a", "ErrorEquals",
    "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "BatchInput", "InputType",
]  # fmt: skip
WORDS = [
    "Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map", "JSONata", "JSONPath", "DISTRIBUTED", "INLINE",
    "EXPRESS", "STANDARD", "States.ALL", "States.Runtime", "FULL", "1.0", "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:lambda:us-east-1:000000000000:function:f", "arn:aws:states:us-east-1:000000000000:activity:a",
    "arn:aws:states:::s3:getObject", "arn:aws:states:::glue:startJobRun.sync", "2024-01-01T00:00:00Z", "A", "B",
]  # fmt: skip
pieces = st.one_of(
    st.sampled_from(WORDS),
    texts.paths,
    texts.calls,
    texts.expressions.map(lambda text: "{% " + text + " %}"),
    texts.json_values,
    st.integers(-1, 100_000_000),
    st.sampled_from(SEEDS)
    .flatmap(lambda seed: st.sampled_from(list(nodes(seed))))
    .map(lambda place: json.loads(json.dumps(place[-1]))),
)


def nodes(value: Json) -> Any:
    """Every (container, key, member) of a tree."""
    stack = [value]
    while stack:
        container = stack.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            member = container[key]
            yield container, key, member
            if isinstance(member, dict | list):
                stack.append(member)


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """A definition of our own with some members replaced, removed, renamed or added."""
    value = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    for _ in range(draw(st.integers(0, 3))):
        places = list(nodes(value))
        if not places:
            break
        container, key, member = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "replace", "remove", "add", "rename"])):
            case "replace":
                container[key] = draw(pieces)
            case "remove":
                del container[key]
            case "add" if isinstance(member, dict):
                member[draw(st.sampled_from(FIELDS))] = draw(pieces)
            case "rename" if isinstance(container, dict):
                container[draw(st.sampled_from(FIELDS))] = container.pop(key)
            case _:
                pass
    return value


def encoded(value: Json) -> str:
    try:
        return dumps(value)
    except UnicodeEncodeError:
        return json.dumps(value)


def run(machine: Machine, input: str, answers: list[Json]) -> None:
    """Let the machine run for a while in a world that answers anything."""
    plan = compile(machine)
    facts = Facts(
        "arn:aws:states:us-east-1:000000000000:execution:m:e", "e", "arn:m", "m", "arn:r", 0.0, 7, Payload(text=input)
    )
    transition = engine.start(plan, facts, 0.0)
    for at in range(1, 15):
        execution = transition.execution
        Codec().encode_snapshot(execution, root=True)
        if execution.status != "RUNNING":
            return
        for event in news(execution, plan, float(at), answers[at % len(answers)]):
            transition = engine.step(plan, transition.execution, event)


def news(execution: Any, plan: Any, at: float, answer: Json) -> list[Event]:
    events: list[Event] = [Ticked(max(at, engine.deadline(execution) or at))]
    for task in engine.outstanding(plan, execution):
        events.append(TaskStarted(at, task.task))
        if task.node.resource.pattern != "request":
            events.append(TaskSubmitted(at, task.task, Payload(answer)))
        if isinstance(answer, str):
            events.append(TaskFailed(at, task.task, Failure(answer, answer)))
        else:
            events.append(TaskSucceeded(at, task.task, Payload(answer)))
    return events


@examples(150)
@given(definitions(), st.sampled_from(["STANDARD", "EXPRESS"]), texts.objects, st.lists(texts.json_values, min_size=1))
def test_what_is_taken_runs(value: Json, kind: Any, input: Json, answers: list[Json]) -> None:
    text = encoded(value)
    with within(SOON):
        found = diagnose(text, kind=kind)
        try:
            machine = parse(text, kind=kind)
        except DefinitionError as refusal:
            assert str(refusal)
            assert found
            return
        assert not found
        variable_references(machine)
        run(machine, dumps(input), answers)


@examples(100)
@given(st.sampled_from(SEEDS), st.integers(0, 10_000), texts.odd_texts, st.integers(0, 3))
def test_broken_texts(value: Json, at: int, inserted: str, removed: int) -> None:
    """Something strange in the middle of a definition's text."""
    text = encoded(value)
    text = text[: at % len(text)] + inserted + text[at % len(text) + removed :]
    with within(SOON):
        for read in (parse, parse_state):
            try:
                read(text)
            except DefinitionError as refusal:
                assert str(refusal)


@examples(60)
@given(texts.monsters, st.sampled_from(FIELDS), st.sampled_from(["JSONPath", "JSONata"]))
def test_monsters_as_fields(text: str, field: str, language: str) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True, field: text}
    wrapped = {**state, field: "{%" + text + "%}"}
    for one in (state, wrapped, {**state, field: {"a.$": text, "b": "{%" + text + "%}"}}):
        machine = {"QueryLanguage": language, "StartAt": "A", "States": {"A": one}}
        with within(2 * SOON):
            try:
                run(parse(json.dumps(machine)), "{}", [None])
            except DefinitionError:
                continue


@examples(20)
@given(texts.monsters)
def test_monsters_as_definitions(text: str) -> None:
    with within(2 * SOON):
        assert diagnose(text)
