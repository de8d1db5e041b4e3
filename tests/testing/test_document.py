"""Test files in YAML: the whole format, its schema, and how mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import treadle.testing
from states import EACH, ORDER, activity, invoke, machine, task
from treadle.cli.main import main
from treadle.testing.suite import find, run_file
from treadle.tools.source.yamltext import dump_yaml, load_yaml

SCHEMA = json.loads((Path(treadle.testing.__file__).parent / "treadle-test.schema.json").read_text())


def outcome(tmp_path: Path, definition: dict[str, Any], text: str) -> Any:
    """Run a file with these `tests` (YAML), which must also follow the schema."""
    file = tmp_path / "flow.treadle.yaml"
    file.write_text(f"definition: {json.dumps(definition)}\n{text}")
    result = run_file(file)
    if result.trouble is None or "coverage of" in result.trouble:
        jsonschema.validate(load_yaml(file.read_text()), SCHEMA)
    return result


def problems(tmp_path: Path, definition: dict[str, Any], text: str) -> list[str]:
    result = outcome(tmp_path, definition, text)
    assert result.trouble is None, result.trouble
    return [problem for each in result.results for problem in each.problems]


def test_everything_a_test_can_say(tmp_path: Path) -> None:
    text = """
substitutions: {unused: x}
check: STRICT
coverage: {states: 100, retriers: 100}
mocks:
  Charge: {payload: {paid: true}}
tests:
  - name: as the file says
    input: {id: 1}
    at: 2026-02-01T00:00:00Z
    expect:
      status: SUCCEEDED
      output: {paid: true}
      includes: {paid: true}
      path: [Charge, "Paid?", Warranty, Done]
      visits: [Warranty]
      avoids: [Refund]
      duration: 365d
      calls: {Charge: 1}
      states:
        Charge: {entered: 1, retries: 0, input: {id: 1}, outcome: exited, error: null}
        Warranty: {duration: 365d}
        Refund: {entered: 0}
  - name: by attempt
    mocks:
      Charge:
        attempts:
          - {fail: {error: CardRefused, cause: later}, after: 1s}
          - fail: CardRefused
          - {fault: timeout}
    expect: {error: NotPaid, cause: no mon, duration: 1m 9s, states: {Charge: {retries: 2, error: States.Timeout}}}
  - name: in turn
    mocks:
      Charge: [{fail: CardRefused}, {payload: {paid: false}}]
    expect: {error: NotPaid}
  - name: not now
    skip: because
"""
    result = outcome(tmp_path, ORDER, text)
    assert [each.problems for each in result.results] == [()] * 4
    assert result.results[3].skipped == "because"
    assert result.passed


def test_items_and_exploration(tmp_path: Path) -> None:
    text = """
tests:
  - name: items
    input: [a, b, c]
    explore: 10
    mocks:
      Send:
        items: {0: {payload: x}, 1: [{fail: Busy}, {payload: y}]}
        default: {return: {Payload: z, StatusCode: 200}}
    expect: {output: [x, y, z], states: {Send: {item: 1, retries: 1}}}
"""
    assert problems(tmp_path, EACH, text) == []


def test_steps_play_the_world(tmp_path: Path) -> None:
    work = machine(
        {"W": {"Type": "Wait", "Seconds": 60, "Next": "Work"}, "Work": activity("work", HeartbeatSeconds=50)}
    )
    text = """
activities: {work: {by_hand: true}}
tests:
  - name: an hour of work
    steps:
      - advance: 59
      - crash:
      - advance: 1
      - heartbeat: Work
      - advance: 40s
      - succeed: {task: Work, output: {done: 1}}
    expect: {output: {done: 1}, duration: 100}
  - name: stopped
    steps: [{advance: 5}, {stop: {error: E}}]
    expect: {status: ABORTED, error: E, duration: 5}
  - name: failed and redriven
    steps: [{advance: 60}, {fail: {task: Work, error: Tired}}, {redrive:}, {succeed: {task: Work}}]
    expect: {status: SUCCEEDED}
  - name: still waiting
    expect: {status: RUNNING}
"""
    assert problems(tmp_path, work, text) == []


def test_differences_are_told_in_one_line_each(tmp_path: Path) -> None:
    text = """
tests:
  - name: all wrong
    mocks: {Charge: {payload: {paid: true, n: {a: 1}}}}
    expect:
      status: FAILED
      output: {}
      includes: {n: {a: 2}, m: 1}
      path: [Charge]
      visits: [Refund]
      avoids: [Done]
      duration: 1s
      calls: {Charge: 2}
      states: {Charge: {retries: 1}, Refund: {output: 1}}
"""
    told = problems(tmp_path, ORDER, text)
    assert told[0] == "status: expected FAILED, got SUCCEEDED"
    assert "output.n.a: expected 2, got 1" in told
    assert "output.m: expected 1, there is none" in told
    assert "duration: expected 1s, got 365 d (31536000.000 s)" in told
    assert "state 'Charge': retries: expected 1, got 0" in told
    assert "state 'Refund': it was not entered" in told
    assert "output.paid: expected none, got true" in told
    assert len(told) == 12


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tests: [{nme: x}]", "test '0': there is no member 'nme'; do you mean 'name'?"),
        ("tests: [{name: x}, {name: x}]", "two tests are called 'x'"),
        ("machine: flow.asl.json", "there is no member 'machine'; do you mean 'definition'?"),
        ("inputs: {}", "there is no member 'inputs'; the members here are definition, "),
        ("path: [Charge]", "there is no member 'path'; 'path' belongs elsewhere; the members here are definition, "),
        ("test: []", "flow.treadle.yaml: there is no member 'test'; do you mean 'tests'?"),
        ("tests: [{name: x, mocks: {Charge: {retrun: 1}}}]", "mocks.Charge: there is no member 'retrun'; do you mean"),
        ("tests: [{name: x, mocks: {Charge: {return: 1, fail: E}}}]", "exactly one of"),
        ("tests: [{name: x, mocks: {Charge: 5}}]", "write {return: ...}"),
        ("tests: [{name: x, mocks: {Chagre: {return: 1}}}]", "do you mean 'Charge'"),
        ("tests: [{name: x, mocks: {Charge: {fault: x}}}]", "there is no fault 'x'"),
        ("tests: [{name: x, mocks: {Charge: {payload: {}, after: soon}}}]", "is no span of time"),
        ("tests: [{name: x, expect: {path: [Nowhere]}}]", "'Nowhere' does not exist"),
        ("tests: [{name: x, expect: {states: {Charge: {retires: 1}}}}]", "test 'x', expect.states[...]: there is no"),
        ("tests: [{name: x, expect: {path: [1]}}]", "test 'x', expect.path[0]: Expected `str`, got `int`"),
        ("tests: [{name: x, entry: Nowhere}]", "state 'Nowhere' does not exist"),
        ("tests: [{name: x, at: noon}]", "is no timestamp"),
        ("tests: [{name: x, mocks: {Charge: {payload: {}}}, steps: [{dance: 1}]}]", "there is no step 'dance'"),
        (
            "tests: [{name: x, mocks: {Charge: {by_hand: true}}, steps: [{succeed: {state: Charge}}]}]",
            "step 1 (succeed): Object contains unknown field `state`",
        ),
        ("tests: [{name: x, mocks: {Charge: {payload: {}}}, steps: [{advance: x}]}]", "step 1 (advance)"),
        ("functions: {f: nowhere}\ntests: []", "there is no folder"),
        ("kind: FAST\ntests: []", "kind is STANDARD or EXPRESS"),
        ("tests: [", "this is no YAML"),
        ("tests: []\ntests: []", "'tests' is written twice"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_whole(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaint in str(outcome(tmp_path, ORDER, text).trouble)


def test_a_definition_that_aws_would_refuse_is_trouble(tmp_path: Path) -> None:
    assert "SCHEMA_VALIDATION_FAILED" in str(outcome(tmp_path, {"States": {}}, "tests: []").trouble)


def test_coverage_may_be_demanded(tmp_path: Path) -> None:
    text = "coverage: {states: 100}\ntests: [{name: x, mocks: {Charge: {payload: {paid: true}}}}]"
    assert outcome(tmp_path, ORDER, text).trouble == "coverage of states is 80 %, 100 % are demanded"


def test_the_mock_format_of_step_functions_local_is_read(tmp_path: Path) -> None:
    responses = {
        "0": {"Throw": {"Error": "CardRefused"}},
        "1": {"Return": {"StatusCode": 200, "Payload": {"paid": True}}},
    }
    mocks = {"StateMachines": {"order": {"TestCases": {"Late": {"Charge": "R"}}}}, "MockedResponses": {"R": responses}}
    (tmp_path / "mocks.json").write_text(json.dumps(mocks))
    text = """
name: order
tests:
  - name: late
    local_mocks: {file: mocks.json, test_case: Late}
    expect: {output: {paid: true}, states: {Charge: {retries: 1}}}
"""
    assert problems(tmp_path, ORDER, text) == []
    wrong = text.replace("Late}", "Never}")
    assert "has no test case 'Never'" in str(outcome(tmp_path, ORDER, wrong).trouble)


def test_yaml_is_json_without_surprises() -> None:
    text = "on: no\nday: 2026-01-01\nn: [1, 1.5, -2, 1e3, 0x1, 010, null, ~, true, yes]\n1: one"
    assert load_yaml(text) == {
        "on": "no",
        "day": "2026-01-01",
        "n": [1, 1.5, -2, 1000.0, "0x1", 10, None, None, True, "yes"],
        "1": "one",
    }


@pytest.mark.parametrize(
    "value", [{"a": ["1", 1, "true", None, "null", "2026-01-01", "~", "", "1e3", "é\n", "- x"]}, [], 1.5]
)
def test_what_is_written_as_yaml_is_read_back(value: Any) -> None:
    assert load_yaml(dump_yaml(value)) == value
    assert yaml.safe_load("a: 1") == {"a": 1}, "other users of the library are not touched"


# -- the command
def project(tmp_path: Path, payload: str = "{paid: true}") -> Path:
    (tmp_path / "order.asl.json").write_text(json.dumps(ORDER))
    (tmp_path / "sub").mkdir()
    text = f"definition: ../order.asl.json\ntests: [{{name: pays, mocks: {{Charge: {{payload: {payload}}}}}}}]"
    (tmp_path / "sub" / "order.treadle.yaml").write_text(text)
    return tmp_path


def test_the_command_finds_and_runs_test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--junit", str(tmp_path / "j.xml"), "--coverage-html", str(tmp_path / "c.html")]
    assert main(["test", str(project(tmp_path)), *files]) == 0
    shown = capsys.readouterr().out
    assert "✓ pays  (365 d modelled" in shown
    assert "1 passed" in shown and "4/5" in shown
    assert "<testsuite " in (tmp_path / "j.xml").read_text() and "<html" in (tmp_path / "c.html").read_text()


def test_a_failing_test_is_exit_status_1_with_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(project(tmp_path, "{paid: false}"))]) == 1
    shown = capsys.readouterr().out
    assert "status: expected SUCCEEDED, got FAILED" in shown and "✗ Refund" in shown


def test_too_little_coverage_is_exit_status_1(tmp_path: Path) -> None:
    assert main(["test", str(project(tmp_path)), "--fail-under", "80"]) == 0
    assert main(["test", str(tmp_path), "--fail-under", "81"]) == 1


def test_nothing_to_run_is_exit_status_2(tmp_path: Path) -> None:
    assert main(["test", str(tmp_path)]) == 2
    assert main(["test", str(project(tmp_path)), "-k", "no such test"]) == 2
    assert main(["test", str(tmp_path / "nowhere")]) == 1


def test_files_are_found_below_folders_but_not_in_hidden_ones(tmp_path: Path) -> None:
    for place in ("a", ".hidden", "node_modules"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "x.treadle.yaml").write_text("")
    assert find([tmp_path]) == [tmp_path / "a" / "x.treadle.yaml"]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA


def test_a_test_may_crash_the_server_after_each_of_its_steps(tmp_path: Path) -> None:
    text = """
tests:
  - name: paid once
    crashes: true
    latency: 1
    mocks: {Charge: [{payload: {paid: true}}, {payload: {paid: false}}]}
"""
    (told,) = outcome(tmp_path, ORDER, text).results
    assert told.problems == ("status: expected SUCCEEDED, got FAILED",)
    assert "(crash_after=2)" in told.picture
    calm = text.replace("[{payload: {paid: true}}, {payload: {paid: false}}]", "{payload: {paid: true}}")
    assert problems(tmp_path, ORDER, calm) == []


def test_a_test_may_begin_in_the_middle(tmp_path: Path) -> None:
    text = """
tests:
  - name: from the choice
    entry: Paid?
    input: {paid: true}
    variables: {seen: 1}
    expect: {path: ["Paid?", Warranty, Done]}
"""
    assert problems(tmp_path, ORDER, text) == []


def test_a_child_has_answers_of_its_own_and_a_step_gives_a_payload(tmp_path: Path) -> None:
    parent = machine(
        {
            "Start": task(
                "states:startExecution.sync:2",
                Parameters={"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child"},
                OutputPath="$.Output",
            )
        }
    )
    (tmp_path / "child.asl.json").write_text(json.dumps(machine({"Ask": invoke("ask")})))
    text = """
machines:
  child: {definition: child.asl.json, mocks: {Ask: {by_hand: true}}}
tests:
  - name: answered
    steps: [{advance: 5s}, {succeed: {task: Ask, payload: {n: 1}}}]
    expect: {output: {n: 1}, duration: 5s}
"""
    assert problems(tmp_path, parent, text) == []
