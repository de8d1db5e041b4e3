"""What a person reads: durations, nesting, notes, long histories."""

from typing import Any

import pytest

from treadle.cli import show


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "0 ms"), (0.25, "250 ms"), (2, "2.00 s"), (59.994, "59.99 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")],
)
def test_durations_are_in_the_unit_a_person_would_use(seconds: float, text: str) -> None:
    assert show.duration(seconds) == text


def entered(id: int, previous: int, name: str, at: float, type: str = "Pass") -> dict[str, Any]:
    details = {"name": name, "input": "{}"}
    head = {"id": id, "previousEventId": previous, "timestamp": at}
    return {**head, "type": f"{type}StateEntered", "stateEnteredEventDetails": details}


def exited(id: int, previous: int, name: str, at: float, type: str = "Pass") -> dict[str, Any]:
    details = {"name": name, "output": "{}"}
    head = {"id": id, "previousEventId": previous, "timestamp": at}
    return {**head, "type": f"{type}StateExited", "stateExitedEventDetails": details}


def test_states_of_an_iteration_are_indented_below_their_map() -> None:
    events = [
        {"id": 1, "previousEventId": 0, "timestamp": 0.0, "type": "ExecutionStarted"},
        entered(2, 0, "Each", 0.0, "Map"),
        {"id": 3, "previousEventId": 2, "timestamp": 0.0, "type": "MapStateStarted"},
        {"id": 4, "previousEventId": 3, "timestamp": 0.0, "type": "MapIterationStarted"},
        entered(5, 4, "Inner", 0.0),
        exited(6, 5, "Inner", 1.5),
        {"id": 7, "previousEventId": 6, "timestamp": 1.5, "type": "MapIterationSucceeded"},
        {"id": 8, "previousEventId": 7, "timestamp": 1.5, "type": "MapStateSucceeded"},
        exited(9, 7, "Each", 1.5, "Map"),
    ]
    assert [(v.name, v.depth, v.seconds) for v in show.passed(events)] == [("Each", 0, 1.5), ("Inner", 1, 1.5)]


def test_a_state_that_failed_carries_the_error_as_a_note() -> None:
    events = [
        {"id": 1, "previousEventId": 0, "timestamp": 0.0, "type": "ExecutionStarted"},
        entered(2, 0, "Ask", 0.0, "Task"),
        {
            "id": 3,
            "previousEventId": 2,
            "timestamp": 1.0,
            "type": "TaskFailed",
            "taskFailedEventDetails": {"error": "Boom"},
        },
    ]
    (visit,) = show.passed(events)
    assert (visit.note, visit.seconds) == ("Boom", None)


def test_a_long_run_shows_its_beginning_and_its_end() -> None:
    events: list[dict[str, Any]] = [{"id": 1, "previousEventId": 0, "timestamp": 0.0, "type": "ExecutionStarted"}]
    for n in range(100):
        events += [entered(2 * n + 2, 2 * n + 1, f"S{n}", n), exited(2 * n + 3, 2 * n + 2, f"S{n}", n)]
    described = {"status": "SUCCEEDED", "startDate": 0, "stopDate": 100, "output": "1"}
    lines = list(show.execution(described, events))
    assert any("40 more states" in line for line in lines)
    assert any("S0 " in line for line in lines) and any("S99" in line for line in lines)


def test_what_became_of_the_attempts_is_noted() -> None:
    def happened(id: int, type: str, error: str = "") -> dict[str, Any]:
        details = {f"{type[0].lower()}{type[1:]}EventDetails": {"error": error}} if error else {}
        return {"id": id, "previousEventId": id - 1, "timestamp": float(id), "type": type, **details}

    started = {"id": 1, "previousEventId": 0, "timestamp": 0.0, "type": "ExecutionStarted"}
    failed = [happened(3, "TaskScheduled"), happened(4, "TaskFailed", "Busy")]
    again = [happened(5, "TaskScheduled"), happened(6, "TaskSucceeded")]
    (fine,) = show.passed([started, entered(2, 1, "A", 0.0, "Task"), *failed, *again, exited(7, 6, "A", 7.0, "Task")])
    assert (fine.note, fine.seconds) == ("1 retry after Busy", 7.0)
    (caught,) = show.passed([started, entered(2, 1, "A", 0.0, "Task"), *failed, exited(5, 4, "A", 5.0, "Task")])
    assert (caught.note, caught.colour) == ("caught Busy", "33")
