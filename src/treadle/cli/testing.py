"""`treadle test`: runs test files, prints what came of them, and the coverage."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.cli.client import Complaint
from treadle.cli.executions import add_places, load
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.testing.suite import FileResult


def add_test(verb: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    verb.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: here)")
    verb.add_argument("-k", dest="keyword", default="", metavar="TEXT", help="only tests whose name contains this")
    verb.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    verb.add_argument("--coverage-html", type=Path, metavar="FILE", help="write the coverage as a page of HTML")
    verb.add_argument("--fail-under", type=float, metavar="PERCENT", help="fail when fewer states are covered")
    verb.add_argument("--json", action="store_true", help="print the results as JSON")
    verb.add_argument("--no-coverage", action="store_true", help="do not print the coverage")
    verb.add_argument(
        "--from-history",
        metavar="EXECUTION",
        help="print a test made from an execution: its ARN, or a file: the answer of get-execution-history",
    )
    verb.add_argument("--definition", type=Path, metavar="FILE", help="the workflow of --from-history")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write the test of --from-history")
    add_places(verb)
    verb.add_argument("--schema", action="store_true", help="print the JSON schema of test files")
    verb.set_defaults(act=run_tests)


def run_tests(options: argparse.Namespace) -> int:
    """0 when all pass, 1 when a test, a file or the coverage does not, 2 when there is nothing to run."""
    from treadle.testing import reports, suite

    if options.schema:
        print((Path(suite.__file__).parent / "treadle-test.schema.json").read_text("utf-8"), end="")
        return 0
    if options.from_history is not None:
        return write_test(options)
    for path in options.paths:
        if not path.exists():
            raise Complaint(f"there is no {path}")
    logging.getLogger("treadle.lambdas").setLevel(logging.ERROR)
    files = suite.find(options.paths or [Path(".")])
    results = [suite.run_file(file, lambda name: options.keyword in name) for file in files]
    if options.json:
        print(json.dumps(reports.as_json(results), indent=2, ensure_ascii=False))
        return 0 if all(file.passed for file in results) else 1
    if not any(file.results or file.trouble for file in results):
        print("no tests found: test files are called *.treadle.yaml")
        return 2
    return report(results, options)


def report(results: list[FileResult], options: argparse.Namespace) -> int:
    from treadle.testing import reports

    for line in reports.terminal(results, coverage=not options.no_coverage):
        print(coloured(line))
    covered = [file.coverage for file in results if file.coverage is not None]
    if options.junit:
        options.junit.write_text(reports.junit(results), "utf-8")
    if options.coverage_html:
        from treadle.testing.page import coverage_html

        options.coverage_html.write_text(coverage_html(covered), "utf-8")
    low = [each for each in reports.merged(covered) if each.percent("state") < (options.fail_under or 0)]
    for each in low:
        print(coloured(f"  ✗ {each.percent('state'):.0f} % of the states of {each.name} are covered"))
    return 0 if all(file.passed for file in results) and not low else 1


def coloured(line: str) -> str:
    text = line.lstrip()
    colour = {"✓": "32", "✗": "31", "-": "33"}.get(text[:1])
    return line if colour is None or text[1:2] != " " else line.replace(text[0], paint(text[0], colour), 1)


def write_test(options: argparse.Namespace) -> int:
    from treadle.testing.recording import record_history

    try:
        recorded = load(options.from_history, options)
        text = record_history(recorded, options.output, definition=options.definition)
    except ValueError as problem:
        raise Complaint(f"{options.from_history}: {problem}") from None
    print(text if options.output is None else f"wrote {options.output}", end="" if options.output is None else "\n")
    return 0
