"""Identity policies: what a role may do, and what a call needs."""

from typing import Any

import pytest

from treadle.aws import Caller
from treadle.integrations.actions import action_of, resources_of
from treadle.integrations.policies import judge
from treadle.values import Json

FACTS = {"aws:requestedregion": "us-east-1", "aws:principalaccount": "000000000000", "aws:securetransport": "true"}
arn = Caller().arn
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"


def allow(action: Json, resource: Json = "*", **more: Json) -> Json:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]}


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (allow("dynamodb:PutItem", TABLE), "allowed"),
        (allow(["s3:*", "DynamoDB:put*"]), "allowed"),
        (allow("dynamodb:PutItem", "arn:aws:dynamodb:*:${aws:PrincipalAccount}:table/ord?rs"), "allowed"),
        (allow("dynamodb:GetItem", TABLE), "not allowed"),
        (allow("dynamodb:PutItem", TABLE + "2"), "not allowed"),
        ({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::*"}}, "allowed"),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": TABLE}}, "not allowed"),
        (allow("*", Condition={"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}), "allowed"),
        (allow("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}), "not allowed"),
        (allow("*", Condition={"Bool": {"aws:SecureTransport": True}}), "allowed"),
        (allow("*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), "not allowed"),
        (allow("*", Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), "allowed"),
        (allow("*", Condition={"Null": {"aws:SourceVpc": "true"}}), "allowed"),
        (allow("*", Condition={"StringLike": {"aws:PrincipalAccount": "0000*"}}), "allowed"),
    ],
)
def test_a_policy_allows_or_does_not(policy: Json, verdict: str) -> None:
    assert judge([policy], "dynamodb:PutItem", TABLE, FACTS) == verdict


def test_a_denial_wins() -> None:
    deny = {"Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": TABLE}]}
    assert judge([allow("*"), deny], "dynamodb:PutItem", TABLE, FACTS) == "denied"
    assert judge([], "dynamodb:PutItem", TABLE, FACTS) == "not allowed"


@pytest.mark.parametrize(
    ("service", "operation", "params", "action", "resources"),
    [
        ("dynamodb", "PutItem", {"TableName": "orders"}, "dynamodb:PutItem", [TABLE]),
        ("lambda", "Invoke", {"FunctionName": "f"}, "lambda:InvokeFunction", [arn("lambda", "function:f")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, "s3:ListBucket", ["arn:aws:s3:::b"]),
        ("s3", "GetObject", {"Bucket": "b", "Key": "a/k"}, "s3:GetObject", ["arn:aws:s3:::b/a/k"]),
        ("sqs", "SendMessage", {"QueueUrl": "http://h/000000000000/q"}, "sqs:SendMessage", [arn("sqs", "q")]),
        ("sns", "Publish", {"TopicArn": arn("sns", "t")}, "sns:Publish", [arn("sns", "t")]),
        ("events", "PutEvents", {"Entries": [{}]}, "events:PutEvents", [arn("events", "event-bus/default")]),
        ("stepfunctions", "StartExecution", {"stateMachineArn": "arn:x"}, "states:StartExecution", ["arn:x"]),
        ("ssm", "GetParameter", {"Name": "/a/b"}, "ssm:GetParameter", [arn("ssm", "parameter/a/b")]),
        ("cloudwatch", "PutMetricData", {}, "cloudwatch:PutMetricData", [None]),
    ],
)  # fmt: skip
def test_a_call_needs_an_action_on_a_resource(
    service: str, operation: str, params: dict[str, Any], action: str, resources: list[str | None]
) -> None:
    assert action_of(service, operation) == action
    assert resources_of(Caller(), service, params) == resources
