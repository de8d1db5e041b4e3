"""State machines over the API: what was given comes back as it was given."""

from __future__ import annotations

import pytest

from treadle.aws import AwsError, Caller

from .office import HEAD, OTHER, PASS, ROLE, World

ARN = f"{HEAD}:stateMachine:m"


async def refused(world: World, operation: str, **params: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        await world.call(operation, **params)
    return caught.value.code, caught.value.message


async def test_a_new_machine_is_described_with_awss_defaults(world: World) -> None:
    created = await world.call("CreateStateMachine", name="m", definition=PASS, roleArn=ROLE)
    assert created == {"stateMachineArn": ARN, "creationDate": 1_700_000_000.0}
    assert await world.call("DescribeStateMachine", stateMachineArn=ARN) == {
        "stateMachineArn": ARN,
        "name": "m",
        "status": "ACTIVE",
        "type": "STANDARD",
        "creationDate": 1_700_000_000.0,
        "definition": PASS,
        "roleArn": ROLE,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }


async def test_everything_survives_a_restart(world: World) -> None:
    await world.machine(publish=True, versionDescription="first", tags=[{"key": "a", "value": "b"}])
    before = await world.call("DescribeStateMachine", stateMachineArn=f"{ARN}:1")
    world.open()
    assert await world.call("DescribeStateMachine", stateMachineArn=f"{ARN}:1") == before
    assert (await world.call("ListTagsForResource", resourceArn=ARN))["tags"] == [{"key": "a", "value": "b"}]


async def test_creating_again_is_the_same_request_unless_it_differs_in_more_than_role_and_tags(world: World) -> None:
    await world.machine()
    world.now += 5
    again = await world.call("CreateStateMachine", name="m", definition=PASS, roleArn=f"{ROLE}2", tags=[])
    assert again["creationDate"] == 1_700_000_000.0
    exists = ("StateMachineAlreadyExists", f"State Machine Already Exists: '{ARN}'")
    for change in ({"definition": OTHER}, {"type": "EXPRESS"}, {"tracingConfiguration": {"enabled": True}}):
        given = {"name": "m", "definition": PASS, "roleArn": ROLE, **change}
        assert await refused(world, "CreateStateMachine", **given) == exists
    described = await world.call("DescribeStateMachine", stateMachineArn=ARN)
    assert described["roleArn"] == ROLE


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "a\x7f", "a*", 'a"', "a$", "a\u0085"])
async def test_names_without_forbidden_characters(world: World, name: str) -> None:
    given = {"name": name, "definition": PASS, "roleArn": ROLE}
    assert await refused(world, "CreateStateMachine", **given) == ("InvalidName", f"Invalid Name: '{name}'")


async def test_a_definition_that_aws_would_refuse(world: World) -> None:
    given = {"name": "m", "definition": '{"States": {"A": {"Type": "Pass", "End": true}}}', "roleArn": ROLE}
    assert await refused(world, "CreateStateMachine", **given) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /'",
    )


async def test_only_a_real_change_makes_a_revision(world: World) -> None:
    await world.machine()
    same = await world.call("UpdateStateMachine", stateMachineArn=ARN, definition=PASS)
    assert "revisionId" not in same
    changed = await world.call("UpdateStateMachine", stateMachineArn=ARN, definition=OTHER)
    assert changed["revisionId"] == "revision-1"
    again = await world.call("UpdateStateMachine", stateMachineArn=ARN, definition=OTHER, roleArn=ROLE)
    assert again["revisionId"] == "revision-1"
    assert (await world.call("DescribeStateMachine", stateMachineArn=ARN))["revisionId"] == "revision-1"


async def test_an_update_names_what_to_update(world: World) -> None:
    await world.machine()
    assert (await refused(world, "UpdateStateMachine", stateMachineArn=ARN))[0] == "MissingRequiredParameter"
    missing = {"stateMachineArn": f"{ARN}:7", "definition": OTHER}
    assert await refused(world, "UpdateStateMachine", **missing) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{ARN}:7'",
    )


async def test_configurations_come_back_as_given(world: World) -> None:
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:/aws/vendedlogs/here:*"}}
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": [group]}
    key = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k", "kmsDataKeyReusePeriodSeconds": 900}
    given = {"loggingConfiguration": logging, "tracingConfiguration": {"enabled": True}, "encryptionConfiguration": key}
    await world.machine(**given)
    described = await world.call("DescribeStateMachine", stateMachineArn=ARN)
    assert {name: described[name] for name in given} == given


async def test_a_logging_level_needs_one_existing_destination(world: World) -> None:
    one = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:gone:*"}}
    base = {"name": "m", "definition": PASS, "roleArn": ROLE}
    for configuration in ({"level": "ALL"}, {"level": "FATAL", "destinations": []}, {"destinations": [one, one]}):
        assert await refused(world, "CreateStateMachine", **base, loggingConfiguration=configuration) == (
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )
    absent = {"level": "ALL", "destinations": [one]}
    assert await refused(world, "CreateStateMachine", **base, loggingConfiguration=absent) == (
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Log Destination not found.",
    )


async def test_machines_are_listed_by_name_and_by_pages_that_stay_true(world: World) -> None:
    for name in ("c", "a", "d", "b"):
        await world.machine(name)
    first = await world.call("ListStateMachines", maxResults=2)
    assert [each["name"] for each in first["stateMachines"]] == ["a", "b"]
    await world.call("DeleteStateMachine", stateMachineArn=f"{HEAD}:stateMachine:c")
    second = await world.call("ListStateMachines", maxResults=2, nextToken=first["nextToken"])
    assert [each["name"] for each in second["stateMachines"]] == ["d"] and "nextToken" not in second
    world.caller = Caller("111111111111", "eu-west-1")
    assert await world.call("ListStateMachines") == {"stateMachines": []}


async def test_a_token_belongs_to_its_listing_and_lives_for_a_day(world: World) -> None:
    for name in "abc":
        await world.machine(name)
    token = (await world.call("ListStateMachines", maxResults=1))["nextToken"]
    invalid = ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert await refused(world, "ListActivities", nextToken=token) == invalid
    assert await refused(world, "ListStateMachines", nextToken="forged") == invalid
    world.now += 24 * 3600 + 1
    assert await refused(world, "ListStateMachines", nextToken=token) == invalid


async def test_deleting_takes_versions_aliases_and_tags_along(world: World) -> None:
    await world.machine(publish=True, tags=[{"key": "a", "value": "b"}])
    routes = [{"stateMachineVersionArn": f"{ARN}:1", "weight": 100}]
    await world.call("CreateStateMachineAlias", name="live", routingConfiguration=routes)
    running = (await world.call("StartExecution", stateMachineArn=ARN, input='"wait"'))["executionArn"]
    for _ in range(2):
        assert await world.call("DeleteStateMachine", stateMachineArn=ARN) == {}
    assert (await world.call("DescribeExecution", executionArn=running))["status"] == "ABORTED"
    assert not any(world.papers.kinds.values())
    assert (await refused(world, "DescribeStateMachine", stateMachineArn=ARN))[0] == "StateMachineDoesNotExist"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
        (f"{HEAD}:activity:m", "Invalid Arn: 'Resource type not valid in this context: activity'"),
    ],
)
async def test_arns_of_something_else(world: World, text: str, message: str) -> None:
    assert await refused(world, "DescribeStateMachine", stateMachineArn=text) == ("InvalidArn", message)


async def test_validation_lists_what_is_wrong(world: World) -> None:
    answer = await world.call("ValidateStateMachineDefinition", definition='{"States": {}}')
    assert answer["result"] == "FAIL" and answer["truncated"] is False
    assert answer["diagnostics"][0]["code"] == "SCHEMA_VALIDATION_FAILED"
    fine = await world.call("ValidateStateMachineDefinition", definition=PASS, type="EXPRESS")
    assert fine == {"result": "OK", "diagnostics": [], "truncated": False}
