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
