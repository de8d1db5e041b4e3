"""Random machines, random worlds, random order of news.

Invariants: exactly one terminal event and it is the last; event ids are dense; previousEventId names an earlier event;
after success one frame is left; a round trip of the snapshot through text after every step changes nothing; an
answer delivered twice changes nothing; a run repeated from the same seed is the same run.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import Fails, Run, begin, machine, task
from msgspec.structs import replace

from treadle.engine.events import RedriveRequested, StopRequested, TaskStarted
from treadle.engine.execution import Execution, Failure, Finished
from treadle.engine.index import Index
from treadle.engine.step import deadline, outstanding
from treadle.runtime.codec import Codec

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
    return machine(states, own[0])


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
            return task(onward.get("Next"), TimeoutSeconds=20)
        case "retry":
            return task(onward.get("Next"), Retry=RETRY, TimeoutSeconds=20)
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


def stored(execution: Execution) -> Execution:
    """The execution as it comes back from a store, frame by frame."""
    codec, input = Codec(), execution.facts.input
    frames = {id: codec.decode_frame(codec.encode_frame(execution, f), input) for id, f in execution.frames.items()}
    back = replace(execution, frames=frames)
    assert back == execution
    return back


def drive(run: Run, luck: random.Random, stop_after: int | None = None) -> Run:
    for steps in range(400):
        run.execution = stored(run.execution)
        if run.execution.status != "RUNNING":
            break
        if steps == stop_after:
            run.deliver(StopRequested(run.now, Failure("Stopped")))
            continue
        due = deadline(run.execution)
        if run.open and (due is None or luck.random() < 0.8):
            id = luck.choice(sorted(run.open))
            run.deliver(TaskStarted(run.now, id))
            if luck.random() < 0.1:
                continue
            reply = Fails("Soft") if luck.random() < 0.3 else {"ok": luck.random()}
            run.answer(id, reply)
            run.open.pop(id, None)
            settled = run.execution
            run.answer(id, reply)
            assert run.execution == settled, "the same news twice"
        elif due is not None:
            run.now = max(run.now, due)
            run.tick()
        check_outbox(run)
        check_index(run)
    assert run.execution.status != "RUNNING", "it comes to an end"
    return run


def check_outbox(run: Run) -> None:
    """What a restart would perform again is exactly what is open."""
    assert {c.task for c in outstanding(run.plan, run.execution)} == set(run.open)


def check_index(run: Run) -> None:
    """What a step keeps of the frames is what could be read off them."""
    assert run.index is not None
    assert list(run.index.facts()) == list(Index(run.execution.frames).facts())
    assert deadline(run.execution, run.index) == deadline(run.execution)


def check_history(run: Run) -> None:
    assert [e.id for e in run.history] == list(range(1, len(run.history) + 1))
    assert all(0 <= e.previous < e.id for e in run.history)
    assert run.history[-1].type in TERMINAL
    assert not run.open
    if run.execution.status == "SUCCEEDED":
        assert list(run.execution.frames) == [0]
        assert isinstance(run.execution.frames[0].pending, Finished)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shapes, st.integers(0, 2**32), st.one_of(st.none(), st.integers(0, 30)))
def test_any_machine_in_any_world(shape: list[Any], seed: int, stop_after: int | None) -> None:
    definition = reachable(build(shape, Names()))
    given_input = {"items": [1, "two", {"three": 3}]}

    def once() -> Run:
        return drive(begin(definition, given_input), random.Random(seed), stop_after)

    run = once()
    check_history(run)
    assert sum(e.type in TERMINAL for e in run.history) == 1
    assert once().history == run.history, "the same seed, the same run"
    if run.execution.status != "SUCCEEDED":
        again = run.deliver(RedriveRequested(run.now))
        assert again.execution.redrives == 1
        check_history(drive(again, random.Random(seed + 1)))
