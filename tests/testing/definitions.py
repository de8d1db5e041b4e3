"""The machines that these tests run."""

from __future__ import annotations

from typing import Any

INVOKE = "arn:aws:states:::lambda:invoke"
YEAR = 365 * 86400


def machine(states: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states, **top}


def invoke(name: str, **fields: Any) -> dict[str, Any]:
    """A task that calls a function and keeps its payload."""
    parameters = {"FunctionName": name, "Payload.$": "$"}
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": INVOKE, "Parameters": parameters, "OutputPath": "$.Payload", **end, **fields}


def activity(name: str, **fields: Any) -> dict[str, Any]:
    arn = f"arn:aws:states:us-east-1:000000000000:activity:{name}"
    return {"Type": "Task", "Resource": arn, "End": True, **fields}


ORDER = machine(
    {
        "Charge": invoke(
            "charge",
            Next="Paid?",
            TimeoutSeconds=60,
            Retry=[{"ErrorEquals": ["CardRefused"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Refund"}],
        ),
        "Paid?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.paid", "BooleanEquals": True, "Next": "Warranty"}],
            "Default": "Refund",
        },
        "Warranty": {"Type": "Wait", "Seconds": YEAR, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Refund": {"Type": "Fail", "Error": "NotPaid", "Cause": "no money"},
    }
)
EACH = machine(
    {
        "Each": {
            "Type": "Map",
            "ItemProcessor": machine({"Send": invoke("send", Retry=[{"ErrorEquals": ["Busy"]}])}),
            "End": True,
        }
    }
)
