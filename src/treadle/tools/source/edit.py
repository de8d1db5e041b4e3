"""Edits of a text that keep its formatting: a member put in, taken out, renamed, or given another value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from treadle.tools.source.nodes import Document, Member, Node, steps
from treadle.values import Json, Pointer


class Edit(Struct, frozen=True):
    """Replace what stands from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all edits made; their offsets are those before any of them. Raises ValueError when two overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < at:
            raise ValueError(f"two edits overlap at {edit.start}")
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def replace(document: Document, pointer: Pointer, value: Json) -> Edit | None:
    """Give the value at `pointer` another value. None where nothing stands, or where the text cannot be edited."""
    node = document.node(pointer)
    if node is None or not document.editable:
        return None
    member = document.member(pointer)
    if document.format == "yaml" and member is not None and not _in_flow(document, node):
        large = isinstance(value, dict | list) and value
        if large or node.block:
            text = "\n" + _yaml(value, _column(document.text, member.start) + 2) if large else f" {_flow(value)}"
            return Edit(document.text.index(":", member.end) + 1, node.end, text)
    return Edit(node.start, node.end, _written(document, value, _indent(document.text, node.start)))


def rename(document: Document, pointer: Pointer, key: str) -> Edit | None:
    """Give the member at `pointer` another name."""
    member = document.member(pointer)
    if member is None or not document.editable:
        return None
    return Edit(member.start, member.end, _key(document, key, document.text[member.start] == '"'))


def insert(document: Document, pointer: Pointer, key: str, value: Json, after: str | None = None) -> Edit | None:
    """Put the member `key` into the object at `pointer`: behind the member `after`, else as the last one."""
    holder = document.node(pointer)
    if holder is None or holder.kind != "object" or not document.editable or holder.get(key) is not None:
        return None
    before = _anchor(holder, after)
    if before is None and document.format == "yaml":
        return Edit(holder.start, holder.end, f"{{{_key(document, key)}: {_flow(value)}}}")
    if before is None:
        return _first(document, holder, lambda indent: _pair(document, key, value, indent))
    if document.format == "yaml" and not holder.block:
        return _behind(document, holder, before, lambda indent: f"{_key(document, key)}: {_flow(value)}")
    compact = f"{_key(document, key, True)}: {json.dumps(value, ensure_ascii=False)}"
    return _behind(document, holder, before, lambda indent: _pair(document, key, value, indent), compact)


def append(document: Document, pointer: Pointer, value: Json) -> Edit | None:
    """Put an item at the end of the array at `pointer`."""
    holder = document.node(pointer)
    if holder is None or holder.kind != "array" or not document.editable:
        return None
    if holder.block and holder.items:
        last = holder.items[-1]
        column = _column(document.text, holder.start)
        lines = _yaml([value], column)
        return Edit(_line_end(document.text, last.end), _line_end(document.text, last.end), "\n" + lines)
    if not holder.items:
        return Edit(holder.start, holder.end, _written(document, [value], _indent(document.text, holder.start)))
    last = holder.items[-1]
    if _own_line(document.text, last.start):
        indent = _indent(document.text, last.start)
        return Edit(last.end, last.end, f",\n{indent}{_written(document, value, indent)}")
    return Edit(last.end, last.end, f", {_compact(document, value)}")


def put_before(document: Document, pointer: Pointer, value: Json) -> Edit | None:
    """Put an item into an array, before the one at `pointer`."""
    holder = document.node(pointer.rpartition("/")[0])
    item = document.node(pointer)
    if holder is None or item is None or holder.kind != "array" or not document.editable:
        return None
    if holder.block:
        column = _column(document.text, holder.start)
        entry = _yaml([value], column).strip().removeprefix("- ")
        return Edit(item.start, item.start, f"{entry}\n{' ' * column}- ")
    if _own_line(document.text, item.start):
        indent = _indent(document.text, item.start)
        return Edit(item.start, item.start, f"{_written(document, value, indent)},\n{indent}")
    return Edit(item.start, item.start, f"{_compact(document, value)}, ")


def remove(document: Document, pointer: Pointer) -> Edit | None:
    """Take out the member or the item at `pointer`, with its comma or its lines."""
    around, _, _ = pointer.rpartition("/")
    holder = document.node(around) if pointer else None
    node = document.node(pointer)
    if holder is None or node is None or not document.editable:
        return None
    spans = [(each.start, max(each.end, each.node.end)) for each in holder.members]
    spans += [(each.start, each.end) for each in holder.items]
    member = document.member(pointer)
    own = (member.start, max(member.end, node.end)) if member is not None else (node.start, node.end)
    place = spans.index(own)
    if holder.block and len(spans) == 1:
        return replace(document, around, {} if holder.kind == "object" else [])
    if holder.block:
        return _remove_lines(document.text, holder, spans, place)
    if place:
        return Edit(spans[place - 1][1], own[1], "")
    if len(spans) > 1:
        return Edit(own[0], spans[1][0], "")
    return Edit(holder.start + 1, holder.end - 1, "")


def _remove_lines(text: str, holder: Node, spans: list[tuple[int, int]], place: int) -> Edit:
    """A member or item of YAML's block style. An item's dash belongs to it."""
    start, end = spans[place]
    if holder.kind == "array":
        start = text.rindex("-", 0, start)
    if _own_line(text, start):
        first = text.rfind("\n", 0, start) + 1
        return Edit(first, min(_line_end(text, end) + 1, len(text)), "")
    return Edit(start, spans[place + 1][0], "") if place + 1 < len(spans) else Edit(spans[place - 1][1], end, "")


def _anchor(holder: Node, after: str | None) -> Member | None:
    if not holder.members:
        return None
    found = holder.member(after) if after is not None else None
    return found or max(holder.members, key=lambda each: each.node.end)


def _behind(document: Document, holder: Node, before: Member, pair: Callable[[str], str], compact: str = "") -> Edit:
    """`compact` is the pair for JSON that stands on one line."""
    end = max(before.end, before.node.end)
    text = document.text
    if holder.block:
        at = _line_end(text, end)
        return Edit(at, at, f"\n{pair(' ' * _column(text, before.start))}")
    if _own_line(text, before.start):
        indent = _indent(text, before.start)
        if document.format == "hcl":
            at = _line_end(text, end)
            comma = "," if text[end:at].lstrip().startswith(",") else ""
            return Edit(at, at, f"\n{indent}{pair(indent)}{comma}")
        return Edit(end, end, f",\n{indent}{pair(indent)}")
    if document.format == "json":
        return Edit(end, end, f", {compact}")
    return Edit(end, end, f", {pair('')}")


def _first(document: Document, holder: Node, pair: Callable[[str], str]) -> Edit:
    """The first member of `{}`."""
    indent = _indent(document.text, holder.start)
    inner = indent + indent_unit(document.text)
    return Edit(holder.start, holder.end, f"{{\n{inner}{pair(inner)}\n{indent}}}")


def _pair(document: Document, key: str, value: Json, indent: str) -> str:
    if document.format == "yaml":
        if isinstance(value, dict | list) and value:
            return f"{indent}{_key(document, key)}:\n{_yaml(value, len(indent) + 2)}"
        return f"{indent}{_key(document, key)}: {_scalar(value)}"
    mark = " =" if document.format == "hcl" else ":"
    return f"{_key(document, key, True)}{mark} {_written(document, value, indent)}"


def _key(document: Document, key: str, quoted: bool = False) -> str:
    if document.format == "json" or (quoted and document.format == "yaml"):
        return json.dumps(key, ensure_ascii=False)
    if document.format == "hcl":
        return key if re.fullmatch(r"[A-Za-z_]\w*", key) else json.dumps(key, ensure_ascii=False)
    return _scalar(key)


def _written(document: Document, value: Json, indent: str) -> str:
    """A value as its format writes it, lines after the first indented."""
    if document.format == "yaml":
        return _flow(value)
    if document.format == "hcl":
        return _hcl(value, indent, indent_unit(document.text))
    text = json.dumps(value, indent=indent_unit(document.text), ensure_ascii=False)
    return text.replace("\n", f"\n{indent}")


def _compact(document: Document, value: Json) -> str:
    return _hcl(value, "", "") if document.format == "hcl" else json.dumps(value, ensure_ascii=False)


def _flow(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else _scalar(value)


def _hcl(value: Json, indent: str, unit: str) -> str:
    inner = indent + unit
    if isinstance(value, dict) and value:
        lines = "".join(f"\n{inner}{_hcl_key(key)} = {_hcl(each, inner, unit)}" for key, each in value.items())
        return f"{{{lines}\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        lines = ",".join(f"\n{inner}{_hcl(each, inner, unit)}" for each in value)
        return f"[{lines}\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _hcl_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]\w*", key) else json.dumps(key, ensure_ascii=False)


def _scalar(value: Json) -> str:
    from treadle.tools.source.yamlsource import scalar_text

    return scalar_text(value)


def _yaml(value: Json, column: int) -> str:
    from treadle.tools.source.yamltext import dump_yaml

    lines = dump_yaml(value).rstrip("\n").split("\n")
    return "\n".join(" " * column + line if line else line for line in lines)


def _in_flow(document: Document, node: Node) -> bool:
    """Whether a value of YAML stands inside `{...}` or `[...]`."""
    pointer = document.pointer_at(node.start)
    found = document.root
    for step in steps(pointer):
        if found is None:
            return False
        if found.kind in ("object", "array") and not found.block:
            return True
        found = found.get(step) if found.kind == "object" else found.items[int(step)]
    return False


def indent_unit(text: str) -> str:
    """What one level is indented by: that of the first indented line, else two spaces."""
    match = re.search(r"[{\[][ \t]*\r?\n([ \t]+)\S", text)
    if match is None:
        return "  "
    line = text.rfind("\n", 0, match.start()) + 1
    outer = re.match(r"[ \t]*", text[line:])
    depth = len(match[1]) - len(outer[0] if outer else "")
    return match[1][:1] * depth if 0 < depth <= 8 else "  "


def _own_line(text: str, at: int) -> bool:
    """Whether only blanks stand before `at` on its line."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _indent(text: str, at: int) -> str:
    match = re.match(r"[ \t]*", text[text.rfind("\n", 0, at) + 1 :])
    return match[0] if match else ""


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
