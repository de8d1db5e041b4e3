"""The server dies after any step and comes back: the workflow does not notice, or says that a call was lost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from states import EACH, ORDER, activity, invoke, machine
from treadle.integrations.catalog import find
from treadle.testing import (
    BY_HAND,
    Beats,
    Fails,
    Machine,
    Run,
    after,
    by_attempt,
    by_item,
    in_turn,
    payload,
    restart,
    submits,
)

PAID = by_attempt(after(3, Fails("CardRefused")), after(5, payload({"paid": True})))


def test_a_crash_after_any_step_gives_the_same_history() -> None:
    order = Machine(ORDER, mocks={"Charge": PAID})
    crashes = order.explore_crashes()
    assert len(crashes) == order.run().stage.steps + 1
    crashes.assert_same(history=True)


def test_a_call_that_was_under_way_is_made_again() -> None:
    order = Machine(ORDER, mocks={"Charge": PAID})
    calls = [len(run.calls) for run in order.explore_crashes()]
    assert calls[0] == 2 and max(calls) == 3
    with pytest.raises(AssertionError, match=r"2 different outcomes of \d+ runs, each with a crash at another step"):
        once = in_turn(after(1, payload({"paid": True})), Fails("PaidAlready"))
        order.explore_crashes(mocks={"Charge": once}).assert_same()


def test_items_of_a_map_and_its_retries() -> None:
    mocks = {"Send": by_item({1: by_attempt(Fails("Busy"), payload(1))}, default=after(2, payload(0)))}
    Machine(EACH).explore_crashes(["a", "b", "c"], mocks=mocks).assert_same()


def test_children_of_a_distributed_map_and_of_a_nested_execution() -> None:
    processor = machine({"T": invoke("f")}) | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child"},
        "Next": "Fan",
    }
    fan = {"Type": "Map", "ItemProcessor": processor, "ItemsPath": "$.Output", "MaxConcurrency": 2, "End": True}
    child = Machine(machine({"W": {"Type": "Wait", "Seconds": 9, "Next": "T"}, "T": invoke("list")}), name="child")
    both = Machine(
        machine({"Start": start, "Fan": fan}),
        machines={"child": child},
        functions={"list": lambda event, context: [1, 2, 3], "f": lambda event, context: event * 2},
    )
    crashes = both.explore_crashes(latency=1).assert_same(history=True)
    assert next(iter(crashes)).output == [2, 4, 6]


def test_what_was_submitted_goes_on_and_is_not_submitted_again() -> None:
    sync = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"TaskDefinition": "d"}}
    job = Machine(machine({"Job": sync | {"End": True}}), check="NONE")
    crashes = job.explore_crashes(mocks={"Job": submits({"Tasks": [1]}, after(600, {"done": True}))})
    crashes.assert_same(history=True)
    assert {(len(run.calls), run.duration) for run in crashes} == {(1, 600)}


def test_a_worker_keeps_its_task() -> None:
    work = Machine(machine({"Work": activity("work", HeartbeatSeconds=60)}))
    crashes = work.explore_crashes(activities={"work": Beats(50, None, after(300, {"done": 1}))})
    assert {(len(run.calls), run.duration) for run in crashes.assert_same(history=True)} == {(1, 300)}

    def play(run: Run) -> None:
        run.task("Work").start("bob")
        run.advance(59).task("Work").heartbeat()
        run.advance(59).task("Work").succeed({"by": "bob"})

    work.explore_crashes(activities={"work": BY_HAND}, play=play).assert_same(history=True)


def test_a_call_that_its_integration_does_not_repeat_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "find", lambda resource: replace(find(resource), after_crash="lose"))
    order = Machine(machine({"Charge": invoke("charge")}), mocks={"Charge": after(5, payload({"paid": True}))})
    outcomes = order.explore_crashes().outcomes
    assert sorted(outcome.split()[0] for outcome in outcomes) == ["FAILED", "SUCCEEDED"]
    assert [seeds for outcome, seeds in outcomes.items() if "The server stopped while" in outcome] == [[2]]


def test_what_fails_in_one_of_the_runs_is_told_with_how_to_repeat_it() -> None:
    def play(run: Run) -> None:
        assert run.stage.crash_after != 2, "broken"

    with pytest.raises(AssertionError) as failed:
        Machine(ORDER).explore_crashes(mocks={"Charge": PAID}, play=play)
    assert failed.value.__notes__ == ["with crash_after=2"]
