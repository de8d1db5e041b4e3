"""Time is modelled: it passes when the test says so, or jumps to the next thing that happens."""

from __future__ import annotations

from typing import Any

import pytest

from states import ORDER, YEAR, activity, invoke, machine
from treadle.testing import BY_HAND, NEVER, Beats, Fails, Machine, Stuck, after, by_attempt, payload


def test_a_year_passes_at_once() -> None:
    run = Machine(ORDER).run(mocks={"Charge": payload({"paid": True})})
    assert run.status == "SUCCEEDED"
    assert run.duration == YEAR


def test_backoff_is_modelled_time() -> None:
    run = Machine(ORDER).run(mocks={"Charge": by_attempt(Fails("CardRefused"), Fails("CardRefused"), payload({}))})
    assert run.state("Charge").retries == 2
    assert run.state("Charge").duration == 2 + 6


def test_a_timeout_ends_a_task_that_is_not_answered() -> None:
    run = Machine(ORDER).run(mocks={"Charge": NEVER})
    assert (run.state("Charge").error, run.duration) == ("States.Timeout", 60)
    run.assert_failed("NotPaid", "no money")


def test_an_answer_may_take_its_time() -> None:
    charge = after(59, payload({"paid": False}))
    assert Machine(ORDER).run(mocks={"Charge": charge}).duration == 59
    assert Machine(ORDER).run(mocks={"Charge": after("1m 1s", payload({}))}).state("Charge").error == "States.Timeout"
    assert Machine(ORDER).run(mocks={"Charge": payload({})}, latency="30s").duration == 30
    with pytest.raises(ValueError, match='"soon" is no span of time'):
        after("soon", 1)


def test_heartbeats_keep_a_task_alive_until_they_stop() -> None:
    watched = Machine(machine({"Work": activity("work", HeartbeatSeconds=60)}))
    assert watched.run(mocks={"Work": Beats(50, None, after(600, {"done": 1}))}).output == {"done": 1}
    lost = watched.run(mocks={"Work": Beats(50, 3, NEVER)})
    assert (lost.error, lost.duration) == ("States.Timeout", 3 * 50 + 60)


def test_the_clock_can_be_advanced_by_hand() -> None:
    run = Machine(ORDER).start(mocks={"Charge": payload({"paid": True})})
    assert run.status == "RUNNING" and run.duration == 0
    run.advance("364d 23h")
    assert run.state("Warranty").outcome == "open"
    run.advance("1h")
    assert run.status == "SUCCEEDED"


def test_jump_goes_to_the_next_thing_that_happens() -> None:
    run = Machine(ORDER).start(mocks={"Charge": by_attempt(Fails("CardRefused"), payload({"paid": False}))})
    assert run.jump().duration == 2
    with pytest.raises(Stuck):
        run.jump()


def test_the_machines_own_timeout_is_modelled_too() -> None:
    slow = Machine(machine({"W": {"Type": "Wait", "Seconds": YEAR, "End": True}}, TimeoutSeconds=3600))
    slow.run().assert_failed(status="TIMED_OUT")
    assert slow.run().duration == 3600


def test_an_express_machine_ends_after_five_minutes() -> None:
    slow = Machine(machine({"W": {"Type": "Wait", "Seconds": 600, "End": True}}), kind="EXPRESS")
    assert (slow.run().status, slow.run().duration) == ("TIMED_OUT", 300)


def test_waiting_for_ever_is_an_error_that_names_the_state() -> None:
    with pytest.raises(Stuck, match="'Work' gets no answer"):
        Machine(machine({"Work": activity("work")})).run(mocks={"Work": NEVER})


def test_what_waits_for_test_code_is_no_error() -> None:
    run = Machine(machine({"Work": activity("work")})).run(activities={"work": BY_HAND})
    assert run.status == "RUNNING"
    assert run.task("Work").succeed({"by": "hand"}).output == {"by": "hand"}


@pytest.mark.parametrize("moment", ["2026-02-28T12:00:00Z", 1772280000])
def test_an_execution_starts_when_the_test_says(moment: Any) -> None:
    until = {"Type": "Wait", "Timestamp": "2026-03-01T12:00:00Z", "End": True}
    assert Machine(machine({"W": until})).run(at=moment).duration == 86400


def test_the_same_seed_is_the_same_run() -> None:
    retry = [{"ErrorEquals": ["E"], "JitterStrategy": "FULL", "MaxAttempts": 1}]
    jitter = Machine(machine({"T": invoke("f", Retry=retry)}))
    runs = [jitter.run(mocks={"T": by_attempt(Fails("E"), payload(1))}, seed=seed) for seed in (1, 1, 2)]
    assert runs[0].events == runs[1].events
    assert runs[0].duration != runs[2].duration
