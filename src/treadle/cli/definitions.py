"""Definitions as commands are given them: JSON or YAML, with Terraform's placeholders filled as well as may be."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from treadle.cli.client import Complaint

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")
_ACCOUNT = "000000000000"


def read_text(file: str | Path) -> str:
    """The text of a file, or of standard input for `-`. Raises Complaint, OSError."""
    try:
        return sys.stdin.read() if str(file) == "-" else Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Complaint(f"{file} is not text in UTF-8: {problem}") from None


def is_yaml(file: str | Path, text: str) -> bool:
    """By the name, and for standard input by the first letter."""
    return Path(file).suffix in (".yaml", ".yml") or (str(file) == "-" and not text.lstrip().startswith("{"))


def read_value(file: str | Path) -> Any:
    """A document of JSON or YAML. Raises Complaint with the place of what is wrong."""
    from treadle.tools.source.yamltext import load_yaml
    from treadle.values import loads

    text = read_text(file)
    try:
        return load_yaml(text) if is_yaml(file, text) else loads(text)
    except ValueError as problem:
        raise Complaint(f"{file}: {problem}") from None


def read_definition(file: str | Path, values: Mapping[str, str] | None = None) -> str:
    """The definition in a file as JSON text. A placeholder `${name}` gets its value; one without becomes the ARN of a
    Lambda function of that name where it is the whole Resource, and its own name elsewhere."""
    from treadle.tools.layout.placeholders import quote_placeholders
    from treadle.tools.source.yamltext import load_yaml
    from treadle.values import dumps, loads

    text, given = read_text(file), values or {}
    text = PLACEHOLDER.sub(lambda match: given.get(match.group(1), match.group(0)), text)
    open_ones = "${" in text
    try:
        if is_yaml(file, text):
            return dumps(_filled(load_yaml(text)))
        return dumps(_filled(loads(quote_placeholders(text)))) if open_ones else text
    except ValueError as problem:
        raise Complaint(f"{file}: {problem}") from None


def _filled(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _filled(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, field) for member in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    alone = PLACEHOLDER.fullmatch(value)
    if alone and field == "Resource":
        return f"arn:aws:lambda:us-east-1:{_ACCOUNT}:function:{alone.group(1)}"
    return PLACEHOLDER.sub(lambda match: match.group(1), value)


def variables(given: list[str]) -> dict[str, str]:
    """`--var NAME=VALUE` options. Raises Complaint."""
    made = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise Complaint(f"--var {each}: write NAME=VALUE")
        made[name] = value
    return made
