"""`treadle cost` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from treadle.cli.main import main

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))
SAGA = next(file for file in DEFINITIONS if file.name == "order-saga.asl.json")


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(SAGA)]) == 0
    out = capsys.readouterr().out
    assert "STANDARD" in out and "ChargeCard" in out and "EXPRESS costs" in out and "startSyncExecution" in out


def test_a_template_says_what_was_assumed_and_can_be_given_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", str(SAGA), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["cost", str(SAGA), "--template"]) == 0
    (tmp_path / "assume.yaml").write_text(capsys.readouterr().out)
    assert main(["cost", str(SAGA), "--assume", str(tmp_path / "assume.yaml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ways"] == first["ways"]


def test_a_yaml_definition_with_placeholders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.asl.yaml"
    file.write_text(
        "StartAt: A\nStates:\n  A: {Type: Task, Resource: '${worker}', Next: W}\n"
        "  W: {Type: Wait, Seconds: ${pause}, End: true}\n"
    )
    assert main(["cost", str(file), "--var", "pause=7", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["states"][0]["function"]["name"] == "worker" and made["states"][1]["seconds"] == 7


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_every_definition_has_a_price(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", str(file), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["ways"][0]["transitions"] >= 1 and made["ways"][0]["run"] > 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "name a definition"),
        ([str(SAGA), "--region", "mars-1"], "no prices for mars-1"),
        ([str(SAGA), "--runs", "0"], "--runs must be a number above 0"),
        (["{bad}"], "Invalid State Machine Definition"),
    ],
)
def test_complaints(arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"StartAt": "A", "States": {}}')
    assert main(["cost", *(each.replace("{bad}", str(bad)) for each in arguments)]) == 1
    assert complaint in capsys.readouterr().err
