"""How many bytes a payload has at least, state by state, where the definition itself says so.

A lower bound and nothing else: what comes from outside counts as one byte, of several ways to a state the smallest
counts. So what is found too large here is too large in every execution that comes this way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from treadle.asl.intrinsics.parse import Argument, Call, Literal, Text, parse
from treadle.asl.jsonpath import Path, PathError
from treadle.asl.jsonpath.steps import Index, Member
from treadle.asl.machine import ABSENT, Absent, Choice, Fail, Flow, Map, Parallel, Pass, State, Task
from treadle.values import Json, dumps

_ROUNDS: Final = 8  # times that a state is looked at again before nothing is assumed about its input
_JSONATA: Final = re.compile(r"\{%\s*\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)\s*%\}")
_RANGE: Final = re.compile(r"\{%\s*\[\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*\]\s*%\}")
_LONGEST_RANGE: Final = 10_000_000


class Shape(Struct, frozen=True):
    """What is known of a value: `low` bytes at least; the members that an object has at least; how many items an array
    has, and what each of them is like."""

    low: int = 1
    members: Mapping[str, Shape] | None = None
    count: int | None = None
    each: Shape | None = None


ANY: Final = Shape()


class Env(Struct, frozen=True):
    """What a state is given: its input and the variables that all ways to it have assigned."""

    input: Shape = ANY
    variables: Mapping[str, Shape] = {}


class Size(Struct, frozen=True):
    """One payload of a state: `field` is what makes it ("": the state), `what` begins the sentence that tells it."""

    state: State
    field: str
    what: str
    low: int


def shape_of(value: Json) -> Shape:
    """That of a literal."""
    if isinstance(value, dict):
        return of_members({name: shape_of(each) for name, each in value.items()})
    if isinstance(value, list):
        return of_items([shape_of(each) for each in value])
    return Shape(len(dumps(value).encode("utf-8", "replace")))


def of_members(members: Mapping[str, Shape]) -> Shape:
    commas = max(len(members) - 1, 0)
    low = 2 + commas + sum(len(dumps(name).encode("utf-8", "replace")) + 1 + each.low for name, each in members.items())
    return Shape(low, members)


def of_items(items: Sequence[Shape]) -> Shape:
    if not items:
        return Shape(2, None, 0, ANY)
    each = items[0]
    for other in items[1:]:
        each = each if each is other else join(each, other)
    return Shape(1 + len(items) + sum(item.low for item in items), None, len(items), each)


def repeated(each: Shape, count: int) -> Shape:
    """An array of `count` such items."""
    return Shape(1 + max(count, 1) + count * each.low, None, count, each)


def join(one: Shape, other: Shape) -> Shape:
    """What is true of both."""
    if one.members is not None and other.members is not None:
        return of_members(
            {name: join(each, other.members[name]) for name, each in one.members.items() if name in other.members}
        )
    low = min(one.low, other.low)
    if one.count is not None and one.count == other.count:
        return Shape(low, None, one.count, join(one.each or ANY, other.each or ANY))
    return Shape(low)


def found(at: Shape, path: Path) -> Shape:
    for step in path.steps:
        if isinstance(step, Member) and at.members is not None and step.name in at.members:
            at = at.members[step.name]
        elif isinstance(step, Index) and at.count is not None and -at.count <= step.index < at.count:
            at = at.each or ANY
        else:
            return ANY
    return at


def put(at: Shape, path: str | None, value: Shape) -> Shape:
    """What ResultPath makes of an input and a result."""
    if path is None:
        return at
    if path == "$":
        return value
    try:
        steps = [step.name for step in Path(path).steps if isinstance(step, Member)]
    except PathError:
        return ANY
    return _put(at, steps, value)


def _put(at: Shape, names: Sequence[str], value: Shape) -> Shape:
    if not names:
        return value
    members = dict(at.members or {})
    members[names[0]] = _put(members.get(names[0], ANY), names[1:], value)
    return of_members(members)


# -- expressions
def _jsonpath(text: str, env: Env, root: Shape) -> Shape:
    try:
        if text.startswith("$"):
            path = Path(text)
            at = root if path.root == "$" else env.variables.get(path.root, ANY)
            return found(at, path)
        return _argument(parse(text), env, root)
    except (PathError, ValueError):
        return ANY


def _argument(argument: Argument, env: Env, root: Shape) -> Shape:
    match argument:
        case Literal(value):
            return shape_of(value)
        case Text():
            return shape_of(argument.value)
        case Path():
            return _jsonpath(argument.text, env, root)
        case Call():
            return _call(argument, env, root)


def _call(call: Call, env: Env, root: Shape) -> Shape:
    given = [_argument(each, env, root) for each in call.arguments]
    numbers = [each.value for each in call.arguments if isinstance(each, Literal) and isinstance(each.value, int)]
    match call.name:
        case "States.Array":
            return of_items(given)
        case "States.ArrayRange" if len(numbers) == 3 and numbers[2]:
            first, last, step = numbers
            return _range(first, last, step)
        case "States.Format" if isinstance(call.arguments[0], Text):
            # Every `{}` gives way to an argument, whose quotes do not count.
            rest = sum(max(each.low - 2, 0) for each in given[1:])
            return Shape(max(given[0].low - 2 * len(given[1:]), 2) + rest)
        case "States.JsonToString":
            return Shape(given[0].low + 2)
        case "States.Base64Encode":
            return Shape(2 + 4 * max(given[0].low - 2, 0) // 3)
        case "States.ArrayPartition":
            return Shape(given[0].low)
    return ANY


def _range(first: int, last: int, step: int = 1) -> Shape:
    count = max((last - first) // step + 1, 0)
    if count > _LONGEST_RANGE:
        return ANY
    if not count:
        return of_items([])
    low, high = sorted((first, first + step * (count - 1)))
    digits = sum(_digits(low, high, step))
    return Shape(1 + count + digits, None, count, Shape(1))


def _digits(low: int, high: int, step: int) -> Iterator[int]:
    """The lengths of all numbers of an ascending range, by their decades."""
    step = abs(step)
    if low < 0:
        edge = min(high, low + (-low - 1) // step * step)
        yield sum(_digits(-edge, -low, step)) + (edge - low) // step + 1
        low = edge + step
    for size in range(1, 20):
        top = min(high, 10**size - 1)
        if low <= top:
            count = (top - low) // step + 1
            yield count * size
            low += count * step


def _jsonata(text: str, env: Env, result: Shape) -> Shape:
    ranged = _RANGE.fullmatch(text)
    if ranged:
        return _range(int(ranged[1]), int(ranged[2]))
    named = _JSONATA.fullmatch(text)
    if named is None:
        return ANY
    steps = named[2].split(".")[1:]
    at = env.variables.get(named[1], ANY)
    if named[1] == "states":
        at = {"input": env.input, "result": result}.get(steps[0] if steps else "", ANY)
        steps = steps[1:]
    for name in steps:
        at = at.members[name] if at.members is not None and name in at.members else ANY
    return at


def template(value: Json | Absent, state: State, env: Env, root: Shape) -> Shape:
    """What a payload template makes. `root` is what `$` means, or `$states.result`."""
    if isinstance(value, dict):
        made = {}
        for name, each in value.items():
            if state.language == "JSONPath" and name.endswith(".$") and isinstance(each, str):
                made[name[:-2]] = _jsonpath(each, env, root)
            else:
                made[name] = template(each, state, env, root)
        return of_members(made)
    if isinstance(value, list):
        return of_items([template(each, state, env, root) for each in value])
    if isinstance(value, str) and state.language == "JSONata" and value.startswith("{%"):
        return _jsonata(value, env, root)
    return shape_of(value) if value is not ABSENT else ANY


# -- states
class Sizes(Struct, frozen=True):
    """The payloads of the states of a flow that are reached, and what it ends with at least."""

    told: tuple[Size, ...]
    end: Shape


def sizes(flow: Flow) -> Sizes:
    return _Reader().flow(flow, Env())


class _Reader:
    def __init__(self) -> None:
        self._known: dict[str, tuple[Env, Sizes]] = {}  # flow -> what came in last, and what was found then

    def flow(self, flow: Flow, env: Env) -> Sizes:
        known = self._known.get(flow.pointer)
        if known is None or known[0] != env:
            known = (env, self._read(flow, env))
            self._known[flow.pointer] = known
        return known[1]

    def _read(self, flow: Flow, env: Env) -> Sizes:
        told: list[Size] = []
        end: Shape | None = None
        for name, given in self._before(flow, env).items():
            for target, after in self.ways(flow.states[name], given, told):
                if target is None:
                    end = after.input if end is None else join(end, after.input)
        return Sizes(tuple(told), end or ANY)

    def _before(self, flow: Flow, env: Env) -> Mapping[str, Env]:
        """State -> what is true of all ways to it."""
        before = {flow.start: env} if flow.start in flow.states else {}
        looked: dict[str, int] = {}
        waiting = list(before)
        while waiting:
            name = waiting.pop()
            looked[name] = looked.get(name, 0) + 1
            for target, given in self.ways(flow.states[name], before[name], []):
                rounds = looked.get(target or "", 0)
                if target is None or target not in flow.states or rounds > _ROUNDS:
                    continue
                known = before.get(target)
                joined = given if known is None else _joined(known, given) if rounds < _ROUNDS else Env()
                if joined != known:
                    before[target] = joined
                    waiting.append(target)
        return before

    def ways(self, state: State, env: Env, told: list[Size]) -> Iterator[tuple[str | None, Env]]:
        """Where a state leads (None: to the end of its flow), and with what. Notes its payloads in `told`."""
        after = self._after(state, env, told)
        for rule in state.choices if isinstance(state, Choice) else ():
            kept = after.input
            if state.language == "JSONata":
                kept = env.input if rule.output is ABSENT else template(rule.output, state, env, ANY)
            yield rule.next, Env(kept, _assigned(state, rule.assign, env, ANY))
        for catcher in state.catch if isinstance(state, Task | Parallel | Map) else ():
            # What an error says is not known; what it is put beside stays.
            kept = put(env.input, catcher.result_path, ANY) if state.language == "JSONPath" else ANY
            yield catcher.next, Env(kept, _assigned(state, catcher.assign, env, ANY))
        following = state.default if isinstance(state, Choice) else state.next
        if following is not None:
            yield following, after
        elif not isinstance(state, Choice | Fail):
            yield None, after

    def _after(self, state: State, env: Env, told: list[Size]) -> Env:
        """What is handed on, and the variables behind the state."""
        result = self._result(state, env, told)
        if isinstance(state, Map | Parallel):
            told.append(Size(state, "", "The results together have", result.low))
        selector = getattr(state, "result_selector", ABSENT)
        if selector is not ABSENT:
            result = template(selector, state, env, result)
        variables = _assigned(state, state.assign, env, result)
        if isinstance(state.assign, dict):
            own = template(state.assign, state, env, result)
            told.append(Size(state, "Assign", "The variables assigned here have", own.low))
        if state.language == "JSONata":
            made = result if state.output is ABSENT else template(state.output, state, env, result)
        else:
            made = put(env.input, getattr(state, "result_path", "$"), result)
            if state.output_path != "$":
                made = shape_of({}) if state.output_path is None else _jsonpath(state.output_path, env, made)
        told.append(Size(state, "", "Its output has", made.low))
        return Env(made, variables)

    def _result(self, state: State, env: Env, told: list[Size]) -> Shape:
        """What the state itself makes, before ResultSelector and ResultPath."""
        given = _entered(state, env)
        parameters = getattr(state, "parameters", ABSENT)
        if parameters is not ABSENT:
            given = template(parameters, state, env, given)
            name = "Arguments" if state.language == "JSONata" else "Parameters"
            told.append(Size(state, name, f"What {name} makes has", given.low))
        match state:
            case Pass():
                return given if state.result is ABSENT else shape_of(state.result)
            case Parallel():
                ends = [self.flow(branch, Env(given, env.variables)) for branch in state.branches]
                told += [size for inside in ends for size in inside.told]
                return of_items([inside.end for inside in ends])
            case Map():
                return self._mapped(state, env, given, told)
            case Task():
                return ANY
        return given

    def _mapped(self, state: Map, env: Env, given: Shape, told: list[Size]) -> Shape:
        if state.language == "JSONata":
            items = given if state.items is ABSENT else template(state.items, state, env, ANY)
        else:
            items = _jsonpath(state.items_path, env, given)
        known = items.count if state.item_reader is ABSENT else None
        item = (items.each or ANY) if known is not None else ANY
        if state.item_selector is not ABSENT:
            item = template(state.item_selector, state, env, given)
            told.append(Size(state, "ItemSelector", "What ItemSelector makes of an item has", item.low))
        inside = self.flow(state.processor, Env(item, {} if state.mode == "DISTRIBUTED" else env.variables))
        told += inside.told
        gathered = known is not None and state.result_writer is ABSENT and state.item_batcher is ABSENT
        return repeated(inside.end, known) if gathered and known is not None else ANY


def _joined(one: Env, other: Env) -> Env:
    names = one.variables.keys() & other.variables.keys()
    return Env(join(one.input, other.input), {name: join(one.variables[name], other.variables[name]) for name in names})


def _entered(state: State, env: Env) -> Shape:
    """The input as InputPath leaves it."""
    if state.language == "JSONata" or state.input_path == "$":
        return env.input
    return shape_of({}) if state.input_path is None else _jsonpath(state.input_path, env, env.input)


def _assigned(state: State, assign: Json | Absent, env: Env, result: Shape) -> Mapping[str, Shape]:
    made = template(assign, state, env, result).members if isinstance(assign, dict) else None
    return {**env.variables, **made} if made else env.variables
