"""One execution seen from the console: data flow stage by stage, expressions on the past, callbacks, restarts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .conftest import serving
from .test_console import ROLE, ask, states
from .test_ledgers import get, post

ACCOUNT = "000000000000"


async def run(endpoint: str, definition: Any, input: Any = None, name: str = "m") -> str:
    """The ARN of an execution of a new machine."""
    made = await states(endpoint, "CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE)
    text = json.dumps({} if input is None else input)
    started = await states(endpoint, "StartExecution", stateMachineArn=made["stateMachineArn"], input=text)
    return str(started["executionArn"])


async def ended(endpoint: str, arn: str) -> Any:
    while (found := await states(endpoint, "DescribeExecution", executionArn=arn))["status"] == "RUNNING":
        await asyncio.sleep(0.02)
    return found


async def entries(endpoint: str, arn: str) -> dict[str, int]:
    """The id of the latest entry of each state."""
    page = await get(endpoint, f"history?execution={quote(arn)}")
    return {e["stateEnteredEventDetails"]["name"]: e["id"] for e in page["events"] if "stateEnteredEventDetails" in e}


async def flow(endpoint: str, arn: str, state: str, more: str = "") -> Any:
    event = (await entries(endpoint, arn))[state]
    return await get(endpoint, f"flow?execution={quote(arn)}&event={event}{more}")


def values(found: Any) -> dict[str, Any]:
    return {stage["name"]: json.loads(stage["text"]) for stage in found["stages"]}


async def test_a_text_is_found_anywhere_in_payloads(endpoint: str) -> None:
    """Also behind the 600 characters that a brief history shows, in whatever case, and in assigned variables."""
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"kept.$": "$.end"}, "OutputPath": "$.filler", "Next": "B"},
            "B": {"Type": "Pass", "End": True},
        },
    }
    arn = await run(endpoint, definition, {"filler": "x" * 5000, "end": "the Needle"})
    await ended(endpoint, arn)
    page = await get(endpoint, f"history?execution={quote(arn)}")
    names = {event["id"]: event["type"] for event in page["events"]}
    found = (await get(endpoint, f"find?execution={quote(arn)}&text=NEEDLE"))["events"]
    assert [names[id] for id in found] == ["ExecutionStarted", "PassStateEntered", "PassStateExited"]
    assert (await get(endpoint, f"find?execution={quote(arn)}&text=nowhere"))["events"] == []


JSONPATH = {
    "StartAt": "First",
    "States": {
        "First": {"Type": "Pass", "Assign": {"who.$": "$.name"}, "Next": "Send"},
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
            "InputPath": "$.inner",
            "Parameters": {},
            "ResultSelector": {"account.$": "$.Account", "greets.$": "$who"},
            "ResultPath": "$.caller",
            "OutputPath": "$.caller",
            "End": True,
        },
    },
}


async def test_the_stages_of_a_jsonpath_task(endpoint: str) -> None:
    arn = await run(endpoint, JSONPATH, {"name": "Ada", "inner": {"a": 1}})
    assert (await ended(endpoint, arn))["status"] == "SUCCEEDED"
    found = await flow(endpoint, arn, "Send")
    seen = values(found)
    assert list(seen) == [
        "input",
        "afterInputPath",
        "afterParameters",
        "result",
        "afterResultSelector",
        "afterResultPath",
        "output",
    ]
    assert (seen["afterInputPath"], seen["afterParameters"]) == ({"a": 1}, {})
    assert seen["result"]["Account"] == ACCOUNT
    assert seen["output"] == {"account": ACCOUNT, "greets": "Ada"} == seen["afterResultPath"]["caller"]
    assert (found["status"], found["variables"]) == ("SUCCEEDED", {"who": '"Ada"'})
    context = json.loads(found["context"])
    assert (context["Execution"]["Id"], context["State"]["Name"]) == (arn, "Send")
    assert not any("differs" in stage for stage in found["stages"])


JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "Sum",
    "States": {
        "Sum": {
            "Type": "Pass",
            "Output": {"sum": "{% $sum($states.input.of) %}", "luck": "{% $random() %}"},
            "Assign": {"sum": "{% $sum($states.input.of) %}"},
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $sum > 100 %}", "Next": "Big"},
                {"Condition": "{% $sum > 5 %}", "Next": "Middling"},
            ],
            "Default": "Big",
        },
        "Middling": {"Type": "Fail", "Error": "{% 'Sum.' & $sum %}", "Cause": "so"},
        "Big": {"Type": "Succeed"},
    },
}


async def test_jsonata_luck_is_said_to_differ_and_choice_rules_tell_what_held(endpoint: str) -> None:
    arn = await run(endpoint, JSONATA, {"of": [1, 2, 3]})
    assert (await ended(endpoint, arn))["error"] == "Sum.6"
    first = await flow(endpoint, arn, "Sum")
    assert ["differs" in stage for stage in first["stages"]] == [False, True]
    assert first["assigned"] == {"sum": "6"}
    which = await flow(endpoint, arn, "Which")
    assert [(rule["next"], rule["held"]) for rule in which["rules"]] == [
        ("Big", False),
        ("Middling", True),
        ("Big", True),
    ]
    assert which["next"] == "Middling"
    failed = await flow(endpoint, arn, "Middling")
    assert (failed["status"], failed["error"], failed["outcome"]) == ("FAILED", "Sum.6", "failed")


FAN = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
            "ItemProcessor": {
                "StartAt": "In",
                "States": {"In": {"Type": "Pass", "Next": "Out"}, "Out": {"Type": "Pass", "End": True}},
            },
            "ResultPath": "$.done",
            "Next": "Fan",
        },
        "Fan": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "L", "States": {"L": {"Type": "Pass", "Result": "left", "End": True}}},
                {"StartAt": "R", "States": {"R": {"Type": "Pass", "Result": "right", "End": True}}},
            ],
            "ResultSelector": {"second.$": "$[1]"},
            "End": True,
        },
    },
}  # fmt: skip


async def test_forks_get_the_outputs_of_their_children_as_result(endpoint: str) -> None:
    arn = await run(endpoint, FAN, {"items": ["a", "b"]})
    await ended(endpoint, arn)
    each = values(await flow(endpoint, arn, "Each"))
    assert each["afterItemSelector"] == [{"at": 0, "n": "a"}, {"at": 1, "n": "b"}]
    assert each["output"] == {"items": ["a", "b"], "done": [{"at": 0, "n": "a"}, {"at": 1, "n": "b"}]}
    fan = await flow(endpoint, arn, "Fan")
    assert values(fan)["output"] == {"second": "right"}
    assert not any("differs" in stage for stage in fan["stages"])
    inner = json.loads((await flow(endpoint, arn, "Out"))["context"])
    assert inner["Map"]["Item"] == {"Index": 1, "Value": "b"}


async def evaluated(endpoint: str, arn: str, event: int, expression: str, **more: Any) -> Any:
    return await post(endpoint, "evaluate", execution=arn, event=event, expression=expression, **more)


async def test_expressions_are_tried_on_what_a_past_state_saw(endpoint: str) -> None:
    arn = await run(endpoint, JSONPATH, {"name": "Ada", "inner": {"Count": 1}})
    await ended(endpoint, arn)
    event = (await entries(endpoint, arn))["Send"]
    assert await evaluated(endpoint, arn, event, "$.inner.Count") == {"value": "1", "type": "number"}
    assert await evaluated(endpoint, arn, event, "$.Account", root="result") == {
        "value": f'"{ACCOUNT}"',
        "type": "string",
    }
    assert (await evaluated(endpoint, arn, event, "States.Format('Hi {}', $who)"))["value"] == '"Hi Ada"'
    assert (await evaluated(endpoint, arn, event, '{"me.$": "$$.State.Name"}'))["value"] == '{"me":"Send"}'
    lost = await evaluated(endpoint, arn, event, "$.inner.count.deep")
    assert lost["error"] == "States.Runtime"
    assert lost["hint"] == {
        "prefix": "$.inner",
        "rest": ".count.deep",
        "type": "object",
        "members": ["Count"],
        "meant": "Count",
    }
    query = await evaluated(endpoint, arn, event, "$states.result.Account & $who", language="JSONata")
    assert query["value"] == f'"{ACCOUNT}Ada"'
    nothing = await evaluated(endpoint, arn, event, "$states.input.inner.nope.x", language="JSONata")
    assert (nothing["nothing"], nothing["hint"]["prefix"]) == (True, "$states.input.inner")
    wrong = await evaluated(endpoint, arn, event, "$sum(", language="JSONata")
    assert (wrong["error"], "position" in wrong) == ("S0203", True)
    endless = "($f := function($n) {$f($n + 1)}; $f(0))"
    assert (await evaluated(endpoint, arn, event, endless, language="JSONata"))["error"] == "U1001"


async def test_an_activity_is_answered_without_a_worker(endpoint: str) -> None:
    activity = (await states(endpoint, "CreateActivity", name="ask"))["activityArn"]
    state = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 600, "End": True}
    arn = await run(endpoint, {"StartAt": "Ask", "States": {"Ask": state}})
    (task,) = (await get(endpoint, f"waiting?execution={quote(arn)}"))["tasks"]
    assert (task["state"], task["kind"], task["token"], task["event"], task["heartbeat"]) == (
        "Ask",
        "activity",
        None,
        2,
        600,
    )
    token = (await post(endpoint, "take", execution=arn, task=task["task"]))["taskToken"]
    (task,) = (await get(endpoint, f"waiting?execution={quote(arn)}"))["tasks"]
    assert (task["phase"], task["token"]) == ("started", token)
    again = await ask(endpoint, "POST", "/_treadle/api/take", body={"execution": arn, "task": task["task"]})
    assert (again.status, again.json["__type"]) == (400, "TaskDoesNotExist")
    await states(endpoint, "SendTaskSuccess", taskToken=token, output='"yes"')
    assert (await ended(endpoint, arn))["output"] == '"yes"'
    assert (await get(endpoint, f"waiting?execution={quote(arn)}"))["tasks"] == []


async def test_a_callback_shows_its_token(endpoint: str) -> None:
    await states(endpoint, "CreateStateMachine", name="child", definition=json.dumps(FAN), roleArn=ROLE)
    child = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:child"
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken",
        "Parameters": {"StateMachineArn": child, "Input": {"items": [], "token.$": "$$.Task.Token"}},
        "End": True,
    }
    arn = await run(endpoint, {"StartAt": "Call", "States": {"Call": task}})
    (waits,) = (await get(endpoint, f"waiting?execution={quote(arn)}"))["tasks"]
    assert waits["kind"] == "callback"
    found = values(await flow(endpoint, arn, "Call"))
    assert found["afterParameters"]["Input"]["token"] == waits["token"]
    await states(endpoint, "SendTaskFailure", taskToken=waits["token"], error="No")
    assert (await ended(endpoint, arn))["error"] == "No"


LINE = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"},
        "B": {
            "Type": "Pass",
            "Parameters": {"v.$": "$v", "in.$": "$.x", "whole.$": "$$.Execution.Input.x"},
            "Next": "Fan",
        },
        "Fan": FAN["States"]["Fan"] | {"ResultPath": "$.fan"},  # type: ignore[index]
    },
}


async def test_an_execution_is_restarted_from_a_state_with_another_input(endpoint: str) -> None:
    old = await run(endpoint, LINE, {"x": "old"})
    await ended(endpoint, old)
    event = (await entries(endpoint, old))["B"]
    made = await post(endpoint, "restart", execution=old, state="B", input='{"x": "new"}', event=event)
    new = made["executionArn"]
    described = await ended(endpoint, new)
    assert (described["status"], described["input"]) == ("SUCCEEDED", '{"x": "old"}')
    assert json.loads(described["output"])["in"] == "new"
    events = (await get(endpoint, f"history?execution={quote(new)}"))["events"]
    assert [event["type"] for event in events[:2]] == ["ExecutionStarted", "PassStateEntered"]
    origin = (await get(endpoint, f"origin?execution={quote(new)}"))["restart"]
    assert (origin["execution"], origin["state"], origin["event"]) == (old, "B", event)
    assert json.loads((await flow(endpoint, new, "B"))["variables"]["v"]) == 1
    assert (await get(endpoint, f"origin?execution={quote(old)}"))["restart"] is None
    other = await post(endpoint, "restart", execution=old, state="B", input='{"x": 1}', variables='{"v": "mine"}')
    assert json.loads((await ended(endpoint, other["executionArn"]))["output"])["v"] == "mine"


async def test_a_restart_that_cannot_be_right_is_refused(endpoint: str) -> None:
    old = await run(endpoint, LINE, {"x": 1})

    async def refused(**given: Any) -> str:
        body = {"execution": old, "input": "{}", **given}
        answer = await ask(endpoint, "POST", "/_treadle/api/restart", body=body)
        assert answer.status == 400, answer.body
        return f"{answer.json['__type']}: {answer.json['message']}"

    assert "only states of the top level" in (await refused(state="L")).lower()
    assert "no state 'Z'" in await refused(state="Z")
    assert "InvalidExecutionInput" in await refused(state="B", input="{")
    assert "not the name of a variable" in await refused(state="B", variables='{"1a": 1}')
    assert "JSON object" in await refused(state="B", variables="[]")
    assert "ExecutionDoesNotExist" in await refused(state="B", execution=f"{old}x")


async def test_a_restarted_execution_survives_the_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with serving(data) as endpoint:
        activity = (await states(endpoint, "CreateActivity", name="ask"))["activityArn"]
        ask = {"Type": "Task", "Resource": activity, "ResultPath": "$.said", "Next": "Tell"}
        tell = {"Type": "Pass", "Parameters": {"v.$": "$v", "said.$": "$.said"}, "End": True}
        first = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "Ask"}]}
        old = await run(endpoint, {"StartAt": "F", "States": {"F": first, "Ask": ask, "Tell": tell}})
        body = {"execution": old, "state": "Ask", "input": '{"a": 1}', "variables": '{"v": [1.5e10]}', "name": "again"}
        new = (await post(endpoint, "restart", **body))["executionArn"]
    async with serving(data) as endpoint:
        (task,) = (await get(endpoint, f"waiting?execution={quote(new)}"))["tasks"]
        token = (await post(endpoint, "take", execution=new, task=task["task"]))["taskToken"]
        await states(endpoint, "SendTaskSuccess", taskToken=token, output='"yes"')
        assert json.loads((await ended(endpoint, new))["output"]) == {"v": [1.5e10], "said": "yes"}
        assert (await get(endpoint, f"origin?execution={quote(new)}"))["restart"]["execution"] == old


async def test_two_executions_are_compared_pair_by_pair(endpoint: str) -> None:
    left = await run(endpoint, JSONATA, {"of": [1, 2, 3]})
    machine = (await states(endpoint, "DescribeExecution", executionArn=left))["stateMachineArn"]
    started = await states(endpoint, "StartExecution", stateMachineArn=machine, input='{"of": [200]}')
    right = started["executionArn"]
    await ended(endpoint, left), await ended(endpoint, right)
    found = await post(endpoint, "compare", left=left, right=right)
    names = [[side and side["name"] for side in (row["left"], row["right"])] for row in found["rows"]]
    assert names == [["Sum", "Sum"], ["Which", "Which"], ["Middling", "Big"]]
    assert found["rows"][0]["differs"] == ["input", "output", "variables"]
    assert (found["path"]["what"], found["path"]["before"], found["path"]["rightName"]) == ("state", "Which", "Big")
    assert (found["data"]["what"], found["same"], found["sameDefinition"]) == ("input", 2, True)
    event = found["rows"][0]["left"]["event"]
    whole = await get(endpoint, f"visit?execution={quote(left)}&event={event}")
    assert json.loads(whole["input"]) == {"of": [1, 2, 3]}


async def test_the_flow_of_a_failed_attempt_and_of_one_that_still_runs(endpoint: str) -> None:
    activity = (await states(endpoint, "CreateActivity", name="ask"))["activityArn"]
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 99_999}]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "End"}]
    state = {"Type": "Task", "Resource": activity, "Retry": retry, "Catch": catch, "Next": "End"}
    definition = {"StartAt": "Ask", "States": {"Ask": state, "End": {"Type": "Succeed"}}}
    arn = await run(endpoint, definition, {"a": 1})
    running = await flow(endpoint, arn, "Ask")
    assert (list(values(running)), running["outcome"], "status" in running) == (
        ["input", "afterInputPath", "afterParameters"],
        "open",
        False,
    )
    token = (await post(endpoint, "take", execution=arn, task=1))["taskToken"]
    await states(endpoint, "SendTaskFailure", taskToken=token, error="Again", cause="busy")
    tried = await flow(endpoint, arn, "Ask")
    assert (tried["status"], tried["error"], tried["handled"]["retryIndex"]) == ("RETRIABLE", "Again", 0)
    assert values(tried)["errorOutput"] == {"Error": "Again", "Cause": "busy"}
    other = await run(endpoint, definition | {"Comment": "caught"}, {"a": 1}, name="n")
    token = (await post(endpoint, "take", execution=other, task=1))["taskToken"]
    await states(endpoint, "SendTaskFailure", taskToken=token, error="Else")
    await ended(endpoint, other)
    caught = await flow(endpoint, other, "Ask")
    assert (caught["status"], caught["handled"], caught["next"]) == ("CAUGHT_ERROR", {"catchIndex": 0}, "End")
    assert values(caught)["output"]["why"]["Error"] == "Else"
    absent = await ask(endpoint, "GET", f"/_treadle/api/flow?execution={quote(other)}&event=1")
    assert (absent.status, "does not enter a state" in absent.json["message"]) == (400, True)


async def test_what_came_out_of_an_execution_is_known_both_ways(endpoint: str, tmp_path: Path) -> None:
    """Restarts, and what was started with its input; also after the server was started anew."""
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    async with serving(tmp_path / "own") as address:
        first = await run(address, definition, {"n": 1})
        machine = first.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")
        again = (await post(address, "restart", execution=first, state="A", input="{}"))["executionArn"]
        like = (await states(address, "StartExecution", stateMachineArn=machine, input="{}"))["executionArn"]
        assert await post(address, "descend", execution=like, origin=first) == {}
        await ended(address, like)
        await ended(address, again)
    async with serving(tmp_path / "own") as address:
        found = await get(address, f"origin?execution={quote(first)}")
        assert {(each["executionArn"], each["how"], each["status"]) for each in found["later"]} == {
            (again, "restart", "SUCCEEDED"),
            (like, "like", "SUCCEEDED"),
        }
        assert (found["restart"], found["like"]) == (None, None)
        assert (await get(address, f"origin?execution={quote(like)}"))["like"] == first
        assert (await get(address, f"origin?execution={quote(again)}"))["restart"]["execution"] == first


async def test_failures_of_a_map_run_by_error(endpoint: str) -> None:
    """All of them, however many, the most frequent error first."""
    item = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$", "NumericLessThan": 70, "Next": "Small"},
                    {"Variable": "$", "NumericLessThan": 75, "Next": "Odd"},
                ],
                "Default": "Good",
            },
            "Small": {"Type": "Fail", "Error": "Item.Small", "Cause": "too small"},
            "Odd": {"Type": "Fail", "Error": "Item.Odd"},
            "Good": {"Type": "Succeed"},
        },
    }
    each = {"Type": "Map", "ToleratedFailurePercentage": 100, "ItemProcessor": item, "End": True}
    arn = await run(endpoint, {"StartAt": "Each", "States": {"Each": each}}, list(range(80)))
    assert (await ended(endpoint, arn))["status"] == "SUCCEEDED"
    runs = await states(endpoint, "ListMapRuns", executionArn=arn)
    found = await get(endpoint, f"failures?mapRun={quote(runs['mapRuns'][0]['mapRunArn'])}")
    assert (found["looked"], found["more"]) == (75, False)
    assert [(group["error"], group["count"], group["cause"]) for group in found["groups"]] == [
        ("Item.Small", 70, "too small"),
        ("Item.Odd", 5, None),
    ]
    assert len(found["groups"][0]["executions"]) == 70
