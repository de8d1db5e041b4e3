"""One form for all definitions: the same values, written the way everybody's are."""

from __future__ import annotations

from difflib import SequenceMatcher
from io import StringIO
from itertools import accumulate

from treadle.tools.source.edit import Edit, apply
from treadle.tools.source.jsonsource import read_json
from treadle.tools.source.nodes import Document, Node
from treadle.tools.source.yamlsource import read_yaml

WIDTH = 100
INDENT = "  "
# Texts with several blanks in a row do not survive being broken into lines.
_ENDLESS = 1 << 20
_CHANGED = "its meaning would change; please report this"


class Unformattable(ValueError):
    """The text cannot be put in order without a change of its meaning. `str()` says why."""


def format_json(text: str) -> str:
    """JSON, perhaps with placeholders of Terraform. Numbers and texts stay as they are written.

    Raises Unformattable.
    """
    document = read_json(text)
    _readable(document)
    if "%{" in text and _directives(document):
        raise Unformattable("it has template directives (%{ ... }) between its values")
    assert document.root is not None
    made = "".join(_json(text, document.root, "")) + "\n"
    if not _same(document, read_json(made)):
        raise Unformattable(_CHANGED)
    return made


def _json(text: str, node: Node, indent: str) -> list[str]:
    if node.kind == "object":
        if not node.members:
            return ["{}"]
        inner, parts = indent + INDENT, ["{\n"]
        for index, member in enumerate(node.members):
            comma = "," if index < len(node.members) - 1 else ""
            parts += [inner, text[member.start : member.end], ": ", *_json(text, member.node, inner), comma, "\n"]
        return [*parts, indent, "}"]
    if node.kind == "array":
        return _array(text, node, indent)
    return [text[node.start : node.end]]


def _array(text: str, node: Node, indent: str) -> list[str]:
    """Plain values on one line where they fit."""
    if all(item.kind not in ("object", "array") for item in node.items):
        line = f"[{', '.join(text[item.start : item.end] for item in node.items)}]"
        if len(indent) + len(line) <= WIDTH:
            return [line]
    inner, parts = indent + INDENT, ["[\n"]
    for index, item in enumerate(node.items):
        parts += [inner, *_json(text, item, inner), "," if index < len(node.items) - 1 else "", "\n"]
    return [*parts, indent, "]"]


def format_yaml(text: str) -> str:
    """YAML with its comments. Raises Unformattable."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.error import YAMLError

    class Plain(RoundTripConstructor):
        """What looks like a date is the text that it is: `2026-13-01` is one as well."""

    Plain.add_constructor("tag:yaml.org,2002:timestamp", Plain.construct_yaml_str)
    document = read_yaml(text)
    _readable(document)
    for width in (WIDTH, _ENDLESS):
        yaml = YAML()
        yaml.Constructor = Plain
        yaml.indent(mapping=2, sequence=4, offset=2)
        yaml.width = width
        yaml.preserve_quotes = True
        written = StringIO()
        try:
            yaml.dump(yaml.load(text), written)
        except YAMLError as problem:
            raise Unformattable(" ".join(str(problem).split())) from None
        made = written.getvalue()
        if _same(document, read_yaml(made)):
            return made
    raise Unformattable(_CHANGED)


def _readable(document: Document) -> None:
    if document.problems:
        first = document.problems[0]
        line = document.text.count("\n", 0, first.start) + 1
        column = first.start - document.text.rfind("\n", 0, first.start)
        raise Unformattable(f"line {line}, column {column}: {first.message}")
    if document.root is None:
        raise Unformattable("it is empty")


def _directives(document: Document) -> bool:
    """Whether something stands between the values that is no value."""
    spans = sorted((node.start, node.end) for _, node in document.walk() if node.kind not in ("object", "array"))
    at, between = 0, []
    for start, end in spans:
        between.append(document.text[at:start])
        at = end
    return any("%{" in part for part in [*between, document.text[at:]] if part.count('"') % 2 == 0)


def line_edits(text: str, formatted: str, start: int = 0, end: int | None = None) -> list[Edit]:
    """The edits that make `formatted` of `text`, whole lines each: those that touch the span from `start` to `end`.

    None at all where those alone would change the meaning.
    """
    end = len(text) if end is None else end
    before, after = text.splitlines(True), formatted.splitlines(True)
    begins = [0, *accumulate(map(len, before))]
    found = []
    for tag, one, other, left, right in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal" and begins[one] <= end and begins[other] >= start:
            found.append(Edit(begins[one], begins[other], "".join(after[left:right])))
    made = apply(text, found)
    if made == formatted or (start, end) == (0, len(text)):
        return found
    json = read_json(text)
    reader = read_json if json.root is not None and not json.problems else read_yaml
    return found if _same(reader(text), reader(made)) else []


def _same(before: Document, after: Document) -> bool:
    return not after.problems and before.value == after.value
