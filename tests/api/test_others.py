"""Activities, tasks and tags over the API."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.aws import AwsError

from .office import HEAD, World

ARN = f"{HEAD}:stateMachine:m"


async def refused(world: World, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        await world.call(operation, **params)
    return caught.value.code, caught.value.message


async def test_an_activity_is_created_once_and_deleted_as_often_as_one_likes(world: World) -> None:
    arn = f"{HEAD}:activity:a"
    for _ in range(2):
        assert (await world.call("CreateActivity", name="a"))["activityArn"] == arn
    assert await world.call("DescribeActivity", activityArn=arn) == {
        "activityArn": arn,
        "name": "a",
        "creationDate": 1_700_000_000.0,
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    assert await world.call("GetActivityTask", activityArn=arn, workerName="w") == {}
    assert world.runtime.calls == [("poll", arn, "w")]
    for _ in range(2):
        assert await world.call("DeleteActivity", activityArn=arn) == {}
    gone = ("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    assert await refused(world, "GetActivityTask", activityArn=arn) == gone


async def test_news_about_tasks_reaches_the_runtime(world: World) -> None:
    await world.call("SendTaskSuccess", taskToken="t", output='{"a": 1}')
    await world.call("SendTaskFailure", taskToken="t", error="E", cause="c")
    await world.call("SendTaskHeartbeat", taskToken="t")
    assert [call[0] for call in world.runtime.calls] == ["succeeded", "failed", "heartbeat"]
    code, message = await refused(world, "SendTaskSuccess", taskToken="t", output="nonsense")
    assert code == "InvalidOutput" and message.startswith("Invalid Output: '")


async def test_tags_are_merged_and_taken_off(world: World) -> None:
    await world.machine(tags=[{"key": "a", "value": "1"}])
    await world.call("TagResource", resourceArn=ARN, tags=[{"key": "b", "value": ""}, {"key": "a", "value": "2"}])
    listed = await world.call("ListTagsForResource", resourceArn=ARN)
    assert listed == {"tags": [{"key": "a", "value": "2"}, {"key": "b", "value": ""}]}
    await world.call("UntagResource", resourceArn=ARN, tagKeys=["a", "a", "never"])
    assert await world.call("ListTagsForResource", resourceArn=ARN) == {"tags": [{"key": "b", "value": ""}]}


async def test_fifty_tags_are_enough(world: World) -> None:
    await world.machine()
    tags = [{"key": f"k{number}", "value": "v"} for number in range(51)]
    assert (await refused(world, "TagResource", resourceArn=ARN, tags=tags))[0] == "TooManyTags"
    await world.call("TagResource", resourceArn=ARN, tags=tags[:50])


async def test_a_version_carries_no_tags(world: World) -> None:
    await world.machine(publish=True)
    given = {"resourceArn": f"{ARN}:1", "tags": [{"key": "k", "value": "v"}]}
    assert await refused(world, "TagResource", **given) == ("ResourceNotFound", f"Resource not found: '{ARN}:1'")


async def test_an_execution_without_a_distributed_map_has_no_map_runs(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    assert await world.call("ListMapRuns", executionArn=arn) == {"mapRuns": []}
    run = f"{HEAD}:mapRun:m/label:id"
    assert await refused(world, "DescribeMapRun", mapRunArn=run) == ("ResourceNotFound", f"Resource not found: '{run}'")
