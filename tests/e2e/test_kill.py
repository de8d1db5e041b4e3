"""kill -9 at a moment when everything is in use, and a restart on the same directory."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import make_function, make_machine
from .server import Server, ended, eventually

CODE = """
import os
def lambda_handler(event, context):
    return {"colour": os.environ["COLOUR"], "event": event}
"""
WAITING = {
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Work"},
        "Work": {"Type": "Task", "Resource": "${worker}", "End": True},
    },
}


def test_everything_is_there_after_kill_9_and_goes_on(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        function = make_function(
            server.client("lambda"), "worker", CODE, Publish=True, Environment={"Variables": {"COLOUR": "red"}}
        )
        key = server.client("kms").create_key(Description="kept")["KeyMetadata"]["Arn"]
        secret = server.client("kms").encrypt(KeyId=key, Plaintext=b"hidden")["CiphertextBlob"]
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = server.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument=trust)["Role"]
        server.client("s3").create_bucket(Bucket="kept")
        server.client("s3").put_object(Bucket="kept", Key="a/b", Body=b"content")
        queue = server.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
        server.client("sqs").send_message(QueueUrl=queue, MessageBody="waiting for you")

        sfn = server.client("stepfunctions")
        definition = json.loads(json.dumps(WAITING).replace("${worker}", function))
        machine = make_machine(sfn, "kept", definition, publish=True, tags=[{"key": "team", "value": "red"}])
        activity = sfn.create_activity(name="kept")["activityArn"]
        before = ended(sfn, sfn.start_execution(stateMachineArn=machine, input='{"seconds": 0}')["executionArn"])
        late = sfn.start_execution(stateMachineArn=machine, name="late", input='{"seconds": 1}')["executionArn"]
        sleeper = sfn.start_execution(stateMachineArn=machine, input='{"seconds": 900}')["executionArn"]

        server.kill()
        server.start()

        sfn = server.client("stepfunctions")
        described = sfn.describe_state_machine(stateMachineArn=machine)
        assert json.loads(described["definition"]) == definition
        assert sfn.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "team", "value": "red"}]
        assert sfn.list_activities()["activities"][0]["activityArn"] == activity
        versions = sfn.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
        assert [one["stateMachineVersionArn"] for one in versions] == [f"{machine}:1"]

        after = sfn.describe_execution(executionArn=before["executionArn"])
        assert {name: after[name] for name in ("status", "output", "startDate", "stopDate")} == {
            name: before[name] for name in ("status", "output", "startDate", "stopDate")
        }
        woken = ended(sfn, late)
        assert woken["status"] == "SUCCEEDED"
        assert json.loads(woken["output"]) == {"colour": "red", "event": {"seconds": 1}}
        assert sfn.describe_execution(executionArn=sleeper)["status"] == "RUNNING"

        assert server.client("lambda").get_function(FunctionName="worker")["Configuration"]["FunctionArn"] == function
        assert server.client("kms").decrypt(CiphertextBlob=secret)["Plaintext"] == b"hidden"
        assert server.client("iam").get_role(RoleName="kept")["Role"]["RoleId"] == role["RoleId"]
        assert server.client("s3").get_object(Bucket="kept", Key="a/b")["Body"].read() == b"content"
        messages = server.client("sqs").receive_message(QueueUrl=queue)["Messages"]
        assert [message["Body"] for message in messages] == ["waiting for you"]


def test_no_started_execution_is_lost_by_kill_9(tmp_path: Path) -> None:
    """StartExecution answers after its commit: whatever was answered before the kill ends after the restart."""
    definition = {
        "StartAt": "One",
        "States": {
            "One": {"Type": "Pass", "Next": "Wait"},
            "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Two"},
            "Two": {"Type": "Pass", "End": True},
        },
    }
    entered = ["One", "Wait", "Two"]
    with Server(tmp_path / "data") as server:
        sfn = server.client("stepfunctions")
        machine = make_machine(sfn, "durable", definition)
        started: list[str] = []
        for _ in range(3):
            sfn = server.client("stepfunctions")
            started += [sfn.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(40)]
            server.kill()
            server.start()
        sfn = server.client("stepfunctions")
        eventually(lambda: not sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])
        for arn in started:
            assert sfn.describe_execution(executionArn=arn)["status"] == "SUCCEEDED"
            events = sfn.get_execution_history(executionArn=arn)["events"]
            names = [e["stateEnteredEventDetails"]["name"] for e in events if "stateEnteredEventDetails" in e]
            assert names == entered
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
