"""Definitions as commands are given them: JSON or YAML, in a file of their own or inside Terraform, SAM or
CloudFormation, with placeholders filled as well as may be."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from treadle.cli.client import Complaint

if TYPE_CHECKING:
    from treadle.tools.lint import Finding
    from treadle.tools.source import Document, Problem

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")


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
    """A document of JSON or YAML that is no definition. Raises Complaint with the place of what is wrong."""
    from treadle.tools.source import read

    text = read_text(file)
    document = read(text, "-.yaml" if is_yaml(file, text) else "-.json")
    _complain(file, text, document.problems)
    return document.value


def read_document(file: str | Path, text: str | None = None) -> Document:
    """The only definition in a file. Raises Complaint with the place of what is wrong."""
    from treadle.tools.source import find, read

    text = read_text(file) if text is None else text
    name = "-.yaml" if is_yaml(file, text) else str(file) if Path(file).suffix in (".tf", ".json") else "-.json"
    found = [each.document for each in find(text, name) if each.document is not None] or [read(text, name)]
    if len(found) > 1:
        names = ", ".join(document.title for document in found)
        raise Complaint(f"{file} has {len(found)} definitions ({names}): put the one you mean into a file of its own")
    document = found[0]
    _complain(file, text, document.problems)
    root = document.root
    if root is None or root.kind != "object":
        raise Complaint(f"{file} has no definition: an object with StartAt and States is expected")
    return document


def read_definition(file: str | Path, values: Mapping[str, str] | None = None) -> str:
    """The definition in a file as JSON text. A placeholder `${name}` gets its value, or a plausible stand-in."""
    from treadle.tools.source import filled
    from treadle.values import dumps

    text, given = read_text(file), values or {}
    text = PLACEHOLDER.sub(lambda match: given.get(match.group(1), match.group(0)), text)
    document = read_document(file, text)
    if document.format == "json" and document.text == text and "${" not in text:
        return text
    return dumps(filled(document.root)) if document.root is not None else text


def invalid(file: str | Path, problem: Exception) -> Complaint:
    """The complaint about a definition that AWS would refuse: in its words, and as the linter shows the errors."""
    from treadle.cli.show import paint
    from treadle.tools.lint.config import Config
    from treadle.tools.lint.project import lint_project, read_project
    from treadle.tools.lint.reports import terminal

    path = Path(file)
    reports = lint_project(read_project([path], [path]), Config()) if path.is_file() else ()
    wrong = [structs.replace(each, findings=tuple(_errors(each.findings))) for each in reports]
    if not any(each.findings for each in wrong):
        return Complaint(f"{file}: {problem}")
    frames = "\n".join(terminal(wrong, paint))
    return Complaint(f"{file}: {' '.join(str(problem).split())}\n\n{frames}")


def _errors(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (each for each in findings if each.severity == "error")


def _complain(file: str | Path, text: str, problems: tuple[Problem, ...]) -> None:
    if problems:
        first = problems[0]
        raise Complaint(f"{place(file, text, first.start)}: {first.message}")


def place(file: str | Path, text: str, offset: int) -> str:
    """`file:line:column`, both from 1."""
    line = text.count("\n", 0, offset) + 1
    return f"{file}:{line}:{offset - text.rfind(chr(10), 0, offset)}"


def variables(given: list[str]) -> dict[str, str]:
    """`--var NAME=VALUE` options. Raises Complaint."""
    made = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise Complaint(f"--var {each}: write NAME=VALUE")
        made[name] = value
    return made
