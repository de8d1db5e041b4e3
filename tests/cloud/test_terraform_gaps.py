"""What is given to queues and buckets comes back as it was given: Terraform compares it as text."""

from __future__ import annotations

import json
from typing import Any

RULE = {
    "ID": "archive",
    "Status": "Enabled",
    "Filter": {"And": {"Prefix": "archive/", "ObjectSizeGreaterThan": 1024}},
    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
    "NoncurrentVersionExpiration": {"NoncurrentDays": 10, "NewerNoncurrentVersions": 2},
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
}


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def test_queue_keeps_its_policy_when_another_attribute_is_set(running: Any) -> None:
    sqs = running.client("sqs")
    url = sqs.create_queue(QueueName="kept", Attributes={"Policy": json.dumps(POLICY)})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (told["VisibilityTimeout"], json.loads(told["Policy"])) == ("77", POLICY)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_queue_tells_its_redrive_policies_without_spaces(running: Any) -> None:
    sqs = running.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = compact({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    work = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=work, AttributeNames=["All"])["Attributes"]
    assert told["RedrivePolicy"] == redrive
    assert told["CreatedTimestamp"].isdigit()
    allow = compact({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": allow})
    asked = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["RedriveAllowPolicy"])
    assert asked["Attributes"] == {"RedriveAllowPolicy": allow}


def test_lifecycle_comes_back_whole_and_goes(running: Any) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="rules")
    s3.put_bucket_lifecycle_configuration(Bucket="rules", LifecycleConfiguration={"Rules": [RULE]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="rules")["Rules"] == [RULE]
    s3.put_bucket_lifecycle_configuration(
        Bucket="rules", LifecycleConfiguration={"Rules": [{**RULE, "ID": "another", "Status": "Disabled"}]}
    )
    assert s3.get_bucket_lifecycle_configuration(Bucket="rules")["Rules"][0]["ID"] == "another"
    s3.delete_bucket_lifecycle(Bucket="rules")
    try:
        s3.get_bucket_lifecycle_configuration(Bucket="rules")
        told = "a configuration"
    except s3.exceptions.ClientError as error:
        told = error.response["Error"]["Code"]
    assert told == "NoSuchLifecycleConfiguration"


def test_bucket_tells_that_its_events_go_to_eventbridge(running: Any) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket="telling")
    s3.put_bucket_notification_configuration(
        Bucket="telling", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    told = s3.get_bucket_notification_configuration(Bucket="telling")
    assert told["EventBridgeConfiguration"] == {}
    s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="telling")
