"""A new user's tests: a job is submitted and looked at until it is done."""

from __future__ import annotations

from pathlib import Path

from treadle.testing import BY_HAND, Call, Machine, in_turn

POLLER = Machine.load(Path(__file__).parents[2] / "definitions" / "job-poller.asl.json")


def test_it_looks_every_ten_minutes_until_the_job_is_done() -> None:
    looks = in_turn("RUNNING", "RUNNING", "SUCCEEDED")
    run = POLLER.run({"wait": 600}, mocks={"Submit": "guid-1", "Look": looks, "Final": {"n": 1}})
    run.assert_succeeded({"n": 1})
    assert [call.at - run.calls[0].at for call in run.calls_of("Look")] == [600, 1200, 1800]
    assert run.state("Look").visits[0].output["status"] == "RUNNING"


def test_a_job_may_answer_by_the_clock() -> None:
    def look(call: Call) -> str:
        return "SUCCEEDED" if call.at - run.calls[0].at >= 3600 else "RUNNING"

    run = POLLER.start({"wait": 600}, mocks={"Submit": "guid-1", "Look": look, "Final": 1})
    assert run.advance("59m").status == "RUNNING"
    assert (run.finish().status, run.duration) == ("SUCCEEDED", 3600)


def test_a_job_that_failed_fails_the_workflow() -> None:
    run = POLLER.run({"wait": 1}, mocks={"Submit": "g", "Look": "FAILED"})
    run.assert_failed("JobFailed", "The job failed")


def test_the_clock_is_turned_by_hand() -> None:
    run = POLLER.start({"wait": 600}, mocks={"Submit": "g", "Look": BY_HAND, "Final": 1})
    assert not run.tasks()
    run.jump().task("Look").succeed("RUNNING")
    assert run.duration == 600 and not run.tasks("Look")
    run.jump().task("Look").succeed("SUCCEEDED")
    assert (run.status, run.duration) == ("SUCCEEDED", 1200)


def test_a_test_may_begin_at_the_choice() -> None:
    run = POLLER.run({"status": "SUCCEEDED", "guid": "g"}, entry="Ready?", mocks={"Final": 7})
    assert (run.path, run.output) == (["Ready?", "Final"], 7)
