"""Queues and streams feed functions through event source mappings, with real code and over restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import make_function
from .server import Server, eventually

ACCOUNT = "000000000000"
# Writes what it gets into the table `seen`, and fails where a body asks for it.
HANDLER = """
import base64, json, os, boto3

table = boto3.client("dynamodb")

def lambda_handler(event, context):
    failures = []
    for number, record in enumerate(event["Records"]):
        id = record.get("messageId") or record.get("eventID")
        text = record.get("body") or json.dumps(record.get("dynamodb") or record.get("kinesis"))
        if "kinesis" in record:
            text = base64.b64decode(record["kinesis"]["data"]).decode()
        item = {"id": {"S": id}, "text": {"S": text}, "batch": {"N": str(len(event["Records"]))}}
        if "poison" in text:
            failures.append({"itemIdentifier": record["kinesis"]["sequenceNumber"] if "kinesis" in record else id})
        else:
            table.put_item(TableName=os.environ["SEEN"], Item=item)
    if failures and not os.environ.get("PARTIAL"):
        raise ValueError("poisoned")
    return {"batchItemFailures": failures}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("sources") / "data") as running:
        yield running


class Scene:
    """A function, and the table where it writes what it saw."""

    def __init__(self, server: Server, name: str, **environment: str) -> None:
        self.server, self.name = server, name
        self.table = f"seen-{name}"
        make_table(server, self.table)
        environment |= {"SEEN": self.table}
        make_function(server.client("lambda"), name, HANDLER, Environment={"Variables": environment})

    def seen(self) -> list[dict[str, Any]]:
        items = self.server.client("dynamodb").scan(TableName=self.table)["Items"]
        return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]

    def texts(self) -> list[str]:
        return sorted(one["text"] for one in self.seen())

    def feed(self, arn: str, **more: Any) -> str:
        client = self.server.client("lambda")
        id = str(client.create_event_source_mapping(FunctionName=self.name, EventSourceArn=arn, **more)["UUID"])
        eventually(lambda: client.get_event_source_mapping(UUID=id)["State"] == "Enabled")
        return id


def make_table(server: Server, name: str, **more: Any) -> dict[str, Any]:
    schema = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    told: dict[str, Any] = server.client("dynamodb").create_table(TableName=name, **schema, **more)
    return told["TableDescription"]


def make_queue(server: Server, name: str, **attributes: str) -> tuple[str, str]:
    """URL and ARN."""
    url = server.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def left(server: Server, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(told[name]) for name in names)


def test_messages_reach_the_function_and_leave_the_queue(own: Server) -> None:
    scene = Scene(own, "orders")
    url, arn = make_queue(own, "orders")
    id = scene.feed(arn)
    for number in range(25):
        own.client("sqs").send_message(QueueUrl=url, MessageBody=f"order {number}")
    eventually(lambda: len(scene.texts()) == 25 and left(own, url) == 0)
    own.client("lambda").delete_event_source_mapping(UUID=id)
    with pytest.raises(ClientError, match="does not exist"):
        own.client("lambda").get_event_source_mapping(UUID=id)
    own.client("sqs").send_message(QueueUrl=url, MessageBody="late")
    assert left(own, url) == 1


def test_a_window_gathers_messages_into_one_batch(own: Server) -> None:
    scene = Scene(own, "gathered")
    url, arn = make_queue(own, "gathered")
    scene.feed(arn, BatchSize=50, MaximumBatchingWindowInSeconds=2)
    for number in range(20):
        own.client("sqs").send_message(QueueUrl=url, MessageBody=f"{number}")
    eventually(lambda: len(scene.seen()) == 20)
    assert max(int(one["batch"]) for one in scene.seen()) > 10


def test_filters_let_some_pass_and_drop_the_others(own: Server) -> None:
    scene = Scene(own, "filtered")
    url, arn = make_queue(own, "filtered")
    pattern = {"body": {"amount": [{"numeric": [">", 10]}]}}
    scene.feed(arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    for body in ('{"amount": 5}', '{"amount": 50}', "no JSON"):
        own.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: left(own, url) == 0 and scene.texts() == ['{"amount": 50}'])


def test_messages_reported_as_failed_come_again_and_end_in_the_dead_letter_queue(own: Server) -> None:
    scene = Scene(own, "partial", PARTIAL="yes")
    dead, dead_arn = make_queue(own, "partial-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = make_queue(own, "partial", VisibilityTimeout="3", RedrivePolicy=redrive)
    scene.feed(arn, FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 2})
    for body in ("good", "poison", "fine"):
        own.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: left(own, dead) == 1 and left(own, url) == 0)
    assert scene.texts() == ["fine", "good"]


def test_the_stream_of_a_table_is_read_from_where_it_was_after_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        scene = Scene(server, "changes")
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        arn = make_table(server, "orders", StreamSpecification=stream)["LatestStreamArn"]
        put(server, "before")
        id = scene.feed(arn, StartingPosition="LATEST")
        put(server, "one")
        eventually(lambda: len(scene.seen()) == 1)
        change = json.loads(scene.texts()[0])
        assert change["NewImage"] == {"id": {"S": "one"}} and change["Keys"] == {"id": {"S": "one"}}
        server.kill()
        server.start()
        put(server, "two")
        eventually(lambda: len(scene.seen()) == 2)
        assert server.client("lambda").get_event_source_mapping(UUID=id)["LastProcessingResult"] == "OK"


def put(server: Server, id: str) -> None:
    server.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": id}})


def test_a_poisoned_batch_of_a_stream_is_halved_and_given_up(own: Server) -> None:
    scene = Scene(own, "halved")
    dead, dead_arn = make_queue(own, "halved-dead")
    kinesis = own.client("kinesis")
    kinesis.create_stream(StreamName="halved", ShardCount=1)
    for text in ("a", "b", "poison", "c"):
        kinesis.put_record(StreamName="halved", Data=text.encode(), PartitionKey="k")
    scene.feed(
        f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/halved",
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": dead_arn}},
    )
    eventually(lambda: scene.texts() == ["a", "b", "c"])
    eventually(lambda: left(own, dead) == 1)
    record = json.loads(own.client("sqs").receive_message(QueueUrl=dead)["Messages"][0]["Body"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (record["KinesisBatchInfo"]["batchSize"], record["KinesisBatchInfo"]["startSequenceNumber"]) == (1, "3")


def test_a_mapping_is_changed_and_listed(own: Server) -> None:
    scene, client = Scene(own, "changed"), own.client("lambda")
    url, arn = make_queue(own, "changed")
    id = scene.feed(arn)
    with pytest.raises(ClientError, match="already exists"):
        scene.feed(arn)
    client.update_event_source_mapping(UUID=id, Enabled=False, BatchSize=3)
    told = client.get_event_source_mapping(UUID=id)
    assert (told["State"], told["BatchSize"]) == ("Disabled", 3)
    assert [
        one["UUID"] for one in client.list_event_source_mappings(FunctionName="changed")["EventSourceMappings"]
    ] == [id]
    own.client("sqs").send_message(QueueUrl=url, MessageBody="waits")
    assert scene.seen() == []
    client.update_event_source_mapping(UUID=id, Enabled=True)
    eventually(lambda: scene.texts() == ["waits"])


@pytest.mark.parametrize(
    ("arn", "more", "reason"),
    [
        ("arn:aws:mq:us-east-1:000000000000:broker:b:1", {}, "treadle polls queues of SQS"),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere", {}, "SQS Error Code: NonExistentQueue|QueueDoesNotExist"),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:refused", {"BatchSize": 100}, "Maximum batch window"),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:refused", {"StartingPosition": "LATEST"}, "Unsupported StartingPosition"),
        (
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:refused",
            {"FilterCriteria": {"Filters": [{"Pattern": "["}]}},
            "Invalid filter",
        ),
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:refused", {}, "visibility timeout: 2 seconds is less than"),
        (f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/none", {"StartingPosition": "LATEST"}, "Stream not found"),
    ],
)
def test_what_cannot_work_is_refused(own: Server, arn: str, more: dict[str, Any], reason: str) -> None:
    make_queue(own, "refused", VisibilityTimeout="2")
    client = own.client("lambda")
    if "refused" not in [one["FunctionName"] for one in client.list_functions()["Functions"]]:
        make_function(client, "refused", HANDLER, Timeout=3)
    with pytest.raises(ClientError, match=reason):
        client.create_event_source_mapping(FunctionName="refused", EventSourceArn=arn, **more)
