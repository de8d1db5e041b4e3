"""Parameters are checked as they are written: unknown and missing members, in AWS's words."""

import pytest

from treadle.asl.resource import parse_resource
from treadle.integrations.arguments import check_arguments
from treadle.values import Json

WRONG = [
    ("lambda:invoke", {"Function.$": "$.f"}, [("/Function.$", "Function", True), ("", "FunctionName", False)]),
    ("aws-sdk:s3:getObject", {"Bucket": "b", "Ky": "k"}, [("/Ky", "Ky", True), ("", "Key", False)]),
    (
        "dynamodb:putItem",
        {"TableName": "t", "Item": {"id": {"S.$": "$.id"}, "n": {"Num": "1"}}},
        [("/Item/n/Num", "Num", True)],
    ),
    ("events:putEvents", {"Entries": [{"Detail": {"any": 1}, "Sauce": "s"}]}, [("/Entries/0/Sauce", "Sauce", True)]),
    ("states:startExecution", {"Input": {"any": {"thing": 1}}}, [("", "StateMachineArn", False)]),
    ("http:invoke", {"ApiEndpoint": "u", "Method": "GET", "Body": 1}, [("/Body", "Body", True)]),
]


@pytest.mark.parametrize(("name", "template", "expected"), WRONG)
def test_names_the_api_does_not_know_and_members_that_are_missing(
    name: str, template: Json, expected: list[tuple[str, str, bool]]
) -> None:
    resource = parse_resource(f"arn:aws:states:::{name}")
    assert resource is not None
    told = {
        True: "The field '{}' is not supported by Step Functions",
        False: "The field '{}' is required but was missing",
    }
    found = [(finding.pointer, finding.message) for finding in check_arguments(resource, template)]
    assert found == [(pointer, told[unknown].format(field)) for pointer, field, unknown in expected]


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("aws-sdk:s3:getObject", "{% $states.input %}"),
        ("aws-sdk:s3:getObject", {"Bucket.$": "$.b", "Key": "{% $k %}"}),
        ("dynamodb:getItem", {"TableName": "t", "Key.$": "$.key"}),
        ("dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "{% $id %}"}}}),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"a.$": "$"}}),
        (
            "ecs:runTask.sync",
            {"TaskDefinition": "d", "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["s"]}}},
        ),
        ("elasticmapreduce:addStep.sync", {"ClusterId": "j", "Step": {}}),
        ("aws-sdk:sfn:startExecution", {"StateMachineArn": "m", "Input": {"any": 1}}),
    ],
)
def test_what_is_right_or_only_known_later_is_left_alone(name: str, template: Json) -> None:
    resource = parse_resource(f"arn:aws:states:::{name}")
    assert resource is not None
    assert check_arguments(resource, template) == []
