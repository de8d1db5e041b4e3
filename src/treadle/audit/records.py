"""A call in the shape of CloudTrail's records and events.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import orjson

from treadle.audit.calls import Call
from treadle.values import Json

VERSION = "1.11"
# Lambda's events carry the date of the API's version, some a number besides.
_LAMBDA_SECOND = frozenset(
    (
        "AddPermission", "GetFunction", "GetFunctionConfiguration", "GetPolicy", "RemovePermission",
        "UpdateFunctionCode", "UpdateFunctionConfiguration",
    )
)  # fmt: skip
_LAMBDA_DATES = {
    "ListTags": "20170331v2",
    "TagResource": "20170331v2",
    "UntagResource": "20170331v2",
    "PutFunctionConcurrency": "20171031",
    "DeleteFunctionConcurrency": "20171031",
}
_TYPES = {
    ("states", "stateMachine"): "AWS::StepFunctions::StateMachine",
    ("states", "execution"): "AWS::StepFunctions::Execution",
    ("states", "express"): "AWS::StepFunctions::Execution",
    ("states", "mapRun"): "AWS::StepFunctions::MapRun",
    ("states", "activity"): "AWS::StepFunctions::Activity",
    ("lambda", "function"): "AWS::Lambda::Function",
    ("lambda", "layer"): "AWS::Lambda::LayerVersion",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "user"): "AWS::IAM::User",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("kms", "key"): "AWS::KMS::Key",
    ("sns", ""): "AWS::SNS::Topic",
    ("sqs", ""): "AWS::SQS::Queue",
    ("logs", "log-group"): "AWS::Logs::LogGroup",
    ("s3", ""): "AWS::S3::Bucket",
    ("events", "rule"): "AWS::Events::Rule",
    ("dynamodb", "table"): "AWS::DynamoDB::Table",
}
# Parameters that hold a plain name: (service, parameter) -> type of what they name.
_NAMED = {
    ("s3", "bucketName"): "AWS::S3::Bucket",
    ("s3", "bucket"): "AWS::S3::Bucket",
    ("iam", "roleName"): "AWS::IAM::Role",
    ("iam", "userName"): "AWS::IAM::User",
    ("iam", "policyName"): "AWS::IAM::Policy",
    ("lambda", "functionName"): "AWS::Lambda::Function",
    ("kms", "keyId"): "AWS::KMS::Key",
    ("logs", "logGroupName"): "AWS::Logs::LogGroup",
    ("dynamodb", "tableName"): "AWS::DynamoDB::Table",
    ("sqs", "queueName"): "AWS::SQS::Queue",
}


def event_name(call: Call) -> str:
    if call.service != "lambda":
        return call.operation
    if call.operation in _LAMBDA_DATES:
        return call.operation + _LAMBDA_DATES[call.operation]
    if "Layer" in call.operation:
        return call.operation + "20181031"
    return f"{call.operation}20150331{'v2' if call.operation in _LAMBDA_SECOND else ''}"


def event_source(call: Call) -> str:
    return f"{call.service}.amazonaws.com"


def event_id(call: Call) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, call.id))


def user_name(call: Call) -> str:
    """What LookupEvents calls the user: of an assumed role the session."""
    return call.user.rpartition("/")[2] if call.user else "root"


def resources(call: Call) -> list[tuple[str, str]]:
    """(type, name) of what the call is about, as far as its parameters and its answer name it."""
    found: dict[str, str] = {}
    for told in (call.request, call.response):
        for name, value in (told or {}).items():
            if not isinstance(value, str):
                continue
            if value.startswith("arn:") and value.count(":") >= 5:
                _, _, service, _, _, rest = value.split(":", 5)
                kind = rest.replace("/", ":").partition(":")[0]
                found.setdefault(value, _TYPES.get((service, kind)) or _TYPES.get((service, ""), f"AWS::{service}"))
            elif (kind_of := _NAMED.get((call.service, name))) is not None:
                found.setdefault(value, kind_of)
    return [(kind, name) for name, kind in found.items()]


def record(call: Call) -> dict[str, Json]:
    """The whole record, as it stands in a trail's files and in `CloudTrailEvent`."""
    body: dict[str, Json] = {
        "eventVersion": VERSION,
        "userIdentity": _identity(call),
        "eventTime": datetime.fromtimestamp(call.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event_source(call),
        "eventName": event_name(call),
        "awsRegion": call.caller.region,
        "sourceIPAddress": call.address,
        "userAgent": call.agent,
    }
    if call.error is not None:
        body |= {"errorCode": call.error, "errorMessage": call.message}
    body |= {
        "requestParameters": call.request or None,
        "responseElements": call.response,
        "requestID": call.id,
        "eventID": event_id(call),
        "readOnly": call.reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.caller.account,
        "eventCategory": "Management",
    }
    return body


def event(call: Call) -> dict[str, Json]:
    """An entry of LookupEvents."""
    return {
        "EventId": event_id(call),
        "EventName": event_name(call),
        "ReadOnly": "true" if call.reads else "false",
        "AccessKeyId": call.key,
        "EventTime": int(call.at),
        "EventSource": event_source(call),
        "Username": user_name(call),
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in resources(call)],
        "CloudTrailEvent": orjson.dumps(record(call)).decode(),
    }


def _identity(call: Call) -> dict[str, Any]:
    account, key = call.caller.account, {"accessKeyId": call.key} if call.key else {}
    if not call.user:
        root = {"type": "Root", "principalId": account, "arn": f"arn:{call.caller.partition}:iam::{account}:root"}
        return {**root, "accountId": account, **key}
    name = call.user.rpartition("/")[2]
    base = {"principalId": call.key, "arn": call.user, "accountId": account, **key}
    if ":assumed-role/" not in call.user:
        return {"type": "IAMUser", **base, "userName": name}
    role = call.user.split("/")[1]
    issuer = {"type": "Role", "accountId": account, "arn": f"arn:{call.caller.partition}:iam::{account}:role/{role}"}
    return {"type": "AssumedRole", **base, "sessionContext": {"sessionIssuer": {**issuer, "userName": role}}}
