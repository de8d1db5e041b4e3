"""What we run: six kinds of node, in which nobody can see the query language any more.

A stage is a named function (scope, value) -> value; stages that change nothing are left out at compile time.
TestState names what it shows after these stages (afterInputPath, afterParameters, ...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.asl.machine import Machine, Retrier
from treadle.asl.resource import Resource
from treadle.asl.scope import Scope
from treadle.values import Instant, Json, Pointer

Stage: TypeAlias = tuple[str, Callable[[Scope, Json], Json]]
Stages: TypeAlias = tuple[Stage, ...]
Assign: TypeAlias = Callable[[Scope], dict[str, Json]] | None


def run(stages: Stages, scope: Scope, value: Json) -> Json:
    """Pass `value` through the stages; a trace in the scope sees every intermediate value."""
    for name, stage in stages:
        value = stage(scope, value)
        if scope.trace is not None:
            scope.trace(name, value)
    return value


class Node(Struct, frozen=True, kw_only=True):
    """What all kinds have. `type` is the ASL type; `entered` and `exited` are its history event names."""

    name: str
    type: str
    pointer: Pointer
    entered: str
    exited: str
    next: str | None = None
    arguments: Stages = ()
    output: Stages = ()
    assign: Assign = None
    multiplies: bool = False  # what it makes may hold the same data very often


class Pass(Node, frozen=True, kw_only=True):
    """Pass and Succeed."""


class Rule(Struct, frozen=True):
    test: Callable[[Scope], bool]
    next: str
    output: Stages = ()
    assign: Assign = None


class Choice(Node, frozen=True, kw_only=True):
    rules: tuple[Rule, ...]


class Wait(Node, frozen=True, kw_only=True):
    until: Callable[[Scope], Instant]


class Fail(Node, frozen=True, kw_only=True):
    failure: Callable[[Scope], tuple[str | None, str | None]]


class Catch(Struct, frozen=True):
    errors: tuple[str, ...]
    next: str
    output: Stages = ()  # from the error output to the next state's input
    assign: Assign = None


class Guarded(Node, frozen=True, kw_only=True):
    """What may be retried and caught: tasks and forks."""

    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catch, ...] = ()


Seconds: TypeAlias = Callable[[Scope], int | None]


class Distributed(Struct, frozen=True):
    """What a distributed Map evaluates when it starts, and for each item.

    `items` is None when a reader finds them. `order` makes the rest of the run's order (reader, batches, writer),
    `tolerance` the failures it bears as (count, percentage).
    """

    label: str | None
    kind: Literal["STANDARD", "EXPRESS"]
    items: Callable[[Scope, Json], Json] | None
    limit: Seconds
    tolerance: Callable[[Scope], tuple[int, float]]
    order: Callable[[Scope, Json], dict[str, Json]]
    select: Callable[[Scope, Json], Json] | None = None


class Task(Guarded, frozen=True, kw_only=True):
    """A call into the world; a distributed Map (`map` is set) is one too."""

    resource: Resource
    timeout: Seconds
    heartbeat: Seconds
    credentials: Callable[[Scope], Json] | None = None
    map: Distributed | None = None


class Fork(Guarded, frozen=True, kw_only=True):
    """Parallel (`items` is None, one child per flow) and inline Map (one child of the only flow per item).

    `items` gives the array or object to iterate over, `select` one child's input, with the item in the context.
    """

    flows: tuple[Pointer, ...]
    items: Callable[[Scope, Json], Json] | None = None
    select: Callable[[Scope, Json], Json] | None = None
    limit: Seconds | None = None


AnyNode: TypeAlias = Pass | Choice | Wait | Fail | Task | Fork


class Flow(Struct, frozen=True):
    start: str
    nodes: Mapping[str, AnyNode]


class Plan(Struct, frozen=True):
    """A compiled machine. `flows[""]` is the machine itself, others are named by their JSON pointer."""

    machine: Machine
    flows: Mapping[Pointer, Flow]
    timeout: int | None = None
    activities: frozenset[str] = frozenset()  # ARNs of the activities its tasks name
