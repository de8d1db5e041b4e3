"""`treadle import-history` as a user types it; what it writes serves graph and test."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from treadle.cli.main import main
from treadle.runtime.clock import SystemClock
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.records import Revision
from treadle.runtime.service import Service
from treadle.testing import Machine

MACHINE = {"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "Result": "hello", "End": True}}}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "history.json"
    file.write_text(json.dumps({"events": Machine(MACHINE).run({"n": 1}).events}))
    return file


def test_an_export_becomes_a_file_for_all_tools(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition, kept = tmp_path / "greeting.asl.json", tmp_path / "run.json"
    definition.write_text(json.dumps(MACHINE))
    assert main(["import-history", str(export), "--definition", str(definition), "-o", str(kept)]) == 0
    shown = capsys.readouterr().out
    assert "Greet" in shown and "✓ SUCCEEDED" in shown and "4 events" in shown
    assert main(["graph", "--execution", str(kept), "-o", str(tmp_path / "run.svg")]) == 0
    assert "Greet: succeeded" in (tmp_path / "run.svg").read_text()
    assert main(["test", "--from-history", str(kept), "--definition", str(definition)]) == 0
    assert "hello" in capsys.readouterr().out


def test_the_facts_as_json(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-history", str(export), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["status"], facts["events"], facts["visits"], facts["definition"]) == ("SUCCEEDED", 4, 1, False)


def test_an_export_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "machines.json"
    file.write_text('{"stateMachines": []}')
    assert main(["import-history", str(file)]) == 1
    assert "no answer of get-execution-history" in capsys.readouterr().err


def stored(data: Path) -> str:
    """An execution that ended, in a data directory that nobody uses; its ARN."""

    async def run() -> str:
        performer: Any = IntegrationPerformer(None, lambda resource: None, SystemClock())  # type: ignore[arg-type]
        service = Service(SqliteStore(data), performer)
        await service.open()
        try:
            arn = "arn:aws:states:us-east-1:000000000000:stateMachine:greeting"
            revision: Any = Revision(
                id="1", machine_arn=arn, name="greeting", definition=json.dumps(MACHINE), role_arn="r"
            )
            started = await service.start(revision, "first", '{"n": 2}')
            await service.ended(started.arn)
            return started.arn
        finally:
            await service.close()

    return asyncio.run(run())


def test_an_execution_out_of_a_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arn = stored(tmp_path / "data")
    assert main(["import-history", arn, "--data", str(tmp_path / "data"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["executionArn"], facts["status"], facts["definition"]) == (arn, "SUCCEEDED", True)


def test_a_directory_without_executions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:execution:m:e"
    assert main(["import-history", arn, "--data", str(tmp_path)]) == 1
    assert "is no data directory" in capsys.readouterr().err
