"""What people read in a terminal: the states an execution passed, its end, its output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from treadle.engine.history import HistoryEvent
    from treadle.tools.history import Visit

MARKS = {
    "SUCCEEDED": ("✓", "32"),
    "FAILED": ("✗", "31"),
    "TIMED_OUT": ("✗", "31"),
    "ABORTED": ("■", "33"),
    "RUNNING": ("…", "36"),
}


class Line(NamedTuple):
    """One state that was entered: seconds until it was left (None: it was not), what is worth a note, in its colour."""

    name: str
    type: str
    seconds: float | None
    note: str = ""
    colour: str = "31"
    depth: int = 0


def passed(events: Iterable[HistoryEvent | Mapping[str, Any]]) -> Iterator[Line]:
    """The states passed, in the order they were entered."""
    from treadle.tools.history import visits

    for visit in visits(events):
        left = visit.outcome == "exited"
        yield Line(visit.name, visit.type, visit.duration if left else None, *_note(visit), visit.depth)


def _note(visit: Visit) -> tuple[str, str]:
    """What became of its attempts, and the colour to say it in."""
    again = f"{visit.retries} {'retry' if visit.retries == 1 else 'retries'}" if visit.retries else ""
    if visit.outcome != "exited":
        return ", ".join(filter(None, [visit.error or ("failed" if visit.outcome == "failed" else ""), again])), "31"
    if visit.caught:
        return ", ".join(filter(None, [f"caught {visit.attempts[-1].error or 'a failure'}", again])), "33"
    errors = ", ".join(dict.fromkeys(error for error in visit.errors if error is not None))
    return f"{again} after {errors}" if again and errors else again, "33"


def paint(text: str, code: str) -> str:
    """Colour only where a person is looking (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or not sys.stdout.isatty()
    return text if plain else f"\033[{code}m{text}\033[0m"


def duration(seconds: float) -> str:
    """Seconds in the unit a person would use."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def execution(described: dict[str, Any], events: Iterable[HistoryEvent | Mapping[str, Any]]) -> Iterator[str]:
    """The whole run as lines of text."""
    lines = list(passed(events))
    widest = max((len(v.name) + 2 * v.depth for v in lines), default=0)
    shown = lines if len(lines) <= 60 else lines[:40] + lines[-20:]
    for place, visit in enumerate(shown):
        if len(lines) > 60 and place == 40:
            yield paint(f"    … {len(lines) - 60} more states", "2")
        name = "  " * visit.depth + visit.name
        taken = "" if visit.seconds is None else duration(visit.seconds)
        note = f"  {paint(visit.note, visit.colour)}" if visit.note else ""
        yield f"    {name:<{widest}}  {paint(f'{visit.type:<8}', '2')} {taken:>10}{note}"
    mark, colour = MARKS[described["status"]]
    total = described.get("stopDate", described["startDate"]) - described["startDate"]
    yield ""
    end = paint(f"{mark} {described['status']}", f"1;{colour}")
    yield f"  {end} in {duration(total)}"
    if "output" in described:
        yield from labelled("Output", pretty(described["output"]))
    if described.get("error"):
        yield from labelled("Error", described["error"])
    if described.get("cause"):
        yield from labelled("Cause", pretty(described["cause"]))


def labelled(label: str, text: str) -> Iterator[str]:
    yield ""
    yield f"  {label}"
    yield from (f"    {line}" for line in text.splitlines())


def pretty(text: str) -> str:
    """JSON indented, other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
