"""Mocked results checked against the API they stand for."""

from __future__ import annotations

import pytest

from treadle.asl.resource import parse_resource
from treadle.integrations.mocks import Mode, find_fault
from treadle.values import Json

ERROR = "Mock result schema validation error: "
CHILD = {"ExecutionArn": "a", "StateMachineArn": "m", "Status": "SUCCEEDED", "StartDate": "2024-01-01T00:00:00Z"}


def fault(name: str, result: Json, mode: Mode = "STRICT") -> str | None:
    resource = parse_resource(name if name.startswith("arn:") else f"arn:aws:states:::{name}")
    assert resource is not None
    found = find_fault(resource, result, mode)
    return None if found is None else found.removeprefix(ERROR)


WRONG = [
    ("batch:submitJob", {"JobName": "n"}, "Required field 'JobId' is missing"),
    ("sns:publish", {"MessageId": 1}, "Field 'MessageId' must be a string"),
    ("aws-sdk:sfn:describeExecution", CHILD | {"StartDate": 1.5}, "Field 'StartDate' must be a string"),
    ("aws-sdk:kms:decrypt", {"Plaintext": ["x"]}, "Field 'Plaintext' must be a string"),
    ("lambda:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
    ("lambda:invoke", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
    ("lambda:invoke", {"ExecutedVersion": ""}, "Field 'ExecutedVersion' is smaller than the minimum length"),
    ("dynamodb:getItem", {"Item": []}, "Field 'Item' must be an object"),
    ("dynamodb:getItem", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
    ("dynamodb:getItem", {"Item": {"id": {"BOOL": "no"}}}, "Field 'BOOL' must be a boolean"),
    ("events:putEvents", {"Entries": {}}, "Field 'Entries' must be an array"),
    ("events:putEvents", {"Entries": [1]}, "Field 'Entries' must be an object"),
    ("aws-sdk:sfn:describeExecution", CHILD | {"Status": "DONE"}, "Field 'Status' is not an expected value"),
    ("aws-sdk:sfn:describeExecution", CHILD | {"Name": "n" * 81}, "Field 'Name' exceeds the maximum length"),
    (
        "aws-sdk:lambda:getFunctionConfiguration",
        {"MemorySize": 64},
        "Field 'MemorySize' is smaller than the minimum value",
    ),
    ("states:startExecution.sync", {"ExecutionArn": "a"}, "Required field 'StateMachineArn' is missing"),
    ("states:startExecution.sync", CHILD | {"Output": {}}, "Field 'Output' must be a string"),
    ("glue:startJobRun.sync", {"JobRun": {"JobRunState": "OVER"}}, "Field 'JobRunState' is not an expected value"),
    ("sns:publish", [], "Mocked result must be a JSON object."),
]


@pytest.mark.parametrize(("name", "result", "found"), WRONG)
def test_the_first_thing_wrong_is_told(name: str, result: Json, found: str) -> None:
    assert fault(name, result) == found
    assert fault(name, result, "PRESENT") == (None if found.startswith("Required") else found)
    assert fault(name, result, "NONE") is None


FINE = [
    ("sns:publish", {}),
    ("sns:publish", {"Unknown": [1], "messageId": 7}),
    ("lambda:invoke", {"StatusCode": 200, "Payload": {"any": ["thing"]}}),
    ("aws-sdk:dynamodb:getItem", {"Item": {"id": {"Nul": True, "L": [{"N": "1"}]}}}),
    ("states:startExecution.sync:2", CHILD | {"Output": {"decoded": True}}),
    ("sqs:sendMessage.waitForTaskToken", "whatever the token brings"),
    ("http:invoke", 7),
    ("apigateway:invoke", []),
    ("eks:createCluster.sync", "x"),
    ("aws-sdk:sqs:deleteMessage", None),
    ("arn:aws:lambda:us-east-1:000000000000:function:f", 7),
    ("arn:aws:states:us-east-1:000000000000:activity:a", 7),
]


@pytest.mark.parametrize(("name", "result"), FINE)
def test_what_the_api_allows_or_does_not_tell_is_fine(name: str, result: Json) -> None:
    assert fault(name, result) is None
