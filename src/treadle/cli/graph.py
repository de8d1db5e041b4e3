"""`treadle graph FILE`: the picture of a definition, or of an execution."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from treadle.cli.client import Complaint
from treadle.cli.definitions import is_yaml, read_document, read_text
from treadle.cli.executions import add_places, load

if TYPE_CHECKING:
    from treadle.engine.history import HistoryEvent

_FORMATS = {".svg": "svg", ".png": "png", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "mermaid"}


class Subject(NamedTuple):
    """What is to be drawn."""

    title: str
    text: str
    events: tuple[HistoryEvent, ...] | None


def add_graph(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "file", nargs="?", help="the workflow, - for standard input (default: what the execution ran)", metavar="FILE"
    )
    verb.add_argument(
        "--format", choices=("svg", "png", "mermaid"), help="default: by the name of the output, otherwise svg"
    )
    verb.add_argument("--theme", choices=("light", "dark", "auto"), default="auto", help="auto: as the reader's system")
    verb.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write (default: standard output)")
    verb.add_argument(
        "--execution",
        action="append",
        metavar="EXECUTION",
        help="colour the states by this execution: its ARN, or the files of an exported history",
    )
    add_places(verb)
    verb.set_defaults(act=graph)


def graph(options: argparse.Namespace) -> int:
    from treadle.tools.graph import read_trace, to_mermaid, to_svg
    from treadle.tools.layout import NoDefinition, draw

    shape = options.format or _FORMATS.get(options.output.suffix.lower() if options.output else "", "svg")
    subject = _subject(options)
    try:
        drawing = draw(subject.text)
    except NoDefinition as problem:
        raise Complaint(f"{subject.title} cannot be drawn: {problem}") from None
    trace = read_trace(drawing, subject.events) if subject.events is not None else None
    if shape == "mermaid":
        return _write(options.output, to_mermaid(drawing, trace).encode())
    svg = to_svg(drawing, options.theme, subject.title, trace)
    if shape == "svg":
        return _write(options.output, svg.encode())
    if options.output is None and sys.stdout.isatty():
        raise Complaint("a PNG picture is no text for a terminal: name a file with -o")
    return _write(options.output, _paint(svg, drawing.width, drawing.height, options.theme))


def _paint(svg: str, width: float, height: float, theme: str) -> bytes:
    from treadle.tools.graph import NoPainter, to_png

    try:
        return to_png(svg, width, height, "dark" if theme == "dark" else "light")
    except NoPainter as problem:
        raise Complaint(str(problem)) from None


def _subject(options: argparse.Namespace) -> Subject:
    if options.file is None and options.execution is None:
        raise Complaint("name a definition, or an execution with --execution")
    name = "" if options.file is None else "standard input" if options.file == "-" else Path(options.file).name
    text = "" if options.file is None else _definition(options.file)
    if options.execution is None:
        return Subject(name, text, None)
    ran = load(options.execution, options)
    text = text or ran.definition or ""
    if not text:
        raise Complaint(f"{ran.source} does not have the definition: name it as well")
    title = f"{ran.machine}: {ran.name}" if ran.machine else name or ran.name
    return Subject(title, text, ran.events)


def _definition(file: str) -> str:
    """As JSON; a text of JSON stays as it is, because a draft with faults is drawn all the same."""
    from treadle.values import dumps

    text = read_text(file)
    if is_yaml(file, text) or Path(file).suffix == ".tf" or '"AWSTemplateFormatVersion"' in text:
        return dumps(read_document(file, text).value)
    return text


def _write(output: Path | None, picture: bytes) -> int:
    if output is not None:
        output.write_bytes(picture)
    else:
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()
    return 0
