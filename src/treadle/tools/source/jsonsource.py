"""JSON with positions, patient with drafts: after a fault it goes on reading where the next member may begin.

It also reads templates before they are filled. `${x}` outside a string is a value of its own, `"${f("x")}"` one string,
and the directives of Terraform (`%{ if x }`) are passed over.
"""

from __future__ import annotations

import json
import re

from treadle.tools.source.nodes import Document, Kind, Member, Node, Problem
from treadle.values import Json, loads

_SPACE = re.compile(r"(?:[ \t\n\r\ufeff]+|//[^\n]*|/\*.*?\*/|%\{[^}\n]*\})*", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\\n$]|\\.|\$(?!\{))*)"', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_LITERALS: dict[str, tuple[Kind, Json]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
}
_DEEPEST = 200


def read_json(text: str, start: int = 0, end: int | None = None) -> Document:
    """The definition in `text`, or in a part of it. Never raises: what is wrong stands in `problems`."""
    reader = _Reader(text, start, len(text) if end is None else end)
    root = reader.run()
    return Document(text, "json", root, tuple(reader.problems))


def placeholder_end(text: str, at: int, end: int) -> int:
    """Where the `${` whose inside begins at `at` is closed, on the same line; `at` when it is not."""
    depth, quoted = 1, False
    for index in range(at, end):
        char = text[index]
        if char == "\n":
            return at
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if not depth:
                return index + 1
    return at


class _Reader:
    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.depth = 0
        self.problems: list[Problem] = []

    def run(self) -> Node | None:
        self.space()
        if self.at >= self.end:
            self.complain("There is nothing here: expected a JSON object", self.at, self.at)
            return None
        root = self.value()
        self.space()
        if self.at < self.end and root is not None:
            self.complain("Text after the end of the definition", self.at, self.end)
        return root

    def complain(self, message: str, start: int, end: int | None = None) -> None:
        self.problems.append(Problem(message, min(start, self.end), min(start + 1 if end is None else end, self.end)))

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at, self.end)
        if match is not None and match.end() > self.at:
            comment = re.search(r"//|/\*", match[0]) if "/" in match[0] and "%{" not in match[0] else None
            if comment is not None:
                self.complain("JSON has no comments; use the field Comment", self.at + comment.start(), match.end())
            self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def value(self) -> Node | None:
        """The value at `at`, or None (with a problem) where there is none."""
        start, first = self.at, self.peek()
        if first == "{" or first == "[":
            return self.container(first)
        if first == '"':
            value = self.string()
            return Node("string", start, self.at, value)
        if first == "$" and self.text.startswith("${", start):
            behind = placeholder_end(self.text, start + 2, self.end)
            if behind > start + 2:
                self.at = behind
                return Node("placeholder", start, behind, self.text[start:behind])
        match = _NUMBER.match(self.text, start, self.end)
        if match is not None:
            self.at = match.end()
            return Node("number", start, self.at, loads(match[0]))
        return self.word(start)

    def word(self, start: int) -> Node | None:
        match = _WORD.match(self.text, start, self.end)
        if match is None:
            self.complain("Expected a value" + (f", found '{self.peek()}'" if self.peek() else ""), start)
            return None
        self.at = match.end()
        known = _LITERALS.get(match[0])
        if known is not None:
            return Node(known[0], start, self.at, known[1])
        self.complain(f"'{match[0]}' is no JSON value; texts stand in double quotes", start, self.at)
        return Node("string", start, self.at, match[0])

    def string(self) -> str:
        start = self.at
        match = _STRING.match(self.text, start, self.end)
        if match is not None:
            self.at = match.end()
            return self.decoded(match[1], start)
        at = start + 1
        while at < self.end and self.text[at] not in '"\n':
            if self.text[at] == "\\":
                at += 2
            elif self.text.startswith("${", at):
                at = max(placeholder_end(self.text, at + 2, self.end), at + 2)
            else:
                at += 1
        at = min(at, self.end)
        inner = self.text[start + 1 : at]
        if at < self.end and self.text[at] == '"':
            self.at = at + 1
            return self.decoded(inner, start) if '"' not in inner else inner
        self.at = at
        self.complain("This text has no closing quote", start, at)
        return inner.rstrip(", \t\r")

    def decoded(self, inner: str, start: int) -> str:
        if "\\" not in inner and "\t" not in inner and "\n" not in inner:
            return inner
        try:
            return str(json.loads(f'"{inner}"'))
        except ValueError as problem:
            message = str(problem).partition(":")[0]
            self.complain(f'{message}: a line break, tab or quote in a text is written \\n, \\t, \\"', start, self.at)
            return inner

    def container(self, opening: str) -> Node:
        start, closing = self.at, "}" if opening == "{" else "]"
        self.at += 1
        self.depth += 1
        members: list[Member] = []
        items: list[Node] = []
        if self.depth > _DEEPEST:
            self.complain(f"Nested more than {_DEEPEST} levels", start)
            self.at = self.end
        while not self.closed(start, opening, closing, bool(members or items)):
            before = self.at
            if opening == "{":
                self.member(members)
            else:
                node = self.value()
                if node is not None:
                    items.append(node)
            if self.at == before:
                self.at += 1  # already complained
        self.depth -= 1
        return Node("object" if opening == "{" else "array", start, self.at, None, tuple(members), tuple(items))

    def closed(self, start: int, opening: str, closing: str, some: bool) -> bool:
        """Pass over what stands between two members; True at the end of the container."""
        self.space()
        comma = None
        if self.peek() == ",":
            comma = self.at
            self.at += 1
            self.space()
        found = self.peek()
        if found == closing:
            self.at += 1
            if comma is not None:
                self.complain(f"A comma before '{closing}'", comma)
            return True
        if not found:
            self.complain(f"'{opening}' is never closed", start)
            return True
        if found in "}]":
            # Somebody else's bracket: this container ends here.
            self.complain(f"Expected '{closing}', found '{found}'", self.at)
            if self.depth == 1:
                self.at += 1
                return False
            return True
        if comma is not None and not some:
            self.complain("A comma before the first member", comma)
        if comma is None and some:
            self.complain("A comma is missing", self.at)
        return False

    def member(self, members: list[Member]) -> None:
        start = self.at
        if self.peek() == '"':
            key = self.string()
        else:
            match = _WORD.match(self.text, start, self.end)
            if match is None:
                self.complain(f"Expected a field name, found '{self.peek()}'", start)
                return
            key, self.at = match[0], match.end()
            self.complain(f"The field name {key} stands in double quotes in JSON", start, self.at)
        end = self.at
        if any(each.key == key for each in members):
            self.complain(f"Duplicate field '{key}'", start, end)
        self.space()
        if self.peek() != ":":
            self.complain(f"Expected ':' behind the field name '{key}'", end)
            members.append(Member(key, start, end, Node("null", end, end)))
            return
        self.at += 1
        self.space()
        node = self.value() if self.peek() not in ("", ",", "}", "]") else None
        if node is None and self.peek() in ("", ",", "}", "]"):
            self.complain(f"The value of '{key}' is missing", start, end)
        members.append(Member(key, start, end, node or Node("null", end, end)))
