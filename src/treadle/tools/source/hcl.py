"""Terraform files with positions: as much of HCL as is needed to find the definitions in them.

A body becomes an object: attributes are members, a block `resource "type" "name" {}` is the member
`resource.type.name`. Expressions that are no plain values are placeholders; calls keep their arguments.
"""

from __future__ import annotations

import json
import re

from treadle.tools.source.jsonsource import placeholder_end
from treadle.tools.source.nodes import Document, Kind, Member, Node, Problem
from treadle.values import Json

_BLANK = re.compile(r"(?:[ \t\r]+|\\\n)*")
_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])")
_HEREDOC = re.compile(r"<<(-?)([A-Za-z_][\w-]*)[ \t]*\r?\n")
_ENDS = ("", "\n", ",", "}", "]", ")", "#", ":")
_LITERALS: dict[str, tuple[Kind, Json]] = {
    "true": ("boolean", True),
    "false": ("boolean", False),
    "null": ("null", None),
}


def read_hcl(text: str) -> Document:
    """The body of a file. Never raises: where it cannot go on, it says so in `problems` and keeps what it has."""
    reader = _Reader(text)
    try:
        members = reader.body(top=True)
    except (_Lost, RecursionError) as lost:
        message = str(lost) or "nested too deeply"
        return Document(text, "hcl", None, (Problem(message, reader.at, min(reader.at + 1, len(text))),))
    return Document(text, "hcl", Node("object", 0, len(text), None, tuple(members)))


class _Lost(Exception):
    pass


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self, pattern: re.Pattern[str] = _SPACE) -> str:
        """Pass over space; the next character."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def body(self, top: bool = False) -> list[Member]:
        members: list[Member] = []
        while (found := self.skip()) not in ("", "}"):
            start = self.at
            match = _NAME.match(self.text, self.at)
            if match is None:
                raise _Lost(f"Expected an attribute or a block, found '{found}'")
            self.at = match.end()
            labels = [match[0]]
            while (mark := self.skip(_BLANK)) == '"' or _NAME.match(self.text, self.at):
                if mark == '"':
                    labels.append(str(self.string().value))
                else:
                    label = _NAME.match(self.text, self.at)
                    labels.append(label[0] if label else "")
                    self.at += len(labels[-1])
            end = self.at
            while end > start and self.text[end - 1] in " \t":
                end -= 1
            if mark == "=":
                self.at += 1
                self.skip()
                members.append(Member(match[0], start, end, self.expression()))
            elif mark == "{":
                members.append(Member(".".join(labels), start, end, self.block()))
            else:
                raise _Lost(f"Expected '=' or a block behind '{match[0]}'")
        if top and self.at < len(self.text):
            raise _Lost("A '}' too many")
        return members

    def block(self) -> Node:
        start = self.at
        self.at += 1
        members = self.body()
        if self.skip() != "}":
            raise _Lost("A block is never closed")
        self.at += 1
        return Node("object", start, self.at, None, tuple(members))

    def expression(self) -> Node:
        """A value, or a placeholder for what is more than one."""
        start = self.at
        node = self.primary()
        after = self.at
        if node is not None:
            found = self.skip(_BLANK)
            if (found in _ENDS or self.text.startswith(("//", "/*"), self.at)) and found != ":":
                self.at = after if node.kind != "string" or not node.block else self.at
                return node
        self.at = start
        self.rest()
        return Node("placeholder", start, self.at, f"${{{self.text[start : self.at]}}}")

    def primary(self) -> Node | None:
        start, first = self.at, self.text[self.at : self.at + 1]
        if first == '"':
            return self.string()
        heredoc = _HEREDOC.match(self.text, start)
        if heredoc is not None:
            return self.heredoc(heredoc)
        if first in "{[":
            loop = re.compile(r"[\[{]\s*for\s").match(self.text, start)
            return None if loop else self.holder(first)
        number = _NUMBER.match(self.text, start)
        if number is not None:
            self.at = number.end()
            return Node("number", start, self.at, json.loads(number[0]))
        return self.named(start)

    def named(self, start: int) -> Node | None:
        name = _NAME.match(self.text, start)
        if name is None:
            return None
        self.at = name.end()
        if self.text[self.at : self.at + 1] == "(":
            self.at += 1
            items: list[Node] = []
            while (found := self.skip()) != ")":
                if not found:
                    raise _Lost("A call is never closed")
                items.append(self.expression())
                if self.skip() == ",":
                    self.at += 1
                elif self.text.startswith("...", self.at):
                    self.at += 3
            self.at += 1
            return Node("call", start, self.at, name[0], (), tuple(items))
        literal = _LITERALS.get(name[0])
        if literal is None or self.text[self.at : self.at + 1] in (".", "["):
            return None
        return Node(literal[0], start, self.at, literal[1])

    def holder(self, opening: str) -> Node:
        start, closing = self.at, "}" if opening == "{" else "]"
        self.at += 1
        members: list[Member] = []
        items: list[Node] = []
        while (found := self.skip()) != closing:
            if not found:
                raise _Lost(f"'{opening}' is never closed")
            if opening == "[":
                items.append(self.expression())
            else:
                members.append(self.entry())
            if self.skip() == ",":
                self.at += 1
        self.at += 1
        return Node("object" if opening == "{" else "array", start, self.at, None, tuple(members), tuple(items))

    def entry(self) -> Member:
        start = self.at
        match = _NAME.match(self.text, self.at)
        if self.text[self.at] == '"':
            key = str(self.string().value)
        elif match is not None:
            key, self.at = match[0], match.end()
        elif self.text[self.at] == "(":
            self.rest()
            key = f"${{{self.text[start : self.at]}}}"
        else:
            raise _Lost(f"Expected a key, found '{self.text[self.at]}'")
        end = self.at
        if self.skip() not in ("=", ":"):
            raise _Lost(f"Expected '=' behind the key '{key}'")
        self.at += 1
        self.skip()
        return Member(key, start, end, self.expression())

    def string(self) -> Node:
        start = self.at
        self.at += 1
        while (found := self.text[self.at : self.at + 1]) not in ("", '"', "\n"):
            if found == "\\":
                self.at += 2
            elif self.text.startswith(("${", "%{"), self.at) and self.text[self.at - 1] != found:
                self.at = max(placeholder_end(self.text, self.at + 2, len(self.text)), self.at + 2)
            else:
                self.at += 1
        if found != '"':
            raise _Lost("A text is never closed")
        self.at += 1
        inner = self.text[start + 1 : self.at - 1]
        try:
            value = json.loads(f'"{inner}"') if "\\" in inner else inner
        except ValueError:
            value = inner
        return Node("string", start, self.at, str(value).replace("$${", "${").replace("%%{", "%{"))

    def heredoc(self, opening: re.Match[str]) -> Node:
        """`start` and `end` are those of the lines inside, so that what they hold can be read in place."""
        start = opening.end()
        closing = re.compile(rf"^[ \t]*{re.escape(opening[2])}[ \t]*\r?$", re.MULTILINE).search(self.text, start)
        if closing is None:
            raise _Lost(f"The heredoc {opening[2]} is never closed")
        self.at = closing.end()
        return Node("string", start, closing.start(), self.text[start : closing.start()], block=True)

    def rest(self) -> None:
        """Pass over an expression of any kind."""
        depth = 0
        while self.at < len(self.text):
            found = self.text[self.at]
            heredoc = _HEREDOC.match(self.text, self.at)
            if found == '"':
                self.string()
                continue
            if heredoc is not None:
                self.heredoc(heredoc)
                continue
            if found in "([{":
                depth += 1
            elif found in ")]}":
                if not depth:
                    return
                depth -= 1
            elif not depth and (found in "\n," or found == "#" or self.text.startswith("//", self.at)):
                return
            self.at += 1
