"""`treadle graph` as a user types it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from treadle.cli import executions
from treadle.cli.main import main

from .machines import chain, text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.asl.json"
    path.write_text(text(chain("Load", "Store")))
    return path


def test_svg_to_standard_output(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["graph", str(file), "--theme", "dark"]) == 0
    out = capfdbinary.readouterr().out
    assert out.startswith(b"<svg ") and b">orders.asl.json</title>" in out


def test_the_output_names_the_format(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "orders.mmd"
    assert main(["graph", str(file), "-o", str(out)]) == 0
    assert out.read_text().startswith("flowchart TD\n")


def test_a_definition_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text(chain("Only"))))
    assert main(["graph", "-", "--format", "mermaid"]) == 0
    assert b'"Only<br/>' in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [([], "name a definition"), (["nowhere.json"], "nowhere.json"), (["{bad}"], "cannot be drawn: not JSON")],
)
def test_complaints(arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    assert main(["graph", *(each.replace("{bad}", str(bad)) for each in arguments)]) == 1
    assert complaint in capsys.readouterr().err


def test_an_execution_brings_its_own_definition(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    entered = {"name": "Load"}
    answers: dict[str, Any] = {
        "DescribeExecution": {
            "executionArn": "arn:aws:states:us-east-1:1:execution:orders:run-1",
            "stateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:orders",
            "status": "RUNNING",
            "startDate": 0.0,
        },
        "DescribeStateMachineForExecution": {"definition": text(chain("Load", "Store"))},
        "GetExecutionHistory": {
            "events": [
                {"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "timestamp": 0.0},
                {
                    "id": 2,
                    "previousEventId": 0,
                    "type": "TaskStateEntered",
                    "timestamp": 1.0,
                    "stateEnteredEventDetails": entered,
                },
            ]
        },
    }

    class Server:
        def __init__(self, endpoint: str) -> None:
            assert endpoint == "http://there"

        def states(self, operation: str, **params: Any) -> Any:
            assert params["executionArn"] == "arn:aws:states:us-east-1:1:execution:orders:run-1"
            return json.loads(json.dumps(answers[operation]))

    monkeypatch.setattr(executions, "Client", Server)
    assert (
        main(
            ["graph", "--execution", "arn:aws:states:us-east-1:1:execution:orders:run-1", "--endpoint", "http://there"]
        )
        == 0
    )
    out = capfdbinary.readouterr().out.decode()
    assert ">orders: run-1</title>" in out and "Load: running. Store: not entered." in out
