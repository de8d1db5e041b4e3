"""What S3 and SNS answer on AWS although nobody asked for it: default encryption, checksum types, signatures."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_an_object_is_encrypted_with_s3s_keys_unless_its_bucket_says_otherwise(running: Any) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="plain")
    assert s3.put_object(Bucket="plain", Key="a", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket="plain", Key="a")["ServerSideEncryption"] == "AES256"
    rules = s3.get_bucket_encryption(Bucket="plain")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    with_kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
    s3.put_bucket_encryption(Bucket="plain", ServerSideEncryptionConfiguration=with_kms)
    assert s3.put_object(Bucket="plain", Key="b", Body=b"x")["ServerSideEncryption"] == "aws:kms"


def test_the_checksum_of_an_object_put_at_once_is_that_of_the_full_object(running: Any) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="sums")
    put = s3.put_object(Bucket="sums", Key="a", Body=b"x")
    got = s3.get_object(Bucket="sums", Key="a", ChecksumMode="ENABLED")
    head = s3.head_object(Bucket="sums", Key="a", ChecksumMode="ENABLED")
    assert put["ChecksumType"] == got["ChecksumType"] == head["ChecksumType"] == "FULL_OBJECT"
    assert put["ChecksumCRC32"] == got["ChecksumCRC32"] == head["ChecksumCRC32"]


def test_publishing_to_a_topic_that_is_gone_names_the_topic(running: Any) -> None:
    sns = running.client("sns")
    with pytest.raises(sns.exceptions.NotFoundException, match="Topic does not exist"):
        sns.publish(TopicArn="arn:aws:sns:us-east-1:000000000000:gone", Message="x")


@pytest.mark.parametrize(("attributes", "version"), [({}, "1"), ({"SignatureVersion": "2"}, "2")])
def test_a_notification_carries_the_signature_that_its_topic_asks_for(
    running: Any, attributes: dict[str, str], version: str
) -> None:
    sns, sqs = running.client("sns"), running.client("sqs")
    topic = sns.create_topic(Name=f"signed-{version}", Attributes=attributes)["TopicArn"]
    url = sqs.create_queue(QueueName=f"signed-{version}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="hello")
    told = json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert told["SignatureVersion"] == version
    assert told["UnsubscribeURL"].endswith(f"SubscriptionArn={subscription}")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"TopicArn": "t"}, "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ({}, "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"),
        ({"MessageGroupId": "g"}, "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"),
    ],
)
def test_a_publication_is_refused_in_the_words_of_sns(running: Any, params: dict[str, str], message: str) -> None:
    sns = running.client("sns")
    topic = sns.create_topic(Name="strict.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException, match=message):
        sns.publish(**{"TopicArn": topic, "Message": "x", **params})


def test_the_messages_of_a_fifo_topic_are_numbered(running: Any) -> None:
    sns = running.client("sns")
    topic = sns.create_topic(Name="numbered.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    send = {"TopicArn": topic, "Message": "x", "MessageGroupId": "g"}
    numbers = [sns.publish(**send, MessageDeduplicationId=str(each))["SequenceNumber"] for each in range(2)]
    assert int(numbers[1]) > int(numbers[0]) and len(numbers[0]) == 20


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"MessageBody": ""}, "The request must contain the parameter MessageBody"),
        (
            {"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
            "attribute 'a' must contain a non-empty value of type 'String'",
        ),
    ],
)
def test_an_empty_message_is_refused_in_the_words_of_sqs(running: Any, params: dict[str, Any], message: str) -> None:
    sqs = running.client("sqs")
    url = sqs.create_queue(QueueName="strict")["QueueUrl"]
    with pytest.raises(sqs.exceptions.ClientError, match=message):
        sqs.send_message(**{"QueueUrl": url, "MessageBody": "x", **params})


def test_each_event_is_judged_for_itself(running: Any) -> None:
    event = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    entries = [event, event | {"Detail": '"text"'}, event | {"Source": ""}, event | {"EventBusName": "none"}]
    told = running.client("events").put_events(Entries=entries)
    assert [one.get("ErrorCode") for one in told["Entries"]] == [None, "MalformedDetail", "InvalidArgument", None]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"TableName": "/x"}, "Value '/x' at 'tableName' failed to satisfy constraint: .*: \\[a-zA-Z0-9_.-\\]\\+; "),
        ({"TableName": "ab"}, "Member must have length greater than or equal to 3"),
        ({"Item": {"id": {"S": "1"}, "x": {"L": [{}]}}}, "Supplied AttributeValue is empty"),
        ({"Item": {"id": {"S": "1", "N": "1"}}}, "Supplied AttributeValue has more than one datatypes set"),
        ({"Item": {"id": {"S": ""}}}, "key attribute cannot contain an empty string value. Key: id"),
        ({"ReturnValues": "SOME"}, "Value 'SOME' at 'returnValues' failed to satisfy constraint"),
    ],
)
def test_an_item_is_refused_in_the_words_of_dynamodb(running: Any, params: dict[str, Any], message: str) -> None:
    dynamodb = running.client("dynamodb")
    make_table(dynamodb)
    with pytest.raises(dynamodb.exceptions.ClientError, match=message):
        dynamodb.put_item(**{"TableName": "strict", "Item": {"id": {"S": "1"}}, **params})


def test_consumed_capacity_is_told_to_those_who_ask(running: Any) -> None:
    dynamodb = running.client("dynamodb")
    make_table(dynamodb)
    change = {"TableName": "strict", "Key": {"id": {"S": "1"}}, "UpdateExpression": "remove a"}
    dynamodb.put_item(TableName="strict", Item={"id": {"S": "1"}})
    assert "ConsumedCapacity" not in dynamodb.update_item(**change)
    assert dynamodb.update_item(**change, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]["TableName"] == "strict"


def make_table(dynamodb: Any) -> None:
    if "strict" not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName="strict",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def test_a_task_runs_on_fargate_with_the_memory_of_its_definition(running: Any) -> None:
    ecs = running.client("ecs")
    ecs.create_cluster(clusterName="jobs")
    told = ecs.register_task_definition(
        family="job",
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{"name": "main", "image": "busybox"}],
    )
    subnet = running.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    task = {"cluster": "jobs", "taskDefinition": told["taskDefinition"]["taskDefinitionArn"]}
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    started = ecs.run_task(**task, launchType="FARGATE", networkConfiguration=network)
    assert [one["launchType"] for one in started["tasks"]] == ["FARGATE"]
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="No Container Instances were found"):
        ecs.run_task(**task, launchType="EC2")


def test_the_name_of_a_secret_has_no_spaces(running: Any) -> None:
    secrets = running.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ClientError, match="Must be a valid name containing"):
        secrets.create_secret(Name="my secret", SecretString="x")
