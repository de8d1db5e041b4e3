"""The small picture of a path that failure messages show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from treadle.tools.history import Visit
from treadle.values import Json

MARKS = {"exited": "●", "failed": "✗", "aborted": "■", "open": "…"}
MOST = 40  # lines
# What the line says already.
_PREAMBLE = re.compile(r"^An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. ")


def picture(visits: Sequence[Visit]) -> Iterator[str]:
    """One line per visit: indented by depth, how long it took, what went wrong in it."""
    if not visits:
        yield "  (no state was entered)"
    widest = max((len(_name(visit)) for visit in visits), default=0)
    shown = visits if len(visits) <= MOST else [*visits[: MOST // 2], *visits[-MOST // 2 :]]
    for place, visit in enumerate(shown):
        if len(visits) > MOST and place == MOST // 2:
            yield f"  … {len(visits) - MOST} more"
        yield f"  {_name(visit):<{widest}}  {visit.type:<8} {_taken(visit):>9}  {_note(visit)}".rstrip()


def _name(visit: Visit) -> str:
    shown = visit.items and visit.depth and (visit.parent is None or visit.parent.items != visit.items)
    item = f"[{visit.items[-1]}]" if shown else ""
    return f"{'│ ' * visit.depth}{MARKS[visit.outcome]} {visit.name}{item}"


def _taken(visit: Visit) -> str:
    return "" if visit.duration is None else duration(visit.duration)


def _note(visit: Visit) -> str:
    errors = visit.errors
    notes = []
    if visit.retries:
        plural = "retry" if visit.retries == 1 else "retries"
        notes.append(f"{visit.retries} {plural} after {', '.join(sorted({str(error) for error in errors}))}")
    if visit.outcome == "failed" and visit.error is not None:
        cause = _PREAMBLE.sub("", visit.cause or "")
        notes.append(f"{visit.error}: {brief(cause, 200)}" if cause else visit.error)
    elif visit.caught:
        notes.append(f"caught {visit.attempts[-1].error}")
    return "; ".join(notes)


def brief(value: Json, most: int = 100) -> str:
    """A value in at most so many characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def duration(seconds: float) -> str:
    """Seconds in the units a person would use: "250 ms", "90 s", "2 h", "365 d"."""
    if seconds == 0:
        return "0 s"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds:.4g} s"
