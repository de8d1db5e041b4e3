"""Versions are numbered once and for ever; aliases route to them."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.aws import AwsError

from .office import HEAD, OTHER, World

ARN = f"{HEAD}:stateMachine:m"


def routes(*weights: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{ARN}:{number}", "weight": weight} for number, weight in weights]


async def numbers(world: World) -> list[str]:
    listed = await world.call("ListStateMachineVersions", stateMachineArn=ARN)
    return [each["stateMachineVersionArn"].removeprefix(f"{ARN}:") for each in listed["stateMachineVersions"]]


async def refused(world: World, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        await world.call(operation, **params)
    return caught.value.code, caught.value.message


@pytest.fixture
async def two(world: World) -> World:
    """A machine with versions 1 and 2."""
    await world.machine(publish=True)
    await world.call("UpdateStateMachine", stateMachineArn=ARN, definition=OTHER, publish=True)
    return world


async def test_a_revision_is_published_once(world: World) -> None:
    await world.machine()
    for _ in range(2):
        published = await world.call("PublishStateMachineVersion", stateMachineArn=ARN)
        assert published["stateMachineVersionArn"] == f"{ARN}:1"
    assert await numbers(world) == ["1"]


async def test_the_newest_version_comes_first_and_numbers_are_never_reused(two: World) -> None:
    assert await numbers(two) == ["2", "1"]
    await two.call("DeleteStateMachineVersion", stateMachineVersionArn=f"{ARN}:2")
    published = await two.call("PublishStateMachineVersion", stateMachineArn=ARN)
    assert published["stateMachineVersionArn"] == f"{ARN}:3"
    assert await numbers(two) == ["3", "1"]


async def test_a_version_stays_as_it_was(two: World) -> None:
    first = await two.call("DescribeStateMachine", stateMachineArn=f"{ARN}:1")
    assert first["definition"] != OTHER and "revisionId" not in first
    second = await two.call("DescribeStateMachine", stateMachineArn=f"{ARN}:2")
    assert second["definition"] == OTHER and second["revisionId"] == "revision-1"


async def test_publishing_another_revision_than_the_current_one(two: World) -> None:
    assert await refused(two, "PublishStateMachineVersion", stateMachineArn=ARN, revisionId="INITIAL") == (
        "ConflictException",
        "Failed to publish the State Machine version for revision INITIAL. "
        "The current State Machine revision is revision-1.",
    )


async def test_a_description_needs_publish(world: World) -> None:
    message = "Version description can only be set when publish is true"
    given = {"name": "m", "definition": OTHER, "roleArn": "arn:aws:iam::1:role/r", "versionDescription": "x"}
    assert await refused(world, "CreateStateMachine", **given) == ("ValidationException", message)


async def test_an_alias_is_created_once_changed_and_deleted(two: World) -> None:
    created = await two.call(
        "CreateStateMachineAlias", name="live", description="d", routingConfiguration=routes((1, 100))
    )
    assert created["stateMachineAliasArn"] == f"{ARN}:live"
    two.now += 1
    again = await two.call(
        "CreateStateMachineAlias", name="live", description="d", routingConfiguration=routes((1, 100))
    )
    assert again == created
    other = {"name": "live", "description": "e", "routingConfiguration": routes((1, 100))}
    assert (await refused(two, "CreateStateMachineAlias", **other))[0] == "ConflictException"
    changed = routes((1, 50), (2, 50))
    await two.call("UpdateStateMachineAlias", stateMachineAliasArn=f"{ARN}:live", routingConfiguration=changed)
    assert await two.call("DescribeStateMachineAlias", stateMachineAliasArn=f"{ARN}:live") == {
        "stateMachineAliasArn": f"{ARN}:live",
        "name": "live",
        "description": "d",
        "routingConfiguration": changed,
        "creationDate": 1_700_000_000.0,
        "updateDate": 1_700_000_001.0,
    }
    for _ in range(2):
        assert await two.call("DeleteStateMachineAlias", stateMachineAliasArn=f"{ARN}:live") == {}
    assert await two.call("ListStateMachineAliases", stateMachineArn=ARN) == {"stateMachineAliases": []}


@pytest.mark.parametrize(
    ("routing", "message"),
    [
        (routes((1, 70), (2, 29)), "Sum of routing configuration weights must equal 100. Received: [70, 29]"),
        (
            routes((1, 50), (1, 50)),
            f"Routing configuration must contain distinct state machine version ARNs. Received: [{ARN}:1, {ARN}:1]",
        ),
        (
            [{"stateMachineVersionArn": ARN, "weight": 100}],
            f"Routing configuration must contain state machine version ARNs. Received: [{ARN}]",
        ),
    ],
)
async def test_routing_configurations_that_aws_refuses(two: World, routing: Any, message: str) -> None:
    given = {"name": "live", "routingConfiguration": routing}
    assert await refused(two, "CreateStateMachineAlias", **given) == ("ValidationException", message)


async def test_a_version_that_an_alias_uses_cannot_go(two: World) -> None:
    await two.call("CreateStateMachineAlias", name="live", routingConfiguration=routes((1, 100)))
    assert await refused(two, "DeleteStateMachineVersion", stateMachineVersionArn=f"{ARN}:1") == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. "
        "Current list of aliases referencing this version: [live]",
    )


@pytest.mark.parametrize(("luck", "number"), [(0.0, "1"), (0.299, "1"), (0.3, "2"), (0.999, "2")])
async def test_an_alias_routes_by_weight(two: World, luck: float, number: str) -> None:
    await two.call("CreateStateMachineAlias", name="live", routingConfiguration=routes((1, 30), (2, 70)))
    two.luck = luck
    started = await two.call("StartExecution", stateMachineArn=f"{ARN}:live")
    described = await two.call("DescribeExecution", executionArn=started["executionArn"])
    assert described["stateMachineVersionArn"] == f"{ARN}:{number}"
    assert described["stateMachineAliasArn"] == f"{ARN}:live"
    assert described["stateMachineArn"] == ARN
