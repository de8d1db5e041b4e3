"""ARNs of Task resources."""

import pytest

from treadle.asl.resource import OPTIMIZED, Resource, exists, parse_resource

SHAPES = {
    "arn:aws:lambda:eu-west-1:123456789012:function:f:live": Resource(
        "lambda",
        "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
        "lambda",
        "invoke",
        name="f:live",
        region="eu-west-1",
        account="123456789012",
    ),
    "arn:aws-cn:states:cn-north-1:123456789012:activity:a": Resource(
        "activity",
        "arn:aws-cn:states:cn-north-1:123456789012:activity:a",
        "states",
        "activity",
        name="a",
        region="cn-north-1",
        account="123456789012",
    ),
    "arn:aws:states:::sqs:sendMessage": Resource("task", "arn:aws:states:::sqs:sendMessage", "sqs", "sendMessage"),
    "arn:aws:states:::states:startExecution.sync:2": Resource(
        "task", "arn:aws:states:::states:startExecution.sync:2", "states", "startExecution", "sync:2"
    ),
    "arn:aws:states:::aws-sdk:s3:getObject.waitForTaskToken": Resource(
        "task", "arn:aws:states:::aws-sdk:s3:getObject.waitForTaskToken", "aws-sdk:s3", "getObject", "token"
    ),
}


@pytest.mark.parametrize("arn", SHAPES)
def test_an_arn_is_taken_apart(arn: str) -> None:
    assert parse_resource(arn) == SHAPES[arn]


def test_what_the_history_shows() -> None:
    def shown(arn: str) -> tuple[str, str]:
        resource = SHAPES[arn]
        return resource.resource_type, resource.resource

    assert shown("arn:aws:states:::sqs:sendMessage") == ("sqs", "sendMessage")
    assert shown("arn:aws:states:::states:startExecution.sync:2") == ("states", "startExecution.sync:2")
    assert shown("arn:aws:states:::aws-sdk:s3:getObject.waitForTaskToken") == (
        "aws-sdk:s3",
        "getObject.waitForTaskToken",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f",
        "arn:aws:lambda:eu-west-1:123456789012:f",
        "arn:aws:states:::sqs",
        "arn:aws:states:::sqs:send.",
        "arn:a:b",
    ],
)
def test_other_texts_are_no_resources(text: str) -> None:
    assert parse_resource(text) is None


def test_the_sdk_service() -> None:
    assert SHAPES["arn:aws:states:::aws-sdk:s3:getObject.waitForTaskToken"].sdk == "s3"
    assert SHAPES["arn:aws:states:::sqs:sendMessage"].sdk is None


def test_every_row_of_the_table_exists_in_its_patterns_only() -> None:
    suffixes = {"request": "", "sync": ".sync", "sync:2": ".sync:2", "token": ".waitForTaskToken"}
    for service, actions in OPTIMIZED.items():
        for action, patterns in actions.items():
            for pattern, suffix in suffixes.items():
                resource = parse_resource(f"arn:aws:states:::{service}:{action}{suffix}")
                assert resource is not None and exists(resource) == (pattern in patterns)
