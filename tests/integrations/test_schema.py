"""Mocked results are checked against the API that the task would have called."""

import pytest

from treadle.asl.resource import parse_resource
from treadle.integrations.schema import Mode, mismatch
from treadle.values import Json

ARN = "arn:aws:states:us-east-1:000000000000:execution:m:e"


def fault(name: str, result: Json, mode: Mode = "STRICT") -> str | None:
    resource = parse_resource(f"arn:aws:states:::{name}")
    assert resource is not None
    found = mismatch(resource, result, mode)
    return found and found.removeprefix("Mock result schema validation error: ")


@pytest.mark.parametrize(
    ("name", "result", "expected"),
    [
        ("states:startExecution", {"executionArn": ARN, "startDate": "d"}, "Required field 'ExecutionArn' is missing"),
        ("states:startExecution", {"ExecutionArn": ARN, "StartDate": True}, "Field 'StartDate' must be a string"),
        ("states:startExecution", {"ExecutionArn": ARN, "StartDate": 1764103483}, "Field 'StartDate' must be a string"),
        ("states:startExecution", {"ExecutionArn": ARN, "StartDate": "2026-01-01T00:00:00"}, None),
        ("aws-sdk:kms:encrypt", {"CiphertextBlob": 123}, "Field 'CiphertextBlob' must be a string"),
        ("events:putEvents", {"Entries": [{"EventId": "a"}, {"EventId": ["b"]}]}, "Field 'EventId' must be a string"),
        ("events:putEvents", {}, None),
        ("events:putEvents", {"random": "json"}, None),
        (
            "dynamodb:putItem",
            {"ConsumedCapacity": {"CapacityUnits": "123.45"}},
            "Field 'CapacityUnits' must be a number",
        ),
        ("dynamodb:putItem", {"SdkHttpMetadata": {"HttpStatusCode": 200}}, None),
        ("lambda:invoke", {"Payload": {"any": ["json"]}, "StatusCode": 200}, None),
        ("lambda:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
        ("lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
        ("aws-sdk:sfn:describeExecution", {"Status": "DONE"}, "Required field 'ExecutionArn' is missing"),
        ("sqs:sendMessage", {"MessageId": "", "MD5OfMessageBody": {}}, "Field 'MD5OfMessageBody' must be a string"),
        ("http:invoke", {"StatusCode": "anything"}, None),
        ("batch:submitJob.sync", {"jobs": 1}, None),
        ("batch:submitJob.sync", {"Jobs": 1}, "Field 'Jobs' must be an array"),
        ("batch:submitJob", {"JobName": "n"}, "Required field 'JobId' is missing"),
    ],
)
def test_a_mock_must_look_like_the_apis_answer(name: str, result: Json, expected: str | None) -> None:
    assert fault(name, result) == expected


def test_the_mode_present_asks_for_types_alone_and_none_for_nothing() -> None:
    assert fault("states:startExecution", {"startDate": "d"}, "PRESENT") is None
    assert fault("states:startExecution", {"StartDate": True}, "PRESENT") == "Field 'StartDate' must be a string"
    assert fault("states:startExecution", {"StartDate": True}, "NONE") is None


def test_a_child_that_is_waited_for_is_mocked_by_its_description() -> None:
    described = {"ExecutionArn": ARN, "StateMachineArn": "m", "Status": "LATER", "StartDate": "d"}
    assert fault("states:startExecution.sync", described) == "Field 'Status' is not an expected value"
    assert fault("states:startExecution.sync:2", described | {"Status": "SUCCEEDED", "Output": "{}"}) is None
