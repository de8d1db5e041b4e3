"""A text that was read and not forgotten: every value knows where it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.values import Json, Pointer

Format: TypeAlias = Literal["json", "yaml", "hcl"]
# "placeholder": what somebody else fills in (`${x}` outside a string, a CloudFormation function, an HCL expression);
# "call": a function call of HCL, its name is the value and its arguments the items.
Kind: TypeAlias = Literal["object", "array", "string", "number", "boolean", "null", "placeholder", "call"]


class Member(Struct, frozen=True):
    """One member of an object. `start` and `end` are those of the key, quotes included."""

    key: str
    start: int
    end: int
    node: Node


class Node(Struct, frozen=True):
    """One value. `start` and `end` are offsets in the file's text (characters), `end` behind the last one.

    `value` is that of a scalar, or the text of a placeholder (`${x}`). `block`: written in YAML's block style.
    """

    kind: Kind
    start: int
    end: int
    value: Json = None
    members: tuple[Member, ...] = ()
    items: tuple[Node, ...] = ()
    block: bool = False

    def member(self, key: str) -> Member | None:
        """The member of that name; of several the last one, as JSON readers do."""
        return next((each for each in reversed(self.members) if each.key == key), None)

    def get(self, key: str) -> Node | None:
        found = self.member(key)
        return None if found is None else found.node

    def plain(self) -> Json:
        """The JSON value. Placeholders are texts."""
        if self.kind == "object":
            return {each.key: each.node.plain() for each in self.members}
        if self.kind == "array":
            return [each.plain() for each in self.items]
        return self.value if self.kind != "call" else f"${{{self.value}(...)}}"


class Problem(Struct, frozen=True):
    """Why a text, or a part of it, could not be read."""

    message: str
    start: int
    end: int


class Document(Struct, frozen=True):
    """One definition in a file's text.

    `root` is None when nothing could be read. With `problems` it is what could be recovered. `title` tells several
    definitions of one file apart ("aws_sfn_state_machine.orders"). What is not `editable` stands inside a string, where
    an edit of the text would have to be escaped.
    """

    text: str
    format: Format
    root: Node | None
    problems: tuple[Problem, ...] = ()
    title: str = ""
    editable: bool = True

    @property
    def value(self) -> Json:
        """The definition as JSON; None when nothing could be read."""
        return None if self.root is None else self.root.plain()

    def node(self, pointer: Pointer) -> Node | None:
        """The value at a JSON pointer."""
        found = self.root
        for step in steps(pointer):
            if found is None:
                return None
            found = _child(found, step)
        return found

    def member(self, pointer: Pointer) -> Member | None:
        """The member of an object at a JSON pointer; None for an array's item and for the root."""
        around, _, step = pointer.rpartition("/")
        holder = self.node(around) if pointer else None
        return None if holder is None else holder.member(unescape(step))

    def span(self, pointer: Pointer) -> tuple[int, int] | None:
        """Where to point at: the key of a member, else the value."""
        member = self.member(pointer)
        if member is not None:
            return member.start, member.end
        node = self.node(pointer)
        return None if node is None else (node.start, node.end)

    def pointer_at(self, offset: int) -> Pointer:
        """The pointer of the innermost value (or of the member whose key is) at an offset."""
        found, pointer = self.root, ""
        while found is not None:
            step = _step_at(found, offset)
            if step is None:
                break
            pointer, found = f"{pointer}/{escape(step)}", _child(found, step)
        return pointer

    def walk(self) -> Iterator[tuple[Pointer, Node]]:
        """All values with their pointers, outer before inner."""
        stack = [("", self.root)]
        while stack:
            pointer, node = stack.pop()
            if node is None:
                continue
            yield pointer, node
            inner = [(f"{pointer}/{escape(each.key)}", each.node) for each in node.members]
            inner += [(f"{pointer}/{index}", each) for index, each in enumerate(node.items)]
            stack.extend(reversed(inner))


def _child(node: Node, step: str) -> Node | None:
    if node.kind == "array":
        return node.items[int(step)] if step.isdecimal() and int(step) < len(node.items) else None
    return node.get(step)


def _step_at(node: Node, offset: int) -> str | None:
    for member in node.members:
        if member.start <= offset <= max(member.end, member.node.end):
            return member.key
    for index, item in enumerate(node.items):
        if node.kind == "array" and item.start <= offset <= item.end:
            return str(index)
    return None


def steps(pointer: Pointer) -> list[str]:
    """The steps of a JSON pointer (RFC 6901)."""
    return [unescape(step) for step in pointer.split("/")[1:]]


def escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def unescape(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def shift(node: Node, origins: list[int]) -> Node:
    """`node` of a text that stands inside another one; `origins` says where each of its characters came from."""

    def end(at: int) -> int:
        # The longest escape has six characters; what is farther away is another piece.
        return origins[at] if at and origins[at] - origins[at - 1] <= 6 else origins[at - 1] + 1

    return Node(
        node.kind,
        origins[node.start],
        end(node.end),
        node.value,
        tuple(Member(it.key, origins[it.start], end(it.end), shift(it.node, origins)) for it in node.members),
        tuple(shift(each, origins) for each in node.items),
    )
