"""`treadle fmt`: definitions in one form."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from treadle.cli.client import Complaint
from treadle.cli.definitions import is_yaml, read_text
from treadle.cli.show import paint

_ENDINGS = ("*.asl.json", "*.asl.yaml", "*.asl.yml")
_SKIPPED = frozenset({"node_modules", "venv", "__pycache__"})


def add_fmt(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files, folders with *.asl.json and *.asl.yaml (default: here), - for stdin",
    )
    verb.add_argument("--check", action="store_true", help="write nothing; exit status 1 when a file is not in order")
    verb.add_argument("--diff", action="store_true", help="show what would change, and write nothing")
    verb.set_defaults(act=fmt)


def fmt(options: argparse.Namespace) -> int:
    """0 when all is in order now, 1 when a check found something or a file cannot be formatted."""
    if options.paths == ["-"]:
        text = read_text("-")
        print(_formatted("-", text), end="")
        return 0
    changed, broken, count = 0, 0, 0
    for file in _files(options.paths or ["."]):
        count += 1
        text = read_text(file)
        try:
            made = _formatted(file, text)
        except Complaint as problem:
            print(f"treadle: {problem}", file=sys.stderr)
            broken += 1
            continue
        if made == text:
            continue
        changed += 1
        if options.diff:
            print("".join(_difference(file, text, made)), end="")
        elif options.check:
            print(f"not in order: {file}")
        else:
            file.write_text(made, "utf-8")
            print(f"formatted {file}")
    if not count:
        raise Complaint("no definitions found: name files, or folders with *.asl.json or *.asl.yaml")
    kept = options.check or options.diff
    word = "would change" if kept else "changed"
    print(f"{count} {'file' if count == 1 else 'files'}, {changed} {word}" + (f", {broken} broken" if broken else ""))
    return 1 if broken or (kept and changed) else 0


def _files(paths: list[str]) -> Iterator[Path]:
    for given in map(Path, paths):
        if not given.is_dir():
            yield given
            continue
        found = (file for ending in _ENDINGS for file in given.rglob(ending))
        hidden = (file for file in sorted(found) if not _hidden(file.relative_to(given)))
        yield from hidden


def _hidden(file: Path) -> bool:
    return any(part in _SKIPPED or part.startswith(".") for part in file.parts[:-1])


def _formatted(file: Path | str, text: str) -> str:
    from treadle.tools.source.layout import Unformattable, format_json, format_yaml

    try:
        return format_yaml(text) if is_yaml(file, text) else format_json(text)
    except Unformattable as problem:
        raise Complaint(f"{file}: {problem}") from None


def _difference(file: Path, before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), str(file), str(file))
    for line in lines:
        colour = {"+": "32", "-": "31", "@": "36"}.get(line[:1])
        yield paint(line, colour) if colour else line
