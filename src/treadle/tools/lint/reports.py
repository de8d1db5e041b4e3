"""Findings for people and for machines: terminal, JSON, SARIF 2.1.0, GitHub annotations."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from treadle.tools.lint.project import FileReport
from treadle.tools.lint.rule import Finding, Fix, Severity
from treadle.tools.lint.table import BY_ID, RULES
from treadle.values import Json

Paint = Callable[[str, str], str]
_COLOURS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_WIDEST = 110  # characters of a line in a frame


class Lines:
    """Offsets of a text as lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for index, char in enumerate(text):
            if char == "\n":
                self.starts.append(index + 1)

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r")


def terminal(reports: Sequence[FileReport], paint: Paint, *, fixing: bool = False) -> Iterator[str]:
    """Lines for a person: each finding with its place in the text, and a sum."""
    for report in reports:
        lines = Lines(report.text)
        for finding in report.findings:
            yield from _framed(report.path, finding, lines, paint)
            yield ""
    yield from _sum(reports, paint, fixing)


def _framed(path: str, finding: Finding, lines: Lines, paint: Paint) -> Iterator[str]:
    line, column = lines.place(finding.start)
    colour = _COLOURS[finding.severity]
    rule = BY_ID[finding.rule]
    head = f"{paint(finding.severity, f'1;{colour}')} {paint(f'{finding.rule} {rule.name}', '1')}"
    yield f"{head}  {paint(f'{path}:{line}:{column}', '2')}"
    yield f"  {finding.message}"
    gutter = max(len(str(line)), 2)
    if line > 1:
        yield f"  {paint(f'{line - 1:>{gutter}} │', '2')} {_cut(lines.line(line - 1).expandtabs(4), 0)[0]}".rstrip()
    raw = lines.line(line)
    before = raw[: column - 1].expandtabs(4)
    shown, cut = _cut(raw.expandtabs(4), len(before))
    yield f"  {paint(f'{line:>{gutter}} │', '2')} {shown}"
    end_line, end_column = lines.place(max(finding.end, finding.start + 1))
    width = end_column - column if end_line == line else len(raw) - column + 1
    width = max(1, min(width, len(shown) - (len(before) - cut)))
    yield f"  {paint(' ' * gutter + ' │', '2')} {' ' * (len(before) - cut)}{paint('^' * width, colour)}"
    if finding.fix is not None:
        how = "--fix" if finding.fix.safe else "--unsafe-fixes"
        yield f"  {paint(' ' * gutter + ' =', '2')} {paint('fix', '32')}: {finding.fix.title} {paint(f'({how})', '2')}"


def _cut(line: str, column: int) -> tuple[str, int]:
    """A long line around a column, and how much of its beginning is gone."""
    if len(line) <= _WIDEST:
        return line, 0
    start = 0 if column < _WIDEST - 30 else column - 40
    return line[start : start + _WIDEST], start


def _sum(reports: Sequence[FileReport], paint: Paint, fixing: bool) -> Iterator[str]:
    definitions = sum(report.definitions for report in reports)
    findings = [finding for report in reports for finding in report.findings]
    fixed = sum(len(report.fixed) for report in reports)
    if fixed:
        yield paint(f"{_count(fixed, 'finding')} fixed", "32")
    if not findings:
        yield paint(f"✓ {_count(definitions, 'definition')}: nothing to say", "32")
        return
    by_level = Counter(finding.severity for finding in findings)
    words = {"error": "error", "warning": "warning", "info": "note"}
    counts = [paint(_count(by_level[level], words[level]), _COLOURS[level]) for level in _COLOURS if by_level[level]]
    yield f"{', '.join(counts)} in {_count(definitions, 'definition')}"
    safe = sum(1 for each in findings if each.fix is not None and each.fix.safe)
    unsafe = sum(1 for each in findings if each.fix is not None and not each.fix.safe)
    if safe and not fixing:
        yield f"{safe} can be fixed with --fix" + (f", {unsafe} more with --unsafe-fixes" if unsafe else "")
    elif unsafe:
        yield f"{unsafe} can be fixed with --unsafe-fixes: look at what they change"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _placed(report: FileReport) -> Iterator[tuple[Finding, tuple[int, int], tuple[int, int]]]:
    lines = Lines(report.text)
    for finding in report.findings:
        yield finding, lines.place(finding.start), lines.place(max(finding.end, finding.start + 1))


def to_json(reports: Iterable[FileReport]) -> str:
    """An array of findings; places count from 1."""
    found: list[Json] = []
    for report in reports:
        for finding, start, end in _placed(report):
            shown = {
                "file": report.path,
                "rule": finding.rule,
                "name": BY_ID[finding.rule].name,
                "severity": finding.severity,
                "message": finding.message,
                "pointer": finding.pointer,
                "line": start[0],
                "column": start[1],
                "endLine": end[0],
                "endColumn": end[1],
            }
            if finding.fix is not None:
                shown["fix"] = {"title": finding.fix.title, "safe": finding.fix.safe}
            found.append(shown)
    return json.dumps(found, indent=2, ensure_ascii=False)


_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def to_sarif(reports: Iterable[FileReport], version: str) -> str:
    """For code scanning: GitHub, GitLab, Azure DevOps, editors."""
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.title},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in RULES
    ]
    places = {rule.id: index for index, rule in enumerate(RULES)}
    results: list[Json] = []
    for report in reports:
        for finding, start, end in _placed(report):
            region = {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}
            file = {"uri": _uri(report.path)}
            result: dict[str, Json] = {
                "ruleId": finding.rule,
                "ruleIndex": places[finding.rule],
                "level": _LEVELS[finding.severity],
                "message": {"text": finding.message},
                "locations": [{"physicalLocation": {"artifactLocation": file, "region": region}}],
            }
            if finding.fix is not None:
                result["fixes"] = [_sarif_fix(finding.fix, file)]
            results.append(result)
    driver = {"name": "treadle", "semanticVersion": version, "rules": rules}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _uri(path: str) -> str:
    """Relative to where the command runs, as viewers of results expect it, where that can be."""
    given = Path(path)
    if given.is_absolute() and not given.is_relative_to(Path.cwd()):
        return given.as_uri()
    return quote((given.relative_to(Path.cwd()) if given.is_absolute() else given).as_posix())


def _sarif_fix(fix: Fix, file: Json) -> Json:
    changes = [
        {
            "deletedRegion": {"charOffset": edit.start, "charLength": edit.end - edit.start},
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    change = {"artifactLocation": file, "replacements": changes}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def to_github(reports: Iterable[FileReport]) -> Iterator[str]:
    """Workflow commands that GitHub shows at the lines of a pull request."""
    commands: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
    for report in reports:
        for finding, start, end in _placed(report):
            title = f"{finding.rule} {BY_ID[finding.rule].name}"
            where = (
                f"file={_escaped(report.path)},line={start[0]},endLine={end[0]},col={start[1]},title={_escaped(title)}"
            )
            message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
            yield f"::{commands[finding.severity]} {where}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
