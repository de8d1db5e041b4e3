"""What people read in a terminal: the states an execution passed, its end, its output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

MARKS = {
    "SUCCEEDED": ("✓", "32"),
    "FAILED": ("✗", "31"),
    "TIMED_OUT": ("✗", "31"),
    "ABORTED": ("■", "33"),
    "RUNNING": ("…", "36"),
}


class Visit(NamedTuple):
    """One state that was entered: seconds until it was left, None if it was not."""

    name: str
    type: str
    seconds: float | None
    note: str = ""
    depth: int = 0


def visits(events: list[dict[str, Any]]) -> Iterator[Visit]:
    """The states passed, in the order they were entered."""
    left, notes, depth = departures(events)
    for event in events:
        if event["type"].endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            exit = left.get(event["id"])
            seconds = None if exit is None else exit - event["timestamp"]
            yield Visit(
                name,
                event["type"].removesuffix("StateEntered"),
                seconds,
                notes.get(event["id"], ""),
                depth[event["id"]],
            )


def departures(events: list[dict[str, Any]]) -> tuple[dict[int, float], dict[int, str], dict[int, int]]:
    """By id of a state's Entered event: when it was left, what is worth a note, how deep it is nested."""
    left: dict[int, float] = {}
    notes: dict[int, str] = {}
    depth: dict[int, int] = {}
    owner: dict[int, int] = {0: 0}  # event -> Entered event of the state it belongs to
    for event in events:
        type, id, previous = event["type"], event["id"], event["previousEventId"]
        state = owner.get(previous, 0)
        if type.endswith("StateEntered"):
            started = event_of(events, previous)["type"] in ("ParallelStateStarted", "MapIterationStarted")
            depth[id] = depth.get(state, 0) + started
            state = id
        elif type.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            state = next((e for e in reversed(depth) if e not in left and entered(events, e) == name), state)
            left[state] = event["timestamp"]
        elif type.endswith(("Failed", "TimedOut")) and state and state not in left:
            details: dict[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
            notes[state] = details.get("error") or notes.get(state) or "failed"
        owner[id] = state
    return left, notes, depth


def event_of(events: list[dict[str, Any]], id: int) -> dict[str, Any]:
    return events[id - 1] if id else {"type": ""}


def entered(events: list[dict[str, Any]], id: int) -> str:
    return str(events[id - 1]["stateEnteredEventDetails"]["name"])


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


def execution(described: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """The whole run as lines of text."""
    passed = list(visits(events))
    widest = max((len(v.name) + 2 * v.depth for v in passed), default=0)
    shown = passed if len(passed) <= 60 else passed[:40] + passed[-20:]
    for place, visit in enumerate(shown):
        if len(passed) > 60 and place == 40:
            yield paint(f"    … {len(passed) - 60} more states", "2")
        name = "  " * visit.depth + visit.name
        taken = "" if visit.seconds is None else duration(visit.seconds)
        note = f"  {paint(visit.note, '31')}" if visit.note else ""
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
