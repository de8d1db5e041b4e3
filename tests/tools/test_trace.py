"""Histories of executions, read as what became of each state and which way was taken."""

from __future__ import annotations

from typing import Any

from treadle.tools.graph import Trace, read_trace
from treadle.tools.layout import draw

from .machines import chain, text

CATCH = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}, {"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]


def history(*steps: str) -> list[dict[str, Any]]:
    """Events from words: `Task>A` enters, `Task<A` leaves, `Type` happens, `Type !Error` fails; `^3 Task>B` follows
    event 3 instead of the one before."""
    events: list[dict[str, Any]] = []
    for id, step in enumerate(steps, start=1):
        previous = id - 1
        if step.startswith("^"):
            number, _, step = step[1:].partition(" ")
            previous = int(number)
        event: dict[str, Any] = {"id": id, "previousEventId": previous, "timestamp": float(id)}
        step, _, error = step.partition(" !")
        if ">" in step:
            type, _, name = step.partition(">")
            event |= {"type": f"{type}StateEntered", "stateEnteredEventDetails": {"name": name}}
        elif "<" in step:
            type, _, name = step.partition("<")
            event |= {"type": f"{type}StateExited", "stateExitedEventDetails": {"name": name}}
        else:
            event |= {"type": step} | ({"taskFailedEventDetails": {"error": error}} if error else {})
        events.append(event)
    return events


def trace(machine: dict[str, Any], *steps: str) -> Trace:
    return read_trace(draw(text(machine)), history("ExecutionStarted", *steps))


def test_a_finished_run() -> None:
    seen = trace(chain("A", "B"), "Task>A", "Task<A", "Task>B", "Task<B", "ExecutionSucceeded")
    assert seen.outcome == "SUCCEEDED"
    assert seen.status == {"/States/A": "SUCCEEDED", "/States/B": "SUCCEEDED"}
    assert seen.taken == {"/StartAt": 1, "/States/A/Next": 1, "/States/B/End": 1}


def test_a_run_under_way() -> None:
    seen = trace(chain("A", "B"), "Task>A", "Task<A", "Task>B", "TaskScheduled")
    assert seen.outcome == "RUNNING" and seen.status["/States/B"] == "RUNNING"


def test_a_failed_task() -> None:
    seen = trace(chain("A", "B"), "Task>A", "TaskScheduled", "TaskFailed !Boom", "ExecutionFailed")
    assert seen.status == {"/States/A": "FAILED"}


def test_an_aborted_and_a_timed_out_execution() -> None:
    assert trace(chain("A"), "Task>A", "ExecutionAborted").status == {"/States/A": "ABORTED"}
    assert trace(chain("A"), "Task>A", "ExecutionTimedOut").status == {"/States/A": "TIMED_OUT"}


def test_a_task_that_succeeded_at_the_second_attempt() -> None:
    seen = trace(
        chain("A"), "Task>A", "TaskScheduled", "TaskFailed !Boom", "TaskScheduled", "TaskSucceeded", "Task<A",
        "ExecutionSucceeded",
    )  # fmt: skip
    assert seen.status == {"/States/A": "SUCCEEDED"}


def test_the_catcher_that_was_taken() -> None:
    machine = chain("A", "Late", "Sorry")
    machine["States"]["A"] |= {"Next": "Late", "Catch": CATCH}
    late = trace(machine, "Task>A", "TaskScheduled", "TaskTimedOut !States.Timeout", "Task<A", "Task>Late")
    assert late.status["/States/A"] == "CAUGHT" and late.taken["/States/A/Catch/0/Next"] == 1
    assert "/States/A/Next" not in late.taken
    sorry = trace(machine, "Task>A", "TaskScheduled", "TaskFailed !Boom", "Task<A", "Task>Sorry")
    assert sorry.taken == {"/StartAt": 1, "/States/A/Catch/1/Next": 1}


def test_a_loop_is_counted() -> None:
    machine = chain("A", "B")
    machine["States"]["B"] = {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsNull": True, "Next": "A"}]}
    seen = trace(machine, "Task>A", "Task<A", "Choice>B", "Choice<B", "Task>A", "Task<A", "Choice>B")
    assert seen.visits == {"/States/A": 2, "/States/B": 2}
    assert seen.taken["/States/B/Choices/0/Next"] == 1 and seen.taken["/States/A/Next"] == 2


def test_branches_side_by_side() -> None:
    machine = {
        "StartAt": "P",
        "States": {"P": {"Type": "Parallel", "Branches": [chain("L"), chain("R", "S")], "End": True}},
    }
    seen = trace(
        machine, "Parallel>P", "ParallelStateStarted", "Pass>L", "^3 Pass>R", "^4 Pass<L", "^5 Pass<R", "Pass>S",
    )  # fmt: skip
    assert {name.rpartition("/")[2]: status for name, status in seen.status.items()} == {
        "P": "RUNNING",
        "L": "SUCCEEDED",
        "R": "SUCCEEDED",
        "S": "RUNNING",
    }
    assert seen.taken["/States/P/Branches/1/States/R/Next"] == 1


def test_a_failed_item_fails_its_map_and_leaves_the_others() -> None:
    machine = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": chain("I"), "End": True}}}
    seen = trace(
        machine,
        "Map>M",
        "MapStateStarted",
        "MapIterationStarted",
        "Task>I",
        "TaskScheduled",
        "^3 MapIterationStarted",
        "Task>I",
        "TaskScheduled",
        "^6 TaskFailed !Boom",
        "MapIterationFailed",
        "MapStateFailed !Boom",
        "ExecutionFailed",
    )
    assert seen.status == {"/States/M": "FAILED", "/States/M/ItemProcessor/States/I": "FAILED"}
    assert seen.visits["/States/M/ItemProcessor/States/I"] == 2


def test_what_is_still_open_in_a_fork_that_is_caught_was_cut_off() -> None:
    fork = {"Type": "Parallel", "Branches": [chain("L"), chain("R")], "Next": "Sorry", "Catch": CATCH[1:]}
    machine = {"StartAt": "P", "States": {"P": fork, "Sorry": {"Type": "Pass", "End": True}}}
    seen = trace(
        machine, "Parallel>P", "ParallelStateStarted", "Task>L", "TaskScheduled", "^3 Task>R", "TaskScheduled",
        "^5 TaskFailed !Boom", "ParallelStateFailed", "Parallel<P", "Pass>Sorry",
    )  # fmt: skip
    assert {name.rpartition("/")[2]: status for name, status in seen.status.items()} == {
        "P": "CAUGHT",
        "L": "FAILED",
        "R": "ABORTED",
        "Sorry": "RUNNING",
    }
    assert seen.taken["/States/P/Catch/0/Next"] == 1
