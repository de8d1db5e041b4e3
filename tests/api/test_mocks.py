"""StartExecution with `#TEST_CASE`: the case must exist and fit the machine before anything starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from treadle.api.call import Desk
from treadle.aws import AwsError
from treadle.runtime.mocks import parse

from .office import World

TASK = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "q"}, "End": True}
DEFINITION = json.dumps(
    {
        "StartAt": "Both",
        "States": {"Both": {"Type": "Parallel", "Branches": [{"StartAt": "T", "States": {"T": TASK}}], "End": True}},
    }
)
FILE = {
    "StateMachines": {
        "m": {
            "TestCases": {
                "good": {"T": "Sent"},
                "unknown state": {"Elsewhere": "Sent"},
                "no task": {"Both": "Sent"},
                "wrong result": {"T": "Wrong"},
            }
        }
    },
    "MockedResponses": {
        "Sent": {"0": {"Return": {"MessageId": "1"}}},
        "Wrong": {"0-1": {"Throw": {"Error": "E", "Cause": "c"}}, "2": {"Return": {"MessageId": 1}}},
    },
}


@pytest.fixture
def world() -> World:
    world = World()
    world.desk = Desk(replace(world.office, mocks=parse(json.dumps(FILE))))
    return world


async def refused(world: World, arn: str) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await world.call("StartExecution", stateMachineArn=arn)
    assert world.runtime.records == {}
    return refusal.value.code, refusal.value.message


@pytest.mark.parametrize(("operation", "kind"), [("StartExecution", "STANDARD"), ("StartSyncExecution", "EXPRESS")])
async def test_the_test_case_goes_with_the_revision(world: World, operation: str, kind: str) -> None:
    arn = await world.machine(definition=DEFINITION, type=kind)
    answer = await world.call(operation, stateMachineArn=f"{arn}#good")
    revision = world.runtime.revisions[answer["executionArn"]]
    assert (revision.machine_arn, revision.test_case) == (arn, "good")
    plain = await world.call(operation, stateMachineArn=arn)
    assert world.runtime.revisions[plain["executionArn"]].id != revision.id


async def test_versions_and_aliases_take_test_cases_too(world: World) -> None:
    arn = await world.machine(definition=DEFINITION, publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = await world.call("CreateStateMachineAlias", name="live", routingConfiguration=routing)
    for qualified in (f"{arn}:1", alias["stateMachineAliasArn"]):
        answer = await world.call("StartExecution", stateMachineArn=f"{qualified}#good")
        revision = world.runtime.revisions[answer["executionArn"]]
        assert (revision.version_arn, revision.test_case) == (f"{arn}:1", "good")


async def test_unknown_names_are_refused(world: World) -> None:
    arn = await world.machine(definition=DEFINITION)
    assert await refused(world, f"{arn}#bad") == (
        "InvalidName",
        "Invalid mock test case name 'bad' for state machine 'm'. "
        "Either the test case is not defined or the mock configuration file could not be loaded.",
    )
    assert await refused(world, f"{arn}x#good") == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{arn}x'",
    )


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        ("unknown state", "the state machine has no state 'Elsewhere'"),
        ("no task", "state 'Both' is not a Task state, and only their results are mocked"),
        (
            "wrong result",
            "state 'T', mocked response 'Wrong', attempt 2: "
            "Mock result schema validation error: Field 'MessageId' must be a string",
        ),
    ],
)
async def test_a_case_that_does_not_fit_is_refused(world: World, case: str, problem: str) -> None:
    arn = await world.machine(definition=DEFINITION)
    code, message = await refused(world, f"{arn}#{case}")
    assert (code, message) == (
        "ValidationException",
        f"Mock test case '{case}' does not fit state machine 'm': {problem}",
    )


@pytest.mark.parametrize("way", ["option", "environment"])
def test_the_server_does_not_start_with_a_malformed_file(tmp_path: Path, way: str) -> None:
    file = tmp_path / "mocks.json"
    file.write_text('{"StateMachines": 1}')
    command: list[Any] = [sys.executable, "-m", "treadle", "serve", "--data", tmp_path / "data", "--port", "0"]
    given = ["--mocks", file] if way == "option" else []
    environment = {} if way == "option" else {"SFN_MOCK_CONFIG": str(file)}
    ended = subprocess.run([*command, *given], env=environment, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"treadle: the mock configuration {file} cannot be used: Expected `object`, got `int` - at `$.StateMachines`\n"
    )
