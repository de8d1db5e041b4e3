"""A new user's tests: a human is asked, and says from time to time that the answer is on its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.testing import BY_HAND, NEVER, Beats, Machine, Run, after, faults

APPROVAL = Machine.load(Path(__file__).parents[2] / "definitions" / "approval.asl.json")
PATIENT = {"patience": 60, "deadline": 3600}


def test_heartbeats_keep_the_question_open() -> None:
    run = APPROVAL.start(PATIENT, mocks={"Ask": BY_HAND})
    for _ in range(3):
        run.advance(50).task("Ask").heartbeat()
    token = run.calls[0].arguments["MessageBody"]["token"]
    run.with_token(token).succeed({"approved": True, "by": "ann"})
    run.assert_succeeded(PATIENT | {"answer": {"approved": True, "by": "ann"}})
    assert run.duration == 150


@pytest.mark.parametrize(
    ("answer", "seconds"), [(faults.lost_heartbeat(every=50, beats=3), 150 + 60), (Beats(50, None, NEVER), 3600)]
)
def test_the_question_expires(answer: object, seconds: int) -> None:
    """AWS gives a time-out no Cause, so that this definition's CausePath fails."""
    run = APPROVAL.run(PATIENT, mocks={"Ask": answer})
    run.assert_failed("States.Runtime", "'$.Cause' specified for the field 'CausePath'")
    assert (run.path, run.duration) == (["Ask", "Expired"], seconds)


def test_a_refusal_says_who_and_why() -> None:
    refusal = {"approved": False, "code": "No", "by": "Bob", "why": "too dear"}
    run = APPROVAL.run({"patience": 900, "deadline": 3600}, mocks={"Ask": after("10m", refusal)})
    run.assert_failed("No", "Declined by Bob: too dear")


def test_an_open_question_outlives_the_server() -> None:
    def play(run: Run) -> None:
        run.advance(30).task("Ask").heartbeat()
        run.advance(30).task("Ask").succeed({"approved": True})

    APPROVAL.explore_crashes(PATIENT, mocks={"Ask": BY_HAND}, play=play).assert_same(history=True)


def test_a_state_that_waits_for_nothing_cannot_be_answered() -> None:
    run = APPROVAL.start(PATIENT, mocks={"Ask": BY_HAND})
    with pytest.raises(AssertionError, match="state 'Answer' waits for nothing; 'Ask' does"):
        run.task("Answer").succeed({})
