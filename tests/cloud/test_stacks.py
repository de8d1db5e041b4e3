"""Stacks of CloudFormation whose resources are other rooms': they are asked for, once, and survive with the stack."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from treadle.aws import AwsError

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:"


@pytest.fixture
def asked(running: Any) -> Any:
    """What the cloud asked other rooms for; they agree to everything."""
    running.invoked.asked.clear()
    running.invoked.results = {
        "CreateStateMachine": {"stateMachineArn": MACHINE + "orders"},
        "UpdateStateMachine": {"revisionId": "r-2"},
        "DeleteStateMachine": {},
        "PublishStateMachineVersion": {"stateMachineVersionArn": MACHINE + "orders:1"},
        "CreateStateMachineAlias": {"stateMachineAliasArn": MACHINE + "orders:live"},
        "CreateActivity": {"activityArn": "arn:aws:states:us-east-1:000000000000:activity:pack"},
        "DeleteActivity": {},
        "CreateFunction": {"FunctionArn": FUNCTION + "pick"},
        "PublishVersion": {"FunctionArn": FUNCTION + "pick:1", "Version": "1"},
        "CreateAlias": {"AliasArn": FUNCTION + "pick:live"},
        "AddPermission": {},
    }
    return running.invoked


def machine(definition: str, **more: Any) -> dict[str, Any]:
    properties = {"StateMachineName": "orders", "RoleArn": "arn:r", "DefinitionString": definition, **more}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def create(running: Any, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> Any:
    template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
    running.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    return described(running, name)


def described(running: Any, name: str) -> Any:
    [stack] = running.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return stack


def test_a_state_machine_is_made_with_what_the_template_says(running: Any, asked: Any) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "in"}}
    more = {
        "DefinitionSubstitutions": {"queue": {"Ref": "Queue"}, "count": 3},
        "StateMachineType": "EXPRESS",
        "LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": "true"},
        "Tags": [{"Key": "team", "Value": "flow"}],
    }
    outputs = {"Arn": {"Ref": "M"}, "Name": {"Fn::GetAtt": ["M", "Name"]}}
    stack = create(running, "made", {"Queue": queue, "M": machine("${queue} ${count} ${kept}", **more)}, outputs)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]} == {
        "Arn": MACHINE + "orders",
        "Name": "orders",
    }
    [(service, operation, params)] = asked.asked
    assert (service, operation) == ("stepfunctions", "CreateStateMachine")
    queue_url = running.client("sqs").get_queue_url(QueueName="in")["QueueUrl"]
    assert params.pop("definition").partition(" ")[2] == "3 ${kept}"
    assert queue_url.endswith("/000000000000/in")
    assert params == {
        "name": "orders",
        "roleArn": "arn:r",
        "type": "EXPRESS",
        "loggingConfiguration": {"level": "ALL", "includeExecutionData": True},
        "tags": [{"key": "team", "value": "flow"}],
    }


def test_a_definition_may_be_an_object_or_lie_in_a_bucket(running: Any, asked: Any) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="definitions")
    s3.put_object(Bucket="definitions", Key="m.yaml", Body=b"StartAt: A\nStates: {A: {Type: Succeed}}\n")
    written = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    plain = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": "r", "Definition": written}}
    place = {"Bucket": "definitions", "Key": "m.yaml"}
    stored = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": "r", "DefinitionS3Location": place}}
    create(running, "objects", {"Plain": plain, "Stored": stored})
    assert [json.loads(params["definition"]) for _, _, params in asked.asked] == [written, written]
    # A name of AWS's making has no stack in it.
    assert asked.asked[0][2]["name"].startswith("Plain-")


def test_resources_refer_to_each_other(running: Any, asked: Any) -> None:
    code = {"ZipFile": "def handler(event, context): return 1"}
    function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": "r", "MemorySize": "256", "Code": code}
    resources = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "pick", **function}},
        "V": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "F"}}},
        "A": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "F"},
                "Name": "live",
                "FunctionVersion": {"Fn::GetAtt": ["V", "Version"]},
            },
        },
        "M": machine("{}", DefinitionSubstitutions={"f": {"Fn::GetAtt": ["F", "Arn"]}}),
        "MV": {"Type": "AWS::StepFunctions::StateMachineVersion", "Properties": {"StateMachineArn": {"Ref": "M"}}},
        "MA": {
            "Type": "AWS::StepFunctions::StateMachineAlias",
            "Properties": {"Name": "live", "DeploymentPreference": {"StateMachineVersionArn": {"Ref": "MV"}}},
        },
        "P": {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": "pack"}},
    }
    assert create(running, "linked", resources)["StackStatus"] == "CREATE_COMPLETE"
    done = {operation: params for _, operation, params in asked.asked}
    assert done["CreateFunction"]["MemorySize"] == 256
    with zipfile.ZipFile(io.BytesIO(done["CreateFunction"]["Code"]["ZipFile"])) as package:
        assert package.read("index.py").decode() == code["ZipFile"]
    assert done["CreateAlias"] == {"FunctionName": "pick", "Name": "live", "FunctionVersion": "1"}
    route = {"stateMachineVersionArn": MACHINE + "orders:1", "weight": 100}
    assert done["CreateStateMachineAlias"]["routingConfiguration"] == [route]
    found = running.client("cloudformation").describe_stack_resources(StackName="linked")["StackResources"]
    assert {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}["MA"] == MACHINE + "orders:live"


def test_a_change_updates_and_the_end_of_the_stack_deletes(running: Any, asked: Any) -> None:
    create(running, "changed", {"M": machine("one")})
    changed = json.dumps({"Resources": {"M": machine("two")}})
    running.client("cloudformation").update_stack(StackName="changed", TemplateBody=changed)
    assert described(running, "changed")["StackStatus"] == "UPDATE_COMPLETE"
    running.client("cloudformation").delete_stack(StackName="changed")
    assert [operation for _, operation, _ in asked.asked] == [
        "CreateStateMachine",
        "UpdateStateMachine",
        "DeleteStateMachine",
    ]
    assert asked.asked[1][2]["definition"] == "two"


def test_a_refusal_rolls_the_stack_back_and_says_why(running: Any, asked: Any) -> None:
    asked.results["CreateStateMachine"] = AwsError("InvalidDefinition", "Invalid State Machine Definition: 'no'")
    activity = {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": "pack"}}
    resources = {"P": activity, "M": machine("bad") | {"DependsOn": "P"}}
    assert create(running, "failing", resources, {"Arn": {"Ref": "M"}})["StackStatus"] == "ROLLBACK_COMPLETE"
    events = running.client("cloudformation").describe_stack_events(StackName="failing")["StackEvents"]
    reasons = [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
    assert reasons == ["Invalid State Machine Definition: 'no' (Code: InvalidDefinition)"]
    assert [operation for _, operation, _ in asked.asked] == ["CreateActivity", "CreateStateMachine", "DeleteActivity"]


def test_a_property_nobody_knows_fails_the_stack(running: Any, asked: Any) -> None:
    assert create(running, "unknown", {"M": machine("{}", Colour="red")})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert asked.asked == []


def test_after_a_kill_the_stack_is_there_and_nobody_is_asked_again(running: Any, asked: Any) -> None:
    before = create(running, "kept", {"M": machine("{}")}, {"Arn": {"Ref": "M"}})
    running.restart(gracefully=False)
    after = described(running, "kept")
    assert (after["StackId"], after["Outputs"]) == (before["StackId"], before["Outputs"])
    assert [operation for _, operation, _ in asked.asked] == ["CreateStateMachine"]
