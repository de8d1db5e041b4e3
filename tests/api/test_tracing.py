"""X-Ray: what the trace of an execution looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from treadle.api.tracing import LIMIT, Moment, segment, subsegments
from treadle.engine.execution import Execution, Facts, Failure, Status
from treadle.runtime.records import Revision
from treadle.values import Payload

MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:m"
ARN = "arn:aws:states:eu-west-1:111122223333:execution:m:e"
REVISION = Revision(id="r", machine_arn=MACHINE, name="m", definition="", role_arn="role", tracing=True)
LAMBDA = {"resourceType": "lambda", "resource": "invoke"}


def moments(*rows: tuple[int, str, dict[str, Any]]) -> list[Moment]:
    """Events that follow each other a second apart: (id of the one before, type, details)."""
    return [
        Moment(number, previous, 100.0 + number, type, details)
        for number, (previous, type, details) in enumerate(rows, 1)
    ]


HISTORY = moments(
    (0, "ExecutionStarted", {}),
    (0, "TaskStateEntered", {"name": "Call"}),
    (2, "TaskScheduled", LAMBDA),
    (3, "TaskStarted", LAMBDA),
    (4, "TaskFailed", LAMBDA | {"error": "E", "cause": "c"}),
    (5, "TaskScheduled", LAMBDA),
    (6, "TaskStarted", LAMBDA),
    (7, "TaskSucceeded", LAMBDA),
    (8, "TaskStateExited", {"name": "Call"}),
    (9, "WaitStateEntered", {"name": "Rest"}),
)


def trace(status: Status = "SUCCEEDED", header: str | None = None, history: list[Moment] = HISTORY) -> dict[str, Any]:
    facts = Facts(ARN, "e", MACHINE, "m", "role", 100.0, 1, Payload({}))
    failure = Failure("E", "c") if status == "FAILED" else None
    ended = Execution(facts, {}, status, stopped_at=120.0, failure=failure)
    document = segment(ended, REVISION, history, header)
    assert document is not None
    return dict(json.loads(document))


def test_states_are_subsegments_and_their_calls_are_below_them() -> None:
    call, rest = trace()["subsegments"]
    assert (call["name"], call["start_time"], call["end_time"]) == ("Call", 102, 109)
    times = [(each["start_time"], each["end_time"], each.get("fault")) for each in call["subsegments"]]
    assert times == [(103, 105, True), (106, 108, None)]
    assert {each["name"] for each in call["subsegments"]} == {"lambda"}
    assert (rest["name"], rest["end_time"], rest["fault"]) == ("Rest", 120, True), "never left"


def test_the_segment_is_the_execution() -> None:
    body = trace("FAILED")
    assert (body["name"], body["start_time"], body["end_time"], body["fault"]) == ("m", 100, 120, True)
    assert body["cause"]["exceptions"][0]["type"] == "E"
    assert body["trace_id"].startswith("1-00000064-")
    assert len(body["id"]) == 16
    assert "fault" not in trace()


def test_the_callers_trace_goes_on() -> None:
    body = trace(header="Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
    assert (body["trace_id"], body["parent_id"]) == ("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8")


def test_a_caller_that_does_not_sample_gets_no_trace() -> None:
    facts = Facts(ARN, "e", MACHINE, "m", "role", 100.0, 1, Payload({}))
    assert segment(Execution(facts, {}, "SUCCEEDED"), REVISION, HISTORY, "Sampled=0") is None


def test_branches_do_not_mix_up_states_that_run_at_the_same_time() -> None:
    found = subsegments(
        ARN,
        moments(
            (0, "ParallelStateEntered", {"name": "Fan"}),
            (1, "PassStateEntered", {"name": "A"}),
            (1, "PassStateEntered", {"name": "B"}),
            (2, "PassStateExited", {"name": "A"}),
            (3, "PassStateExited", {"name": "B"}),
            (5, "ParallelStateExited", {"name": "Fan"}),
        ),
        120.0,
    )
    assert {each["name"]: (each["start_time"], each["end_time"]) for each in found} == {
        "Fan": (101, 106),
        "A": (102, 104),
        "B": (103, 105),
    }


@pytest.mark.parametrize("states", [10, 5000])
def test_a_document_never_exceeds_what_xray_takes(states: int) -> None:
    history = moments(*((0, "PassStateEntered", {"name": "x" * 80}) for _ in range(states)))
    assert len(json.dumps(trace(history=history), separators=(",", ":"))) <= LIMIT
