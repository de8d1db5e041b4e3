"""What the console asks of the server's counts and notes: searches, statistics, functions, uses, the audit trail."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from .test_console import PASS, ROLE, SIGNED, ask, states

HERE = "region=us-east-1&account=000000000000"
FAIL = json.dumps(
    {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.ok", "IsPresent": True, "Next": "Good"}],
                "Default": "Bad",
            },
            "Good": {"Type": "Succeed"},
            "Bad": {"Type": "Fail", "Error": "Orders.Lost", "Cause": "the parcel is gone"},
        },
    }
)


async def get(endpoint: str, path: str) -> Any:
    answer = await ask(endpoint, "GET", f"/_treadle/api/{path}")
    assert answer.status == 200, answer.body
    return answer.json


async def post(endpoint: str, path: str, **body: Any) -> Any:
    answer = await ask(endpoint, "POST", f"/_treadle/api/{path}", body=body)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture
async def orders(endpoint: str) -> str:
    """A machine of which two executions succeeded and one failed."""
    made = await states(endpoint, "CreateStateMachine", name="orders", definition=FAIL, roleArn=ROLE)
    for name, text in (("one", '{"ok": 1}'), ("two", '{"ok": "needle"}'), ("three", "{}")):
        await states(endpoint, "StartExecution", stateMachineArn=made["stateMachineArn"], name=name, input=text)
    return str(made["stateMachineArn"])


async def test_executions_are_found_by_error_by_text_and_page_by_page(endpoint: str, orders: str) -> None:
    failed = await post(endpoint, "executions", machine=orders, error="lost")
    assert [(run["name"], run["error"]) for run in failed["executions"]] == [("three", "Orders.Lost")]
    found = await post(endpoint, "executions", machine=orders, text="NEEDLE")
    assert ([run["name"] for run in found["executions"]], found["looked"], found["next"]) == (["two"], 3, None)
    page = await post(endpoint, "executions", machine=orders, limit=2)
    rest = await post(endpoint, "executions", machine=orders, limit=2, before=page["next"])
    assert [run["name"] for run in page["executions"] + rest["executions"]] == ["three", "two", "one"]


async def test_activity_counts_what_ended(endpoint: str, orders: str) -> None:
    for query in (HERE, f"machine={orders}"):
        told = await get(endpoint, f"activity?range=1h&{query}")
        assert told["total"]["counts"] == {"SUCCEEDED": 2, "FAILED": 1, "TIMED_OUT": 0, "ABORTED": 0}
        assert told["errors"] == [{"error": "Orders.Lost", "count": 1}]
        assert sum(bucket["counts"]["SUCCEEDED"] for bucket in told["buckets"]) == 2
        assert len(told["buckets"]) == 60
        assert [one["machine"] for one in told["machines"]] == [orders]
        assert told["total"]["p95"] > 0
    elsewhere = await get(endpoint, "activity?range=1h&region=eu-west-1&account=000000000000")
    assert elsewhere["machines"] == []


async def test_functions_tell_invocations_errors_and_cold_starts(endpoint: str) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def run(event, context):\n    return 1 / event['by']\n")
    import base64

    body = {
        "FunctionName": "divide",
        "Runtime": "python3.12",
        "Handler": "app.run",
        "Role": ROLE,
        "Code": {"ZipFile": base64.b64encode(package.getvalue()).decode()},
    }
    signed = {"authorization": SIGNED.format("lambda")}
    made = (await ask(endpoint, "POST", "/2015-03-31/functions", signed, body)).json
    for by in (1, 2, 0):
        await ask(endpoint, "POST", "/2015-03-31/functions/divide/invocations", signed, {"by": by})
    told = await get(endpoint, f"functions?range=1h&function={made['FunctionArn']}")
    own = told["functions"][made["FunctionArn"]]
    assert (own["invocations"], own["failed"], own["cold"]) == (3, 1, 1)
    assert own["errors"][0]["count"] == 1
    assert [one["status"] for one in told["latest"]] == ["error", "success", "success"]
    assert told["latest"][2]["init"] > 0
    assert (await get(endpoint, f"functions?range=1h&{HERE}"))["functions"].keys() == {made["FunctionArn"]}


async def test_uses_names_what_a_definition_calls(endpoint: str) -> None:
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f"},
        "End": True,
    }
    direct = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:g", "Next": "A"}
    definition = json.dumps({"StartAt": "B", "States": {"A": invoke, "B": direct}})
    made = await states(endpoint, "CreateStateMachine", name="user", definition=definition, roleArn=ROLE)
    told = await get(endpoint, f"uses?{HERE}")
    assert told["machines"][made["stateMachineArn"]] == [
        {"service": "lambda", "resource": "f", "states": ["A"]},
        {"service": "lambda", "resource": "arn:aws:lambda:us-east-1:000000000000:function:g", "states": ["B"]},
    ]


async def test_the_audit_page_sees_calls_but_not_what_the_console_reads(endpoint: str) -> None:
    made = await states(endpoint, "CreateStateMachine", name="m", definition=PASS, roleArn=ROLE)
    machine = made["stateMachineArn"]
    await states(endpoint, "ListStateMachines")
    console = {"x-amz-target": "AWSStepFunctions.ListActivities", "x-treadle-console": "1"}
    await ask(endpoint, "POST", "/", {**console, "authorization": SIGNED.format("states")}, {})
    here = {"account": "000000000000", "region": "us-east-1"}
    told = await post(endpoint, "audit", **here)
    assert [call["record"]["eventName"] for call in told["calls"]] == ["ListStateMachines", "CreateStateMachine"]
    writes = await post(endpoint, "audit", **here, kind="write")
    assert [call["record"]["eventName"] for call in writes["calls"]] == ["CreateStateMachine"]
    assert {"type": "AWS::StepFunctions::StateMachine", "name": machine} in writes["calls"][0]["resources"]
    assert (await post(endpoint, "audit", **here, text="createSTATE"))["calls"]
    assert not (await post(endpoint, "audit", **here, failed=True))["calls"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "activity?range=3y", None),
        ("POST", "executions", {"machine": "m", "statuses": ["LOST"]}),
        ("POST", "executions", {}),
        ("POST", "audit", {"account": "a", "region": "r", "before": "x"}),
    ],
)
async def test_what_is_refused(endpoint: str, method: str, path: str, body: Any) -> None:
    assert (await ask(endpoint, method, f"/_treadle/api/{path}", body=body)).status == 400


def test_a_pass_is_no_task() -> None:
    from treadle.console.uses import _used

    assert _used(PASS) == ()
