"""JSONPath as JSONata: what is written, what is refused, and that both do the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from treadle.asl.parse import parse
from treadle.cli.main import main
from treadle.testing import Machine
from treadle.testing.equivalence import compare, compare_sampled
from treadle.tools.convert import to_jsonata
from treadle.tools.convert.states import Conversion
from treadle.tools.convert.terms import Impossible, Terms
from treadle.values import dumps

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))


def term(text: str, root: str = "$states.input") -> str:
    return Terms(root).term(text)


# -- paths and calls
@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("$", "$states.input"),
        ("$.a.b", "$states.input.a.b"),
        ("$['a b'].or", "$states.input.`a b`.`or`"),
        ("$.a[0].b", "$states.input.a[0].b"),
        ("$$.Execution.Id", "$states.context.Execution.Id"),
        ("$who.name", "$who.name"),
        ("$.a[*].b", "[$map($states.input.a, function($v) { $v.b })[]]"),
        ("States.Format('{} of {}!', $.a, 3)", '$states.input.a & " of " & 3 & "!"'),
        ("States.JsonToString($.a)", "$string($states.input.a)"),
        ("States.ArrayLength($.a)", "$count($states.input.a)"),
        ("States.MathAdd($.a, 2.5)", "$states.input.a + 3"),
        ("States.ArrayPartition($.a, 1.2)", "$partition($states.input.a, 1)"),
    ],
)
def test_paths_and_calls(path: str, written: str) -> None:
    assert term(path) == written


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("$..a", "no counterpart"),
        ("$.a[*].b[*]", "not several"),
        ("$.a.length()", "no counterpart"),
        ("States.MathRandom(1, 9, 7)", "another sequence"),
        ("States.ArrayGetItem($.a, $.i)", "may be negative"),
        ("States.JsonMerge($.a, $.b, true)", "deep merging"),
        ("States.Format($.a, 1)", "only known when it runs"),
    ],
)
def test_what_cannot_be_said_exactly(text: str, why: str) -> None:
    with pytest.raises(Impossible, match=why):
        term(text)


# -- states: the same output, variables and calls
DATA = {"a": {"b": [1], "c": "x"}, "list": [{"n": 1, "t": ["p"]}, {"n": 5, "t": []}, {"m": 2}], "n": 3, "s": "a,b;;c"}


def pass_state(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True, **fields}}}


@pytest.mark.parametrize(
    "fields",
    [
        {"InputPath": "$.a"},
        {"InputPath": None},
        {"OutputPath": "$.list[1]"},
        {"OutputPath": None},
        {"Result": {"x": [1, {"y": 2}]}, "ResultPath": "$.new"},
        {"Result": [1], "ResultPath": "$.a.b"},
        {"Result": 1, "ResultPath": "$.fresh.deep"},
        {"ResultPath": None, "Result": 1},
        {"Parameters": {"x.$": "$.a.b", "y": {"z.$": "$.n"}, "k": [{"q.$": "$.a.c"}]}},
        {"InputPath": "$.a", "Parameters": {"all.$": "$", "b.$": "$.b"}, "ResultPath": "$.r", "OutputPath": "$.r.all"},
        {"Parameters": {"x.$": "$.list[*].n"}},
        {"Parameters": {"x.$": "$.list[*].t"}},
        {"Parameters": {"x.$": "$.list[0:2]", "y.$": "$.list[-1:]", "z.$": "$.list[0:1]"}},
        {"Parameters": {"x.$": "$.list[?(@.n > 2)]", "y.$": "$.list[?(@.n == 1)].t", "z.$": "$.list[?(@.q)]"}},
        {"Parameters": {"x.$": "States.Array($.a.b, $.n, 'w')", "y.$": "States.Array($.a.b)"}},
        {"Parameters": {"x.$": "States.ArrayLength(States.Array($.a.b))"}},
        {"Parameters": {"x.$": "States.StringSplit($.s, ',;')", "y.$": "States.StringSplit('one', ',')"}},
        {"Parameters": {"x.$": "States.ArrayContains($.a.b, 1)", "y.$": "States.ArrayUnique($.a.b)"}},
        {"Parameters": {"x.$": "States.ArrayPartition($.list, 2)", "y.$": "States.ArrayRange(1, 9, 4)"}},
        {"Parameters": {"x.$": "States.JsonMerge($.a, States.StringToJson('{\"c\": 2}'), false)"}},
        {"Parameters": {"x.$": "States.Hash($.s, 'SHA-256')", "y.$": "States.Base64Encode($.s)"}},
        {"Parameters": {"x.$": "States.MathAdd($.n, -7)", "y.$": "States.Format('{}', $.n)"}},
        {"Assign": {"v.$": "$.a.b", "w": 1}},
        {"Result": {"k": [1]}, "Assign": {"v.$": "$.k"}},
    ],
    ids=lambda fields: json.dumps(fields)[:60],
)
def test_a_state_does_the_same(fields: dict[str, Any]) -> None:
    made = to_jsonata(pass_state(**fields))
    assert made.issues == () and made.definition is not None
    trial = compare(Machine(pass_state(**fields)), Machine(made.definition), DATA, dict)
    assert trial.status == "SUCCEEDED" and trial.divergences.equal, (made.definition, trial.divergences)


@pytest.mark.parametrize("value", ["abc", "b", "", 7, 0, -1.5, True, False, None, [], {}, "2026-01-01T00:00:00Z"])
@pytest.mark.parametrize(
    "test",
    [
        {"StringEquals": "abc"},
        {"StringLessThan": "b"},
        {"StringGreaterThanEqualsPath": "$.other"},
        {"StringMatches": "a*c"},
        {"NumericEquals": 7},
        {"NumericLessThan": 3},
        {"NumericEqualsPath": "$.seven"},
        {"BooleanEquals": True},
        {"IsNull": True},
        {"IsNull": False},
        {"IsNumeric": True},
        {"IsString": False},
        {"IsPresent": True},
        {"TimestampGreaterThan": "2025-01-01T00:00:00Z"},
    ],
    ids=lambda test: next(iter(test)),
)
def test_a_rule_decides_the_same(test: dict[str, Any], value: Any) -> None:
    if "TimestampGreaterThan" in test and isinstance(value, str) and not value.startswith("2"):
        pytest.skip("noted: the value is taken to be a timestamp")
    rules = [{"Not": {"And": [{"Variable": "$.x", **test}, {"Variable": "$.x", "IsPresent": True}]}, "Next": "No"}]
    flow = {
        "StartAt": "C",
        "States": {"C": {"Type": "Choice", "Choices": rules, "Default": "Yes"}}
        | {n: {"Type": "Succeed"} for n in ("Yes", "No")},
    }
    made = to_jsonata(flow)
    assert made.definition is not None
    trial = compare(Machine(flow), Machine(made.definition), {"x": value, "other": "b", "seven": 7}, dict)
    assert trial.status == "SUCCEEDED" and trial.divergences.equal


# -- whole machines
@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_our_definitions(file: Path) -> None:
    """Whatever is converted is a definition that AWS takes, and does the same; the rest stays JSONPath."""
    text = file.read_text("utf-8")
    made = to_jsonata(json.loads(text), partial=True)
    assert made.definition is not None
    parse(dumps(made.definition))
    assert {issue.pointer.split("/States/")[-1].split("/")[0].replace("~1", "/") for issue in made.issues} == set(
        made.kept
    )
    one, other = Machine(text.replace("${", "$${")), Machine(dumps(made.definition).replace("${", "$${"))
    for seed in range(6):
        trial = compare_sampled(one, other, seed)
        assert trial.divergences.equal or not trial.comparable, trial.divergences


def test_lost_errors_are_named() -> None:
    state = {
        "Type": "Task",
        "Resource": "r",
        "Catch": [{"ErrorEquals": ["States.IntrinsicFailure"], "Next": "N"}],
        "End": True,
    }
    work = Conversion(state, "/States/A")
    work.run()
    assert "States.IntrinsicFailure does not happen in JSONata" in work.issues[0].message


# -- the command
def test_json_to_yaml_and_back(tmp_path: Path) -> None:
    for file in DEFINITIONS:
        assert main(["convert", str(file), "-o", str(tmp_path / "x.asl.yaml")]) == 0
        assert main(["convert", str(tmp_path / "x.asl.yaml"), "-o", str(tmp_path / "x.asl.json")]) == 0
        assert json.loads((tmp_path / "x.asl.json").read_text()) == json.loads(file.read_text())


def test_placeholders_survive(tmp_path: Path) -> None:
    source = tmp_path / "t.asl.json"
    source.write_text(
        '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": ${pause}, "Comment": "${env}", "End": true}}}'
    )
    assert main(["convert", str(source), "-o", str(tmp_path / "t.asl.yaml")]) == 0
    text = (tmp_path / "t.asl.yaml").read_text()
    assert "Seconds: ${pause}\n" in text and "${env}" in text


def test_a_conversion_that_is_refused_names_the_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "m.asl.json"
    source.write_text(json.dumps(pass_state(Parameters={"x.$": "$..a"}), indent=2))
    assert main(["convert", str(source), "--to", "jsonata", "-o", str(tmp_path / "out.json")]) == 1
    err = capsys.readouterr().err
    assert "m.asl.json:7:7 /States/P/" in err and "$..a" in err and not (tmp_path / "out.json").exists()
    assert main(["convert", str(source), "--to", "jsonata", "--partial", "--samples", "0"]) == 0
    assert "$..a" in capsys.readouterr().out


def test_a_conversion_is_tried_on_recorded_executions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow = {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f", "Payload.$": "$.q"}, "ResultPath": "$.r", "End": True}}}  # fmt: skip
    run = Machine(flow).run({"q": 1}, mocks={"Ask": {"StatusCode": 200, "Payload": [1]}})
    (tmp_path / "f.asl.json").write_text(json.dumps(flow))
    (tmp_path / "run.json").write_text(json.dumps({"events": run.events}))
    arguments = ["convert", str(tmp_path / "f.asl.json"), "--to", "jsonata", "--execution", str(tmp_path / "run.json")]
    assert main([*arguments, "--samples", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == {"runs": 1, "same": 1, "states": ["Ask"]}
