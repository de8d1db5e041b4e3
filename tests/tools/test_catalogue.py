"""What the studio finds when it looks for something a Task can do."""

from __future__ import annotations

import pytest

from treadle.asl.resource import parse_resource
from treadle.integrations.catalog import find
from treadle.tools.catalogue import describe, search


def test_without_words_there_are_the_optimized_integrations() -> None:
    found = search("", 200)
    assert len(found) > 50
    assert not any(each.sdk for each in found)
    assert "arn:aws:states:::lambda:invoke" in {each.resource for each in found}


@pytest.mark.parametrize("text", ["", "s3 get", "putitem"])
def test_everything_found_can_be_performed(text: str) -> None:
    for each in search(text, 50):
        for ending in each.patterns:
            resource = parse_resource(each.resource + ending)
            assert resource is not None and find(resource) is not None, each


def test_optimized_ones_come_first_and_all_words_count() -> None:
    assert [each.resource for each in search("dynamodb putitem", 3)][:2] == [
        "arn:aws:states:::dynamodb:putItem",
        "arn:aws:states:::aws-sdk:dynamodb:putItem",
    ]
    assert search("dynamodb nonsense", 10) == []
    assert len(search("a", 7)) == 7


@pytest.mark.parametrize(
    ("resource", "required"),
    [
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", {"FunctionName": "", "Payload": {}}),
        ("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "", "MessageBody": ""}),
        ("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": "", "Key": ""}),
        ("arn:aws:states:::ecs:runTask.sync", {"TaskDefinition": ""}),
    ],
)
def test_an_action_says_what_it_needs(resource: str, required: dict[str, object]) -> None:
    told = describe(resource)
    assert told["required"] == required
    assert set(required) <= set(told["all"])


def test_nobody_knows_it() -> None:
    assert describe("arn:aws:lambda:us-east-1:000000000000:function:f") is None
    assert describe("nonsense") is None
