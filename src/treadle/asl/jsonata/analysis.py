"""What can be said about an expression without evaluating it: what it refers to, and whether functions may leak out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from treadle.asl.jsonata.library import BUILTINS
from treadle.asl.jsonata.nodes import Node
from treadle.asl.jsonata.scopes import children

# Built-in functions that call functions without putting them into their results, unless it is the first argument.
_CALLERS: Final = frozenset({"map", "filter", "reduce", "each", "sift", "single", "sort"})
# The same for matchers.
_MATCHERS: Final = frozenset({"match", "contains", "replace", "split"})
# Nodes whose value is a function.
_FUNCTIONS: Final = frozenset({"lambda", "partial", "transform", "regex"})


@dataclass(frozen=True)
class References:
    """What an expression refers to.

    `variables`: free variables, without `states` and the built-in functions. `functions`: built-in functions.
    `states`: the member paths of `$states` as they are written, e.g. ("result", "Payload"); () for `$states` itself.
    `top_level`: names without `$`, `$` and `$$` where there is no input to refer to, in the order of the source.
    """

    variables: frozenset[str]
    functions: frozenset[str]
    states: frozenset[tuple[str, ...]]
    top_level: tuple[str, ...]


def references(tree: Node) -> References:
    collector = _Collector()
    collector.visit(tree, frozenset(), True)
    return References(
        frozenset(collector.variables),
        frozenset(collector.functions),
        frozenset(collector.states),
        tuple(dict.fromkeys(collector.top_level)),
    )


class _Collector:
    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.functions: set[str] = set()
        self.states: set[tuple[str, ...]] = set()
        self.top_level: list[str] = []

    def visit(self, node: Node, bound: frozenset[str], top: bool) -> None:
        """`bound` variables are the expression's own; `top`: the context is the (missing) input."""
        match node.type:
            case "variable":
                self._variable(node.value, (), bound, top)
            case "path":
                self._path(node, bound, top)
            case "lambda":
                self.visit(node.parts[0], bound | frozenset(node.parameters), top)
            case "block":
                inner = bound.union(*map(_binds, node.parts))
                for part in node.parts:
                    self.visit(part, inner, top)
            case "binary":
                # Long chains of operators lean to the left.
                left, right = node.parts
                chain = [right]
                while left.type == "binary":
                    left, right = left.parts
                    chain.append(right)
                for operand in (left, *reversed(chain)):
                    self.visit(operand, bound, top)
            case "transform":
                for part in node.parts:
                    self.visit(part, bound, False)
            case _:
                for part in node.parts:
                    self.visit(part, bound, top)
                for key, value in node.pairs:
                    self.visit(key, bound, top)
                    self.visit(value, bound, top)
        for stage in node.predicate or ():
            self.visit(stage, bound, False)
        if node.group is not None:
            for key, value in node.group.pairs:
                self.visit(key, bound, False)
                self.visit(value, bound, False)

    def _variable(self, name: str, members: tuple[str, ...], bound: frozenset[str], top: bool) -> None:
        if name == "":
            if top:
                self.top_level.append("$")
        elif name == "$":
            self.top_level.append("$$")
        elif name in bound:
            return
        elif name == "states":
            self.states.add(members)
        elif name in BUILTINS:
            self.functions.add(name)
        else:
            self.variables.add(name)

    def _path(self, node: Node, bound: frozenset[str], top: bool) -> None:
        for step in node.parts:
            bound |= {name for name in (step.focus, step.index) if name}
            bound |= {stage.value for stage in step.stages or () if stage.type == "index"}
        first, *rest = node.parts
        if first.type == "name":
            if top:
                self.top_level.append(first.value)
        elif first.type == "variable" and first.predicate is None:
            self._variable(first.value, _members(rest) if first.stages is None else (), bound, top)
        else:
            self.visit(first, bound, top)
        for step in rest:
            if step.type != "name":
                self.visit(step, bound, False)
            for _, term in step.terms:
                self.visit(term, bound, False)
        for step in node.parts:
            for stage in step.stages or ():
                for part in stage.parts:
                    self.visit(part, bound, False)


def _members(steps: list[Node]) -> tuple[str, ...]:
    """The plain names that a path goes on with."""
    members: list[str] = []
    for step in steps:
        if step.type != "name":
            break
        members.append(step.value)
        if step.stages is not None:
            break
    return tuple(members)


def _binds(node: Node) -> frozenset[str]:
    """The names assigned by a node of a block."""
    names: set[str] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if current.type == "bind":
            names.add(current.value)
        if current.type not in ("block", "lambda"):
            pending.extend(children(current))
    return frozenset(names)


def leaks_functions(tree: Node) -> bool:
    """Whether a function may end up inside the result. Errs on the safe side: then the result is searched."""
    holders = _function_names(tree)
    pending = [tree]
    while pending:
        node = pending.pop()
        pending.extend(children(node))
        stored: list[Node] = []
        match node.type:
            case "unary" if node.value != "-":
                stored = [*node.parts, *(value for _, value in node.pairs)]
            case "lambda":
                stored = node.parts
            case "function" | "partial":
                stored = _kept_arguments(node, holders)
            case "apply":
                stored = node.parts[:1]
            case "path":
                stored = node.parts[1:]
        if node.group is not None:
            stored = [*stored, *(value for _, value in node.group.pairs)]
        if any(_may_be_function(part, holders) for part in stored):
            return True
    return False


def _kept_arguments(call: Node, holders: frozenset[str]) -> list[Node]:
    """The arguments of a call that may become part of its result."""
    callee, *arguments = call.parts
    name = callee.value if callee.type == "variable" and callee.value not in holders else None
    if name in _MATCHERS:
        return []
    if name in _CALLERS:
        # A matcher's answer, which map and the like would keep, has a function in it.
        return [*arguments[:1], *(argument for argument in arguments[1:] if argument.type == "regex")]
    return arguments


def _function_names(tree: Node) -> frozenset[str]:
    """The variables that are assigned a function somewhere, be it by way of others."""
    takers: dict[str, list[str]] = {}  # variable -> those that may be assigned its value
    found: list[str] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        if node.type == "bind":
            if _may_be_function(node.parts[0], frozenset()):
                found.append(node.value)
            for result in _results(node.parts[0]):
                if result.type == "variable":
                    takers.setdefault(result.value, []).append(node.value)
        pending.extend(children(node))
    names = set(found)
    while found:
        fresh = [name for name in takers.get(found.pop(), ()) if name not in names]
        names.update(fresh)
        found += fresh
    return frozenset(names)


def _may_be_function(node: Node, holders: frozenset[str]) -> bool:
    for result in _results(node):
        if result.type in _FUNCTIONS:
            return True
        if result.type == "variable" and (result.value in holders or result.value in BUILTINS):
            return True
    return False


def _results(node: Node) -> Iterator[Node]:
    """The nodes whose value may be the value of `node`, as far as it can be seen."""
    pending = [node]
    while pending:
        current = pending.pop()
        match current.type:
            case "block" | "path":
                pending.extend(current.parts[-1:])
            case "condition":
                pending.extend(current.parts[1:])
            case "bind" | "apply":
                pending.append(current.parts[0])
            case _:
                yield current
