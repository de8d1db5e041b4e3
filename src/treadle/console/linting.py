"""POST lint: what the linter says about a definition, and how to repair it (docs/lint.md)."""

from __future__ import annotations

import asyncio
from typing import Literal

from msgspec import Struct

from treadle.tools.lint import BY_ID, Finding, check
from treadle.tools.source import read
from treadle.values import Json


class Question(Struct):
    """`type` is None where nobody has chosen yet. The definition is JSON or YAML and may have placeholders."""

    definition: str
    type: Literal["STANDARD", "EXPRESS"] | None = None


async def lint(question: Question) -> Json:
    """Reading API models for the first time takes its time, which is not the server's."""
    return await asyncio.to_thread(_linted, question)


def _linted(question: Question) -> Json:
    text = question.definition
    name = "machine.asl.json" if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "") else "machine.asl.yaml"
    at = _Units(text)
    return {"findings": [_shown(each, at) for each in check(read(text, name), question.type)]}


def _shown(finding: Finding, at: _Units) -> Json:
    shown = {
        "rule": finding.rule,
        "name": BY_ID[finding.rule].name,
        "severity": finding.severity,
        "message": finding.message,
        "pointer": finding.pointer,
        "start": at(finding.start),
        "end": at(finding.end),
    }
    if finding.fix is not None:
        edits = [{"start": at(it.start), "end": at(it.end), "text": it.text} for it in finding.fix.edits]
        shown["fix"] = {"title": finding.fix.title, "safe": finding.fix.safe, "edits": edits}
    return shown


class _Units:
    """Offsets of Python (characters) as those of JavaScript (UTF-16 code units)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = text.isascii()

    def __call__(self, offset: int) -> int:
        return offset if self.plain else len(self.text[:offset].encode("utf-16-le", "surrogatepass")) // 2
