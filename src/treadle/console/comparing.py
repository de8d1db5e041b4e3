"""Two executions side by side, by the pairs and divergences that `treadle diff` finds."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from treadle.console.past import Past
from treadle.tools.diff import Divergence, diverge, pairs_of, same
from treadle.tools.history import Visit
from treadle.values import Json, dumps

# Pairs that are told: more than a person reads.
MOST = 3000


class Question(Struct):
    """The question of POST compare: two ARNs."""

    left: str
    right: str


def compare(left: Past, right: Past) -> Json:
    """Visits that correspond, what differs in each, and where the two parted."""
    pairs = list(pairs_of(left.recorded.visits, right.recorded.visits))
    mine, theirs = {one.event for one, _ in pairs if one}, {other.event for _, other in pairs if other}
    # Where the ways have parted, both go on alone.
    alone: list[tuple[Visit | None, Visit | None]] = []
    alone += [(each, None) for each in left.recorded.visits if each.event not in mine]
    alone += [(None, each) for each in right.recorded.visits if each.event not in theirs]
    parted = diverge(left.recorded, right.recorded)
    # In the order of the left one; what only the right one did comes last.
    rows = sorted([*pairs, *alone], key=lambda row: (row[0] is None, (row[0] or row[1] or _NOBODY).event))
    return {
        "left": _execution(left),
        "right": _execution(right),
        "path": _divergence(parted.path),
        "data": _divergence(parted.data),
        "same": parted.same,
        "sameDefinition": left.revision.definition == right.revision.definition,
        "rows": [_row(one, other) for one, other in rows[:MOST]],
        "more": max(0, len(rows) - MOST),
    }


def data(visit: Visit) -> Json:
    """A visit's data, whole."""
    return {
        "input": dumps(visit.input),
        "output": dumps(visit.output) if visit.outcome == "exited" else None,
        "variables": dumps(visit.variables),
    }


def _execution(past: Past) -> Json:
    record = past.record
    told = {
        "arn": record.arn,
        "name": record.name,
        "status": record.status,
        "started": record.started_at,
        "stopped": record.stopped_at,
        "input": record.input,
        "output": record.output,
        "error": record.error,
    }
    return {name: value for name, value in told.items() if value is not None}


def _divergence(found: Divergence | None) -> Json:
    if found is None:
        return None
    sides = {name: visit and visit.event for name, visit in (("left", found.left), ("right", found.right))}
    names = {f"{name}Name": visit and visit.name for name, visit in (("left", found.left), ("right", found.right))}
    changes = [{"pointer": each.pointer} for each in found.changes]
    return {"what": found.what, "before": found.before, "changes": changes, **sides, **names}


def _row(one: Visit | None, other: Visit | None) -> Json:
    row: dict[str, Any] = {"left": _visit(one), "right": _visit(other)}
    if one is not None and other is not None and one.name == other.name:
        row["differs"] = [
            what
            for what, mine, theirs in (
                ("input", one.input, other.input),
                ("output", one.output, other.output),
                ("variables", one.variables, other.variables),
                ("attempts", one.retries, other.retries),
                ("status", (one.outcome, one.error), (other.outcome, other.error)),
            )
            if not same(mine, theirs)
        ]
    return row


def _visit(visit: Visit | None) -> Json:
    if visit is None:
        return None
    return {
        "event": visit.event,
        "name": visit.name,
        "type": visit.type,
        "depth": visit.depth,
        "items": list(visit.items),
        "duration": visit.duration,
        "attempts": len(visit.attempts),
        "status": "caught" if visit.caught else _STATUS.get(visit.outcome, visit.outcome),
        "error": visit.error,
    }


_NOBODY = Visit("", "", None, 0.0, None, 0)
_STATUS = {"exited": "succeeded", "open": "running"}
