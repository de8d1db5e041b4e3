"""Express executions in the console: the server remembers the latest, and answers of them as of any other."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from treadle.console import express

from .test_console import ROLE, ask, states
from .test_ledgers import get, post
from .test_looking import values

FLOW = {
    "StartAt": "Shape",
    "States": {
        "Shape": {
            "Type": "Pass",
            "Assign": {"who.$": "$$.Execution.Input.name"},
            "Parameters": {"n.$": "$.n"},
            "Next": "Good?",
        },
        "Good?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Yes"}],
            "Default": "No",
        },
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Fail", "Error": "Too.Small"},
    },
}


async def machine(endpoint: str) -> str:
    made = await states(
        endpoint, "CreateStateMachine", name="fast", definition=json.dumps(FLOW), roleArn=ROLE, type="EXPRESS"
    )
    return str(made["stateMachineArn"])


async def run(endpoint: str, arn: str, n: int) -> str:
    started = await states(endpoint, "StartExecution", stateMachineArn=arn, input=json.dumps({"name": "Ada", "n": n}))
    return str(started["executionArn"])


async def ended(endpoint: str, arn: str) -> Any:
    while (found := await get(endpoint, f"express?execution={quote(arn)}"))["execution"]["status"] == "RUNNING":
        await asyncio.sleep(0.02)
    return found


async def test_an_express_execution_is_looked_at_like_any_other(endpoint: str) -> None:
    arn = await run(endpoint, await machine(endpoint), 1)
    found = await ended(endpoint, arn)
    assert found["execution"]["status"] == "SUCCEEDED"
    assert json.loads(found["execution"]["output"]) == {"n": 1}
    assert json.loads(found["definition"]) == FLOW
    page = await get(endpoint, f"history?execution={quote(arn)}&limit=3")
    assert ([event["id"] for event in page["events"]], page["next"]) == ([1, 2, 3], 3)
    page = await get(endpoint, f"history?execution={quote(arn)}&after=3")
    assert (page["events"][-1]["type"], page["next"]) == ("ExecutionSucceeded", None)


async def test_its_data_flow_expressions_and_texts(endpoint: str) -> None:
    """The same questions that a Standard execution answers."""
    arn = await run(endpoint, await machine(endpoint), 1)
    await ended(endpoint, arn)
    flow = await get(endpoint, f"flow?execution={quote(arn)}&event=2")
    assert (flow["name"], values(flow)["afterParameters"], flow["assigned"]) == ("Shape", {"n": 1}, {"who": '"Ada"'})
    question: Any = {"execution": arn, "event": 2, "expression": "$.name", "language": "JSONPath", "root": "input"}
    assert (await post(endpoint, "evaluate", **question))["value"] == '"Ada"'
    assert (await get(endpoint, f"find?execution={quote(arn)}&text=ada"))["events"] == [1, 2, 3]


async def test_failed_ones_are_not_pushed_out_by_good_ones(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "KEPT", 2)
    made = await machine(endpoint)
    bad = await run(endpoint, made, 0)
    good = [await run(endpoint, made, 1) for _ in range(4)]
    for arn in (bad, good[-1]):
        await ended(endpoint, arn)
    listed = (await get(endpoint, f"express?machine={quote(made)}"))["executions"]
    assert [each["executionArn"] for each in listed] == [good[3], good[2], bad]
    assert (listed[-1]["status"], listed[-1]["error"]) == ("FAILED", "Too.Small")
    gone = await ask(endpoint, "GET", f"/_treadle/api/express?execution={quote(good[0])}")
    assert (gone.status, json.loads(gone.body)["__type"]) == (400, "ExecutionDoesNotExist")
