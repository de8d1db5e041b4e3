"""What a call needs in IAM: the action and the resource that policies speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.aws import Caller
from treadle.integrations.models import api

# botocore's signing name -> IAM's prefix, where they differ.
_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
# (service, operation) -> action, where the action has another name.
_ACTIONS = {
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "ListObjects"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "GetObjectAttributes"): "s3:GetObject",
    ("s3", "CopyObject"): "s3:PutObject",
    ("s3", "CreateMultipartUpload"): "s3:PutObject",
    ("s3", "UploadPart"): "s3:PutObject",
    ("s3", "CompleteMultipartUpload"): "s3:PutObject",
    ("s3", "DeleteObjects"): "s3:DeleteObject",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
    ("sns", "PublishBatch"): "sns:Publish",
    ("events", "DescribeConnection"): "events:RetrieveConnectionCredentials",
}
# Parameter -> resource of an ARN of the service, with the parameter's value at {}.
_RESOURCES = {
    "lambda": {"FunctionName": "function:{}"},
    "dynamodb": {"TableName": "table/{}"},
    "ssm": {"Name": "parameter/{}"},
    "logs": {"logGroupName": "log-group:{}"},
    "glue": {"JobName": "job/{}"},
    "athena": {"WorkGroup": "workgroup/{}"},
    "codebuild": {"projectName": "project/{}"},
    "kinesis": {"StreamName": "stream/{}"},
    "events": {"Name": "connection/{}"},
}


def action_of(service: str, operation: str) -> str:
    """`dynamodb:PutItem` for an operation by botocore's names."""
    renamed = _ACTIONS.get((service, operation))
    if renamed is not None:
        return renamed
    prefix = api(service).model.signing_name
    return f"{_PREFIXES.get(prefix, prefix)}:{operation}"


def resources_of(caller: Caller, service: str, params: Mapping[str, Any]) -> list[str | None]:
    """The ARNs of what a call touches; [None] where that is not known."""
    if service == "s3":
        return _of_s3(params)
    if service == "sqs" and "QueueUrl" in params:
        account, name = str(params["QueueUrl"]).rstrip("/").split("/")[-2:]
        return [Caller(account, caller.region).arn("sqs", name)]
    if service == "events" and "Entries" in params:
        buses = {entry.get("EventBusName") or "default" for entry in params["Entries"]}
        return [bus if bus.startswith("arn:") else caller.arn("events", f"event-bus/{bus}") for bus in sorted(buses)]
    for name, form in _RESOURCES.get(service, {}).items():
        value = params.get(name)
        if isinstance(value, str):
            return [_completed(caller, service, form, value)]
    # Whatever is named by its ARN: topics, keys, secrets, machines, executions.
    arns = (value for value in params.values() if isinstance(value, str) and value.startswith("arn:"))
    return [next(arns, None)]


def _completed(caller: Caller, service: str, form: str, value: str) -> str:
    if value.startswith("arn:"):
        return value
    return caller.arn(service, form.format(value.lstrip("/")))


def _of_s3(params: Mapping[str, Any]) -> list[str | None]:
    bucket = params.get("Bucket")
    if bucket is None:
        return ["*"]
    keys = (
        [params["Key"]] if "Key" in params else [one["Key"] for one in (params.get("Delete") or {}).get("Objects", ())]
    )
    return [f"arn:aws:s3:::{bucket}/{key}" for key in keys] or [f"arn:aws:s3:::{bucket}"]
