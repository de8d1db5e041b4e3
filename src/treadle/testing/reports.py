"""Results for people and machines: the terminal, JSON and JUnit XML."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from treadle.testing.coverage import KINDS, NOUNS, Coverage, table
from treadle.testing.picture import duration
from treadle.testing.suite import FileResult, Result


def terminal(files: Sequence[FileResult], *, coverage: bool = True) -> Iterator[str]:
    """Lines without colour: a mark, the name, the modelled time; what went wrong below it."""
    for file in files:
        yield ""
        yield f"  {file.path}"
        for result in file.results:
            yield from _test(result)
        if file.trouble is not None:
            yield f"    ✗ {file.trouble}"
    covered = [file.coverage for file in files if file.coverage is not None]
    if coverage and covered:
        yield ""
        yield from (f"  {line}" for line in table(merged(covered)))
    yield ""
    yield f"  {summary(files)}"


def _test(result: Result) -> Iterator[str]:
    if result.skipped is not None:
        yield f"    - {result.name}  (skipped: {result.skipped})"
        return
    mark = "✗" if result.problems else "✓"
    yield f"    {mark} {result.name}  ({duration(result.modelled)} modelled, {result.seconds * 1000:.0f} ms)"
    for problem in result.problems:
        yield from (f"        {line}" for line in problem.splitlines())
    yield from (f"        {line}" for line in result.picture.splitlines())


def as_json(files: Sequence[FileResult]) -> dict[str, Any]:
    """For machines: counts, each test, and the coverage of each machine."""
    results = [(file, result) for file in files for result in file.results]
    failed = sum(bool(result.problems) for _, result in results)
    skipped = sum(result.skipped is not None for _, result in results)
    return {
        "passed": len(results) - failed - skipped,
        "failed": failed,
        "skipped": skipped,
        "troubles": [f"{file.path}: {file.trouble}" for file in files if file.trouble is not None],
        "tests": [
            {
                "file": str(file.path),
                "name": result.name,
                "problems": list(result.problems),
                "picture": result.picture,
                "skipped": result.skipped,
                "seconds": round(result.seconds, 4),
                "modelled": round(result.modelled, 3),
            }
            for file, result in results
        ],
        "coverage": [
            {
                "machine": each.name,
                "percent": round(each.percent(), 1),
                **{noun.replace("choice ", ""): [share.covered, share.total] for noun, share in each.rows()},
                "missing": [part.label for part in each.missing],
            }
            for each in merged([file.coverage for file in files if file.coverage is not None])
        ],
    }


def summary(files: Sequence[FileResult]) -> str:
    results = [result for file in files for result in file.results]
    failed = sum(bool(result.problems) for result in results)
    skipped = sum(result.skipped is not None for result in results)
    parts = [f"{len(results) - failed - skipped} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{skipped} skipped"] if skipped else []
    broken = sum(file.trouble is not None for file in files)
    parts += [f"{broken} file{'s' if broken > 1 else ''} in trouble"] if broken else []
    return f"{', '.join(parts)} in {sum(result.seconds for result in results):.2f} s"


def merged(coverages: Sequence[Coverage]) -> list[Coverage]:
    """Coverages of the same machine (its name and parts) added up. Of one name, each is called after its file."""
    found: dict[tuple[object, ...], Coverage] = {}
    for each in coverages:
        key = (each.name, *each.parts)
        if key not in found:
            found[key] = each.copy()
        else:
            found[key].add(each)
    names = Counter(each.name for each in found.values())
    for each in found.values():
        if names[each.name] > 1 and each.file is not None:
            each.name = os.path.relpath(each.file)
    return list(found.values())


def junit(files: Sequence[FileResult]) -> str:
    """JUnit XML as CI servers read it; coverage stands in each suite's properties."""
    suites = "".join(_suite(file) for file in files)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="treadle">{suites}\n</testsuites>\n'


def _suite(file: FileResult) -> str:
    tests, failures = len(file.results), sum(bool(result.problems) for result in file.results)
    skipped = sum(result.skipped is not None for result in file.results)
    head = f'name={_attribute(str(file.path))} tests="{tests}" failures="{failures}" skipped="{skipped}"'
    lines = [f'\n  <testsuite {head} errors="{int(file.trouble is not None)}" time="{_total(file):.3f}">']
    if file.coverage is not None:
        rows = "".join(
            f'<property name="coverage.{NOUNS[kind].replace(" ", "-")}" value="{file.coverage.percent(kind):.1f}"/>'
            for kind in KINDS
        )
        lines.append(f"\n    <properties>{rows}</properties>")
    for result in file.results:
        lines.append(_case(result, str(file.path)))
    if file.trouble is not None:
        name, text = _attribute(str(file.path)), _attribute(file.trouble)
        lines.append(f'\n    <testcase name="file" classname={name} time="0"><error message={text}/></testcase>')
    return "".join([*lines, "\n  </testsuite>"])


def _case(result: Result, file: str) -> str:
    head = f'<testcase name={_attribute(result.name)} classname={_attribute(file)} time="{result.seconds:.3f}"'
    if result.skipped is not None:
        return f"\n    {head}><skipped message={_attribute(result.skipped)}/></testcase>"
    if not result.problems:
        return f"\n    {head}/>"
    text = escape(_printable("\n".join([*result.problems, result.picture])))
    return f"\n    {head}><failure message={_attribute(result.problems[0])}>{text}</failure></testcase>"


def _total(file: FileResult) -> float:
    return sum(result.seconds for result in file.results)


def _attribute(text: str) -> str:
    return quoteattr(_printable(text), {"\n": "&#10;"})


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\n\t\r" or (c >= " " and c not in "\ufffe\uffff"))
