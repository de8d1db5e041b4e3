"""Runs a machine in the pure engine against a small world: no clock, no runtime, no sleeping."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from treadle.asl.compile import compile
from treadle.asl.parse import parse
from treadle.asl.plan import Plan
from treadle.engine.commands import CancelTask, RunTask, Transition
from treadle.engine.events import Event, TaskFailed, TaskStarted, TaskSubmitted, TaskSucceeded, Ticked
from treadle.engine.execution import Execution, Facts, Failure
from treadle.engine.history import HistoryEvent
from treadle.engine.index import Index
from treadle.engine.step import deadline, start, step
from treadle.values import Payload

BEGIN = 1_700_000_000.0
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


class Fails(Exception):
    def __init__(self, error: str | None, cause: str | None = None, stage: str = "run") -> None:
        self.error, self.cause, self.stage = error, cause, stage


# What the world answers to a task: a JSON value, Fails(...), or None for silence.
Reply = Any
SILENCE = object()


@dataclass
class Run:
    """One execution being driven by hand."""

    plan: Plan
    execution: Execution
    history: list[HistoryEvent]
    calls: list[tuple[str, Any]] = field(default_factory=list)
    open: dict[int, RunTask] = field(default_factory=dict)
    now: float = BEGIN
    index: Index | None = None

    def take(self, transition: Transition) -> Run:
        self.execution, self.index = transition.execution, transition.index
        self.history += transition.history
        for command in transition.commands:
            if isinstance(command, CancelTask):
                self.open.pop(command.task, None)
            else:
                self.open[command.task] = command
        return self

    def deliver(self, event: Event) -> Run:
        return self.take(step(self.plan, self.execution, event, index=self.index))

    def tick(self, seconds: float = 0.0) -> Run:
        self.now += seconds
        return self.deliver(Ticked(self.now))

    def answer(self, task: int, reply: Reply) -> Run:
        if isinstance(reply, Fails):
            return self.deliver(TaskFailed(self.now, task, Failure(reply.error, reply.cause), reply.stage))
        return self.deliver(TaskSucceeded(self.now, task, Payload(reply)))

    def drive(self, world: Callable[[str, Any], Reply], limit: int = 1000) -> Run:
        """Answer every open task and let time pass until the execution ends (or waits for silence)."""
        for _ in range(limit):
            if self.execution.status != "RUNNING":
                return self
            run = next(iter(self.open.values()), None)
            if run is not None:
                del self.open[run.task]
                self.deliver(TaskStarted(self.now, run.task))
                self.calls.append((run.node.name, run.arguments.value))
                reply = world(run.node.name, run.arguments.value)
                if reply is not SILENCE:
                    self.answer(run.task, reply)
                continue
            due = deadline(self.execution)
            if due is None:
                return self
            self.now = max(self.now, due)
            self.tick()
        raise AssertionError("the execution does not come to an end")

    # -- what tests look at
    @property
    def status(self) -> str:
        return self.execution.status

    @property
    def output(self) -> Any:
        return None if self.execution.output is None else self.execution.output.value

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.history]

    @property
    def path(self) -> list[str]:
        return [str(e.details["name"]) for e in self.history if e.type.endswith("StateEntered") and e.details]

    @property
    def chain(self) -> list[tuple[int, int, str]]:
        return [(event.id, event.previous, event.type) for event in self.history]


def facts(input: Any = None, **changes: Any) -> Facts:
    values: dict[str, Any] = {
        "arn": "arn:aws:states:us-east-1:000000000000:execution:m:e",
        "name": "e",
        "machine_arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m",
        "machine_name": "m",
        "role_arn": "arn:aws:iam::000000000000:role/r",
        "started_at": BEGIN,
        "seed": 42,
        "input": Payload(text=json.dumps({} if input is None else input)),
    }
    return Facts(**(values | changes))


def machine(states: Mapping[str, Any], start_at: str | None = None, **top: Any) -> dict[str, Any]:
    return {"StartAt": start_at or next(iter(states)), "States": dict(states), **top}


def begin(definition: Mapping[str, Any], input: Any = None, **changes: Any) -> Run:
    """Start a machine and run it until it waits for the outside."""
    plan = compile(parse(json.dumps(definition)))
    given = facts(input, **changes)
    run = Run(plan, Execution(given, {}), [])
    return run.take(start(plan, given, BEGIN))


def run(definition: Mapping[str, Any], input: Any = None, world: Mapping[str, Any] | None = None) -> Run:
    """Run a machine to its end. `world` maps a state name to its reply, or to a list of replies in order."""
    replies = {name: iter(r) if isinstance(r, list) else r for name, r in (world or {}).items()}

    def reply(state: str, _arguments: Any) -> Reply:
        answer = replies[state]
        return next(answer) if isinstance(answer, Iterable) and not isinstance(answer, dict | str) else answer

    return begin(definition, input).drive(reply)


def task(next: str | None = None, **fields: Any) -> dict[str, Any]:
    """A Task state that calls a Lambda function by its ARN."""
    return {"Type": "Task", "Resource": FUNCTION, **({"Next": next} if next else {"End": True}), **fields}


def service(next: str | None = None, **fields: Any) -> dict[str, Any]:
    """A Task state that calls a function through the service integration."""
    arguments = {"Parameters": {"FunctionName": "f", "Payload.$": "$"}}
    return task(next) | {"Resource": "arn:aws:states:::lambda:invoke"} | arguments | fields


__all__ = ["SILENCE", "Fails", "TaskSubmitted", "begin", "facts", "machine", "run", "service", "task"]
