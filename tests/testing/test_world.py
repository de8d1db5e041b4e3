"""Who answers: mocks by state, functions, activities, tokens, other machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from states import EACH, INVOKE, ORDER, activity, invoke, machine, task
from treadle.testing import (
    BY_HAND,
    Call,
    Fails,
    Folder,
    Machine,
    MockError,
    by_attempt,
    by_item,
    in_turn,
    payload,
    sometimes,
    submits,
)

PUT = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:putItem",
    "Parameters": {"TableName": "t", "Item": {"id": {"S": "1"}}},
    "End": True,
}


def test_a_python_function_is_a_lambda_handler() -> None:
    def charge(event: Any, context: Any) -> Any:
        return {"paid": event["amount"] < 100, "by": context.function_name}

    run = Machine(ORDER).run({"amount": 5}, functions={"charge": charge})
    assert run.output == {"paid": True, "by": "charge"}
    assert run.state("Charge").arguments == {"FunctionName": "charge", "Payload": {"amount": 5}}
    assert [call.state for call in run.calls] == ["Charge"]


def test_what_a_function_raises_is_an_error_of_the_workflow() -> None:
    def charge(event: Any, context: Any) -> Any:
        raise ValueError("no card")

    run = Machine(ORDER).run(functions={"charge": charge})
    assert run.state("Charge").error == "ValueError"
    assert '"errorMessage":"no card"' in str(run.state("Charge").cause)


def test_a_result_that_is_no_json_fails_as_in_lambda() -> None:
    run = Machine(machine({"T": invoke("f")})).run(functions={"f": lambda event, context: object()})
    assert run.error == "Runtime.MarshalError"


def test_a_folder_with_real_code_is_run_by_the_real_workers(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import os\ndef lambda_handler(e, c): return {'got': e, 'mode': os.environ['MODE']}\n"
    )
    one = Machine(machine({"T": invoke("f")}), functions={"f": Folder(tmp_path, environment={"MODE": "test"})})
    assert one.run({"a": 1}).output == {"got": {"a": 1}, "mode": "test"}
    assert one.run({"a": 2}).output["got"] == {"a": 2}


def test_a_function_named_by_its_arn_gives_its_payload() -> None:
    direct = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f:live", "End": True}
    assert Machine(machine({"T": direct})).run([1], functions={"f": lambda event, context: event * 2}).output == [1, 1]


def test_answers_in_turn_over_the_whole_run_and_by_attempt_of_each_visit() -> None:
    loop = machine(
        {
            "Ask": invoke("f", Next="Ready?", Retry=[{"ErrorEquals": ["Busy"]}]),
            "Ready?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "End"}],
                "Default": "Ask",
            },
            "End": {"Type": "Succeed"},
        }
    )
    turns = in_turn(payload({"n": 1}), Fails("Busy"), payload({"n": 2}))
    run = Machine(loop).run(mocks={"Ask": turns})
    assert (run.state("Ask").entered, run.state("Ask").retries) == (2, 1)
    with pytest.raises(MockError, match="2 answers in turn, and this is call number 3"):
        Machine(loop).run(mocks={"Ask": in_turn(payload({"n": 0}), payload({"n": 1}))})
    with pytest.raises(MockError, match="1 attempts, and this is number 2"):
        Machine(loop).run(mocks={"Ask": by_attempt(Fails("Busy"))})


def test_answers_by_item_of_a_map() -> None:
    mocks = {"Send": by_item({1: by_attempt(Fails("Busy"), payload("late"))}, default=payload("sent"))}
    run = Machine(EACH).run(["a", "b", "c"], mocks=mocks)
    assert run.output == ["sent", "late", "sent"]
    assert run.state("Send", item=1).retries == 1
    assert run.state("Send", item=0).input == "a"


def test_a_function_of_the_call_may_answer() -> None:
    def send(call: Call) -> Any:
        if call.item == 0 and call.attempt == 0:
            raise Fails("Busy")
        return payload(f"{call.arguments['Payload']}{call.attempt}")

    assert Machine(EACH).run(["a", "b"], mocks={"Send": send}).output == ["a1", "b0"]


def test_luck_is_drawn_from_the_seed() -> None:
    mocks = {"Send": sometimes(0.5, payload("heads"), payload("tails"))}
    outputs = [Machine(EACH).run(list(range(20)), mocks=mocks, seed=seed).output for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1] != outputs[2]
    assert set(outputs[0]) == {"heads", "tails"}


def test_a_token_is_brought_back_by_test_code() -> None:
    seen: list[str] = []
    approve = {
        "Type": "Task",
        "Resource": f"{INVOKE}.waitForTaskToken",
        "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
        "HeartbeatSeconds": 3600,
        "End": True,
    }

    def ask(event: Any, context: Any) -> Any:
        seen.append(event["token"])
        return {"mailed": True}

    run = Machine(machine({"Approve": approve})).start(functions={"ask": ask})
    assert run.status == "RUNNING"
    run.advance("59m").with_token(seen[0]).heartbeat()
    run.advance("59m").with_token(seen[0]).succeed({"approved": True})
    assert run.output == {"approved": True}
    assert run.duration == 2 * 59 * 60
    with pytest.raises(AssertionError, match="nobody waits"):
        run.with_token(seen[0])


def test_the_answer_to_a_submission_can_be_given() -> None:
    sync = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"TaskDefinition": "d"}}
    run = Machine(machine({"T": sync | {"End": True}})).run(
        mocks={"T": submits({"Tasks": []}, {"LastStatus": "STOPPED"})}
    )
    assert run.output == {"LastStatus": "STOPPED"}
    assert [e["type"] for e in run.events][3:5] == ["TaskStarted", "TaskSubmitted"]


def test_an_activity_worker_is_played_step_by_step() -> None:
    work = Machine(machine({"Work": activity("work", TimeoutSeconds=100)}))
    run = work.start(activities={"work": BY_HAND}).advance(40)
    assert "ActivityStarted" not in [event["type"] for event in run.events]
    task = run.task("Work").start("bob")
    assert run.events[-1]["activityStartedEventDetails"] == {"workerName": "bob"}
    run.advance(50)
    task.fail("Tired", "so tired")
    run.assert_failed("Tired", "so tired")


def test_another_machine_is_run_as_nested_execution() -> None:
    child = Machine(machine({"W": {"Type": "Wait", "Seconds": 90, "Next": "T"}, "T": invoke("f")}), name="child")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:child",
            "Input": {"n": 1},
        },
        "OutputPath": "$.Output",
        "End": True,
    }
    parent = Machine(machine({"Start": start}), machines={"child": child})
    run = parent.run(functions={"f": lambda event, context: {"n": event["n"] + 1}})
    assert (run.output, run.duration) == ({"n": 2}, 90)
    assert run.children[0].path == ["W", "T"]
    failed = parent.run(functions={"f": Fails("Oops")})
    assert failed.error == "States.TaskFailed" and "Oops" in str(failed.cause)


def test_a_distributed_map_runs_its_items_as_executions() -> None:
    processor = machine({"T": invoke("f")}) | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    fan = Machine(
        machine(
            {
                "Fan": {
                    "Type": "Map",
                    "ItemReader": reader | {"ReaderConfig": {"InputType": "JSON"}},
                    "ItemBatcher": {"MaxItemsPerBatch": 2},
                    "MaxConcurrency": 1,
                    "ToleratedFailureCount": 2,
                    "ItemProcessor": processor,
                    "End": True,
                }
            }
        )
    )
    run = fan.run(items={"Fan": [1, 2, 3]}, functions={"f": lambda event, context: len(event["Items"])}, latency=10)
    assert (run.output, run.duration) == ([2, 1], 20)
    assert [child.output for child in run.children] == [2, 1]
    assert run.path == ["Fan", "T", "T"]
    assert fan.coverage.percent("state") == 100
    assert fan.run(mocks={"Fan": ["whole"]}).output == ["whole"], "or the state is mocked as a whole"

    bad = fan.run(items={"Fan": [1, 2, 3, 4]}, functions={"f": Fails("E")})
    bad.assert_failed("States.ExceedToleratedFailureThreshold")


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redrive_runs_the_items_that_failed_again(kind: str) -> None:
    processor = machine({"A": {"Type": "Pass"}, "T": invoke("f")})
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    fan = Machine(machine({"Fan": {"Type": "Map", "ItemProcessor": processor | config, "ToleratedFailureCount": 1}}))
    broken = {1, 3}
    run = fan.run([0, 1, 2, 3], mocks={"T": lambda call: Fails("E") if call.item in broken else payload(call.item)})
    run.assert_failed("States.ExceedToleratedFailureThreshold")
    broken.discard(1)
    assert run.redrive().output[:3] == [0, 1, 2], "the one that fails again is tolerated"
    assert sorted(call.item for call in run.calls_of("T")) == [0, 1, 1, 2, 3, 3]
    passes = [visit.items for visit in run.state("A").visits]
    assert passes == [(0,), (1,), (2,), (3,)] + [(1,), (3,)] * (kind == "EXPRESS"), (
        "a standard one goes on where it was"
    )


def test_a_distributed_map_in_a_distributed_map() -> None:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    inner = {"Type": "Map", "ItemProcessor": machine({"Item": {"Type": "Pass", "End": True}}) | config, "End": True}
    outer = {"Type": "Map", "ItemProcessor": machine({"Row": inner}) | config, "End": True}
    assert Machine(machine({"Table": outer})).run([[1, 2], [3]]).output == [[1, 2], [3]]


def test_a_task_that_nobody_answers_is_refused_with_a_recipe() -> None:
    with pytest.raises(MockError) as refused:
        Machine(machine({"Save": PUT})).run()
    said = str(refused.value)
    assert "no mock for state 'Save', which calls arn:aws:states:::dynamodb:putItem" in said
    assert "mocks={'Save': {\"Attributes\"" in said
    assert "… Save" in said, "with a picture of the path"


def test_a_mock_must_fit_the_api() -> None:
    with pytest.raises(MockError, match=r"does not fit dynamodb:putItem.*'Attributes' must be an object"):
        Machine(machine({"Save": PUT})).run(mocks={"Save": {"Attributes": 7}})
    assert Machine(machine({"Save": PUT}), check="NONE").run(mocks={"Save": {"Attributes": 7}}).status == "SUCCEEDED"
    with pytest.raises(MockError, match="there is no member 'attributes'; do you mean 'Attributes'"):
        Machine(machine({"Save": PUT})).run(mocks={"Save": {"attributes": {}}})
    with pytest.raises(MockError, match='"MD5OfMessageBody"'):
        Machine(machine({"Tell": task("sqs:sendMessage", Parameters={"QueueUrl": "q", "MessageBody": "m"})})).run()
    with pytest.raises(MockError, match="Required field"):
        sqs = PUT | {"Resource": "arn:aws:states:::aws-sdk:sfn:startExecution", "Parameters": {}}
        Machine(machine({"S": sqs})).run(mocks={"S": {}}, check="STRICT")


def test_a_mock_of_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MockError, match="do you mean 'Charge'"):
        Machine(ORDER, mocks={"Chagre": payload(1)})


def test_placeholders_are_filled_or_named() -> None:
    text = '{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "${worker}", "End": true}}}'
    assert Machine(text, functions={"worker": lambda event, context: 1}).run().output == 1
    with pytest.raises(ValueError, match="placeholders without a value: worker"):
        Machine(text)
