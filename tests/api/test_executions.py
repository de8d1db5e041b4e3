"""Executions over the API."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from treadle.aws import AwsError

from .office import HEAD, OTHER, PASS, World

ARN = f"{HEAD}:stateMachine:m"


async def refused(world: World, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        await world.call(operation, **params)
    return caught.value.code, caught.value.message


async def test_an_execution_is_started_described_and_listed(world: World) -> None:
    await world.machine()
    started = await world.call("StartExecution", stateMachineArn=ARN, name="e", input='{"a":  1}')
    assert started == {"executionArn": f"{HEAD}:execution:m:e", "startDate": 1_700_000_000.0}
    assert await world.call("DescribeExecution", executionArn=started["executionArn"]) == {
        "executionArn": f"{HEAD}:execution:m:e",
        "stateMachineArn": ARN,
        "name": "e",
        "status": "SUCCEEDED",
        "startDate": 1_700_000_000.0,
        "stopDate": 1_700_000_000.0,
        "redriveCount": 0,
        "input": '{"a":  1}',
        "inputDetails": {"included": True},
        "output": '{"a":  1}',
        "outputDetails": {"included": True},
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
    listed = await world.call("ListExecutions", stateMachineArn=ARN, statusFilter="SUCCEEDED")
    assert [each["name"] for each in listed["executions"]] == ["e"]
    assert await world.call("ListExecutions", stateMachineArn=ARN, statusFilter="FAILED") == {"executions": []}


async def test_metadata_only_withholds_the_data(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    described = await world.call("DescribeExecution", executionArn=arn, includedData="METADATA_ONLY")
    assert described["inputDetails"] == {"included": False} and not {"input", "output"} & set(described)


@pytest.mark.parametrize("text", ["", "not some json", "{'not': 'json'"])
async def test_an_input_that_is_not_json(world: World, text: str) -> None:
    await world.machine()
    code, message = await refused(world, "StartExecution", stateMachineArn=ARN, input=text)
    assert code == "InvalidExecutionInput" and message.startswith("Invalid State Machine Execution Input: '")


async def test_pages_of_executions_run_from_the_newest_to_the_oldest(world: World) -> None:
    await world.machine()
    for number in range(5):
        await world.call("StartExecution", stateMachineArn=ARN, name=f"e{number}")
    names, token = [], None
    for _ in range(3):
        page = await world.call("ListExecutions", stateMachineArn=ARN, maxResults=2, nextToken=token)
        names.append([each["name"] for each in page["executions"]])
        token = page.get("nextToken")
    assert names == [["e4", "e3"], ["e2", "e1"], ["e0"]] and token is None


async def test_an_execution_keeps_its_revision_after_an_update(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    await world.call("UpdateStateMachine", stateMachineArn=ARN, definition=OTHER)
    kept = await world.call("DescribeStateMachineForExecution", executionArn=arn)
    assert kept["definition"] == PASS and kept["stateMachineArn"] == ARN and "revisionId" not in kept
    newer = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    kept = await world.call("DescribeStateMachineForExecution", executionArn=newer)
    assert kept["definition"] == OTHER and kept["revisionId"] == "revision-1"


async def test_a_version_is_listed_apart(world: World) -> None:
    await world.machine(publish=True)
    await world.call("StartExecution", stateMachineArn=ARN, name="plain")
    await world.call("StartExecution", stateMachineArn=f"{ARN}:1", name="versioned")
    listed = await world.call("ListExecutions", stateMachineArn=f"{ARN}:1")
    assert [each["name"] for each in listed["executions"]] == ["versioned"]


async def test_stopping_says_when(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN, input='"wait"'))["executionArn"]
    world.now += 3
    assert await world.call("StopExecution", executionArn=arn, error="E", cause="c") == {"stopDate": 1_700_000_003.0}
    described = await world.call("DescribeExecution", executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "E", "c")
    assert described["redriveStatus"] == "REDRIVABLE" and "redriveStatusReason" not in described
    world.now += 15 * 24 * 3600
    described = await world.call("DescribeExecution", executionArn=arn)
    assert described["redriveStatusReason"] == "Execution redrivable period exceeded."


async def test_history_passes_through_page_by_page(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    first = await world.call("GetExecutionHistory", executionArn=arn)
    assert [event["id"] for event in orjson.loads(orjson.dumps(first["events"]))] == [1, 2]
    second = await world.call("GetExecutionHistory", executionArn=arn, nextToken=first["nextToken"])
    assert [event["id"] for event in orjson.loads(orjson.dumps(second["events"]))] == [3] and "nextToken" not in second
    backwards = {"executionArn": arn, "nextToken": first["nextToken"], "reverseOrder": True}
    assert (await refused(world, "GetExecutionHistory", **backwards))[0] == "InvalidToken"


async def test_history_without_data(world: World) -> None:
    await world.machine()
    arn = (await world.call("StartExecution", stateMachineArn=ARN))["executionArn"]
    answer = await world.call("GetExecutionHistory", executionArn=arn, includeExecutionData=False)
    assert answer["events"][0] == {"id": 1, "stateEnteredEventDetails": {"name": "A"}}


async def test_what_express_machines_do_not_have(world: World) -> None:
    await world.machine(type="EXPRESS")
    arn = (await world.call("StartExecution", stateMachineArn=ARN, name="e"))["executionArn"]
    assert arn.startswith(f"{HEAD}:express:m:")
    unsupported = ("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    assert await refused(world, "ListExecutions", stateMachineArn=ARN) == unsupported
    wrong = ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
    for operation in ("DescribeExecution", "GetExecutionHistory", "StopExecution", "DescribeStateMachineForExecution"):
        assert await refused(world, operation, executionArn=arn) == wrong


async def test_a_synchronous_execution_answers_whole(world: World) -> None:
    await world.machine(type="EXPRESS")
    answer = await world.call("StartSyncExecution", stateMachineArn=ARN, name="e", input="{}")
    assert answer["status"] == "SUCCEEDED" and answer["output"] == "{}"
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    await world.machine("standard")
    standard = f"{HEAD}:stateMachine:standard"
    assert (await refused(world, "StartSyncExecution", stateMachineArn=standard))[0] == "StateMachineTypeNotSupported"


async def test_what_does_not_exist(world: World) -> None:
    assert await refused(world, "StartExecution", stateMachineArn=ARN) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{ARN}'",
    )
    assert await refused(world, "DescribeExecution", executionArn=f"{HEAD}:execution:m:e") == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{HEAD}:execution:m:e'",
    )
