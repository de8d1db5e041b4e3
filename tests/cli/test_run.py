"""`treadle run`: one execution in this process, no server to start, nothing left behind."""

import json
from pathlib import Path

import pytest

from treadle.cli import main

HANDLER = """
def lambda_handler(event, context):
    if event.get("bad"):
        raise ValueError("bad order")
    return {"seen": event}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "handler.py").write_text(HANDLER)
    task = {"Type": "Task", "Resource": "${worker}", "Next": "Wait"}
    wait = {"Type": "Wait", "Seconds": 0, "End": True}
    (tmp_path / "flow.asl.json").write_text(json.dumps({"StartAt": "Ask", "States": {"Ask": task, "Wait": wait}}))
    return tmp_path


def run(project: Path, *options: str) -> int:
    return main(["run", str(project / "flow.asl.json"), "--function", f"worker={project / 'src'}", *options])


def test_the_states_passed_and_the_output_are_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--input", '{"id": 1}') == 0
    shown = capsys.readouterr().out
    assert "Ask" in shown and "Wait" in shown
    assert "SUCCEEDED" in shown
    assert '"id": 1' in shown


def test_json_is_for_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", {"seen": {}})
    assert [state["name"] for state in answer["states"]] == ["Ask", "Wait"]


def test_a_failed_execution_is_exit_status_1_with_error_and_cause(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--input", '{"bad": true}', "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["error"]) == ("FAILED", "ValueError")
    assert json.loads(answer["cause"])["errorMessage"] == "bad order"


def test_the_input_may_come_from_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "in.json").write_text('{"from": "file"}')
    assert run(project, "--input", f"@{project / 'in.json'}", "--json") == 0
    assert json.loads(capsys.readouterr().out)["output"] == {"seen": {"from": "file"}}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--input", "{not json"], "the input is no JSON"),
        (["--function", "nonsense"], "write NAME=DIR"),
        (["--var", "nonsense"], "write NAME=VALUE"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    project: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert run(project, *options) == 1
    said = capsys.readouterr().err
    assert complaint in said
    assert len(said.splitlines()) == 1


def test_a_placeholder_without_a_value_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(project / "flow.asl.json")]) == 1
    assert "placeholders without a value: worker" in capsys.readouterr().err


def test_a_definition_that_aws_would_refuse_is_refused_in_its_words(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "flow.asl.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Nonsense"}}}')
    assert run(project) == 1
    assert "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED" in capsys.readouterr().err
