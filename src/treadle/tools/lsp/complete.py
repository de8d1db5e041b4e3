"""What may be written at a place: fields, state names, integrations, errors, intrinsic functions, JSONata."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal

from msgspec import Struct

from treadle.asl import fields
from treadle.asl.fields import Field, Tables
from treadle.asl.intrinsics.functions import FUNCTIONS
from treadle.asl.jsonata.library import BUILTINS
from treadle.tools import catalogue
from treadle.tools.lint.reliability import LAMBDA_ERRORS, STATES_ERRORS
from treadle.tools.lsp.language import NAMES, flow_of, owner_of, states_of
from treadle.tools.schema import describe, describe_type
from treadle.tools.source import Document, read
from treadle.values import Pointer

_HERE = "treadle_here"
_PREFIX = "arn:aws:states:::"
_TABLES: dict[str, Tables] = {
    "machine": fields.MACHINE,
    "branch": fields.BRANCH,
    "processor": fields.PROCESSOR,
    "processor_config": fields.PROCESSOR_CONFIG,
    "retrier": fields.RETRIER,
    "catcher": fields.CATCHER,
    "rule": fields.RULE,
    "item_reader": fields.ITEM_READER,
    "reader_config": fields.READER_CONFIG,
    "item_batcher": fields.ITEM_BATCHER,
    "result_writer": fields.RESULT_WRITER,
    "writer_config": fields.WRITER_CONFIG,
    **fields.STATES,
}
# What is being written on a line behind a field's name: the name, the quote, the value so far.
_VALUE = re.compile(r"""(?:^|[\s{,-])"?([A-Za-z.$]+)"?\s*:\s*(["']?)(\{%[^\n]*|[^",{}\[\]]*)$""")
# A placeholder that is being written, and those that are complete.
_HOLE = re.compile(r"\$\{([\w.:-]*)$")
_NAMED = re.compile(r"\$\{([A-Za-z_][\w.:-]*)\}")
# The context object: developer guide, "Accessing execution data from the Context object".
_CONTEXT = (
    *(f"Execution.{name}" for name in ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime")),
    *("State.EnteredTime", "State.Name", "State.RetryCount", "StateMachine.Id", "StateMachine.Name", "Task.Token"),
    *("Map.Item.Index", "Map.Item.Value", "Map.Item.Key", "Map.Item.Source"),
)
Kind = Literal["field", "state", "value", "resource", "error", "function", "variable"]


class Offer(Struct, frozen=True):
    """`text` replaces what stands from `start` to `end`."""

    label: str
    kind: Kind
    text: str
    start: int
    end: int
    detail: str = ""
    documentation: str = ""


def complete(text: str, name: str, offset: int, given: Collection[str] = ()) -> list[Offer]:
    """What may stand at an offset of a draft, which need not be readable as it is. `given` are the names that
    infrastructure code fills in."""
    line = text.rfind("\n", 0, offset) + 1
    before = text[line:offset]
    hole = _HOLE.search(before)
    if hole is not None:
        return list(_holes(text, line + hole.start(1), offset, given))
    yaml = name.endswith((".yaml", ".yml"))
    value = _VALUE.search(before)
    if value is not None:
        key = line + value.start(1)
        document = _mended(text, name, offset, yaml)
        pointer = document.pointer_at(key)
        if pointer.rpartition("/")[2] == value[1]:
            quoted = bool(value[2])
            return list(_values(document, pointer, value[3], (line + value.start(3), offset), quoted, yaml, text))
    document = _mended(text, name, offset, yaml)
    pointer = document.pointer_at(offset)
    if "ErrorEquals" in pointer:
        return list(_errors(document, pointer, text, offset, yaml))
    return list(_keys(document, text, offset, yaml))


def in_placeholder(text: str, offset: int) -> bool:
    """Whether `${` was begun on the line and not ended."""
    return _HOLE.search(text[text.rfind("\n", 0, offset) + 1 : offset]) is not None


def _holes(text: str, start: int, offset: int, given: Collection[str]) -> Iterator[Offer]:
    """The names of placeholders: those that are filled in, and those that are used elsewhere."""
    rest = re.match(r"[\w.:-]*\}?", text[offset:])
    end = offset + (len(rest[0]) if rest is not None else 0)
    elsewhere = set(_NAMED.findall(text[:start] + text[end:])) - set(given)
    for name in sorted(given):
        yield Offer(name, "variable", f"{name}}}", start, end, "filled in by the infrastructure code")
    for name in sorted(elsewhere):
        yield Offer(name, "variable", f"{name}}}", start, end, "placeholder")


def _mended(text: str, name: str, offset: int, yaml: bool) -> Document:
    """The draft, read; in YAML the line that is being written is made a member first."""
    document = read(text, name)
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    line = text[start:end]
    if not yaml or re.search(r":(\s|$)", line) or line.lstrip().startswith("#"):
        return document
    if not line.strip("- \t\r"):
        return read(text[:offset] + f"{_HERE}:" + text[offset:], name)
    return read(f"{text[:end]}:{text[end:]}", name) if document.root is None or document.problems else document


def _values(
    document: Document, pointer: Pointer, typed: str, span: tuple[int, int], quoted: bool, yaml: bool, text: str
) -> Iterator[Offer]:
    """The values of a field."""
    around, _, key = pointer.rpartition("/")
    owner = owner_of(document, around)

    def offer(label: str, kind: Kind, detail: str = "", documentation: str = "") -> Offer:
        end = span[1]
        rest = re.match(r'[^",\n{}\[\]]*' if quoted or not yaml else r"[^\n#]*", text[end:])
        end += len(rest[0].rstrip()) if rest else 0
        written = label if quoted or yaml else f'"{label}"'
        return Offer(label, kind, written, span[0], end, detail, documentation)

    if key in NAMES:
        for name in states_of(document, flow_of(pointer)):
            yield offer(name, "state")
    elif key == "Type" and owner in ("state", *fields.STATES):
        for name in fields.STATE_TYPES:
            yield offer(name, "value", documentation=describe_type(name) or "")
    elif key == "Resource" and owner:
        for arn, detail in _resources(typed):
            yield offer(arn, "resource", detail)
    elif typed.startswith("$$"):
        for name in _CONTEXT:
            yield offer(f"$$.{name}", "variable", "context object")
    elif key.endswith(".$") or typed.startswith("States."):
        for name in FUNCTIONS:
            yield offer(f"{name}()", "function")
    elif typed.startswith("{%"):
        yield from _jsonata(document, typed, span[1])
    else:
        field = _field(owner, key)
        if field is not None and field.values:
            for each in field.values:
                yield offer(each, "value")
        elif field is not None and field.kind == "boolean":
            yield from (Offer(word, "value", word, *span) for word in ("true", "false"))


def _resources(typed: str) -> Iterator[tuple[str, str]]:
    """The integrations that fit what was typed so far, with what they are."""
    words = re.sub(r"[:.]", " ", typed.removeprefix(_PREFIX).removeprefix("arn:aws:states"))
    for action in catalogue.search(words.replace("aws-sdk", "sdk"), 100):
        for pattern in action.patterns:
            yield f"{action.resource}{pattern}", f"{action.service} {action.action}{pattern}"


def _jsonata(document: Document, typed: str, end: int) -> Iterator[Offer]:
    word = re.search(r"\$[\w.]*$", typed)
    start = end - len(word[0]) if word else end
    if word is not None and word[0].startswith("$states.context."):
        for name in _CONTEXT:
            yield Offer(name, "variable", f"$states.context.{name}", start, end, "context object")
        return
    for name in ("input", "result", "errorOutput", "context"):
        yield Offer(f"$states.{name}", "variable", f"$states.{name}", start, end, documentation=_STATES[name])
    for name in sorted(variables(document)):
        yield Offer(f"${name}", "variable", f"${name}", start, end, "workflow variable")
    for name in BUILTINS:
        yield Offer(f"${name}", "function", f"${name}(", start, end, "JSONata")


_STATES = {
    "input": "The state's input.",
    "result": "What the work of the state gave; in Output and Assign.",
    "errorOutput": "The error that was caught; in a catcher's Output and Assign.",
    "context": "The context object: Execution, State, StateMachine, Task, Map.",
}


def variables(document: Document) -> set[str]:
    """The variables that anybody assigns."""
    return {
        member.key.removesuffix(".$")
        for pointer, node in document.walk()
        if pointer.endswith("/Assign")
        for member in node.members
    }


def _errors(document: Document, pointer: Pointer, text: str, offset: int, yaml: bool) -> Iterator[Offer]:
    word = re.search(r'"?[\w.]*$', text[:offset])
    start = offset - len(word[0]) if word else offset
    after = re.match(r'[\w.]*"?', text[offset:])
    end = offset + (len(after[0]) if after else 0)
    for name in sorted(STATES_ERRORS) + list(LAMBDA_ERRORS):
        yield Offer(name, "error", name if yaml else f'"{name}"', start, end)


def _keys(document: Document, text: str, offset: int, yaml: bool) -> Iterator[Offer]:
    """The fields of the object around an offset that are not there yet."""
    pointer = document.pointer_at(offset)
    member, node = document.member(pointer), document.node(pointer)
    start, end = offset, offset
    if member is not None and member.start <= offset <= member.end:
        start, end = (member.start, member.end) if member.key != _HERE else (offset, offset)
        pointer = pointer.rpartition("/")[0]
        node = document.node(pointer)
    elif node is None or node.kind != "object":
        return
    owner = owner_of(document, pointer)
    if not owner or node is None:
        return
    has_colon = re.match(r"\s*:", text[end:]) is not None
    for field in _fields(document, pointer, owner):
        if node.get(field.name) is None or (member is not None and field.name == member.key):
            key = field.name if yaml else f'"{field.name}"'
            written = key if has_colon else f"{key}: "
            yield Offer(field.name, "field", written, start, end, owner, describe(field.name, owner) or "")


def _fields(document: Document, pointer: Pointer, owner: str) -> list[Field]:
    machine = document.node("/QueryLanguage")
    node = document.node(pointer)
    own = node.get("QueryLanguage") if node is not None else None
    chosen = own or machine
    language = "JSONata" if chosen is not None and chosen.value == "JSONata" else "JSONPath"
    if owner == "state":
        return [Field("Type", "string"), Field("Comment", "string")]
    table = _TABLES[owner]["JSONata" if language == "JSONata" else "JSONPath"]
    found = list(table.fields.values())
    if owner == "rule" and language == "JSONPath":
        found += [Field("Variable", "path"), *(Field(name, "operator") for name in ("And", "Or", "Not"))]
        found += [Field(name, "operator") for name in fields.OPERATORS]
    return found


def _field(owner: str, key: str) -> Field | None:
    tables = _TABLES.get(owner)
    if tables is None:
        return Field(key, "one_of", values=fields.LANGUAGES) if key == "QueryLanguage" else None
    return tables["JSONPath"].fields.get(key) or tables["JSONata"].fields.get(key)
