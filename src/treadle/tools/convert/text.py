"""Definitions as values and as texts again; what stands for placeholders outside of strings is put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from treadle.tools.source import Document, Node
from treadle.tools.source.yamltext import dump_yaml
from treadle.values import Json

# What stands for a placeholder while the document is written anew.
_TOKEN = "TREADLE{}PLACEHOLDER"


class Bound(ValueError):
    """Something in the text only means something where it stands (`at`, in characters)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def value_of(document: Document) -> tuple[Any, dict[str, str]]:
    """The definition, with a token for every placeholder that stands outside of a string, and what the tokens mean.

    Raises Bound for what no other form can say: functions of CloudFormation, expressions of HCL, template directives.
    """
    found: dict[str, str] = {}

    def of(node: Node) -> Any:
        if node.kind == "object":
            return {each.key: of(each.node) for each in node.members}
        if node.kind == "array":
            return [of(each) for each in node.items]
        if node.kind not in ("placeholder", "call"):
            return node.value
        if document.format != "json":
            shown = str(node.plain())[:60]
            raise Bound(f"{shown} only means something where it stands; write it as text", node.start)
        token = _TOKEN.format(len(found))
        found[token] = str(node.value)
        return token

    if document.root is None:
        raise ValueError("there is nothing to be read")
    return of(document.root), found


def directive(document: Document) -> int | None:
    """Where the first directive of a template (`%{ if x }`) stands: only Terraform can follow it."""
    at = document.text.find("%{") if document.format == "json" else -1
    return None if at < 0 else at


def comments(document: Document) -> int:
    """Lines of comments, which JSON has no place for."""
    if document.format != "yaml":
        return 0
    return sum(line.lstrip().startswith("#") for line in document.text.splitlines())


def text_of(value: Json, placeholders: Mapping[str, str], as_yaml: bool) -> str:
    """The text of what `value_of` gave."""
    text = dump_yaml(value) if as_yaml else json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    for token, placeholder in placeholders.items():
        text = text.replace(f'"{token}"', placeholder).replace(token, placeholder)
    return text
