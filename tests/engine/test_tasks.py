"""Tasks: what their news does, retries, catchers, time limits."""

import json
from itertools import pairwise
from typing import Any

import pytest
from kit import SILENCE, Fails, begin, facts, machine, run, service, task

from treadle.asl.compile import compile
from treadle.asl.parse import parse
from treadle.engine.commands import CancelTask
from treadle.engine.events import TaskHeartbeat, TaskStarted, TaskSubmitted, TaskSucceeded, Ticked
from treadle.engine.step import deadline, start, step
from treadle.values import Payload

RETRY = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}


def test_a_function_called_by_its_arn_has_events_of_its_own() -> None:
    done = run(machine({"A": task()}), {"x": 1}, {"A": {"y": 2}})
    assert done.output == {"y": 2}
    assert done.chain == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]


def test_a_service_integration_names_its_resource_in_every_event() -> None:
    done = run(machine({"A": service()}), {"x": 1}, {"A": {"Payload": 7}})
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
    done = run(machine({"A": task(Retry=[RETRY])}), None, {"A": [Fails("E"), Fails("E"), 1]})
    assert done.output == 1
    assert done.types.count("TaskStateEntered") == 1
    scheduled = [e.at for e in done.history if e.type == "LambdaFunctionScheduled"]
    assert [b - a for a, b in pairwise(scheduled)] == [2, 6]


def test_when_retries_are_spent_the_execution_fails_with_the_last_error() -> None:
    done = run(machine({"A": task(Retry=[RETRY])}), None, {"A": [Fails("E"), Fails("E"), Fails("Last", "why")]})
    assert (done.status, done.history[-1].details) == ("FAILED", {"error": "Last", "cause": "why"})


def test_each_retrier_counts_for_itself() -> None:
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 1}, {"ErrorEquals": ["B"], "MaxAttempts": 1}]
    done = run(machine({"S": task(Retry=retry)}), None, {"S": [Fails("A"), Fails("B"), Fails("A")]})
    assert done.status == "FAILED"
    assert len(done.calls) == 3


def test_full_jitter_stays_between_zero_and_the_computed_delay() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "MaxAttempts": 1, "JitterStrategy": "FULL"}]
    begun = begin(machine({"S": task(Retry=retry)}))
    begun.answer(1, Fails("E"))
    due = deadline(begun.execution)
    assert due is not None
    assert 0 <= due - begun.now <= 100


def test_a_catcher_puts_the_error_where_its_result_path_says() -> None:
    catch = [{"ErrorEquals": ["Other"], "Next": "B"}, {"ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "C"}]
    states = {"A": task(Catch=catch), "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}}
    done = run(machine(states), {"k": 1}, {"A": Fails("E", "because")})
    assert done.path == ["A", "C"]
    assert done.output == {"k": 1, "error": {"Error": "E", "Cause": "because"}}


def test_a_catcher_sees_null_for_an_error_and_a_cause_that_nobody_gave() -> None:
    states = {"A": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), "B": {"Type": "Succeed"}}
    assert run(machine(states), {"k": 1}, {"A": Fails(None)}).output == {"Error": None, "Cause": None}


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
        done = run(machine({"A": state}, QueryLanguage="JSONata"))
        assert done.types[-2:] == ["EvaluationFailed", "ExecutionFailed"]
        details = done.history[-2].details or {}
        assert str(details["cause"]).endswith(words)
        assert details["location"] == "TimeoutSeconds"


def test_task_failed_covers_everything_but_a_timeout() -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}, {"ErrorEquals": ["States.Timeout"], "Next": "C"}]
    states = {"A": task(Catch=catch, TimeoutSeconds=5), "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}}
    assert run(machine(states), None, {"A": Fails("Custom")}).path == ["A", "B"]
    assert run(machine(states), None, {"A": SILENCE}).path == ["A", "C"]


def test_a_timeout_counts_from_the_start_of_the_task() -> None:
    begun = begin(machine({"A": service(TimeoutSeconds=10)}))
    assert deadline(begun.execution) is None
    begun.now += 100
    begun.deliver(TaskStarted(begun.now, 1))
    assert deadline(begun.execution) == begun.now + 10
    begun.tick(10)
    assert begun.types[-2:] == ["TaskTimedOut", "ExecutionFailed"]
    assert begun.history[-1].details == {"error": "States.Timeout"}
    assert not begun.open, "the call is cancelled"


def test_a_missed_heartbeat_shows_as_a_timeout_and_is_caught_by_both_names() -> None:
    token = {"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 5}
    token["Parameters"] = {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}}
    for name in ("States.Timeout", "States.HeartbeatTimeout"):
        states = {"A": service(Catch=[{"ErrorEquals": [name], "Next": "B"}]) | token, "B": {"Type": "Succeed"}}
        begun = begin(machine(states))
        begun.deliver(TaskStarted(begun.now, 1))
        begun.now += 4
        begun.deliver(TaskHeartbeat(begun.now, 1))
        assert deadline(begun.execution) == begun.now + 5
        begun.tick(5)
        assert begun.output == {"Error": "States.Timeout", "Cause": None}


def test_the_answer_to_a_submission_does_not_end_a_task_that_waits_for_its_token() -> None:
    token = {"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}
    token["Parameters"] = {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}}
    begun = begin(machine({"A": service() | token}))
    begun.deliver(TaskStarted(begun.now, 1)).deliver(TaskSubmitted(begun.now, 1, Payload({"MessageId": "m"})))
    assert begun.status == "RUNNING"
    begun.deliver(TaskSucceeded(begun.now, 1, Payload({"ok": True})))
    assert begun.output == {"ok": True}
    assert begun.types[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]


@pytest.mark.parametrize("more", [{}, {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S2"}]}, {"Retry": [RETRY]}])
def test_a_late_task_is_cancelled_once_whatever_becomes_of_its_failure(more: dict[str, Any]) -> None:
    states = {"S": task("S2", TimeoutSeconds=5, **more), "S2": {"Type": "Succeed"}}
    begun = begin(machine(states))
    begun.deliver(TaskStarted(begun.now, 1))
    late = step(begun.plan, begun.execution, Ticked(begun.now + 5))
    assert [command.task for command in late.commands if isinstance(command, CancelTask)] == [1]


def test_late_double_and_forged_news_changes_nothing() -> None:
    begun = begin(machine({"A": task("B"), "B": task()}))
    begun.answer(1, {"first": True})
    before = (begun.execution, len(begun.history))
    begun.answer(1, {"again": True})
    begun.answer(99, {"forged": True})
    begun.tick()
    assert (begun.execution, len(begun.history)) == before


def test_a_result_too_large_for_the_next_state_fails_the_execution_past_every_catch() -> None:
    states = {
        "A": task("B", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}], ResultPath="$.r"),
        "B": {"Type": "Succeed"},
    }
    done = run(machine(states), {"x": "a" * 100_000}, {"A": "b" * 200_000})
    assert done.status == "FAILED"
    assert done.types[-2:] == ["LambdaFunctionSucceeded", "ExecutionFailed"]
    cause = "The state/task 'A' returned a result with a size exceeding the maximum number of bytes service limit."
    assert done.history[-1].details == {"error": "States.DataLimitExceeded", "cause": cause}


def test_what_one_assign_assigns_may_be_as_large_as_a_payload_and_no_larger() -> None:
    for letters, status in ((130_000, "SUCCEEDED"), (135_000, "FAILED")):
        assign = {"one.$": "$.x", "two.$": "$.x"}
        done = run(machine({"A": {"Type": "Pass", "Assign": assign, "End": True}}), {"x": "a" * letters})
        assert done.status == status
    assert done.history[-1].details is not None
    assert done.history[-1].details["error"] == "States.DataLimitExceeded"


ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:a"


def test_an_activity_that_does_not_exist_fails_the_execution_past_every_catcher() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    definition = machine({"A": task(Resource=ACTIVITY, Catch=catch), "B": {"Type": "Succeed"}})
    plan = compile(parse(json.dumps(definition)))
    assert plan.activities == {ACTIVITY}
    history = start(plan, facts(), 0.0, absent=plan.activities).history
    assert [event.type for event in history] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert history[-1].previous == 2
    assert history[-1].details == {
        "error": "States.Runtime",
        "cause": f"The activity {ACTIVITY} does not exist.",
    }


def test_credentials_must_name_a_role() -> None:
    """What else stands there is nobody's business, and what is no role fails the state."""
    good = task(Credentials={"RoleArn.$": "$.role", "More": 1e7})
    begun = begin(machine({"A": good}), {"role": "arn:aws:iam::000000000000:role/r"})
    assert [run.credentials for run in begun.open.values()] == [{"RoleArn": "arn:aws:iam::000000000000:role/r"}]
    failed = begin(machine({"A": good}), {"role": 1})
    assert failed.execution.failure is not None and failed.execution.failure.error == "States.Runtime"
    computed = {**task(Credentials="{% 1 + 1 %}"), "QueryLanguage": "JSONata"}
    failed = begin(machine({"A": computed}))
    assert failed.execution.failure is not None and failed.execution.failure.error == "States.QueryEvaluationError"
