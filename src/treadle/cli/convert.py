"""`treadle convert`: JSON to YAML and back, JSONPath to JSONata."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.cli.client import Complaint
from treadle.cli.definitions import invalid, is_yaml, place, read_document
from treadle.cli.executions import add_places, load
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.testing.equivalence import Trial
    from treadle.tools.convert import Converted
    from treadle.tools.source import Document

SAMPLES = 60


def add_convert(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "file", metavar="FILE", help="the workflow: JSON, YAML, or inside Terraform or SAM; - for standard input"
    )
    verb.add_argument(
        "--to",
        choices=("json", "yaml", "jsonata"),
        help="default: by the name of the output; jsonata rewrites JSONPath states and keeps the format",
    )
    verb.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write (default: standard output)")
    verb.add_argument("--partial", action="store_true", help="leave states that cannot be converted in JSONPath")
    verb.add_argument("--input", action="append", default=[], metavar="JSON", help="try the conversion on this input")
    verb.add_argument(
        "--execution",
        action="append",
        default=[],
        metavar="EXECUTION",
        help="try it on an execution's input and recorded answers: an ARN, or a file of an exported history",
    )
    verb.add_argument("--samples", type=int, default=SAMPLES, metavar="N", help=f"made up inputs (default {SAMPLES})")
    verb.add_argument("--json", action="store_true", help="with --to jsonata: print a report as JSON, write with -o")
    add_places(verb)
    verb.set_defaults(act=convert)


def convert(options: argparse.Namespace) -> int:
    """0 when it was done; 1 when it cannot be done exactly, or a trial came out differently."""
    document = read_document(options.file)
    value, placeholders = _value(document)
    out_is_yaml = options.output is not None and is_yaml(options.output, "")
    source_is_yaml = document.format == "yaml"
    to = options.to or ("yaml" if out_is_yaml else "json" if options.output is not None else "")
    if not to:
        raise Complaint("say --to json, yaml or jsonata, or name the output with -o")
    if to != "jsonata":
        _lost(document, to)
        return _write(options.output, _text(value, placeholders, to == "yaml"))
    as_yaml = out_is_yaml if options.output is not None else source_is_yaml
    return _to_jsonata(options, document, value, placeholders, as_yaml)


# -- the text
def _value(document: Document) -> tuple[Any, dict[str, str]]:
    from treadle.tools.convert.text import Bound, value_of

    try:
        return value_of(document)
    except Bound as problem:
        raise Complaint(f"{place('line', document.text, problem.at)}: {problem}") from None


def _lost(document: Document, to: str) -> None:
    from treadle.tools.convert.text import comments, directive

    lost = comments(document) if to == "json" else 0
    if lost:
        print(f"treadle: JSON has no comments: {lost} lines of them are left out", file=sys.stderr)
    if directive(document) is not None:
        raise Complaint("the template has directives (%{ ... }), which only Terraform can follow: render it first")


def _text(value: Any, placeholders: dict[str, str], as_yaml: bool) -> str:
    from treadle.tools.convert.text import text_of

    return text_of(value, placeholders, as_yaml)


def _write(output: Path | None, text: str) -> int:
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, "utf-8")
        print(f"wrote {output}", file=sys.stderr)
    return 0


# -- JSONPath to JSONata
def _to_jsonata(
    options: argparse.Namespace, document: Document, value: Any, placeholders: dict[str, str], as_yaml: bool
) -> int:
    from treadle.tools.convert import to_jsonata
    from treadle.tools.source import filled, read_json
    from treadle.values import dumps

    assert document.root is not None
    known = dumps(filled(document.root))
    _parsed(options.file, known)
    made = to_jsonata(value, options.partial)
    if made.definition is None:
        if options.json:
            print(json.dumps(_report_json(options, document, made, []), indent=2, ensure_ascii=False))
        for line in _refused(options.file, document, made):
            print(line, file=sys.stderr)
        return 1
    text = _text(made.definition, placeholders, as_yaml)
    written = text if not as_yaml else _text(made.definition, placeholders, False)
    new = dumps(filled(root)) if (root := read_json(written).root) is not None else written
    _parsed("the conversion", new)
    trials = list(_trials(options, known, new))
    if options.json:
        print(json.dumps(_report_json(options, document, made, trials), indent=2, ensure_ascii=False))
        if options.output is not None:
            options.output.write_text(text, "utf-8")
    else:
        _write(options.output, text)
        for line in _report(options.file, document, made, trials, known):
            print(line, file=sys.stderr)
    return 1 if any(not trial.divergences.equal for trial in trials if trial.comparable) else 0


def _parsed(name: str, text: str) -> None:
    from treadle.asl.findings import DefinitionError
    from treadle.asl.parse import parse

    try:
        parse(text)
    except DefinitionError as problem:
        raise invalid(name, problem) from None


def _trials(options: argparse.Namespace, before: str, after: str) -> Iterator[Trial]:
    from treadle.testing.equivalence import compare, compare_recorded, compare_sampled
    from treadle.testing.machine import Machine
    from treadle.tools.convert.samples import Sampler
    from treadle.values import loads

    one, other = (Machine(text.replace("${", "$${")) for text in (before, after))
    for each in options.execution:
        try:
            yield compare_recorded(one, other, load(each, options))
        except ValueError as problem:
            raise Complaint(str(problem)) from None
    sampler = Sampler(loads(before))
    for given in options.input:
        try:
            input = loads(given)
        except ValueError as problem:
            raise Complaint(f"--input is no JSON: {problem}") from None
        from random import Random

        yield compare(one, other, input, lambda: dict.fromkeys(one.tasks, sampler.input(Random(0))), given[:40])
    for seed in range(options.samples):
        yield compare_sampled(one, other, seed, sampler)


def _refused(file: str, document: Document, made: Converted) -> Iterator[str]:
    yield f"treadle: {file}: {len(made.issues)} places cannot be said in JSONata exactly:"
    for issue in made.issues:
        yield f"  {_place(file, document, issue.pointer)}  {issue.message}"
    yield "nothing was written; --partial leaves these states in JSONPath"


def _place(file: str, document: Document, pointer: str) -> str:
    """Where a pointer leads to in the file; what is not there is where its holder is."""
    while (span := document.span(pointer)) is None and pointer:
        pointer = pointer.rpartition("/")[0]
    return f"{place(file, document.text, span[0] if span else 0)} {pointer}"


def _report(file: str, document: Document, made: Converted, trials: list[Trial], known: str) -> Iterator[str]:
    yield paint(f"{made.states} states converted" + (f", {len(made.kept)} kept in JSONPath" if made.kept else ""), "1")
    for issue in made.issues:
        yield f"  kept: {_place(file, document, issue.pointer)}  {issue.message}"
    for note in made.notes:
        yield f"  note: {_place(file, document, note.pointer)}  {note.message}"
    counted = [trial for trial in trials if trial.comparable]
    differing = [trial for trial in counted if not trial.divergences.equal]
    if counted:
        passed = frozenset().union(*(trial.passed for trial in counted))
        names = _names(json.loads(known))
        same = len(counted) - len(differing)
        word = "✓" if not differing else "✗"
        yield f"{word} {same} of {len(counted)} runs came out the same, through {len(passed)} of {len(names)} states"
        if missing := [name for name in names if name not in passed]:
            yield f"  not tried: {', '.join(missing[:8])}{' ...' if len(missing) > 8 else ''}"
    elif trials:
        yield "  no input could be made up that the workflow accepts: try it with --input or --execution"
    for trial in differing[:3]:
        yield from _difference(trial)


def _difference(trial: Trial) -> Iterator[str]:
    from treadle.tools.diff import shown

    where = trial.divergences.data or trial.divergences.path
    if where is None:
        return
    yield f"  {trial.name}: the {where.what} of {where.state or 'the execution'} differs"
    for change in where.changes[:3]:
        yield f"    {change.pointer or '/'}: {shown(change.before)} → {shown(change.after)}"
    if trial.divergences.path is not None and trial.divergences.path is not where:
        path = trial.divergences.path
        yield f"    and then another way: {path.left and path.left.name} → {path.right and path.right.name}"


def _names(flow: Any) -> list[str]:
    from treadle.tools.diff.definitions import flows

    found = []
    for name, state in flow["States"].items():
        found.append(name)
        for _, inner in flows(state):
            found += _names(inner)
    return found


def _report_json(
    options: argparse.Namespace, document: Document, made: Converted, trials: list[Trial]
) -> dict[str, Any]:
    def places(issues: Any) -> list[dict[str, str]]:
        return [
            {
                "pointer": each.pointer,
                "place": _place(options.file, document, each.pointer).split(" ")[0],
                "message": each.message,
            }
            for each in issues
        ]

    counted = [trial for trial in trials if trial.comparable]
    return {
        "converted": made.definition is not None,
        "states": made.states,
        "kept": list(made.kept),
        "issues": places(made.issues),
        "notes": places(made.notes),
        "trials": {
            "runs": len(counted),
            "same": sum(trial.divergences.equal for trial in counted),
            "states": sorted(frozenset().union(*(trial.passed for trial in counted))),
        },
        **({} if options.output is not None else {"definition": made.definition}),
    }
