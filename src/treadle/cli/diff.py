"""`treadle diff A B`: what differs between two definitions, or where two executions parted."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from treadle.cli.client import Complaint
from treadle.cli.definitions import read_document, read_text
from treadle.cli.executions import add_places, load
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.tools.diff import Change, Comparison, Divergence, Divergences, StateChange
    from treadle.tools.history import Recorded, Visit

_MARK = {"ADDED": ("+", "32"), "REMOVED": ("-", "31"), "CHANGED": ("~", "33")}


def add_diff(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Two definitions, or two executions (ARNs or files of exported histories). Exit status 1: they differ."
    )
    verb.add_argument("before", metavar="A", help="a definition (JSON, YAML), an execution's ARN, or its file")
    verb.add_argument("after", metavar="B", help="the same kind of thing")
    verb.add_argument("-o", "--output", type=Path, metavar="OUT", help="draw both definitions: .svg or .png")
    verb.add_argument("--theme", choices=("light", "dark", "auto"), default="auto", help="of the picture")
    verb.add_argument("--json", action="store_true", help="as JSON")
    add_places(verb)
    verb.set_defaults(act=diff)


def diff(options: argparse.Namespace) -> int:
    """0 when they are equal, 1 when they differ; 2 for what cannot be compared."""
    sides = [_definition(options.before), _definition(options.after)]
    if sides[0] is None and sides[1] is None:
        if options.output is not None:
            raise Complaint("executions are compared in words; `treadle graph --execution` draws one")
        return _executions(options)
    if sides[0] is None or sides[1] is None:
        odd = options.before if sides[0] is None else options.after
        raise Complaint(f"{odd} is no definition, and the other is one: compare like with like")
    return _definitions(options, sides)


def _definition(given: str) -> dict[str, Any] | None:
    """The definition in a file; None when it holds something else."""
    if given.startswith("arn:"):
        return None
    text = read_text(given)
    if '"events"' in text and '"StartAt"' not in text.partition('"events"')[0]:
        return None
    value = read_document(given, text).value
    return value if isinstance(value, dict) and isinstance(value.get("States"), dict) else None


def _definitions(options: argparse.Namespace, sides: list[Any]) -> int:
    from treadle.tools.diff import compare

    compared = compare(*sides)
    if options.output is not None:
        _draw(options, sides, compared)
    if options.json:
        print(json.dumps(as_json(compared), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_told(compared)))
    return 0 if compared.equal else 1


def _draw(options: argparse.Namespace, sides: list[Any], compared: Comparison) -> None:
    from treadle.tools.diff import picture
    from treadle.tools.graph import NoPainter, to_png
    from treadle.values import dumps

    texts = [dumps(side) for side in sides]
    names = (Path(options.before).name, Path(options.after).name)
    svg, width, height = picture(texts[0], texts[1], compared, options.theme, names)
    if options.output.suffix.lower() != ".png":
        options.output.write_text(svg, "utf-8")
        return
    try:
        options.output.write_bytes(to_png(svg, width, height, "dark" if options.theme == "dark" else "light"))
    except NoPainter as problem:
        raise Complaint(str(problem)) from None


def as_json(compared: Comparison) -> dict[str, Any]:
    def of(change: Change) -> dict[str, Any]:
        made: dict[str, Any] = {"pointer": change.pointer}
        if change.before is not UNSET:
            made["before"] = change.before
        if change.after is not UNSET:
            made["after"] = change.after
        return made

    def state(each: StateChange) -> dict[str, Any]:
        made: dict[str, Any] = {"name": each.name, "verdict": each.verdict, "before": each.before, "after": each.after}
        if each.was is not None:
            made["was"] = each.was
        return made | {"changes": [of(change) for change in each.changes]}

    return {
        "equal": compared.equal,
        "machine": [of(change) for change in compared.machine],
        "states": [state(each) for each in compared.states],
    }


def _told(compared: Comparison) -> Iterator[str]:
    if compared.equal:
        yield "the definitions say the same"
        return
    counts = {verdict: sum(each.verdict == verdict for each in compared.states) for verdict in _MARK}
    for change in compared.machine:
        yield from _change(change, "")
    for each in sorted(compared.states, key=lambda state: list(_MARK).index(state.verdict) == 1):
        mark, colour = _MARK[each.verdict]
        was = f" (was {each.was!r})" if each.was is not None else ""
        yield paint(f"{mark} {each.name}{was}", f"1;{colour}")
        for change in each.changes:
            yield from _change(change, "    ")
    yield ""
    yield ", ".join(f"{number} {verdict.lower()}" for verdict, number in counts.items() if number) or "no state changed"


def _change(change: Change, indent: str) -> Iterator[str]:
    from treadle.tools.diff import shown

    place = change.pointer.lstrip("/").replace("~1", "/").replace("~0", "~") or "place"
    if change.before is UNSET:
        yield f"{indent}{place}: {paint('+ ' + shown(change.after), '32')}"
    elif change.after is UNSET:
        yield f"{indent}{place}: {paint('- ' + shown(change.before), '31')}"
    else:
        yield f"{indent}{place}: {paint(shown(change.before), '31')} → {paint(shown(change.after), '32')}"


def _executions(options: argparse.Namespace) -> int:
    from treadle.tools.diff import diverge

    left, right = load(options.before, options), load(options.after, options)
    found = diverge(left, right)
    if options.json:
        print(json.dumps(_parted_json(found), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_parted(left, right, found)))
    return 0 if found.equal else 1


def _parted(left: Recorded, right: Recorded, found: Divergences) -> Iterator[str]:
    for letter, each in (("A", left), ("B", right)):
        error = each.failure("error")
        yield f"{letter}  {each.name}  {each.status}{f' ({error})' if error else ''} after {each.duration:.3f} s"
    yield ""
    if found.path is None:
        yield f"both took the same way: {len(left.visits)} states"
    else:
        yield paint(f"they parted after {found.same} states{_behind(found.path)}", "1;33")
        yield from _where(found.path)
    if found.data is None:
        yield "all inputs and outputs are the same" if found.path is None else ""
        return
    yield ""
    yield paint(f"their data first differed {_of(found.data)}", "1;33")
    for change in found.data.changes:
        yield from _change(change, "    ")


def _behind(where: Divergence) -> str:
    return f", behind {where.before}" if where.before else ""


def _of(where: Divergence) -> str:
    return f"in the {where.what} of {where.state}" if where.state else "in the input of the executions"


def _where(where: Divergence) -> Iterator[str]:
    if where.what == "state":
        yield f"    A  {_visit(where.left)}"
        yield f"    B  {_visit(where.right)}"
        return
    named = f"{where.state}: " if where.state else ""
    for change in where.changes:
        yield f"    A  {named}{_words(change.before)}"
        yield f"    B  {named}{_words(change.after)}"


def _words(value: Any) -> str:
    return ", then ".join(map(str, value)) if isinstance(value, list) else str(value)


def _visit(visit: Visit | None) -> str:
    if visit is None:
        return "went no further"
    item = f"[{'.'.join(map(str, visit.items))}]" if visit.items else ""
    return f"{visit.name}{item} ({visit.type})"


def _parted_json(found: Divergences) -> dict[str, Any]:
    def of(where: Divergence | None) -> Any:
        if where is None:
            return None
        return {
            "what": where.what,
            "after": where.before,
            "a": None if where.left is None else where.left.name,
            "b": None if where.right is None else where.right.name,
            "changes": [
                {
                    "pointer": change.pointer,
                    **({} if change.before is UNSET else {"a": change.before}),
                    **({} if change.after is UNSET else {"b": change.after}),
                }
                for change in where.changes
            ],
        }

    return {"equal": found.equal, "same": found.same, "path": of(found.path), "data": of(found.data)}
