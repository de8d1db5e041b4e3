"""Steps -> closures: a path is compiled once and followed many times.

A definite path is followed step by step and has one value. Any other path is a chain of visitors, each of which
hands what it finds to the next; the last one collects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from treadle.asl.jsonpath.calls import CALLS
from treadle.asl.jsonpath.filters import MISSING, compile_test
from treadle.asl.jsonpath.steps import (
    Call,
    Constant,
    Filter,
    Index,
    Indices,
    Member,
    Members,
    Operand,
    PathError,
    Pattern,
    Relative,
    Scan,
    Slice,
    Step,
    Steps,
    Wildcard,
    is_definite,
    render,
)
from treadle.values import Json, java_double

Follow: TypeAlias = Callable[[Json], Json]
# (node, document, what was found so far)
Visit: TypeAlias = Callable[[Json, Json, list[Json]], None]


class Absent(Exception):
    """The path leads nowhere: something is missing. An indefinite path is empty then."""


class Misfit(Exception):
    """A step cannot be applied to what it meets, not even by an indefinite path."""


def compile_steps(steps: Steps) -> Callable[[Json, Json], Json]:
    """The function (node, document) -> value of a definite path, or list of matches of an indefinite one.

    It raises Absent (definite paths only) or Misfit.
    """
    steps = turn_scan_into_argument(steps)
    if is_definite(steps):
        return _compile_definite(steps)
    visit = _compile_visit(steps)

    def find(node: Json, root: Json) -> Json:
        found: list[Json] = []
        visit(node, root, found)
        return found

    return find


def plain_keys(steps: Steps) -> tuple[str | int, ...] | None:
    """The member names and indices of a path that has nothing else, otherwise None."""
    keys: list[str | int] = []
    for step in steps:
        match step:
            case Member(name):
                keys.append(name)
            case Index(index):
                keys.append(index)
            case _:
                return None
    return tuple(keys)


def check_calls(steps: Sequence[Step]) -> None:
    """Raise PathError for a function that does not exist or lacks its argument."""
    for step in steps:
        if isinstance(step, Call):
            if step.name not in CALLS:
                raise PathError(f"Function with name: {step.name} does not exist.")
            for argument in step.arguments:
                if isinstance(argument, Relative):
                    check_calls(argument.steps)


def turn_scan_into_argument(steps: Steps) -> Steps:
    """`$..price.sum()` means `sum($..price)`: Jayway inverts a function behind a deep scan."""
    if len(steps) > 2 and isinstance(steps[0], Scan) and isinstance(steps[-1], Call):
        scanned = Relative(steps[:-1], from_root=True)
        return (Call(steps[-1].name, (scanned, *steps[-1].arguments)),)
    return steps


def _compile_definite(steps: Steps) -> Callable[[Json, Json], Json]:
    calls = [_compile_call(step) if isinstance(step, Call) else None for step in steps]

    def find(node: Json, root: Json) -> Json:
        for at, step in enumerate(steps):
            match step:
                case Member(name):
                    if not isinstance(node, dict):
                        raise Absent(_no_object(steps, at, node))
                    if name not in node:
                        last = at == len(steps) - 1
                        raise Absent(
                            f"No results for path: ${render(steps)}"
                            if last
                            else f"Missing property in path ${_evaluated(steps[: at + 1])}"
                        )
                    node = node[name]
                case Index(index):
                    if node is None:
                        raise Absent(f"The path ${_evaluated(steps[:at])} is null")
                    if not isinstance(node, list):
                        raise Absent(_no_array(steps[at:], node))
                    if not -len(node) <= index < len(node):
                        raise Absent(f"No results for path: ${render(steps)}")
                    node = node[index]
                case Members(names):
                    if not isinstance(node, dict):
                        raise Absent(_no_object(steps, at, node))
                    node = {name: node[name] for name in names if name in node}
                case _:
                    call = calls[at]
                    assert call is not None, "a definite path has no other steps"
                    node = call(node, root)
        return node

    return find


def _evaluated(steps: Sequence[Step]) -> str:
    """The path as far as it was followed: Jayway prints apostrophes here, whatever was written."""
    return render([Member(step.name) if isinstance(step, Member) else step for step in steps])


def _no_object(steps: Sequence[Step], at: int, node: Json) -> str:
    return (
        f"Expected to find an object with property {render(steps[at : at + 1])} in path ${_evaluated(steps[:at])} "
        f"but found '{java_class(node)}'. This is not a json object according to the JsonProvider: "
        "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'."
    )


def _no_array(rest: Sequence[Step], node: Json) -> str:
    return f"Filter: {render(rest)} can only be applied to arrays. Current context is: {java_text(node)}"


def java_class(value: Json) -> str:
    """The class in which Jackson keeps a JSON value: AWS's messages mention it."""
    match value:
        case None:
            return "null"
        case bool():
            return "java.lang.Boolean"
        case str():
            return "java.lang.String"
        case int():
            if -(2**31) <= value < 2**31:
                return "java.lang.Integer"
            return "java.lang.Long" if -(2**63) <= value < 2**63 else "java.math.BigInteger"
        case float():
            return "java.lang.Double"
        case list():
            return "java.util.ArrayList"
        case _:
            return "java.util.LinkedHashMap"


def java_text(value: Json) -> str:
    """The value as Java's toString shows it: `{a=1, b=[x, null]}`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return java_double(value)
        case list():
            return "[" + ", ".join(map(java_text, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key}={java_text(member)}" for key, member in value.items()) + "}"
        case _:
            return str(value)


def _collect(node: Json, root: Json, found: list[Json]) -> None:
    found.append(node)


def _compile_visit(steps: Steps) -> Visit:
    visit: Visit = _collect
    for at in range(len(steps) - 1, -1, -1):
        visit = _compile_step(steps, at, visit)
    return visit


def _compile_step(steps: Steps, at: int, then: Visit) -> Visit:
    certain = is_definite(steps[:at])
    last = at == len(steps) - 1
    match steps[at]:
        case Member(name):
            return _visit_members((name,), then)
        case Members(names):
            return _visit_merged(names, then) if last else _visit_members(names, then)
        case Index(index):
            return _visit_indices((index,), _array_check(steps[at:], certain), then)
        case Indices(indices):
            return _visit_indices(indices, _array_check(steps[at:], certain), then)
        case Slice(start, stop):
            return _visit_slice(start, stop, _array_check(steps[at:], certain), then)
        case Wildcard():
            return _visit_all(then)
        case Scan():
            return _visit_below(_scan_test(steps, at + 1), then)
        case Filter(test):
            return _visit_filtered(compile_test(test, _compile_relative), steps[at:], certain, then)
        case Call() as call:
            apply = _compile_call(call)
            return lambda node, root, found: then(apply(node, root), root, found)


def _array_check(rest: Steps, certain: bool) -> Callable[[Json], bool]:
    """Whether a node is an array. Behind a definite path anything else but null is the path's mistake, not a gap."""

    def is_array(node: Json) -> bool:
        if isinstance(node, list):
            return True
        if certain and node is not None:
            raise Misfit(_no_array(rest, node))
        return False

    return is_array


def _visit_members(names: tuple[str, ...], then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        if isinstance(node, dict):
            for name in names:
                if name in node:
                    then(node[name], root, found)

    return visit


def _visit_merged(names: tuple[str, ...], then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        if isinstance(node, dict):
            then({name: node[name] for name in names if name in node}, root, found)

    return visit


def _visit_indices(indices: tuple[int, ...], is_array: Callable[[Json], bool], then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        if is_array(node):
            for index in indices:
                if -len(node) <= index < len(node):
                    then(node[index], root, found)

    return visit


def _visit_slice(start: int | None, stop: int | None, is_array: Callable[[Json], bool], then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        if is_array(node):
            for index in _range(len(node), start, stop):
                then(node[index], root, found)

    return visit


def _range(length: int, start: int | None, stop: int | None) -> range:
    """The indices of a slice as Jayway counts them.

    With both bounds negative numbers are not turned into positions first: `[-2:1]` runs over -2, -1, 0.
    """
    if start is None:
        assert stop is not None, "a slice has a bound"
        return range(0, min(length, length + stop if stop < 0 else stop))
    if stop is None:
        return range(max(0, length + start if start < 0 else start), length)
    return range(max(start, -length), min(length, stop))


def _visit_all(then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        for child in _children(node):
            then(child, root, found)

    return visit


def _children(node: Json) -> list[Json]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _visit_below(applies: Callable[[Json, Json], bool], then: Visit) -> Visit:
    """A container first, then what is in it, in order."""

    def visit(node: Json, root: Json, found: list[Json]) -> None:
        waiting = [node]
        while waiting:
            this = waiting.pop()
            if isinstance(this, dict | list):
                if applies(this, root):
                    then(this, root, found)
                waiting.extend(reversed(_children(this)))

    return visit


def _scan_test(steps: Steps, at: int) -> Callable[[Json, Json], bool]:
    """On which containers below a deep scan its next step is tried."""
    match steps[at] if at < len(steps) else None:
        case Member(name):
            return lambda node, root: isinstance(node, dict) and name in node
        case Members(names) if at == len(steps) - 1:
            return lambda node, root: isinstance(node, dict) and all(name in node for name in names)
        case Members():
            return lambda node, root: isinstance(node, dict)
        case Index() | Indices() | Slice():
            return lambda node, root: isinstance(node, list)
        case Filter():
            # Jayway tests an array's elements when it comes to them, and once more as the array's: once is enough.
            return lambda node, root: isinstance(node, dict)
        case Wildcard():
            return lambda node, root: True
        case _:
            return lambda node, root: False


def _visit_filtered(test: Callable[[Json, Json], bool], rest: Steps, certain: bool, then: Visit) -> Visit:
    def visit(node: Json, root: Json, found: list[Json]) -> None:
        if isinstance(node, dict):
            if test(node, root):
                then(node, root, found)
        elif isinstance(node, list):
            for child in node:
                if test(child, root):
                    then(child, root, found)
        elif certain and node is not None:
            raise Misfit(
                f"Filter: {render(rest)} can not be applied to primitives. Current context is: {java_text(node)}"
            )

    return visit


def _compile_relative(path: Relative) -> Callable[[Json, Json], Json]:
    """The value of a path in a filter, MISSING where it leads nowhere."""
    follow, from_root = compile_steps(path.steps), path.from_root

    def reach(item: Json, root: Json) -> Json:
        try:
            return follow(root if from_root else item, root)
        except (Absent, Misfit):
            return MISSING

    return reach


def _compile_call(call: Call) -> Callable[[Json, Json], Json]:
    apply = CALLS[call.name]
    arguments = [_compile_argument(each, counts=call.name in ("length", "size")) for each in call.arguments]
    return lambda node, root: apply(node, [argument(root) for argument in arguments])


def _compile_argument(argument: Operand, counts: bool) -> Follow:
    """An argument of a path function. Paths start at the document, also those with `@`."""
    match argument:
        case Constant(value):
            return lambda root: value
        case Relative(steps):
            # length() of a path counts the children of what it finds.
            find = compile_steps((*steps, Wildcard()) if counts else steps)
            return lambda root: find(root, root)
        case Pattern():
            raise PathError("A regular expression is no argument of a function")
