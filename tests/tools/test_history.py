"""Exported executions: what the AWS CLI prints, in whichever pieces, becomes one value; and a bundle keeps it whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from treadle.testing import Fails, Machine, in_turn
from treadle.tools.history import NoHistory, read_exports, to_bundle

ARN = "arn:aws:states:eu-west-1:123456789012:execution:orders:run-7"
MACHINE = {
    "StartAt": "Load",
    "States": {
        "Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "Retry": [{"ErrorEquals": ["Busy"]}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


def events() -> list[dict[str, Any]]:
    """A history as AWS gives it: one retry, then success."""
    answers = in_turn(Fails("Busy", "later"), {"StatusCode": 200})
    return Machine(MACHINE).run({"n": 1}, mocks={"Load": answers}).events


def cli(rows: list[dict[str, Any]], **more: Any) -> str:
    return json.dumps({"events": rows, **more})


def test_one_answer_of_the_cli() -> None:
    seen = read_exports([("history.json", cli(events()))])
    assert (seen.status, seen.input, seen.output) == ("SUCCEEDED", {"n": 1}, {"StatusCode": 200})
    assert [(visit.name, visit.retries) for visit in seen.visits] == [("Load", 1), ("Done", 0)]
    assert (seen.machine, seen.definition) == ("", None)


def test_pages_in_any_order_with_what_describes_them() -> None:
    rows = events()
    described = {"executionArn": ARN, "startDate": "2026-01-01T01:00:00+01:00", "status": "SUCCEEDED"}
    machine = {"definition": json.dumps(MACHINE), "stateMachineArn": ARN.replace("execution", "stateMachine")[:-6]}
    texts = [("2", cli(rows[3:])), ("d", json.dumps(described)), ("1", cli(rows[:3], nextToken="t"))]
    seen = read_exports([*texts, ("m", json.dumps(machine))])
    assert (seen.name, seen.machine, seen.kind) == ("run-7", "orders", "STANDARD")
    assert seen.definition is not None and len(seen.events) == len(rows)


def test_pages_appended_to_one_file() -> None:
    rows = events()
    assert len(read_exports([("all.json", cli(rows[:4]) + "\n" + cli(rows[4:]))]).events) == len(rows)


def test_the_order_and_dates_of_the_cli_do_not_matter() -> None:
    rows = [dict(row, timestamp="2026-01-01T00:00:00.250000+00:00") for row in reversed(events())]
    seen = read_exports([("reverse.json", cli(rows))])
    assert seen.events[0].type == "ExecutionStarted" and seen.started == 1767225600.25


def test_the_log_of_an_express_execution() -> None:
    rows = [
        {"id": "1", "type": "ExecutionStarted", "details": {"input": "{}"}, "previous_event_id": "0"},
        {"id": "2", "type": "ExecutionSucceeded", "details": {"output": "[1]"}, "previous_event_id": "1"},
    ]
    arn = "arn:aws:states:eu-west-1:123456789012:express:quick:run:1"
    logged = [
        {"message": json.dumps(row | {"event_timestamp": "1767225600000", "execution_arn": arn}), "eventId": "9"}
        for row in rows
    ]
    seen = read_exports([("log.json", json.dumps({"events": logged}))])
    assert (seen.kind, seen.machine, seen.output, seen.started) == ("EXPRESS", "quick", [1], 1767225600.0)


def test_a_bundle_says_it_all_again() -> None:
    described = {"executionArn": ARN, "startDate": 0, "status": "SUCCEEDED"}
    runs = {"mapRunArn": "arn:run", "itemCounts": {"total": 9}, "executionCounts": {"total": 3}}
    parts = [cli(events()), json.dumps(described), json.dumps(MACHINE), json.dumps(runs)]
    child = json.dumps(to_bundle(read_exports([("child", cli(events()))])))
    first = read_exports([(str(i), part) for i, part in enumerate([*parts, child])])
    again = read_exports([("bundle", json.dumps(to_bundle(first)))])
    assert again.events == first.events and again.definition == first.definition
    assert again.map_runs == first.map_runs and len(again.children) == len(first.children) == 1
    assert again.children[0].events == first.children[0].events


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no JSON"),
        ("[]", "has no events"),
        ('{"Reservations": []}', "no answer of get-execution-history"),
        ("7", "holds no execution"),
        ('[{"id": 1}]', "no history event"),
        (cli([row for row in events() if row["id"] not in (3, 4)]), "events 3 to 4 missing"),
        (cli(events()[1:]), "event 1 missing"),
        (cli([*events(), dict(events()[2], type="TaskSubmitted")]), "event 3 is there twice"),
    ],
)
def test_what_is_no_execution(text: str, why: str) -> None:
    with pytest.raises(NoHistory, match=why):
        read_exports([("file.json", text)])


def test_a_history_without_its_data() -> None:
    rows = [
        {name: value for name, value in row.items() if not name.endswith("Details")}
        if row["type"].startswith("Execution")
        else row
        for row in events()
    ]
    assert not read_exports([("bare.json", cli(rows))]).complete
