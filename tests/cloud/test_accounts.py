"""Accounts and regions are kept apart, and credentials issued by STS and IAM lead to theirs."""

from __future__ import annotations

import time

import boto3
import pytest

from treadle.aws import AwsError, Caller
from treadle.cloud.routing import account_of


def test_an_account_is_an_access_key_of_twelve_digits(running):
    running.client("sqs").create_queue(QueueName="mine")
    running.client("sqs", "111122223333").create_queue(QueueName="theirs")
    [mine] = running.client("sqs").list_queues()["QueueUrls"]
    [theirs] = running.client("sqs", "111122223333").list_queues()["QueueUrls"]
    assert mine == f"{running.url}/000000000000/mine"
    assert theirs == f"{running.url}/111122223333/theirs"
    assert "QueueUrls" not in running.client("sqs", region="eu-west-1").list_queues()
    assert running.client("sts", "111122223333").get_caller_identity()["Account"] == "111122223333"


def test_an_assumed_role_acts_in_its_own_account(running):
    role = "arn:aws:iam::444455556666:role/deployer"
    granted = running.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    assert account_of(granted["AccessKeyId"]) == "444455556666"
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=running.url,
        aws_access_key_id=granted["AccessKeyId"],
        aws_secret_access_key=granted["SecretAccessKey"],
        aws_session_token=granted["SessionToken"],
    )
    identity = sts.get_caller_identity()
    assert identity["Account"] == "444455556666"
    assert identity["Arn"] == "arn:aws:sts::444455556666:assumed-role/deployer/session"


@pytest.mark.parametrize("operation", ["get_session_token", "get_federation_token"])
def test_session_credentials_stay_in_the_account(running, operation):
    sts = running.client("sts", "777788889999")
    params = {"Name": "someone"} if operation == "get_federation_token" else {}
    granted = getattr(sts, operation)(**params)["Credentials"]
    assert account_of(granted["AccessKeyId"]) == "777788889999"


def test_a_user_s_access_key_belongs_to_the_user_s_account(running):
    iam = running.client("iam", "777788889999")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    assert running.client("sts", key).get_caller_identity()["Arn"] == "arn:aws:iam::777788889999:user/u"


def test_any_operation_can_be_called_in_process(running):
    caller = Caller("111122223333", "eu-west-1")

    def call(service, operation, **params):
        return running.run(running.cloud.call(caller, service, operation, params))

    call("s3", "CreateBucket", Bucket="called", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    call("s3", "PutObject", Bucket="called", Key="a b/c+d", Body=b"\x00\xff", Metadata={"k": "v"})
    found = call("s3", "GetObject", Bucket="called", Key="a b/c+d")
    assert (found["Body"], found["Metadata"]) == (b"\x00\xff", {"k": "v"})
    arn = call("sns", "CreateTopic", Name="t")["TopicArn"]
    assert arn == "arn:aws:sns:eu-west-1:111122223333:t"
    assert call("ec2", "DescribeVpcs")["Vpcs"][0]["OwnerId"] == "111122223333"
    call("cloudwatch", "PutMetricData", Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    with pytest.raises(AwsError) as refusal:
        call("dynamodb", "GetItem", TableName="none", Key={"id": {"S": "1"}})
    assert (refusal.value.code, refusal.value.status) == ("ResourceNotFoundException", 400)
    with pytest.raises(AwsError, match="Value null at 'key' failed to satisfy constraint: Member must not be null"):
        call("dynamodb", "GetItem", TableName="none")
    with pytest.raises(AwsError, match="UnknownOperationException"):
        call("dynamodb", "Nothing")
    with pytest.raises(AwsError, match="UnknownServiceException"):
        call("nothing", "Nothing")


def test_log_events_find_their_group_and_stream_made(running):
    start = int(time.time() * 1000) - 100_000

    async def write() -> None:
        events = [(start + number, f"line {number}") for number in range(25_000)]
        await running.cloud.put_log_events(Caller(), "/made/for/them", "s", events[:5])
        await running.cloud.put_log_events(Caller(), "/made/for/them", "s", events[5:])
        await running.cloud.settle()

    running.run(write())
    logs = running.client("logs")
    [stream] = logs.describe_log_streams(logGroupName="/made/for/them")["logStreams"]
    assert stream["lastEventTimestamp"] == start + 24_999
    page = logs.get_log_events(logGroupName="/made/for/them", logStreamName="s", startFromHead=True, limit=3)
    assert [event["message"] for event in page["events"]] == ["line 0", "line 1", "line 2"]
    logs.delete_log_group(logGroupName="/made/for/them")
    running.run(running.cloud.put_log_events(Caller(), "/made/for/them", "s", [(start, "again")]))
    running.run(running.cloud.settle())
    assert len(logs.get_log_events(logGroupName="/made/for/them", logStreamName="s")["events"]) == 1


def test_a_long_poll_waits_without_holding_up_the_others(running):
    """A receiver that waits gets the message that is sent meanwhile, by someone who does not have to wait for it."""
    sqs = running.client("sqs")
    queue = sqs.create_queue(QueueName="waited-for")["QueueUrl"]

    async def both() -> list[dict]:
        import asyncio

        waiting = asyncio.create_task(
            running.cloud.call(Caller(), "sqs", "ReceiveMessage", {"QueueUrl": queue, "WaitTimeSeconds": 20})
        )
        await asyncio.sleep(0.05)
        await running.cloud.call(Caller(), "sqs", "SendMessage", {"QueueUrl": queue, "MessageBody": "hello"})
        return (await asyncio.wait_for(waiting, 5))["Messages"]

    assert [message["Body"] for message in running.run(both())] == ["hello"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
