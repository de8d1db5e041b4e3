"""The machines that tests of many rooms run: a state goes on to the one after it, unless it says something else.

`treadle.testing` runs them; the server's own tests (tests/runtime) give them to a service.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
INVOKE = "arn:aws:states:::lambda:invoke"
PASS = {"Type": "Pass"}
LAST = ("Succeed", "Fail", "Choice")

State = Mapping[str, Any]


def machine(states: Mapping[str, State], **top: Any) -> dict[str, Any]:
    """A machine that starts at the first of its states."""
    onward: dict[str, dict[str, Any]] = {name: {"Next": following} for name, following in pairwise(states)}
    chained = {
        name: dict(state) if _goes_on(state) else {**state, **onward.get(name, {"End": True})}
        for name, state in states.items()
    }
    return {"StartAt": next(iter(states)), "States": chained, **top}


def _goes_on(state: State) -> bool:
    return state["Type"] in LAST or "Next" in state or "End" in state


def task(action: str | None = None, **fields: Any) -> dict[str, Any]:
    """A task: an action of a service ("sqs:sendMessage"), or the function F called by its ARN."""
    return {"Type": "Task", "Resource": FUNCTION if action is None else f"arn:aws:states:::{action}", **fields}


def invoke(name: str, **fields: Any) -> dict[str, Any]:
    """A task that calls a function and keeps its payload."""
    parameters = {"FunctionName": name, "Payload.$": "$"}
    return task("lambda:invoke", Parameters=parameters, OutputPath="$.Payload") | fields


def activity(name: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:us-east-1:000000000000:activity:{name}", **fields}


def wait(seconds: int, **fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, **fields}


def each(states: Mapping[str, State], **fields: Any) -> dict[str, Any]:
    """An inline Map over these states."""
    return {"Type": "Map", "ItemProcessor": machine(states), **fields}


def both(*branches: Mapping[str, State], **fields: Any) -> dict[str, Any]:
    """A Parallel with these branches."""
    return {"Type": "Parallel", "Branches": [machine(states) for states in branches], **fields}


YEAR = 365 * 86400
ORDER = machine(
    {
        "Charge": invoke(
            "charge",
            TimeoutSeconds=60,
            Retry=[{"ErrorEquals": ["CardRefused"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Refund"}],
        ),
        "Paid?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.paid", "BooleanEquals": True, "Next": "Warranty"}],
            "Default": "Refund",
        },
        "Warranty": wait(YEAR),
        "Done": {"Type": "Succeed"},
        "Refund": {"Type": "Fail", "Error": "NotPaid", "Cause": "no money"},
    }
)
EACH = machine({"Each": each({"Send": invoke("send", Retry=[{"ErrorEquals": ["Busy"]}])})})
