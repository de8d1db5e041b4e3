"""`treadle lint`: finds the definitions of a project and says what is wrong with them, or repairs it."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from treadle import __version__
from treadle.cli.client import Complaint
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.tools.lint.config import Config
    from treadle.tools.lint.project import FileReport, Project

_LEVELS = {"error": 3, "warning": 2, "info": 1, "never": 4}


def add_lint(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("paths", nargs="*", metavar="PATH", help="files or folders, - for standard input (default: here)")
    verb.add_argument("--fix", action="store_true", help="repair what can be repaired without doubt, in place")
    verb.add_argument("--unsafe-fixes", action="store_true", help="repair also what rests on a guess; look at it then")
    verb.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    verb.add_argument("--select", action="append", default=[], metavar="RULES", help="only these: TR203, TR2, ALL")
    verb.add_argument("--extend-select", action="append", default=[], metavar="RULES", help="these besides the usual")
    verb.add_argument("--ignore", action="append", default=[], metavar="RULES", help="not these")
    verb.add_argument("--type", choices=("STANDARD", "EXPRESS"), help="workflow type where the project does not say it")
    verb.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text", help="default: text")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write (default: standard output)")
    verb.add_argument("--config", type=Path, metavar="FILE", help="default: the nearest treadle.toml or pyproject.toml")
    verb.add_argument(
        "--fail-on",
        choices=tuple(_LEVELS),
        default="warning",
        help="exit status 1 from this level on (default warning)",
    )
    verb.add_argument("--stdin-filename", default="stdin.asl.json", metavar="NAME", help="how - is to be read")
    verb.add_argument("--rules", action="store_true", help="list the rules, and stop")
    verb.set_defaults(act=lint)


def lint(options: argparse.Namespace) -> int:
    """0 when there is nothing to complain about, 1 when there is, 2 when nothing was found to look at."""
    if options.rules:
        return list_rules()
    config = _config(options)
    if options.paths == ["-"]:
        return lint_input(options, config)
    from treadle.tools.lint.project import files_in, fix_project, lint_project, read_project

    paths = [Path(each) for each in options.paths or ["."]]
    for path in paths:
        if not path.exists():
            raise Complaint(f"there is no {path}")
    project = read_project(files_in(paths, config), paths)
    if not project.files and all(path.suffix == ".tf" for path in paths):
        return 0  # as hooks name them: whatever has changed
    if not project.files:
        print(
            "treadle: no definitions found (*.asl.json, *.asl.yaml, and those in *.tf and templates)", file=sys.stderr
        )
        return 2
    if not (options.fix or options.unsafe_fixes or options.diff):
        return report(list(lint_project(project, config, options.type)), options)
    reports = list(fix_project(project, config, options.type, options.unsafe_fixes))
    if options.diff:
        return show_changes(project, reports)
    for each in reports:
        if each.fixed:
            _write(Path(each.path), each.text)
    return report(reports, options)


def _config(options: argparse.Namespace) -> Config:
    from msgspec import structs

    from treadle.tools.lint.config import BadConfig, check_names, load

    try:
        first = Path(options.paths[0]) if options.paths and options.paths != ["-"] else Path(".")
        config = load(first if first.is_dir() else first.parent, options.config)
        select, extend, ignore = (_names(each) for each in (options.select, options.extend_select, options.ignore))
        check_names([*select, *extend, *ignore], "the command line")
    except BadConfig as problem:
        raise Complaint(str(problem)) from None
    return structs.replace(
        config,
        select=tuple(select) or config.select,
        extend_select=(*config.extend_select, *extend),
        ignore=(*config.ignore, *ignore),
    )


def _names(given: Sequence[str]) -> list[str]:
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def lint_input(options: argparse.Namespace, config: Config) -> int:
    """Standard input. With --fix the repaired text goes to standard output, the findings to standard error."""
    from treadle.tools.lint.project import Project, fix_project, lint_project
    from treadle.tools.source import find

    text = sys.stdin.read()
    name = options.stdin_filename
    found = find(text, name)
    if not found:
        raise Complaint(f"there is no definition in the text, read as {name}")
    project = Project({name: (text, found)}, {})
    if options.diff:
        return show_changes(project, list(fix_project(project, config, options.type, options.unsafe_fixes)))
    if not (options.fix or options.unsafe_fixes):
        return report(list(lint_project(project, config, options.type)), options)
    reports = list(fix_project(project, config, options.type, options.unsafe_fixes))
    sys.stdout.write(reports[0].text)
    return _status(reports, options.fail_on)


def report(reports: list[FileReport], options: argparse.Namespace) -> int:
    from treadle.tools.lint import reports as forms

    match options.format:
        case "json":
            text = forms.to_json(reports)
        case "sarif":
            text = forms.to_sarif(reports, __version__)
        case "github":
            text = "\n".join(forms.to_github(reports))
        case _:
            plain = options.output is not None
            fixing = options.fix or options.unsafe_fixes
            text = "\n".join(forms.terminal(reports, (lambda text, code: text) if plain else paint, fixing=fixing))
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")
    elif text:
        print(text)
    return _status(reports, options.fail_on)


def _status(reports: list[FileReport], fail_on: str) -> int:
    worst = max((_LEVELS[each.severity] for report in reports for each in report.findings), default=0)
    return int(worst >= _LEVELS[fail_on])


def show_changes(project: Project, reports: list[FileReport]) -> int:
    """A unified diff; 1 when there is one."""
    changed = False
    for each in reports:
        old = project.files[each.path][0]
        before, after = old.splitlines(keepends=True), each.text.splitlines(keepends=True)
        for line in difflib.unified_diff(before, after, each.path, each.path):
            changed = True
            colour = {"+": "32", "-": "31", "@": "36"}.get(line[:1])
            print(paint(line.rstrip("\n"), colour) if colour else line.rstrip("\n"))
    return int(changed)


def _write(path: Path, text: str) -> None:
    mark = path.read_bytes().startswith(b"\xef\xbb\xbf")
    path.write_text(text, encoding="utf-8-sig" if mark else "utf-8", newline="")


def list_rules() -> int:
    from treadle.tools.lint import RULES

    for rule in RULES:
        colour = {"error": "31", "warning": "33", "info": "36"}[rule.severity]
        usual = "" if rule.usual else "  (on demand)"
        print(f"{paint(rule.id, '1')}  {paint(f'{rule.severity:<7}', colour)}  {rule.name:<24} {rule.title}{usual}")
    return 0
