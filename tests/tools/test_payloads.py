"""Predictions about the 256 KiB of a payload: what is certain is never more than what a run shows."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from treadle.asl.parse import parse
from treadle.testing import Machine
from treadle.testing.answers import Call
from treadle.tools.convert.samples import Sampler
from treadle.tools.lint import check
from treadle.tools.lint.config import Config
from treadle.tools.lint.sizes import shape_of, sizes
from treadle.tools.source import read
from treadle.values import Json, dumps

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))
MOST = 400  # events; polls may go on for ever


def told(states: dict[str, Json], rule: str, language: str = "JSONPath") -> list[str]:
    text = json.dumps({"QueryLanguage": language, "StartAt": next(iter(states)), "States": states})
    found = check(read(text), wanted=Config(select=(rule,)).wanted("x"))
    return [finding.message for finding in found]


def ending(**state: Json) -> dict[str, Json]:
    return {"End": True, **state}


def each(items: Json, state: dict[str, Json], **more: Json) -> dict[str, Json]:
    return ending(Type="Map", Items=items, ItemProcessor={"StartAt": "I", "States": {"I": state}}, **more)


# -- certain sizes
@pytest.mark.parametrize(
    "value", [None, 1.5, "ü", '"', [], [1, [2, "x"]], {}, {"a": {"b": [1, 2]}, "ß": None}, list(range(-20, 1200, 7))]
)
def test_a_literal_has_the_size_of_its_text(value: Json) -> None:
    assert shape_of(value).low == len(dumps(value).encode())


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_no_output_is_smaller_than_what_was_said(file: Path) -> None:
    """Whatever the input and the answers are: the definition alone has said that it is this large."""
    text = file.read_text("utf-8").replace("${", "$${")
    machine = Machine(text)
    least = {
        size.state.name: size.low for size in sizes(machine.source.flow).told if size.what.startswith("Its output")
    }
    sampler = Sampler(machine.definition)
    for seed in range(6):
        luck = Random(seed)

        def answer(call: Call, luck: Random = luck) -> Json:
            return sampler.answer(machine.raw(call.state), luck)

        run = machine.start(sampler.input(luck), mocks=dict.fromkeys(machine.tasks, answer), check="NONE")
        while run.status == "RUNNING" and run.stage.next_at is not None and len(run.history) < MOST:
            run.stage.act()
        for event in run.history:
            if event.type.endswith("StateExited") and event.details is not None:
                name, output = str(event.details["name"]), str(event.details["output"].text)  # type: ignore[attr-defined]
                if '"Cause":' not in output:  # what a Catch hands on is smaller
                    assert len(output.encode()) >= least.get(name, 0), name


@pytest.mark.parametrize(
    ("states", "language", "said"),
    [
        ({"M": each("{% [1..1000] %}", ending(Type="Pass", Output={"t": "x" * 300}))}, "JSONata", "309,001"),
        ({"M": each("{% [1..1000] %}", ending(Type="Pass", Output="{% $states.input %}"))}, "JSONata", ""),
        (
            {
                "A": {"Type": "Pass", "Result": ["x" * 100_000], "ResultPath": "$.a", "Next": "B"},
                "B": {"Type": "Pass", "Parameters": {"one.$": "$.a", "two.$": "$.a"}, "ResultPath": "$.b", "Next": "C"},
                "C": ending(Type="Succeed"),
            },
            "JSONPath",
            "300,0",
        ),
        (
            {
                "A": {"Type": "Pass", "Assign": {"a": "x" * 200_000}, "Next": "B"},
                "B": ending(Type="Pass", Assign={"b": "{% $a %}", "c": "{% $a %}"}),
            },
            "JSONata",
            "The variables assigned here have at least 400,",
        ),
        (
            {
                "P": ending(
                    Type="Parallel",
                    Branches=[
                        {"StartAt": name, "States": {name: ending(Type="Pass", Result="x" * 150_000)}} for name in "AB"
                    ],
                )
            },
            "JSONPath",
            "The results together have at least 300,0",
        ),
        (
            {"C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "A"}], "Default": "B"}}
            | {
                "A": {"Type": "Pass", "Result": "x" * 200_000, "ResultPath": "$.a", "Next": "D"},
                "B": {"Type": "Pass", "Next": "D"},
                "D": ending(Type="Pass", Result="x" * 100_000, ResultPath="$.d"),
            },
            "JSONPath",
            "",
        ),
    ],
)
def test_what_must_be_too_large_is_told_once(states: dict[str, Json], language: str, said: str) -> None:
    found = told(states, "TR307", language)
    assert len(found) == bool(said) and all(said in message for message in found)


def test_ranges_are_counted_and_not_made() -> None:
    machine = parse(dumps({"StartAt": "M", "States": {"M": each("", ending(Type="Pass"))}} | _ranged(9_000_000)))
    (largest,) = sorted(size.low for size in sizes(machine.flow).told)[-1:]
    assert largest > 9_000_000


def _ranged(last: int) -> dict[str, Json]:
    made = ending(Type="Pass", Parameters={"all.$": f"States.ArrayRange(1, {last}, 1)"})
    return {"StartAt": "A", "States": {"A": made}}


# -- what is likely
BRANCH: dict[str, Json] = {"StartAt": "S", "States": {"S": ending(Type="Wait", Seconds=1)}}


def branches(count: int, **more: Json) -> dict[str, Json]:
    made = [json.loads(json.dumps(BRANCH).replace('"S"', f'"S{number}"')) for number in range(count)]
    return {"P": ending(Type="Parallel", Branches=made, **more)}


def test_branches_that_hand_on_their_input_are_counted() -> None:
    assert "holds 4 copies" in told(branches(4), "TR308")[0]
    assert not told(branches(3), "TR308")
    assert not told(branches(4, ResultSelector={"first.$": "$[0]"}), "TR308")
    assert not told(branches(4, Parameters={"id.$": "$.id"}), "TR308")
    assert told(branches(4, Parameters={"all.$": "$"}), "TR308")


@pytest.mark.parametrize(
    ("state", "language", "grows"),
    [
        ({"Type": "Pass", "Parameters": {"all.$": "States.Array($.all, $.new)"}}, "JSONPath", "$.all"),
        ({"Type": "Pass", "Parameters": {"last.$": "$"}, "ResultPath": "$.log"}, "JSONPath", "input inside"),
        ({"Type": "Pass", "Assign": {"log.$": "States.Format('{}, {}', $log, $.id)"}}, "JSONPath", "$log"),
        ({"Type": "Pass", "Output": {"all": "{% $append($states.input.all, 1) %}"}}, "JSONata", "$.all"),
        ({"Type": "Pass", "Assign": {"log": "{% $log & '.' %}"}}, "JSONata", "$log"),
        ({"Type": "Pass", "Parameters": {"all.$": "States.Array($.one, $.new)"}}, "JSONPath", ""),
        ({"Type": "Pass", "Parameters": {"last.$": "$.last"}, "ResultPath": "$.log"}, "JSONPath", ""),
    ],
)
def test_what_grows_in_a_loop(state: dict[str, Json], language: str, grows: str) -> None:
    rule: dict[str, Json] = {"Next": "Done"}
    rule |= {"Condition": "{% $done %}"} if language == "JSONata" else {"Variable": "$.done", "IsPresent": True}
    states = {
        "Work": state | {"Next": "More?"},
        "More?": {"Type": "Choice", "Choices": [rule], "Default": "Work"},
        "Done": {"Type": "Succeed"},
    }
    found = told(states, "TR303", language)
    assert bool(found) == bool(grows) and all(grows in message for message in found)
