"""What a test may ask about a run, and what a failing test shows."""

from __future__ import annotations

import pytest

from states import EACH, ORDER, activity, invoke, machine, task
from treadle.testing import BY_HAND, Fails, Machine, MockError, Run, after, by_attempt, by_item, faults, payload

BOTH = machine(
    {
        "Both": {
            "Type": "Parallel",
            "Branches": [machine({"Left": invoke("left")}), machine({"Right": invoke("right")})],
            "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "End": True,
        },
        "Sorry": {"Type": "Pass", "Assign": {"sorry": True}, "End": True},
    }
)


def test_path_states_and_outcome() -> None:
    run = Machine(ORDER).run(mocks={"Charge": payload({"paid": True})})
    run.assert_succeeded({"paid": True}).assert_path("Charge", "Paid?", "Warranty", "Done")
    charge = run.state("Charge")
    assert (charge.entered, charge.input, charge.output) == (1, {}, {"paid": True})
    assert charge.result["StatusCode"] == 200
    assert run.state("Refund").entered == 0
    assert [call.arguments["FunctionName"] for call in run.calls_of("Charge")] == ["charge"]


def test_a_failure_tells_where_and_why() -> None:
    run = Machine(ORDER).run(mocks={"Charge": Fails("Stolen", "a cause")})
    assert run.state("Charge").error == "Stolen"
    assert run.state("Charge").output["problem"] == {"Error": "Stolen", "Cause": "a cause"}
    run.assert_failed("NotPaid")


def test_variables_are_those_of_the_outermost_scope() -> None:
    run = Machine(BOTH).run(mocks={"Left": Fails("E"), "Right": payload(1)})
    assert run.variables == {"sorry": True}
    assert run.state("Sorry").variables == {"sorry": True}


def test_a_retried_fork_counts_its_retries_and_its_branches() -> None:
    run = Machine(BOTH).run(mocks={"Left": by_attempt(payload(1)), "Right": _again_once()})
    assert run.state("Both").retries == 1
    assert run.state("Right").entered == 2
    assert (run.state("Both").outcome, run.duration) == ("exited", 1)


def _again_once() -> object:
    from treadle.testing import in_turn

    return in_turn(Fails("Again"), payload(2))


def test_a_failing_branch_aborts_the_other() -> None:
    run = Machine(BOTH).run(mocks={"Left": after(5, Fails("E")), "Right": after(9, payload(1))})
    assert [run.state(name).outcome for name in ("Left", "Right", "Both")] == ["failed", "aborted", "exited"]


def test_the_picture_shows_depth_retries_and_errors() -> None:
    send = by_item({1: by_attempt(Fails("Busy"), Fails("Broken", "for good"))}, default=payload(1))
    run = Machine(EACH).run(["a", "b"], mocks={"Send": send})
    assert run.picture.splitlines() == [
        "FAILED Broken: for good  after 1 s",
        "  ✗ Each       Map            1 s  Broken: for good",
        "  │ ● Send[0]  Task           0 s",
        "  │ ✗ Send[1]  Task           1 s  1 retry after Broken, Busy; Broken: for good",
    ]


def test_assertions_show_the_picture() -> None:
    run = Machine(ORDER).run(mocks={"Charge": Fails("Stolen")})
    for check in (
        lambda: run.assert_succeeded(),
        lambda: run.assert_failed("Other"),
        lambda: run.assert_path("Charge"),
        lambda: run.task("Charge"),
    ):
        with pytest.raises(AssertionError, match="● Charge"):
            check()
    with pytest.raises(AssertionError, match="do you mean 'Charge'"):
        run.state("Chrage")


def test_a_long_path_is_shown_in_part() -> None:
    run = Machine(EACH).run(list(range(100)), mocks={"Send": payload(1)})
    assert len(run.picture.splitlines()) == 42
    assert "… 61 more" in run.picture


def test_stopping() -> None:
    run = Machine(ORDER).start(mocks={"Charge": payload({"paid": True})}).advance("1d").stop("Enough", "of this")
    assert (run.status, run.error, run.duration) == ("ABORTED", "Enough", 86400)
    assert run.state("Warranty").outcome == "aborted"


def test_redriving_goes_on_where_it_failed() -> None:
    mended: list[str] = []

    def right(event: object, context: object) -> str:
        if not mended:
            raise Fails("Broken")
        return "right"

    plain = machine({"Both": {name: value for name, value in BOTH["States"]["Both"].items() if name != "Catch"}})
    run = Machine(plain).run(functions={"left": lambda event, context: "left", "right": right})
    run.assert_failed("Broken")
    mended.append("now")
    run.redrive().assert_succeeded(["left", "right"])
    assert run.state("Left").entered == 1
    assert [run.state(name).outcome for name in ("Both", "Left", "Right")] == ["exited"] * 3


def test_a_crash_of_the_server_loses_nothing() -> None:
    two = Machine(machine({"W": {"Type": "Wait", "Seconds": 60, "Next": "Work"}, "Work": activity("work")}))
    run = two.start({"a": 1.5}, activities={"work": BY_HAND}).advance(30).crash()
    assert run.state("W").outcome == "open"
    run.advance(30).crash()
    assert run.task("Work").succeed({"done": 1}).crash().output == {"done": 1}


def test_a_call_that_was_under_way_is_made_again_after_a_crash() -> None:
    run = Machine(ORDER).start(mocks={"Charge": after(10, payload({"paid": False}))}).advance(5).crash()
    assert len(run.calls_of("Charge")) == 2
    assert run.finish().state("Charge").retries == 0


# -- faults
def test_faults_are_those_of_the_service() -> None:
    def error(resource: str, answer: object) -> str | None:
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True}
        return Machine(machine({"T": task})).run(mocks={"T": answer}).error

    assert error("lambda:invoke", faults.throttle()) == "Lambda.TooManyRequestsException"
    assert error("dynamodb:getItem", faults.throttle()) == "DynamoDB.ProvisionedThroughputExceededException"
    assert error("aws-sdk:dynamodb:getItem", faults.throttle()) == "DynamoDb.ThrottlingException"
    assert error("aws-sdk:sqs:sendMessage", faults.oversize()) == "States.DataLimitExceeded"
    assert error("lambda:invoke", faults.function_timeout(3)) == "Sandbox.Timedout"
    assert error("lambda:invoke", faults.crash()) == "Runtime.ExitError"


def test_lost_heartbeats_and_silence() -> None:
    watched = Machine(machine({"Work": activity("work", HeartbeatSeconds=10)}))
    assert watched.run(activities={"work": faults.lost_heartbeat(every=8, beats=2)}).duration == 26
    assert Machine(ORDER).run(mocks={"Charge": faults.timeout()}).state("Charge").error == "States.Timeout"


# -- interleavings
def test_exploring_tries_other_orders_and_finds_the_same_outcome() -> None:
    exploration = Machine(EACH).explore(list("abcd"), seeds=30, mocks={"Send": lambda call: payload(call.item)})
    assert exploration.assert_same().orders > 10
    assert len(exploration) == 30


def test_exploring_finds_what_depends_on_the_order() -> None:
    class Counter:
        def __init__(self) -> None:
            self.value = 0

        def __call__(self, call: object) -> object:
            self.value += 1
            return payload(self.value)

    each = Machine(EACH)
    runs = {seed: each.run(["a", "b"], seed=seed, shuffle=True, mocks={"Send": Counter()}) for seed in range(20)}
    from treadle.testing import Exploration

    with pytest.raises(AssertionError, match="2 different outcomes of 20 interleavings"):
        Exploration(runs).assert_same()
    again = each.run(["a", "b"], seed=7, shuffle=True, mocks={"Send": Counter()})
    assert again.events == runs[7].events, "a seed can be run again"


def test_a_call_that_is_called_off_in_the_step_that_made_it() -> None:
    """A branch fails at once: the task of its sibling was scheduled in the same step, and never runs."""
    fork = {
        "Type": "Parallel",
        "Branches": [machine({"Left": invoke("left")}), machine({"Right": {"Type": "Fail", "Error": "No"}})],
    }
    run = Machine(machine({"Both": {**fork, "End": True}})).run(mocks={"Left": payload({})})
    run.assert_failed("No")
    assert run.calls == []


def test_a_run_may_begin_at_any_state_of_the_outermost_flow() -> None:
    run = Machine(ORDER).run({"paid": False}, entry="Paid?")
    run.assert_path("Paid?", "Refund")
    given = Machine(machine({"A": {"Type": "Pass"}, "B": {"Type": "Pass", "Parameters": {"n.$": "$n"}}}))
    assert given.run(entry="B", variables={"n": 1}).output == {"n": 1}
    with pytest.raises(MockError, match="do you mean 'Paid"):
        Machine(ORDER).run(entry="Paid")
    with pytest.raises(MockError, match=r"state 'Send' does not exist\. There are: 'Each'"):
        Machine(EACH).run([], entry="Send")


def test_what_must_hold_all_the_time_is_watched() -> None:
    def at_most_two(run: Run) -> None:
        assert len(run.open) <= 2, "too many at a time"

    mocks = {"Send": payload("sent")}
    two = machine({"Each": {**EACH["States"]["Each"], "MaxConcurrency": 2}})
    assert Machine(two).run([1, 2, 3], mocks=mocks, watch=at_most_two).status == "SUCCEEDED"
    with pytest.raises(AssertionError, match="too many at a time"):
        Machine(EACH).run([1, 2, 3], mocks=mocks, watch=at_most_two)


def test_test_code_may_play_in_every_run_that_is_explored() -> None:
    def play(run: Run) -> None:
        for sending in run.tasks("Send"):
            sending.succeed(payload(run.stage.seed))

    runs = Machine(EACH).explore([1, 2], seeds=[3, 4], mocks={"Send": BY_HAND}, play=play)
    assert [run.output for run in runs] == [[3, 3], [4, 4]]


def test_an_answer_by_hand_must_fit_the_api_as_a_mock_does() -> None:
    put = task("dynamodb:putItem", Parameters={"TableName": "t", "Item": {"id": {"S": "1"}}})
    run = Machine(machine({"Save": put})).start(mocks={"Save": BY_HAND})
    with pytest.raises(MockError, match="the answer by hand to state 'Save' does not fit dynamodb:putItem"):
        run.task("Save").succeed({"Attributes": 7})
