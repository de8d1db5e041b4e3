"""Definitions made up for pictures: chains, random graphs, nests."""

from __future__ import annotations

import json
from random import Random
from typing import Any


def task(then: str | None = None, **fields: Any) -> dict[str, Any]:
    way = {"Next": then} if then else {"End": True}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}, **way, **fields}


def chain(*names: str) -> dict[str, Any]:
    states = {name: task(then) for name, then in zip(names, [*names[1:], None], strict=True)}
    return {"StartAt": names[0], "States": states}


def text(machine: dict[str, Any]) -> str:
    return json.dumps(machine)


def large(count: int) -> dict[str, Any]:
    """A machine of `count` states as people write them: tasks with a common handler, decisions, polls, maps."""
    states: dict[str, Any] = {}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Handle failure"}]
    blocks = (count - 3) // 10
    for i in range(blocks):
        then = f"Load {i + 1}" if i + 1 < blocks else "Done"
        states[f"Load {i}"] = task(f"Big {i}?", Catch=catch)
        rule = {"Variable": "$.size", "NumericGreaterThan": 100, "Next": f"Each {i}"}
        states[f"Big {i}?"] = {"Type": "Choice", "Choices": [rule], "Default": f"Small {i}"}
        states[f"Small {i}"] = task(f"Poll {i}", Catch=catch)
        inner = chain(f"Read {i}", f"Change {i}", f"Write {i}")
        states[f"Each {i}"] = {"Type": "Map", "ItemProcessor": inner, "Next": f"Poll {i}", "Catch": catch}
        states[f"Poll {i}"] = task(f"Ready {i}?", Catch=catch)
        rule = {"Variable": "$.ready", "BooleanEquals": True, "Next": then}
        states[f"Ready {i}?"] = {"Type": "Choice", "Choices": [rule], "Default": f"Wait {i}"}
        states[f"Wait {i}"] = {"Type": "Wait", "Seconds": 30, "Next": f"Poll {i}"}
    states |= {"Done": {"Type": "Succeed"}, "Handle failure": task("Failed"), "Failed": {"Type": "Fail"}}
    return {"StartAt": "Load 0", "States": states}


def anything(random: Random, depth: int = 0, prefix: str = "S") -> dict[str, Any]:
    """A flow of one to nine states that lead anywhere: loops, self loops, skips, states that nobody enters."""
    names = [f"{prefix}{i}{'long name ' * random.choice((0, 0, 0, 2, 6))}" for i in range(random.randint(1, 9))]
    return {"StartAt": names[0], "States": {name: _state(random, names, name, depth) for name in names}}


def _state(random: Random, names: list[str], name: str, depth: int) -> dict[str, Any]:
    kinds = ["Task", "Task", "Pass", "Wait", "Choice", "Fail", "Succeed"] + ["Parallel", "Map"] * (depth < 2)
    kind = random.choice(kinds)
    state: dict[str, Any] = {"Type": kind}
    if kind in ("Fail", "Succeed"):
        return state
    if kind == "Choice":
        rules = random.randint(1, 5)
        state["Choices"] = [
            {"Variable": "$.n", "NumericEquals": i * 10 ** random.randint(0, 9), "Next": random.choice(names)}
            for i in range(rules)
        ]
        if random.random() < 0.6:
            state["Default"] = random.choice(names)
        return state
    state |= {"Next": random.choice(names)} if random.random() < 0.8 else {"End": True}
    if kind == "Wait":
        state["Seconds"] = random.randint(1, 90000)
    if kind in ("Task", "Parallel", "Map"):
        errors = ["States.ALL", "States.Timeout", "Some.VeryLongNameOfAnErrorThatNobodyWants", "E"]
        state["Catch"] = [
            {"ErrorEquals": [random.choice(errors)], "Next": random.choice(names)} for _ in range(random.randint(0, 2))
        ]
        if random.random() < 0.4:
            state["Retry"] = [{"ErrorEquals": ["States.ALL"]}]
    if kind == "Task":
        state["Resource"] = "arn:aws:lambda:us-east-1:123456789012:function:f"
    if kind == "Parallel":
        state["Branches"] = [
            anything(random, depth + 1, f"{name.split(' ')[0]}{letter}") for letter in "abc"[: random.randint(1, 3)]
        ]
    if kind == "Map":
        state["ItemProcessor"] = anything(random, depth + 1, f"{name.split(' ')[0]}m")
    return state
