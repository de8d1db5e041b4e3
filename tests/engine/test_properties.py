"""Random machines, random worlds, random order of news.

Invariants: exactly one terminal event and it is the last; event ids are dense; previousEventId names an earlier event;
after success one frame is left; a round trip of the snapshot through text after every step changes nothing; an
answer delivered twice changes nothing; the same news, from stored snapshots, make the same history.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states import machine, task
from treadle.engine.events import TaskFailed, TaskSucceeded
from treadle.engine.execution import Finished
from treadle.engine.history import HistoryEvent
from treadle.engine.index import Index
from treadle.engine.step import deadline, outstanding, start, step
from treadle.testing import NEVER, Call, Fails, Machine, Run, after
from treadle.testing.restart import stored_and_loaded

TERMINAL = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
RETRY = [{"ErrorEquals": ["Soft"], "IntervalSeconds": 1, "MaxAttempts": 2}]

leaves = st.sampled_from(["pass", "wait", "task", "retry", "catch", "fail", "choice", "assign"])
shapes = st.recursive(
    st.lists(leaves, min_size=1, max_size=3),
    lambda flow: st.lists(
        st.one_of(
            leaves,
            st.tuples(st.just("parallel"), st.lists(flow, min_size=1, max_size=3)),
            st.tuples(st.just("map"), flow),
        ),
        min_size=1,
        max_size=3,
    ),
    max_leaves=8,
)


class Names:
    """State names are unique over a whole machine."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"S{self.count}"


def build(shape: list[Any], names: Names) -> dict[str, Any]:
    own = [names() for _ in shape]
    states: dict[str, Any] = {}
    for i, (name, kind) in enumerate(zip(own, shape, strict=True)):
        onward = {"Next": own[i + 1]} if i + 1 < len(own) else {"End": True}
        states[name] = state(kind, onward, names)
        if kind in ("choice", "catch"):
            end = names()
            states[end] = {"Type": "Succeed"}
            target = onward.get("Next", end)
            if kind == "choice":
                states[name] = {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "IsNull": True, "Next": target}],
                    "Default": end,
                }
            else:
                states[name]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": end}]
    return machine(states)


def state(kind: Any, onward: dict[str, Any], names: Names) -> dict[str, Any]:
    if isinstance(kind, tuple) and kind[0] == "parallel":
        return {"Type": "Parallel", "Branches": [build(b, names) for b in kind[1]], "Retry": RETRY, **onward}
    if isinstance(kind, tuple):
        inner = build(kind[1], names)
        return {
            "Type": "Map",
            "ItemsPath": "$$.Execution.Input.items",
            "MaxConcurrency": 2,
            "ItemProcessor": inner,
            **onward,
        }
    match kind:
        case "wait":
            return {"Type": "Wait", "Seconds": 3, **onward}
        case "task" | "catch":
            return task(TimeoutSeconds=20, **onward)
        case "retry":
            return task(Retry=RETRY, TimeoutSeconds=20, **onward)
        case "fail":
            return {"Type": "Fail", "Error": "Soft", "Cause": "planned"}
        case "assign":
            return {"Type": "Pass", "Assign": {f"v{names()}": {"deep": [1, 2.5, None]}}, **onward}
        case _:
            return {"Type": "Pass", **onward}


def reachable(definition: dict[str, Any]) -> dict[str, Any]:
    """Drop what follows a Fail (the parser refuses unreachable states)."""
    seen, todo = set(), [definition["StartAt"]]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        node = definition["States"][name]
        todo += [node[k] for k in ("Next", "Default") if k in node]
        todo += [r["Next"] for r in node.get("Choices", []) + node.get("Catch", [])]
        for inner in [*node.get("Branches", []), *([node["ItemProcessor"]] if "ItemProcessor" in node else [])]:
            reachable(inner)
    definition["States"] = {name: s for name, s in definition["States"].items() if name in seen}
    return definition


class World:
    """Answers after a while, in any order: with a result, a failure that is retried, or not at all."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)

    def __call__(self, call: Call) -> Any:
        drawn = self.luck.random()
        answer = NEVER if drawn < 0.1 else Fails("Soft") if drawn < 0.4 else {"ok": drawn}
        return after(self.luck.choice([0, 0, 1, 3, 19]), answer)


def check(run: Run) -> None:
    """What holds after every step."""
    back = stored_and_loaded(run.execution)
    assert back == run.execution, "what a store gives back is what it was given"
    assert {command.task for command in outstanding(run.plan, back)} == set(run.open), "a restart performs what is open"
    assert run.index is not None
    assert list(run.index.facts()) == list(Index(back.frames).facts())
    assert deadline(back, run.index) == deadline(back)
    if run.news and isinstance(run.news[-1], TaskSucceeded | TaskFailed):
        again = step(run.plan, back, run.news[-1])
        assert again.execution == back and not again.history, "the same news twice"


def check_history(run: Run) -> None:
    assert [e.id for e in run.history] == list(range(1, len(run.history) + 1))
    assert all(0 <= e.previous < e.id for e in run.history)
    assert run.history[-1].type in TERMINAL
    assert not run.open
    if run.execution.status == "SUCCEEDED":
        assert list(run.execution.frames) == [0]
        assert isinstance(run.execution.frames[0].pending, Finished)


def repeated(run: Run) -> list[HistoryEvent]:
    """The history that the news of a run make once more, each step from what a store gives back."""
    done = start(run.plan, run.execution.facts, run.execution.facts.started_at)
    history = [*done.history]
    for news in run.news:
        done = step(run.plan, stored_and_loaded(done.execution), news)
        history += done.history
    return history


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shapes, st.integers(0, 2**32), st.one_of(st.none(), st.integers(0, 30)))
def test_any_machine_in_any_world(shape: list[Any], seed: int, stop_after: int | None) -> None:
    tried = Machine(reachable(build(shape, Names())))
    world = dict.fromkeys(tried.tasks, World(seed))
    run = tried.start({"items": [1, "two", {"three": 3}]}, mocks=world, seed=seed, shuffle=True, watch=check)
    while stop_after and run.status == "RUNNING":
        stop_after -= run.stage.act()
    if stop_after == 0:
        run.stop("Stopped")
    run.finish()
    check_history(run)
    assert sum(e.type in TERMINAL for e in run.history) == 1
    assert repeated(run) == run.history, "the same news, the same history"
    if run.status != "SUCCEEDED":
        assert run.redrive().execution.redrives == 1
        check_history(run)
