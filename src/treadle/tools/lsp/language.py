"""What is meant at a place of a definition: states, the transitions that name them, and words about fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from treadle.asl import fields
from treadle.asl.resource import parse_resource
from treadle.integrations.models import find_api
from treadle.tools.schema import describe, describe_type
from treadle.tools.source import Document, Edit, Node, escape, steps, unescape
from treadle.tools.source.yamlsource import scalar_text
from treadle.values import Pointer

NAMES = ("Next", "Default", "StartAt")  # fields whose value is the name of a state
Span = tuple[int, int]


class Symbol(Struct, frozen=True):
    """A state, or a flow inside one, for the outline of an editor."""

    name: str
    detail: str
    span: Span  # of all of it
    title: Span  # of its name
    children: tuple[Symbol, ...] = ()


def flow_of(pointer: Pointer) -> Pointer:
    """The flow that a transition at `pointer` (of its value) belongs to."""
    if pointer.rpartition("/")[2] == "StartAt":
        return pointer.rpartition("/")[0]
    return pointer.rpartition("/States/")[0]


def states_of(document: Document, flow: Pointer) -> list[str]:
    holder = document.node(f"{flow}/States")
    return [each.key for each in holder.members] if holder is not None else []


def is_state(pointer: Pointer) -> bool:
    """Whether a pointer leads to a state: every second step of its way is States."""
    return re.search(r"(?:^|/Branches/\d+|/ItemProcessor|/Iterator)/States/[^/]+$", pointer) is not None


def state_at(document: Document, offset: int) -> Pointer | None:
    """The state whose name stands at an offset: where it is made, or where a transition names it."""
    pointer = document.pointer_at(offset)
    member = document.member(pointer)
    if is_state(pointer) and member is not None and member.start <= offset <= member.end:
        return pointer
    node = document.node(pointer)
    if pointer.rpartition("/")[2] not in NAMES or node is None or not node.start <= offset <= node.end:
        return None
    return f"{flow_of(pointer)}/States/{escape(node.value)}" if isinstance(node.value, str) else None


def definition(document: Document, offset: int) -> Span | None:
    """Where the state at an offset is made."""
    pointer = state_at(document, offset)
    member = document.member(pointer) if pointer is not None else None
    return None if member is None else (member.start, member.end)


def mentions(document: Document, state: Pointer) -> list[Span]:
    """Every place where a transition names the state."""
    flow, _, name = state.rpartition("/States/")
    found = []
    for pointer, node in document.walk():
        if node.value == unescape(name) and pointer.rpartition("/")[2] in NAMES and flow_of(pointer) == flow:
            found.append((node.start, node.end))
    return found


def renamed(document: Document, state: Pointer, name: str) -> list[Edit] | str:
    """The edits that give a state another name everywhere, or why it cannot have it."""
    member = document.member(state)
    if member is None or not document.editable:
        return "There is no state here that can be renamed"
    if not 0 < len(name) <= fields.MAX_NAME:
        return f"State name must be between 1 and {fields.MAX_NAME} characters long"
    if name in names(document) and name != member.key:
        return f"There is a state {name} already"
    spans = [(member.start, member.end), *mentions(document, state)]
    return [Edit(start, end, _as_written(document, document.text[start:end], name)) for start, end in spans]


def _as_written(document: Document, old: str, name: str) -> str:
    if old.startswith('"') or document.format == "json":
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return name if document.format == "hcl" and re.fullmatch(r"[A-Za-z_]\w*", name) else scalar_text(name)


def names(document: Document) -> set[str]:
    """The names of all states."""
    return {unescape(pointer.rpartition("/")[2]) for pointer, _ in document.walk() if is_state(pointer)}


def symbols(document: Document, flow: Pointer = "") -> tuple[Symbol, ...]:
    """The states of a flow, with those inside them."""
    holder = document.node(f"{flow}/States")
    found: list[Symbol] = []
    for member in holder.members if holder is not None else ():
        pointer = f"{flow}/States/{escape(member.key)}"
        inside = [each for inner in _inner(document, pointer) for each in symbols(document, inner)]
        kind = member.node.get("Type")
        detail = str(kind.value) if kind is not None else ""
        span = (member.start, max(member.end, member.node.end))
        found.append(Symbol(member.key or "?", detail, span, (member.start, member.end), tuple(inside)))
    return tuple(found)


def _inner(document: Document, state: Pointer) -> Iterator[Pointer]:
    node = document.node(state)
    branches = node.get("Branches") if node is not None else None
    yield from (f"{state}/Branches/{index}" for index, _ in enumerate(branches.items if branches is not None else ()))
    yield from (f"{state}/{name}" for name in ("ItemProcessor", "Iterator") if node is not None and node.get(name))


def owner_of(document: Document, pointer: Pointer) -> str:
    """What the object at a pointer is in the language: "Task", "retrier", "rule", "machine", ... or "" for data."""
    if not pointer:
        return "machine"
    if is_state(pointer):
        node = document.node(pointer)
        kind = node.get("Type") if node is not None else None
        return str(kind.value) if kind is not None and kind.value in fields.STATES else "state"
    way = steps(pointer)
    last, before = way[-1], way[-2] if len(way) > 1 else ""
    inside = "/".join(way[:-1])
    for name, owner in (("Retry", "retrier"), ("Catch", "catcher"), ("Choices", "rule"), ("Branches", "branch")):
        if before == name and last.isdecimal() and is_state("/" + pointer.strip("/").rpartition(f"/{name}/")[0]):
            return owner
    own = {
        "ItemProcessor": "processor",
        "Iterator": "processor",
        "ItemReader": "item_reader",
        "ItemBatcher": "item_batcher",
        "ResultWriter": "result_writer",
    }
    if last in own and is_state(pointer.rpartition("/")[0]):
        return own[last]
    config = {"ProcessorConfig": "processor_config", "ReaderConfig": "reader_config", "WriterConfig": "writer_config"}
    return config[last] if last in config and inside else ""


def hover(document: Document, offset: int) -> tuple[str, Span] | None:
    """Markdown about what is at an offset, and its span."""
    pointer = document.pointer_at(offset)
    member, node = document.member(pointer), document.node(pointer)
    if node is None:
        return None
    around, _, key = pointer.rpartition("/")
    if member is not None and member.start <= offset <= member.end:
        if is_state(pointer):
            return _about_state(member.key, node), (member.start, member.end)
        text = describe(key, owner_of(document, around))
        return (f"**{key}**  \n{text}", (member.start, member.end)) if text and owner_of(document, around) else None
    if key == "Type" and isinstance(node.value, str):
        text = describe_type(node.value)
        return (f"**{node.value}**  \n{text}", (node.start, node.end)) if text else None
    if key == "Resource" and isinstance(node.value, str):
        text = _about_resource(node.value)
        return (text, (node.start, node.end)) if text else None
    target = state_at(document, offset)
    found = document.node(target) if target is not None else None
    if target is not None and found is not None:
        return _about_state(unescape(target.rpartition("/")[2]), found), (node.start, node.end)
    return None


def _about_state(name: str, node: Node) -> str:
    kind, comment, resource = node.get("Type"), node.get("Comment"), node.get("Resource")
    lines = [f"**{name}**" + (f" — {kind.value}" if kind is not None else "")]
    if comment is not None:
        lines.append(str(comment.value))
    if resource is not None:
        lines.append(f"`{resource.plain()}`")
    elif kind is not None:
        lines.append(describe_type(str(kind.value)) or "")
    return "  \n".join(line for line in lines if line)


_PATTERNS = {
    "request": "goes on with the answer of the call",
    "sync": "waits for the end of what it started",
    "sync:2": "waits for the end of the execution; its output is JSON",
    "token": "waits until somebody sends the task token back",
}


def _about_resource(arn: str) -> str | None:
    resource = parse_resource(arn)
    if resource is None:
        return None
    if resource.kind != "task":
        return f"**{resource.kind} {resource.name}**"
    text = f"**{resource.service}:{resource.action}**  \n{_PATTERNS[resource.pattern]}"
    model = find_api(resource.sdk) if resource.sdk is not None and "${" not in resource.sdk else None
    if model is not None and resource.action in model.operations:
        shape = model.operation(model.operations[resource.action]).input
        needed = ", ".join(shape.required_members) if shape is not None else ""
        text += f"  \n{model.client} {model.operations[resource.action]}" + (f"; needs {needed}" if needed else "")
    return text
