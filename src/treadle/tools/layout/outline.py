"""What a definition says about its shape: states, transitions, and the flows inside containers.

The picture of a draft is wanted most while the draft is wrong. So this door, unlike the parser's, lets everything in
that is a JSON object with States: placeholders of Terraform, targets that do not exist, states without a type.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from treadle.tools.layout import wording
from treadle.tools.layout.drawing import Badge, Kind, Way
from treadle.tools.layout.placeholders import quote_placeholders
from treadle.values import Json, Pointer

_KINDS: dict[str, Kind] = {
    "Task": "Task",
    "Pass": "Pass",
    "Choice": "Choice",
    "Wait": "Wait",
    "Succeed": "Succeed",
    "Fail": "Fail",
    "Parallel": "Parallel",
    "Map": "Map",
}


_DEEPEST = 64  # flows within each other


class NoDefinition(ValueError):
    """The text is not a definition: not JSON, or without States."""


class Link(Struct, frozen=True):
    """A transition between two nodes of one scope, which are named by their ids."""

    id: Pointer
    kind: Way
    source: Pointer
    target: Pointer
    label: str = ""
    note: str = ""


class Node(Struct, frozen=True):
    id: Pointer
    kind: Kind
    name: str
    subtitle: str = ""
    icon: str = ""
    scopes: tuple[Scope, ...] = ()
    badges: tuple[Badge, ...] = ()
    comment: str | None = None
    folded: bool = False


class Scope(Struct, frozen=True):
    """One flow: the machine itself, a branch, an item processor. The first node is where it starts."""

    id: Pointer
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    comment: str | None = None


def outline(text: str) -> Scope:
    """The outline of a definition in JSON, which may hold `${...}` placeholders. Raises NoDefinition."""
    try:
        value = json.loads(quote_placeholders(text))
        if "\\ud" in text.lower():
            # Half of a character that takes two escapes is none, and nothing could write it: a question mark.
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except ValueError as problem:
        raise NoDefinition(f"not JSON: {problem}") from None
    except RecursionError:
        raise NoDefinition("nested too deeply") from None
    if not isinstance(value, dict) or not isinstance(value.get("States"), dict):
        raise NoDefinition("not a state machine: an object with States is expected")
    return _read_scope(value, "", markers=True)


def fold(scope: Scope, folded: Collection[Pointer]) -> Scope:
    """The same outline with what is inside the containers `folded` left out."""
    return replace(scope, nodes=tuple(_fold_node(node, folded) for node in scope.nodes))


def _fold_node(node: Node, folded: Collection[Pointer]) -> Node:
    if node.id not in folded or not node.scopes:
        return replace(node, scopes=tuple(fold(each, folded) for each in node.scopes))
    count = sum(map(_count, node.scopes))
    subtitle = f"{node.subtitle} · {count} state{'' if count == 1 else 's'}"
    return replace(node, scopes=(), subtitle=subtitle, folded=True)


def _count(scope: Scope) -> int:
    return sum(1 + sum(map(_count, node.scopes)) for node in scope.nodes)


def _read_scope(value: dict[str, Any], at: Pointer, markers: bool = False) -> Scope:
    if at.count("/States/") > _DEEPEST:
        raise NoDefinition("nested too deeply")
    states = _object(value.get("States"))
    ids = {name: f"{at}/States/{escape(name)}" for name in states}
    nodes = [_read_node(name, _object(state), ids[name]) for name, state in states.items()]
    links = [link for name, state in states.items() for link in _read_links(_object(state), ids[name], at)]
    known = {node.id for node in nodes}
    for link in links:
        if link.target not in known:
            known.add(link.target)
            name = unescape(link.target.rpartition("/")[2])
            nodes.append(Node(link.target, "Missing", name, "No such state", "missing"))
    start = value.get("StartAt")
    first = ids.get(start) if isinstance(start, str) else None
    nodes.sort(key=lambda node: node.id != first)
    if markers and nodes:
        nodes, links = _add_markers(nodes, links, states, ids, first)
    return Scope(at, tuple(nodes), tuple(links), _text(value.get("Comment")))


def _add_markers(
    nodes: list[Node], links: list[Link], states: dict[str, Any], ids: dict[str, Pointer], first: Pointer | None
) -> tuple[list[Node], list[Link]]:
    """Start before the first state; End behind every state that ends well. A Fail is an end of its own."""
    start = [Link("/StartAt", "start", "/StartAt", first)] if first else []
    ends = [
        Link(f"{ids[name]}/{'End' if 'End' in state else 'Type'}", "end", ids[name], "/End")
        for name, state in states.items()
        if isinstance(state, dict) and (state.get("End") is True or state.get("Type") == "Succeed")
    ]
    last = [Node("/End", "End", "End")] if ends else []
    return [Node("/StartAt", "Start", "Start"), *nodes, *last], [*start, *links, *ends]


def _read_node(name: str, state: dict[str, Any], at: Pointer) -> Node:
    type = state.get("Type")
    kind = _KINDS.get(type, "Missing") if isinstance(type, str) else "Missing"
    words = wording.describe(state) if kind != "Missing" else wording.Words("No known type", "missing")
    retriers = [each for each in _list(state.get("Retry")) if isinstance(each, dict)]
    return Node(
        at,
        kind,
        name,
        words.subtitle,
        words.icon,
        tuple(_read_scopes(state, kind, at)),
        wording.retry_badge(retriers),
        _text(state.get("Comment")),
    )


def _read_scopes(state: dict[str, Any], kind: Kind, at: Pointer) -> Iterator[Scope]:
    if kind == "Parallel":
        for index, branch in enumerate(_list(state.get("Branches"))):
            yield _read_scope(_object(branch), f"{at}/Branches/{index}")
    elif kind == "Map":
        field = "Iterator" if "Iterator" in state and "ItemProcessor" not in state else "ItemProcessor"
        yield _read_scope(_object(state.get(field)), f"{at}/{field}")


def _read_links(state: dict[str, Any], source: Pointer, at: Pointer) -> Iterator[Link]:
    """In the order in which a reader thinks of them: on, the rules, otherwise, on errors."""

    def link(place: str, kind: Way, target: Json, label: str = "", note: str = "") -> Iterator[Link]:
        if isinstance(target, str):
            to = f"{at}/States/{escape(target)}"
            yield Link(f"{source}/{place}", kind, source, to, label, note or label)

    if state.get("End") is not True:
        yield from link("Next", "next", state.get("Next"))
    for index, rule in enumerate(_list(state.get("Choices"))):
        if isinstance(rule, dict):
            label, note = wording.rule_words(rule)
            yield from link(f"Choices/{index}/Next", "choice", rule.get("Next"), label, note)
    yield from link("Default", "default", state.get("Default"), "Default", "Otherwise")
    for index, catcher in enumerate(_list(state.get("Catch"))):
        if isinstance(catcher, dict):
            errors = [each for each in _list(catcher.get("ErrorEquals")) if isinstance(each, str)]
            label, note = wording.catch_words(errors)
            yield from link(f"Catch/{index}/Next", "catch", catcher.get("Next"), label, note)


def escape(name: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _object(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
