"""Inputs made up for a definition: every path it reads leads somewhere, to values that are likely to matter.

They are what a conversion is tried on when nobody has recorded a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

from treadle.asl.intrinsics.parse import Argument, Call, parse
from treadle.asl.jsonpath import Path, PathError
from treadle.asl.jsonpath.steps import Index, Indices, Member, Members, Steps
from treadle.values import Json, dumps

_ARRAYS = (
    "States.ArrayPartition",
    "States.ArrayContains",
    "States.ArrayGetItem",
    "States.ArrayLength",
    "States.ArrayUnique",
)
_NUMBERS = ("States.MathAdd", "States.MathRandom", "States.ArrayRange")
_TIMES = ("2026-01-01T00:00:00Z", "2026-06-01T12:00:00Z", "2025-01-01T00:00:00+02:00")
_ANY: tuple[Json, ...] = (
    "text",
    "",
    7,
    2.5,
    True,
    None,
    [],
    [1],
    [[1]],
    [1, [2, 3]],
    {"k": "v"},
    {"k": [{"m": 1}]},
    [{"k": 1}],
)


class Wish(NamedTuple):
    """A path that is read, and what should be there."""

    steps: Steps
    kind: str
    near: Json = None


def wishes(flow: Json) -> Iterator[Wish]:
    """All that the states of a flow read from `$`, and from variables by way of what is assigned to them."""
    for state in (flow.get("States") or {}).values():
        before = _prefix(state.get("InputPath"))
        for field, value in state.items():
            if field == "Branches":
                for branch in value:
                    yield from wishes(branch)
            elif field in ("ItemProcessor", "Iterator"):
                yield from wishes(value)
            else:
                for wish in _read(value, field):
                    yield (
                        wish if field in ("ResultSelector", "OutputPath") else wish._replace(steps=before + wish.steps)
                    )
        if state.get("Type") == "Map" and "ItemsPath" not in state:
            yield Wish(before, "items")


def _prefix(path: Json) -> Steps:
    """The steps of an InputPath, where they are a plain way down."""
    try:
        found = Path(path) if isinstance(path, str) else None
    except PathError:
        return ()
    return found.steps if found is not None and found.root == "$" and found.definite else ()


def _read(value: Json, key: str) -> Iterator[Wish]:
    if isinstance(value, str):
        if key.endswith((".$", "Path")) and key not in ("ResultPath", "InputPath"):
            yield from _of_text(value, _kind(key))
    elif isinstance(value, list):
        for each in value:
            yield from _read(each, "")
    elif isinstance(value, dict):
        if "Variable" in value:
            yield from _of_rule(value)
        for name, member in value.items():
            if name not in ("Variable", "Condition") and not ("Variable" in value and name.endswith("Path")):
                yield from _read(member, name)


def _kind(name: str) -> str:
    if name == "ItemsPath":
        return "items"
    if name == "TimestampPath":
        return "time"
    return "any" if name.endswith((".$", "InputPath", "OutputPath", "ErrorPath", "CausePath")) else "number"


def _of_rule(rule: dict[str, Json]) -> Iterator[Wish]:
    for name, operand in rule.items():
        kind = next(
            (k for p, k in (("Numeric", "number"), ("Timestamp", "time"), ("String", "text")) if name.startswith(p)), ""
        )
        if kind or name in ("BooleanEquals", "IsPresent", "IsNull"):
            path = name.endswith("Path")
            yield from _of_text(rule["Variable"], kind or "flag", None if path else operand)
            if path:
                yield from _of_text(str(operand), kind)


def _of_text(text: str, kind: str, near: Json = None) -> Iterator[Wish]:
    try:
        if text.startswith("$"):
            path = Path(text)
            if path.root == "$":
                yield Wish(path.steps, kind, near)
        else:
            yield from _of_call(parse(text))
    except (PathError, ValueError):
        return


def _of_call(call: Call) -> Iterator[Wish]:
    for index, argument in enumerate(call.arguments):
        kind = "any"
        if call.name in _ARRAYS and index == 0:
            kind = "array"
        elif call.name in _NUMBERS or (call.name in _ARRAYS and call.name != "States.ArrayContains"):
            kind = "whole"
        elif call.name in ("States.StringSplit", "States.Hash", "States.Base64Encode"):
            kind = "text"
        elif call.name == "States.Format":
            kind = "scalar"
        elif call.name == "States.StringToJson":
            kind = "json"
        elif call.name == "States.Base64Decode":
            kind = "base64"
        elif call.name == "States.JsonMerge":
            kind = "object"
        yield from _of_argument(argument, kind)


def _of_argument(argument: Argument, kind: str) -> Iterator[Wish]:
    if isinstance(argument, Path) and argument.root == "$":
        yield Wish(argument.steps, kind)
    elif isinstance(argument, Call):
        yield from _of_call(argument)


class Sampler:
    """Makes documents for one definition."""

    def __init__(self, definition: Json) -> None:
        found = [*wishes(definition), *_of_variables(definition)]
        # What only has to be there comes last: somebody may know better what it should be.
        plain = (each for each in found if each.kind != "items" and each.steps)
        self._plain = sorted(plain, key=lambda each: (len(each.steps), each.kind == "any"))
        self._items = sorted((each for each in found if each.kind == "items"), key=lambda each: -len(each.steps))
        self._begins_with_map = _first(definition).get("Type") == "Map"

    def input(self, luck: Random) -> Json:
        """One document in which all paths lead somewhere."""
        document: Any = {}
        for wish in self._plain:
            _put(document, wish.steps, _leaf(wish, luck))
        base = deepcopy(document)
        for wish in self._items:
            items = [deepcopy(base) for _ in range(luck.choice((0, 1, 2, 3)))]
            if wish.steps:
                _put(document, wish.steps, items)
            elif self._begins_with_map:
                return items
        return document

    def answer(self, state: Json, luck: Random) -> Json:
        """What a task of `state` may answer: such a document again, with what is looked for behind its ResultPath."""
        made = self.input(luck)
        path = state.get("ResultPath", "$")
        inner: Any = made
        for step in _prefix(path):
            inner = inner.get(step.name) if isinstance(step, Member) and isinstance(inner, dict) else None
        if isinstance(inner, dict) and isinstance(made, dict) and inner is not made:
            made = made | inner
        for step in _prefix(state.get("OutputPath"))[:1] if path == "$" else ():
            if isinstance(step, Member) and isinstance(made, dict):
                found = made.get(step.name)
                made = made | {step.name: deepcopy(made) | (found if isinstance(found, dict) else {})}
        return made


def _first(definition: Json) -> Json:
    return definition["States"].get(definition["StartAt"]) or {}


def _of_variables(flow: Json) -> Iterator[Wish]:
    """`$who.name` is looked for where `Assign` takes `who` from."""
    text, sources = dumps(flow), dict(_assigned(flow))
    for found in re.finditer(r"\$([A-Za-z_]\w*)((?:\.\w+)+)", text):
        if found[1] in sources:
            steps = tuple(Member(name) for name in found[2][1:].split("."))
            yield Wish(sources[found[1]] + steps, "scalar")


def _assigned(value: Json) -> Iterator[tuple[str, Steps]]:
    if isinstance(value, dict):
        for name, path in (value.get("Assign") or {}).items() if isinstance(value.get("Assign"), dict) else ():
            if name.endswith(".$") and isinstance(path, str) and path.startswith("$."):
                yield name[:-2], _prefix(path)
        for member in value.values():
            yield from _assigned(member)
    elif isinstance(value, list):
        for each in value:
            yield from _assigned(each)


def _leaf(wish: Wish, luck: Random) -> Json:
    near, roll = wish.near, luck.random()
    if near is not None and roll < 0.5 and not isinstance(near, bool):
        return near
    if roll > 0.93 and wish.kind not in ("scalar", "whole"):
        return deepcopy(luck.choice(_ANY))
    match wish.kind:
        case "whole":  # a conversion says that it takes them to be
            return luck.choice([0, 1, 2, 3, 10])
        case "number":
            return (
                luck.choice([0, 1, 2, 3, 10]) if not isinstance(near, int | float) else near + luck.choice([-1, 0, 1])
            )
        case "time":
            return luck.choice(_TIMES)
        case "text":
            return luck.choice(["alpha", "beta", "a,b;c", str(near or "gamma").replace("*", "x")])
        case "flag":
            return luck.choice([True, False, None])
        case "array":
            return luck.choice([[1, 2, 2, 3], ["a"], [[1], [1], 2], [{"k": 1}, {"k": 2}]])
        case "scalar":
            return luck.choice(["alpha", "", 7, 0, True, None])
        case "json":
            return luck.choice(['{"a": [1]}', "[1, 2]", '"x"'])
        case "base64":
            return "aGVsbG8="
        case "object":
            return {luck.choice("abc"): luck.choice([1, "x", None])}
    return deepcopy(luck.choice(_ANY))


def _put(at: Any, steps: Steps, leaf: Json) -> None:
    """Make a way through `at`, as far as what is there allows, and end it with the leaf."""
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        if isinstance(step, Member) and isinstance(at, dict):
            following = steps[index + 1] if not last else None
            holder: Any = {} if isinstance(following, Member | Members) else []
            fresh = leaf if last else holder
            if step.name not in at or not (last or isinstance(at[step.name], type(holder))):
                at[step.name] = fresh
            at = at[step.name]
        elif isinstance(at, list):
            wanted = step.index if isinstance(step, Index) else max(step.indices) if isinstance(step, Indices) else 1
            following = steps[index + 1] if not last else None
            while len(at) <= max(wanted, 0):
                at.append(deepcopy(leaf) if last else {} if isinstance(following, Member | Members) else [])
            if not isinstance(step, Index) and not last:
                for each in at[1:]:
                    _put(each, steps[index + 1 :], leaf)
            at = at[wanted] if isinstance(step, Index) and wanted < len(at) else at[0]
        else:
            return
