"""A run, here or on AWS, becomes a test file that passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from states import EACH, ORDER, activity, machine, task
from treadle.testing import NEVER, Fails, Machine, after, by_attempt, by_item, in_turn, payload, record, record_history
from treadle.testing.document import read
from treadle.testing.suite import run_file


def replayed(tmp_path: Path, definition: dict[str, Any], **options: Any) -> Any:
    """Run, record, run the record: it must pass. Answers the recorded test."""
    (tmp_path / "flow.asl.json").write_text(json.dumps(definition))
    run = Machine(definition).run(**options)
    record(run, tmp_path / "flow.treadle.yaml", definition=tmp_path / "flow.asl.json")
    result = run_file(tmp_path / "flow.treadle.yaml")
    assert result.trouble is None
    assert result.results[0].problems == ()
    assert result.results[0].modelled == pytest.approx(run.duration, abs=0.002)
    return read(tmp_path / "flow.treadle.yaml").tests[0]


def test_attempts_errors_and_durations_are_kept(tmp_path: Path) -> None:
    charge = by_attempt(after(3, Fails("CardRefused", "no")), after(1.5, payload({"paid": True})))
    case = replayed(tmp_path, ORDER, input={"id": 1}, mocks={"Charge": charge})
    first, second = case.mocks["Charge"]
    assert first == {"fail": {"error": "CardRefused", "cause": "no"}, "after": 3.0}
    assert second == {"payload": {"paid": True}, "after": 1.5}
    assert case.expect.path == ["Charge", "Paid?", "Warranty", "Done"]


def test_a_time_out_is_silence(tmp_path: Path) -> None:
    assert replayed(tmp_path, ORDER, mocks={"Charge": NEVER}).mocks == {"Charge": {"never": True}}


def test_items_of_a_map_keep_their_own_answers(tmp_path: Path) -> None:
    send = by_item({1: in_turn(Fails("Busy"), payload("late"))}, default=payload("sent"))
    case = replayed(tmp_path, EACH, input=["a", "b"], mocks={"Send": send})
    assert len(case.mocks["Send"]["items"]["1"]) == 2


def test_a_run_without_tasks_has_no_mocks(tmp_path: Path) -> None:
    assert replayed(tmp_path, machine({"P": {"Type": "Pass", "End": True}}), input={"a": [1.5, None]}).mocks == {}


ROWS = machine(
    {
        "Rows": {
            "Type": "Map",
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}},
            "ItemProcessor": machine({"One": task("lambda:invoke", Parameters={"FunctionName": "one"})})
            | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
        }
    }
)


def test_a_distributed_map_keeps_its_items_and_their_answers(tmp_path: Path) -> None:
    case = replayed(tmp_path, ROWS, items={"Rows": [1, 2]}, mocks={"One": by_item({0: payload("a"), 1: payload("b")})})
    assert case.items == {"Rows": [1, 2]} and "Rows" not in case.mocks
    answers = case.mocks["One"]["items"]
    assert answers["0"]["return"]["ExecutedVersion"] == "$LATEST", "the whole of it is part of the output"
    assert replayed(tmp_path, ROWS, mocks={"Rows": ["whole"]}).mocks == {"Rows": {"return": ["whole"]}}


# The answer of `aws stepfunctions get-execution-history` for an activity that was tried twice.
HISTORY = [
    ("ExecutionStarted", 0, {"input": '{"n": 1}', "roleArn": "arn:aws:iam::000000000000:role/r"}),
    ("TaskStateEntered", 1, {"name": "Work", "input": '{"n": 1}'}),
    ("ActivityScheduled", 2, {"resource": "arn", "input": '{"n": 1}'}),
    ("ActivityStarted", 3, {"workerName": "bob"}),
    ("ActivityFailed", 4, {"error": "Tired"}),
    ("ActivityScheduled", 5, {"resource": "arn", "input": '{"n": 1}'}),
    ("ActivityStarted", 6, {"workerName": "bob"}),
    ("ActivitySucceeded", 7, {"output": '{"n":2}'}),
    ("TaskStateExited", 8, {"name": "Work", "output": '{"n":2}'}),
    ("ExecutionSucceeded", 9, {"output": '{"n":2}'}),
]


def history(path: Path, rows: list[tuple[str, int, dict[str, Any]]]) -> Path:
    from treadle.engine.history import DETAILS

    events = [
        {"timestamp": f"2026-03-01T10:00:{id:02}.500000+01:00", "type": type, "id": id, "previousEventId": previous}
        | {DETAILS[type]: details}
        for id, (type, previous, details) in enumerate(rows, 1)
    ]
    path.write_text(json.dumps({"events": events}))
    return path


def test_a_history_of_aws_becomes_a_test(tmp_path: Path) -> None:
    retry = [{"ErrorEquals": ["Tired"], "IntervalSeconds": 1}]
    (tmp_path / "work.asl.json").write_text(json.dumps(machine({"Work": activity("work", Retry=retry)})))
    given = history(tmp_path / "history.json", HISTORY)
    record_history(given, tmp_path / "aws.treadle.yaml", definition=tmp_path / "work.asl.json")
    result = run_file(tmp_path / "aws.treadle.yaml")
    assert (result.trouble, result.results[0].problems) == (None, ())
    case = read(tmp_path / "aws.treadle.yaml").tests[0]
    assert case.mocks["Work"][1] == {"return": {"n": 2}, "after": 1.0}
    assert case.at == "2026-03-01T09:00:01.500Z"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [(HISTORY[:-1], "has not ended"), (HISTORY[1:], "does not begin with ExecutionStarted")],
)
def test_a_history_in_part_is_refused(tmp_path: Path, rows: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        record_history(history(tmp_path / "h.json", rows))


@pytest.mark.parametrize("text", ["[]", "{}", '[{"type": "X"}]', "no json"])
def test_what_is_no_history_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "h.json").write_text(text)
    with pytest.raises(ValueError):
        record_history(tmp_path / "h.json")
