"""A plan that tells which of its choice rules and catchers are taken. It behaves as the plan it is made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec.structs import replace

from treadle.asl.plan import AnyNode, Catch, Choice, Flow, Fork, Plan, Rule, Task
from treadle.asl.scope import Scope
from treadle.values import Json


class Mark(NamedTuple):
    """Something of a state that coverage counts; `place` is its index in Choices (default last), Retry or Catch.

    "exit" is no part that can be covered: it tells how often a state was left, for the picture.
    """

    kind: Literal["state", "rule", "retry", "catch", "exit"]
    state: str
    place: int = 0


def instrument(plan: Plan, fired: list[Mark]) -> Plan:
    """`plan` with probes, which append to `fired`."""
    flows = {
        pointer: Flow(flow.start, {name: _node(node, fired) for name, node in flow.nodes.items()})
        for pointer, flow in plan.flows.items()
    }
    return replace(plan, flows=flows)


def _node(node: AnyNode, fired: list[Mark]) -> AnyNode:
    match node:
        case Choice():
            rules = enumerate(node.rules)
            return replace(node, rules=tuple(_rule(rule, Mark("rule", node.name, i), fired) for i, rule in rules))
        case Task() | Fork() if node.catch:
            catches = enumerate(node.catch)
            return replace(node, catch=tuple(_catch(each, Mark("catch", node.name, i), fired) for i, each in catches))
        case _:
            return node


def _rule(rule: Rule, mark: Mark, fired: list[Mark]) -> Rule:
    test: Callable[[Scope], bool] = rule.test

    def tell(scope: Scope) -> bool:
        taken = test(scope)
        if taken:
            fired.append(mark)
        return taken

    return replace(rule, test=tell)


def _catch(catch: Catch, mark: Mark, fired: list[Mark]) -> Catch:
    def tell(scope: Scope, value: Json) -> Json:
        fired.append(mark)
        return value

    return replace(catch, output=(("caught", tell), *catch.output))
