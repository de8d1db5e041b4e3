"""Tasks: what their news does, retries, catchers, time limits."""

from itertools import pairwise
from typing import Any

import pytest

from states import activity, machine, task
from treadle.engine.commands import CancelTask
from treadle.engine.events import TaskSucceeded, Ticked
from treadle.engine.step import deadline, start, step
from treadle.testing import BY_HAND, NEVER, Fails, Machine, in_turn, submits
from treadle.values import Payload

from .runs import by_hand, chain

ACTIVITY = activity("a")["Resource"]
INVOKE = task("lambda:invoke", Parameters={"FunctionName": "f", "Payload.$": "$"})
RETRY = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}


def test_a_function_called_by_its_arn_has_events_of_its_own() -> None:
    done = Machine(machine({"A": task()})).run({"x": 1}, mocks={"A": {"y": 2}})
    assert done.output == {"y": 2}
    assert chain(done) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]


def test_a_service_integration_names_its_resource_in_every_event() -> None:
    done = Machine(machine({"A": INVOKE})).run({"x": 1}, mocks={"A": {"Payload": 7}})
    scheduled, started, succeeded = done.history[2:5]
    named = {"resourceType": "lambda", "resource": "invoke"}
    assert scheduled.details == {
        **named,
        "region": "us-east-1",
        "parameters": Payload({"FunctionName": "f", "Payload": {"x": 1}}),
    }
    assert started.details == named
    assert succeeded.details == {**named, "output": Payload({"Payload": 7}), "outputDetails": {"truncated": False}}


def test_retries_back_off_and_do_not_enter_the_state_again() -> None:
    done = Machine(machine({"A": task(Retry=[RETRY])})).run(mocks={"A": in_turn(Fails("E"), Fails("E"), 1)})
    assert done.output == 1
    assert done.types.count("TaskStateEntered") == 1
    scheduled = [e.at for e in done.history if e.type == "LambdaFunctionScheduled"]
    assert [b - a for a, b in pairwise(scheduled)] == [2, 6]


def test_when_retries_are_spent_the_execution_fails_with_the_last_error() -> None:
    done = Machine(machine({"A": task(Retry=[RETRY])})).run(
        mocks={"A": in_turn(Fails("E"), Fails("E"), Fails("Last", "why"))}
    )
    assert (done.status, done.history[-1].details) == ("FAILED", {"error": "Last", "cause": "why"})


def test_each_retrier_counts_for_itself() -> None:
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["B"], "MaxAttempts": 1}]
    done = Machine(machine({"S": task(Retry=retry)})).run(mocks={"S": in_turn(Fails("A"), Fails("B"), Fails("A"))})
    assert done.status == "FAILED"
    assert len(done.calls) == 3


def test_full_jitter_stays_between_zero_and_the_computed_delay() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "MaxAttempts": 1, "JitterStrategy": "FULL"}]
    begun = by_hand(machine({"S": task(Retry=retry)}))
    begun.open[1].fail("E")
    due = deadline(begun.execution)
    assert due is not None
    assert 0 <= due - begun.now <= 100


def test_a_catcher_puts_the_error_where_its_result_path_says() -> None:
    catch = [{"ErrorEquals": ["Other"], "Next": "B"}, {"ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "C"}]
    states = {"A": task(Catch=catch), "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}}
    done = Machine(machine(states)).run({"k": 1}, mocks={"A": Fails("E", "because")})
    assert done.path == ["A", "C"]
    assert done.output == {"k": 1, "error": {"Error": "E", "Cause": "because"}}


def test_a_catcher_sees_null_for_an_error_and_a_cause_that_nobody_gave() -> None:
    states = {"A": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), "B": {"Type": "Succeed"}}
    done = Machine(machine(states)).run({"k": 1}, mocks={"A": Fails(None)})
    assert done.output == {"Error": None, "Cause": None}


def test_a_time_limit_that_is_no_whole_number_of_seconds_fails_in_the_words_of_its_field() -> None:
    for value, words in (
        ("'a'", "returned an unexpected result type. Expected 'number', but was 'string' for value: \"a\""),
        ("null", "returned an unexpected result type. Expected 'number', but was 'null' for value: null"),
        ("1.5", "The TimeoutSeconds field cannot be parsed as a long value: 1.5"),
        ("-1", "The TimeoutSeconds field references a negative value: -1"),
    ):
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "f"},
            "TimeoutSeconds": f"{{% {value} %}}",
            "End": True,
        }
        done = Machine(machine({"A": state}, QueryLanguage="JSONata")).run()
        assert done.types[-2:] == ["EvaluationFailed", "ExecutionFailed"]
        details = done.history[-2].details or {}
        assert str(details["cause"]).endswith(words)
        assert details["location"] == "TimeoutSeconds"


def test_task_failed_covers_everything_but_a_timeout() -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}, {"ErrorEquals": ["States.Timeout"], "Next": "C"}]
    states = {"A": task(Catch=catch, TimeoutSeconds=5), "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}}
    caught = Machine(machine(states))
    assert caught.run(mocks={"A": Fails("Custom")}).path == ["A", "B"]
    assert caught.run(mocks={"A": NEVER}).path == ["A", "C"]


def test_a_timeout_counts_from_the_start_of_the_task() -> None:
    begun = by_hand(machine({"A": activity("a", TimeoutSeconds=10)})).advance(100)
    assert deadline(begun.execution) is None
    begun.task("A").start("worker")
    begun.advance(9.9)
    assert begun.status == "RUNNING"
    begun.advance(0.1)
    assert begun.types[-2:] == ["ActivityTimedOut", "ExecutionFailed"]
    assert begun.history[-1].details == {"error": "States.Timeout"}
    assert not begun.open, "the call is cancelled"


TOKEN = task("sqs:sendMessage.waitForTaskToken", Parameters={"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}})


@pytest.mark.parametrize("name", ["States.Timeout", "States.HeartbeatTimeout"])
def test_a_missed_heartbeat_shows_as_a_timeout_and_is_caught_by_both_names(name: str) -> None:
    catch = [{"ErrorEquals": [name], "Next": "B"}]
    states = {"A": {**TOKEN, "HeartbeatSeconds": 5, "Catch": catch}, "B": {"Type": "Succeed"}}
    begun = by_hand(machine(states)).advance(4)
    begun.task("A").heartbeat().advance(4.9)
    assert begun.status == "RUNNING"
    begun.advance(0.1)
    assert begun.output == {"Error": "States.Timeout", "Cause": None}


def test_the_answer_to_a_submission_does_not_end_a_task_that_waits_for_its_token() -> None:
    begun = Machine(machine({"A": TOKEN})).start(mocks={"A": submits({"MessageId": "m"}, BY_HAND)})
    assert begun.status == "RUNNING"
    begun.task("A").succeed({"ok": True})
    assert begun.output == {"ok": True}
    assert begun.types[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]


@pytest.mark.parametrize("more", [{}, {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S2"}]}, {"Retry": [RETRY]}])
def test_a_late_task_is_cancelled_once_whatever_becomes_of_its_failure(more: dict[str, Any]) -> None:
    begun = by_hand(machine({"S": task(TimeoutSeconds=5, **more), "S2": {"Type": "Succeed"}}))
    late = step(begun.plan, begun.execution, Ticked(begun.now + 5))
    assert [command.task for command in late.commands if isinstance(command, CancelTask)] == [1]


def test_late_double_and_forged_news_changes_nothing() -> None:
    begun = by_hand(machine({"A": task(), "B": task()}))
    begun.open[1].succeed({"first": True})
    before = (begun.execution, len(begun.history))
    begun.deliver(TaskSucceeded(begun.now, 1, Payload({"again": True})))
    begun.deliver(TaskSucceeded(begun.now, 99, Payload({"forged": True})))
    begun.deliver(Ticked(begun.now))
    assert (begun.execution, len(begun.history)) == before


def test_a_result_too_large_for_the_next_state_fails_the_execution_past_every_catch() -> None:
    states = {
        "A": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}], ResultPath="$.r"),
        "B": {"Type": "Succeed"},
    }
    done = Machine(machine(states)).run({"x": "a" * 100_000}, mocks={"A": "b" * 200_000})
    assert done.status == "FAILED"
    assert done.types[-2:] == ["LambdaFunctionSucceeded", "ExecutionFailed"]
    cause = "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit."
    assert done.history[-1].details == {"error": "States.DataLimitExceeded", "cause": cause}


def test_what_one_assign_assigns_may_be_as_large_as_a_payload_and_no_larger() -> None:
    for letters, status in ((130_000, "SUCCEEDED"), (135_000, "FAILED")):
        assign = {"one.$": "$.x", "two.$": "$.x"}
        done = Machine(machine({"A": {"Type": "Pass", "Assign": assign}})).run({"x": "a" * letters})
        assert done.status == status
    assert done.history[-1].details is not None
    assert done.history[-1].details["error"] == "States.DataLimitExceeded"


def test_an_activity_that_does_not_exist_fails_the_execution_past_every_catcher() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    lacking = Machine(machine({"A": activity("a", Catch=catch), "B": {"Type": "Succeed"}}))
    assert lacking.plan.activities == {ACTIVITY}
    history = start(lacking.plan, lacking.facts(0.0, 0, {}, "e"), 0.0, absent=lacking.plan.activities).history
    assert [event.type for event in history] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert history[-1].previous == 2
    assert history[-1].details == {
        "error": "States.Runtime",
        "cause": f"The activity {ACTIVITY} does not exist.",
    }


def test_credentials_must_name_a_role() -> None:
    """What else stands there is nobody's business, and what is no role fails the state."""
    good = machine({"A": task(Credentials={"RoleArn.$": "$.role", "More": 1e7})})
    begun = by_hand(good, {"role": "arn:aws:iam::000000000000:role/r"})
    assert [call.credentials for call in begun.calls] == [{"RoleArn": "arn:aws:iam::000000000000:role/r"}]
    by_hand(good, {"role": 1}).assert_failed("States.Runtime")
    computed = {**task(Credentials="{% 1 + 1 %}"), "QueryLanguage": "JSONata"}
    by_hand(machine({"A": computed})).assert_failed("States.QueryEvaluationError")
