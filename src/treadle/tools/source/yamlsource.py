"""YAML with positions: PyYAML's nodes and their marks, as the nodes of this house."""

from __future__ import annotations

import re

import yaml

from treadle.tools.source.nodes import Document, Member, Node, Problem
from treadle.tools.source.yamltext import Composer
from treadle.values import Json

_TAG = "tag:yaml.org,2002:"
_FUNCTION = {"!Ref": "Ref", "!Condition": "Condition"}


def read_yaml(text: str) -> Document:
    """The YAML document in `text`. Never raises: what is wrong stands in `problems`, and then there is no root."""
    try:
        root = yaml.compose(text, Loader=Composer)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        at = min(mark.index if mark is not None else 0, len(text))
        return Document(text, "yaml", None, (Problem(_words(problem), at, min(at + 1, len(text))),))
    except (yaml.YAMLError, RecursionError) as problem:
        return Document(text, "yaml", None, (Problem(" ".join(str(problem).split()), 0, 0),))
    if root is None:
        return Document(text, "yaml", None, (Problem("There is nothing here", 0, 0),))
    problems: list[Problem] = []
    try:
        found: Node | None = _Reading(text, problems).node(root)
    except RecursionError:
        found = None
        problems.append(Problem("Nested too deeply", 0, 0))
    return Document(text, "yaml", found, tuple(problems))


def _words(problem: yaml.MarkedYAMLError) -> str:
    return ": ".join(part for part in (problem.context, problem.problem) if part) or "this is no YAML"


class _Reading:
    def __init__(self, text: str, problems: list[Problem]) -> None:
        self.text = text
        self.problems = problems

    def node(self, node: yaml.Node) -> Node:
        tag = node.tag or ""
        if tag.startswith("!"):
            return self.function(node, tag)
        start = node.start_mark.index
        if isinstance(node, yaml.MappingNode):
            members = self.members(node)
            return self.holder("object", node, start, members, ())
        if isinstance(node, yaml.SequenceNode):
            return self.holder("array", node, start, (), tuple(self.node(each) for each in node.value))
        return (
            self.scalar(node, tag.removeprefix(_TAG), start)
            if isinstance(node, yaml.ScalarNode)
            else Node("null", 0, 0)
        )

    def holder(
        self, kind: str, node: yaml.CollectionNode, start: int, members: tuple[Member, ...], items: tuple[Node, ...]
    ) -> Node:
        """Block collections end for YAML where the next token begins; here, behind their last value."""
        block = not node.flow_style
        ends = [max(each.end, each.node.end) for each in members] + [each.end for each in items]
        inside = [end for end in ends if end <= node.end_mark.index]
        end = max(inside, default=node.end_mark.index) if block else node.end_mark.index
        return Node("object" if kind == "object" else "array", start, end, None, members, items, block)

    def members(self, node: yaml.MappingNode) -> tuple[Member, ...]:
        members: list[Member] = []
        merged: list[Member] = []
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                for each in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    merged += self.members(each) if isinstance(each, yaml.MappingNode) else []
                continue
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            start, end = key.start_mark.index, key.end_mark.index
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("A field name is a text", start, end))
            elif any(each.key == name for each in members):
                self.problems.append(Problem(f"Duplicate field '{name}'", start, end))
            members.append(Member(name, start, end, self.node(value)))
        own = {each.key for each in members}
        return tuple(members + [each for each in merged if each.key not in own])

    def scalar(self, node: yaml.ScalarNode, tag: str, start: int) -> Node:
        end = node.end_mark.index
        text: str = node.value
        if node.style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip())
            return Node("string", start, end, text, block=True)
        if node.style is None and re.fullmatch(r"\$\{[^}]*\}", text):
            return Node("placeholder", start, end, text)
        match tag:
            case "bool":
                return Node("boolean", start, end, text.lower() == "true")
            case "null":
                return Node("null", start, end)
            case "int" | "float":
                return Node("number", start, end, int(text) if tag == "int" else float(text))
        return Node("string", start, end, text)

    def function(self, node: yaml.Node, tag: str) -> Node:
        """CloudFormation's short forms: `!Sub text` is the text, everything else an object of one member."""
        start, end = node.start_mark.index, node.end_mark.index
        node.tag = f"{_TAG}map" if isinstance(node, yaml.MappingNode) else f"{_TAG}seq"
        if isinstance(node, yaml.ScalarNode):
            while self.text[start : start + 1] not in (" ", "\n", ""):
                start += 1
            start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
            inner = self.scalar(node, "str", start)
        else:
            inner = self.node(node)
        name = _FUNCTION.get(tag) or f"Fn::{tag[1:]}"
        return Node("object", start, inner.end if inner.block else end, None, (Member(name, start, start, inner),))


def scalar_text(value: Json) -> str:
    """A scalar as YAML's plain or double-quoted text."""
    text: str = yaml.dump(value, Dumper=yaml.SafeDumper, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n...\n").rstrip("\n")
