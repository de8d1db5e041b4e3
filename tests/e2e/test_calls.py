"""Calls of tasks go to another server that speaks AWS, as the role of the task."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import make_function, make_machine
from .server import Server, ended, free_port

OTHER = "111122223333"
WORKER = {"RoleArn": f"arn:aws:iam::{OTHER}:role/worker"}
HANDLER = "def lambda_handler(event, context):\n    return {'place': PLACE}\n"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("elsewhere") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def here(elsewhere: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ["--calls", elsewhere.url, "--calls-for", f"sns=http://localhost:{free_port()}"]
    with Server(tmp_path_factory.mktemp("here") / "data", options=[*options, "--calls-for", "ssm=cloud"]) as running:
        yield running


def perform(server: Server, resource: str, parameters: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The description of an execution of one task, its output decoded."""
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    return run(server, task | members)


def run(server: Server, state: dict[str, Any]) -> dict[str, Any]:
    sfn = server.client("stepfunctions")
    name = f"machine-{len(sfn.list_state_machines()['stateMachines'])}"
    machine = make_machine(sfn, name, {"StartAt": "Only", "States": {"Only": state}})
    found = ended(sfn, sfn.start_execution(stateMachineArn=machine)["executionArn"])
    return found | {"output": json.loads(found.get("output", "null"))}


def test_a_task_runs_as_the_machines_role(here: Server) -> None:
    told = perform(here, "aws-sdk:sts:getCallerIdentity", {})["output"]
    assert (told["Account"], told["Arn"]) == ("000000000000", "arn:aws:sts::000000000000:assumed-role/any/treadle")


def test_credentials_of_a_state_choose_another_role_and_account(here: Server) -> None:
    told = perform(here, "aws-sdk:sts:getCallerIdentity", {}, Credentials=WORKER)["output"]
    assert (told["Account"], told["Arn"]) == (OTHER, f"arn:aws:sts::{OTHER}:assumed-role/worker/treadle")


def test_optimized_integrations_go_there_too(here: Server, elsewhere: Server) -> None:
    queue = elsewhere.client("sqs", account=OTHER).create_queue(QueueName="orders")["QueueUrl"]
    parameters = {"QueueUrl": queue, "MessageBody": {"id": 1}}
    assert perform(here, "sqs:sendMessage", parameters, Credentials=WORKER)["status"] == "SUCCEEDED"
    message = elsewhere.client("sqs", account=OTHER).receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(message["Body"]) == {"id": 1}


def test_a_function_of_this_server_is_called_here_any_other_one_there(here: Server, elsewhere: Server) -> None:
    make_function(elsewhere.client("lambda"), "both", HANDLER.replace("PLACE", "'there'"))
    make_function(elsewhere.client("lambda"), "there", HANDLER.replace("PLACE", "'there'"))
    make_function(here.client("lambda"), "both", HANDLER.replace("PLACE", "'here'"))
    for name, place in {"both": "here", "there": "there"}.items():
        told = perform(here, "lambda:invoke", {"FunctionName": name, "Payload": {}})["output"]
        assert (told["Payload"], told["StatusCode"]) == ({"place": place}, 200)
    failed = perform(here, "lambda:invoke", {"FunctionName": "nobody"})
    assert failed["error"] == "Lambda.ResourceNotFoundException"


def test_a_distributed_map_reads_and_writes_there(here: Server, elsewhere: Server) -> None:
    s3 = elsewhere.client("s3")
    s3.create_bucket(Bucket="items")
    s3.put_object(Bucket="items", Key="in.jsonl", Body=b'{"a":1}\n{"a":2}\n')
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Same",
        "States": {"Same": {"Type": "Pass", "End": True}},
    }
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "items", "Key": "in.jsonl"},
    }
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "items", "Prefix": "out"}}
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "ResultWriter": writer, "End": True}
    manifest = run(here, state)["output"]["ResultWriterDetails"]
    files = json.loads(s3.get_object(Bucket="items", Key=manifest["Key"])["Body"].read())["ResultFiles"]["SUCCEEDED"]
    results = json.loads(s3.get_object(Bucket="items", Key=files[0]["Key"])["Body"].read())
    assert [json.loads(result["Output"]) for result in results] == [{"a": 1}, {"a": 2}]


def test_a_service_may_have_a_place_of_its_own(here: Server) -> None:
    here.client("ssm").put_parameter(Name="colour", Value="blue", Type="String")
    told = perform(here, "aws-sdk:ssm:getParameter", {"Name": "colour"})["output"]
    assert told["Parameter"]["Value"] == "blue"


def test_a_place_where_nobody_answers_is_an_error_that_can_be_caught(here: Server) -> None:
    failed = perform(here, "sns:publish", {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Message": "hi"})
    assert failed["error"] == "SNS.SdkClientException"
    assert failed["cause"].startswith("Unable to execute HTTP request: Could not connect")


def test_health_tells_where_calls_go(here: Server, elsewhere: Server) -> None:
    told = here.health()["calls"]
    assert told.startswith(elsewhere.url) and "ssm to cloud" in told and told.endswith("with the tasks' roles")
