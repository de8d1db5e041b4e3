"""Optimized integrations that are one call: a row each, one function performs them all.

A row says which operation is called, which parameters take any JSON (it is passed on as text), how the answer's HTTP
response looks, and how errors are worded. Shapes of outputs are those of the API's model.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.aws_sdk import perform
from treadle.integrations.integration import Call, Integration, Job
from treadle.integrations.models import Operation, operation
from treadle.integrations.naming import uncapitalize
from treadle.integrations.shapes import Faults, from_response, to_request
from treadle.integrations.wording import Headers, Reply, Wording, bad_parameters, missing
from treadle.values import Json, StatesError, dumps

# The headers an answer had: (operation, botocore's answer, the result as JSON, its HTTP side).
Frame = Callable[[Operation, Mapping[str, Any], Json, Reply], Headers]


def json_frame(target: Operation, answer: Mapping[str, Any], result: Json, reply: Reply) -> Headers:
    """An answer of a JSON service: its length is that of the JSON as AWS writes it."""
    version = target.api.model.metadata.get("jsonVersion")
    content_type = f"application/x-amz-json-{version}" if version else "application/json"
    return reply.headers(len(wire_json(target, result).encode()), content_type)


def wire_json(target: Operation, result: Json) -> str:
    """The body of a JSON service's answer: compact, members named as in the API."""
    members = target.output.members if target.output is not None else {}
    plain = {name.lower(): name for name in members}
    return dumps({plain.get(name.lower(), uncapitalize(name)): value for name, value in result.items()})


def dynamodb_frame(target: Operation, answer: Mapping[str, Any], result: Json, reply: Reply) -> Headers:
    body = wire_json(target, result).encode()
    # GetItem's id was recorded in small letters (Nov 2025), PutItem's on the same day as before.
    request_id = "x-amzn-requestid" if target.name == "GetItem" else "x-amzn-RequestId"
    return {
        "Connection": "keep-alive",
        "Content-Length": str(len(body)),
        "Content-Type": "application/x-amz-json-1.0",
        "Date": reply.date,
        "Server": "Server",
        "x-amz-crc32": str(zlib.crc32(body)),
        request_id: reply.request_id,
    }


def sns_frame(target: Operation, answer: Mapping[str, Any], result: Json, reply: Reply) -> Headers:
    inner = "".join(f"    <{name}>{escape(str(value))}</{name}>\n" for name, value in result.items())
    body = (
        f'<{target.name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">\n'
        f"  <{target.name}Result>\n{inner}  </{target.name}Result>\n"
        f"  <ResponseMetadata>\n    <RequestId>{reply.request_id}</RequestId>\n  </ResponseMetadata>\n"
        f"</{target.name}Response>\n"
    )
    return reply.headers(len(body.encode()), "text/xml")


class Row(Struct, frozen=True):
    """One optimized integration that is a single call of an AWS API (names are botocore's)."""

    service: str
    operation: str
    wording: Wording
    json: frozenset[str] = frozenset()  # parameters that take any JSON, by path: "MessageBody", "Entries.Detail"
    prepare: Callable[[Call, dict[str, Json]], dict[str, Json]] | None = None
    frame: Frame | None = json_frame  # None: no HTTP metadata in the result
    finish: Callable[[Call, dict[str, Json]], dict[str, Json]] | None = None  # the result as Step Functions shows it


async def perform_row(row: Row, call: Call) -> Json:
    """Make the call of `row`; the result with its metadata. Raises StatesError in the integration's words."""
    target = operation(row.service, row.operation)
    answer = await ask(call, target, row.wording, row.json, row.prepare)
    result = from_response(target.output, answer, "optimized")
    reply = Reply.of(answer)
    metadata = {} if row.frame is None else reply.metadata(row.frame(target, answer, result, reply))
    if row.finish is not None:
        result = row.finish(call, result)
    return dict(sorted((result | metadata).items()))


async def ask(
    call: Call,
    target: Operation,
    wording: Wording,
    json: frozenset[str] = frozenset(),
    prepare: Callable[[Call, dict[str, Json]], dict[str, Json]] | None = None,
) -> Mapping[str, Any]:
    """botocore's answer to `target` with the task's arguments."""
    given = _as_text(call.arguments, json, "")
    if prepare is not None and isinstance(given, dict):
        given = prepare(call, given)
    faults = Faults()
    params = to_request(target.input, given, faults, lenient=False)
    if faults:
        raise bad_parameters(call, faults)
    try:
        if faults.missing:
            raise missing(target.api.name, faults.missing)
        return await perform(call, target, params)
    except AwsError as error:
        raise wording.failure(target.api, error) from None


def _as_text(value: Json, json: frozenset[str], path: str) -> Json:
    """`value` with the members at the paths of `json` turned into JSON text, unless they are strings."""
    if isinstance(value, list):
        return [_as_text(inner, json, path) for inner in value]
    if not isinstance(value, dict):
        return value
    return {name: _member(inner, json, f"{path}.{name}" if path else name) for name, inner in value.items()}


def _member(value: Json, json: frozenset[str], path: str) -> Json:
    if path in json:
        return value if value is None or isinstance(value, str) else dumps(value)
    return _as_text(value, json, path) if any(it.startswith(path + ".") for it in json) else value


def _add_resources(call: Call, given: dict[str, Json]) -> dict[str, Json]:
    """Step Functions adds the machine and the execution to the resources of every event."""
    entries = given.get("Entries")
    if not isinstance(entries, list):
        return given
    own = [machine_arn(call.execution_arn), call.execution_arn]
    return given | {
        "Entries": [
            entry | {"Resources": [*(entry.get("Resources") or []), *own]} if isinstance(entry, dict) else entry
            for entry in entries
        ]
    }


def machine_arn(execution_arn: str) -> str:
    """The machine of an execution, whose ARN names it: `execution:NAME:ID`, `express:NAME:ID:UUID`."""
    parts = execution_arn.split(":")
    name = parts[6].partition("/")[0] if len(parts) > 6 else ""
    return ":".join([*parts[:5], "stateMachine", name])


def _reachable(call: Call, given: dict[str, Json]) -> dict[str, Json]:
    """The SDK connects to the host of the queue's URL; one that names no account and queue belongs to nobody."""
    url = urlsplit(str(given.get("QueueUrl") or "http://sqs/account/queue"))
    if len(url.path.strip("/").split("/")) < 2:
        raise StatesError("SQS.SdkClientException", f"Unable to execute HTTP request: {url.netloc or url.path}")
    return given


def _all_accepted(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    """An entry that EventBridge refuses fails the task."""
    if result.get("FailedEntryCount"):
        raise StatesError("EventBridge.FailedEntry", dumps(result))
    return result


_DYNAMODB = Wording("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2")
_SQS = Wording("SQS", "AmazonSQSException", "AmazonSQS")
_SNS = Wording("SNS", "AmazonSNSException", "AmazonSNS")
_EVENTS = Wording("EventBridge", "AmazonEventBridgeException", "AmazonEventBridge")

ROWS: dict[str, Row] = {
    "dynamodb:getItem": Row("dynamodb", "GetItem", _DYNAMODB, frame=dynamodb_frame),
    "dynamodb:putItem": Row("dynamodb", "PutItem", _DYNAMODB, frame=dynamodb_frame),
    "dynamodb:updateItem": Row("dynamodb", "UpdateItem", _DYNAMODB, frame=dynamodb_frame),
    "dynamodb:deleteItem": Row("dynamodb", "DeleteItem", _DYNAMODB, frame=dynamodb_frame),
    "sqs:sendMessage": Row("sqs", "SendMessage", _SQS, frozenset({"MessageBody"}), _reachable),
    "sns:publish": Row("sns", "Publish", _SNS, frozenset({"Message"}), frame=sns_frame),
    # Its result was recorded without metadata.
    "events:putEvents": Row(
        "events", "PutEvents", _EVENTS, frozenset({"Entries.Detail"}), _add_resources, None, _all_accepted
    ),
}


def declare(name: str, row: Row, job: Job | None = None) -> Integration:
    """The integration of a row; its patterns stand in the language's table of resources."""
    service, _, action = name.partition(":")

    async def call(call: Call) -> Json:
        return await perform_row(row, call)

    return Integration(name, frozenset(OPTIMIZED[service][action]), call, job)
