"""The console's cost panel: a definition is reckoned, executions are measured."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from .test_console import PASS, ROLE, ask, states


def rows(kind: str) -> dict[str, Any]:
    """Rows of a distributed Map, each an execution of two states."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
    }
    return {"StartAt": "Rows", "States": {"Rows": {"Type": "Map", "ItemProcessor": processor, "End": True}}}


async def cost(endpoint: str, **question: Any) -> Any:
    return await ask(endpoint, "POST", "/_treadle/api/cost", body=question)


async def test_a_definition_is_reckoned(endpoint: str) -> None:
    found = (await cost(endpoint, definition=PASS, region="eu-west-1", runs=1e6)).json
    assert (found["region"], found["runsPerMonth"], found["states"][0]["name"]) == ("eu-west-1", 1e6, "A")
    assert [way["way"] for way in found["ways"]] == ["STANDARD", "EXPRESS", "MIXED"]
    assert found["ways"][0]["month"] == pytest.approx(25)
    assert "us-east-1" in found["regions"]


@pytest.mark.parametrize(("kind", "transitions"), [("STANDARD", 1 + 3 * 2), ("EXPRESS", 1)])
async def test_executions_are_measured_with_their_children(endpoint: str, kind: str, transitions: int) -> None:
    """Express children leave no history and have no transitions: what each uses is reckoned."""
    definition = json.dumps(rows(kind))
    made = await states(endpoint, "CreateStateMachine", name=f"rows-{kind}", definition=definition, roleArn=ROLE)
    arn = (await states(endpoint, "StartExecution", stateMachineArn=made["stateMachineArn"], input="[1,2,3]"))[
        "executionArn"
    ]
    for _ in range(200):
        if (await states(endpoint, "DescribeExecution", executionArn=arn))["status"] != "RUNNING":
            break
        await asyncio.sleep(0.05)
    found = (await cost(endpoint, executions=[arn], definition=definition)).json
    assert found["basis"] == {"executions": 1}
    assert found["ways"][0]["transitions"] == transitions
    assert [(state["name"], state["entered"]) for state in found["states"]] == [("Rows", 1), ("A", 3), ("B", 3)]


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({}, "neither a definition nor an execution"),
        ({"definition": "{"}, "Invalid State Machine Definition"),
        ({"definition": PASS, "region": "mars-1"}, "no prices for mars-1"),
        ({"definition": PASS, "assume": {"loops": {"B": 1}}}, "which is no state"),
        ({"definition": PASS, "runs": 0}, "more than 0"),
        ({"executions": ["arn:aws:states:us-east-1:000000000000:execution:a:b"]}, "Execution Does Not Exist"),
    ],
)
async def test_what_cannot_be_reckoned(endpoint: str, question: Any, why: str) -> None:
    answer = await cost(endpoint, **question)
    assert answer.status == 400 and why in answer.json["message"]
