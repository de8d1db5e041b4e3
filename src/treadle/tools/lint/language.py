"""TR1xx: what AWS refuses. The reader of the language finds it; here it gets an id, a place in the text and a fix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from treadle.asl import fields
from treadle.asl.findings import SCHEMA
from treadle.asl.machine import Diagnostic
from treadle.asl.resource import OPTIMIZED, Resource
from treadle.integrations import catalog
from treadle.integrations.models import find_api
from treadle.tools.lint.rule import Fix, Hit, fix
from treadle.tools.source import Document, Node, escape, insert, remove, rename, replace
from treadle.values import Json, Pointer

# AWS's code -> rule, where the code alone says enough.
_CODES: Final[Mapping[str, str]] = {
    "INVALID_JSON_DESCRIPTION": "TR101",
    "MISSING_TERMINAL_STATE": "TR107",
    "DUPLICATE_STATE_NAMES": "TR108",
    "INVALID_JSONATA_EXPRESSION": "TR109",
    "UNSUPPORTED_JSONATA_EXPRESSION": "TR109",
    "NOT_PERFORMED": "TR113",
}
_UNKNOWN_FIELD = re.compile(r"Field '(.*)' is not supported$")
# Where a transition names its target, and the flow that it belongs to.
_TRANSITION = re.compile(
    r"(?P<flow>(?:/States/[^/]+/(?:Branches/\d+|ItemProcessor|Iterator))*)"
    r"/(?:StartAt|States/[^/]+/(?:Next|Default|(?:Catch|Choices)/\d+/Next))"
)
_UNKNOWN_ARN = re.compile(r"The resource provided (\S+) is not recognized")


def check_task(resource: Resource, field: str, template: Json) -> list[Diagnostic]:
    """The catalogue's findings about a Task, where its resource is known."""
    return [] if "${" in resource.arn else catalog.check_task(resource, field, template)


def hits(document: Document, diagnostics: tuple[Diagnostic, ...]) -> Iterator[tuple[str, Hit]]:
    """The rule and the place of each thing that AWS would complain about."""
    for each in diagnostics:
        pointer = locate(document, each.location or "/")
        node = document.node(pointer)
        if node is not None and "${" in str(node.value):
            continue  # nobody knows yet what will stand there
        rule = _rule(each)
        yield rule, Hit(pointer, each.message, _fix(document, rule, pointer, each))


def lost(document: Document, diagnostics: tuple[Diagnostic, ...]) -> Iterator[tuple[str, Hit]]:
    """TR105 beside faults of structure: AWS looks for targets when those are mended, a reader wants to know now."""
    if not any(each.code == SCHEMA for each in diagnostics):
        return
    if any(each.code == "MISSING_TRANSITION_TARGET" for each in diagnostics):
        return
    for pointer, node in document.walk():
        place = _TRANSITION.fullmatch(pointer)
        if place is None or not isinstance(node.value, str) or "${" in node.value:
            continue
        states = document.node(f"{place['flow']}/States")
        if states is not None and states.get(node.value) is None:
            field = pointer.rpartition("/")[2]
            message = f"Missing '{field}' target: {node.value}"
            yield "TR105", Hit(pointer, message, _nearest_state(document, pointer))


def _rule(diagnostic: Diagnostic) -> str:
    message = diagnostic.message
    if diagnostic.code == "MISSING_TRANSITION_TARGET":
        return "TR106" if message.endswith("is not reachable.") else "TR105"
    if diagnostic.code != SCHEMA:
        return _CODES.get(diagnostic.code, "TR102")
    if _UNKNOWN_FIELD.match(message):
        return "TR103"
    if "is only supported for the" in message:
        return "TR104"
    if message.endswith("[Next, End]"):
        return "TR110"
    return "TR111" if _UNKNOWN_ARN.match(message) else "TR102"


def locate(document: Document, location: str) -> Pointer:
    """AWS's `/States/A/Branches[0]/States/B`, in which names are not escaped, as a pointer: as far as there is one."""
    node, pointer, rest = document.root, "", location
    while node is not None and rest not in ("", "/"):
        index = re.match(r"\[(\d+)\]", rest)
        if index is not None and node.kind == "array":
            place = int(index[1])
            pointer, rest = f"{pointer}/{place}", rest[index.end() :]
            node = node.items[place] if place < len(node.items) else None
            continue
        keys = [each.key for each in node.members if _begins(rest[1:], each.key)]
        if not keys:
            break
        key = max(keys, key=len)
        pointer, rest, node = f"{pointer}/{escape(key)}", rest[1 + len(key) :], node.get(key)
    return pointer


def _begins(rest: str, key: str) -> bool:
    return rest.startswith(key) and rest[len(key) : len(key) + 1] in ("", "/", "[")


def _fix(document: Document, rule: str, pointer: Pointer, diagnostic: Diagnostic) -> Fix | None:
    match rule:
        case "TR103":
            return _nearest_field(document, pointer)
        case "TR105":
            return _nearest_state(document, pointer)
        case "TR106":
            name = pointer.rpartition("/")[2]
            return fix(f"Remove the state {name}", remove(document, pointer), safe=False)
        case "TR110":
            return _ending(document, pointer)
        case "TR111":
            return _nearest_resource(document, pointer)
    return None


def _nearest_field(document: Document, pointer: Pointer) -> Fix | None:
    """A field that is written slightly wrong: `Paramaters`, `timeoutSeconds`."""
    around, _, wrong = pointer.rpartition("/")
    holder = document.node(around)
    if holder is None:
        return None
    known = [name for name in _names(holder) if holder.get(name) is None]
    same = [name for name in known if name.lower() == wrong.lower()]
    near = same or get_close_matches(wrong, known, 1, 0.8)
    return fix(f"Rename {wrong} to {near[0]}", rename(document, pointer, near[0])) if near else None


def _names(holder: Node) -> list[str]:
    """The fields that may stand in an object of the language, as far as it can be told what it is."""
    type = holder.get("Type")
    if type is not None and type.value in fields.STATES:
        return sorted({name for table in fields.STATES[type.value].values() for name in table.fields})
    if holder.get("ErrorEquals") is not None:
        tables = fields.CATCHER if holder.get("Next") is not None else fields.RETRIER
        return sorted({name for table in tables.values() for name in table.fields})
    if holder.get("Variable") is not None:
        return sorted(fields.OPERATORS)
    return sorted({name for table in fields.MACHINE.values() for name in table.fields})


def _nearest_state(document: Document, pointer: Pointer) -> Fix | None:
    node = document.node(pointer)
    if node is None or not isinstance(node.value, str):
        return None
    around = pointer.rpartition("/")[0] if pointer.endswith("/StartAt") else pointer.rpartition("/States/")[0]
    states = document.node(f"{around}/States")
    names = [each.key for each in states.members] if states is not None else []
    same = [name for name in names if name.lower() == node.value.lower()]
    near = same or get_close_matches(node.value, names, 1, 0.6)
    return fix(f"Go to {near[0]}", replace(document, pointer, near[0]), safe=bool(same)) if near else None


def _ending(document: Document, pointer: Pointer) -> Fix | None:
    state = document.node(pointer)
    if state is None:
        return None
    if state.get("End") is not None and state.get("Next") is not None:
        return fix("Remove End, keep Next", remove(document, f"{pointer}/End"), safe=False)
    if state.get("End") is not None:
        return fix("End the flow here", replace(document, f"{pointer}/End", True), safe=False)
    return fix("End the flow here", insert(document, pointer, "End", True), safe=False)


def _nearest_resource(document: Document, pointer: Pointer) -> Fix | None:
    """An integration that is written slightly wrong: `lambda:Invoke`, `aws-sdk:s3:GetObject`."""
    node = document.node(pointer)
    match = re.fullmatch(r"(arn:[^:]+:states:::)(.+):([^:.]+)((?:\..+)?)", str(node.plain()) if node else "")
    if node is None or match is None or "${" in match[2]:
        return None
    start, service, action, ending = match.groups()
    if service.startswith("aws-sdk:"):
        api = find_api(service.removeprefix("aws-sdk:").lower())
        actions = list(api.operations) if api is not None else []
    else:
        actions = list(OPTIMIZED.get(service.lower(), {}))
    same = [name for name in actions if name.lower() == action.lower()]
    near = same or get_close_matches(action, actions, 1, 0.8)
    text = f"{start}{service.lower()}:{near[0]}{ending}" if near else None
    if text is None or text == node.value:
        return None
    return fix(f"Call {near[0]}", replace(document, pointer, text), safe=bool(same))
