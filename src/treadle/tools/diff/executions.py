"""Two executions of a workflow: where they first went different ways, and where their data first differed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct

from treadle.tools.diff.values import Change, changes, same
from treadle.tools.history import Recorded, Visit
from treadle.values import Json

What: TypeAlias = Literal["input", "state", "arguments", "result", "error", "retries", "output", "variables", "end"]
# Differences of data within one state that are told.
MOST = 12


class Divergence(Struct, frozen=True, kw_only=True):
    """The first difference of one kind. `left` and `right` are visits (None: there is none, the execution was over);
    `before` is the state both passed last."""

    what: What
    left: Visit | None
    right: Visit | None
    before: str | None
    changes: tuple[Change, ...] = ()

    @property
    def state(self) -> str:
        visit = self.left or self.right
        return visit.name if visit is not None else ""


class Divergences(Struct, frozen=True):
    """`path` is None when both took the same way to the same end, `data` when all values were the same, too."""

    path: Divergence | None
    data: Divergence | None
    same: int  # visits up to the first divergence of the path

    @property
    def equal(self) -> bool:
        return self.path is None and self.data is None


def diverge(left: Recorded, right: Recorded) -> Divergences:
    """Branches and iterations are compared with their like, whichever happened first in time."""
    pairs = list(pairs_of(left.visits, right.visits))
    path = data = None
    count = 0
    if not same(left.input, right.input):
        data = Divergence(what="input", left=None, right=None, before=None, changes=_few(left.input, right.input))
    last: str | None = None
    for one, other in pairs:
        if path is None:
            path = _ways(one, other, last)
            count += path is None
        if data is None and one is not None and other is not None and one.name == other.name:
            data = _values(one, other, last)
        passed = one or other
        last = last if passed is None else passed.name
        if path is not None and data is not None:
            break
    if path is None and (left.status, left.failure("error")) != (right.status, right.failure("error")):
        ends = Change("", _end(left), _end(right))
        path = Divergence(what="end", left=None, right=None, before=last, changes=(ends,))
    return Divergences(path, data, count)


def _end(recorded: Recorded) -> str:
    error = recorded.failure("error")
    return f"{recorded.status}: {error}" if error else recorded.status


def pairs_of(left: Sequence[Visit], right: Sequence[Visit]) -> Iterator[tuple[Visit | None, Visit | None]]:
    """Visits that correspond: the n-th of the same thread (iterations and branches around it)."""
    mine, theirs = _threads(left), _threads(right)
    for key in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(key, []), theirs.get(key, [])
        for index in range(max(len(one), len(other))):
            a, b = (one[index] if index < len(one) else None), (other[index] if index < len(other) else None)
            yield a, b
            if a is None or b is None or a.name != b.name:
                break


def _threads(visits: Sequence[Visit]) -> dict[tuple[object, ...], list[Visit]]:
    """Visits by the flow they run in: the containers around it, with the iteration, and the branch's first state."""
    found: dict[tuple[object, ...], list[Visit]] = defaultdict(list)
    keys: dict[int, tuple[object, ...]] = {}
    entries: dict[tuple[object, ...], int] = defaultdict(int)
    for visit in visits:
        around = keys.get(id(visit.parent), ()) if visit.parent is not None else ()
        if visit.before is not None:
            key = keys[id(visit.before)][:-1]
        elif visit.parent is None:
            key = ()
        else:
            key = (*around, visit.items, visit.name)
        entries[(*key, visit.name)] += 1
        keys[id(visit)] = (*key, entries[(*key, visit.name)])
        found[key].append(visit)
    return found


def _ways(one: Visit | None, other: Visit | None, last: str | None) -> Divergence | None:
    """Whether the two went on differently."""
    if one is None or other is None or one.name != other.name:
        return Divergence(what="state", left=one, right=other, before=last)
    if (one.errors, one.outcome) != (other.errors, other.outcome):
        what: What = "error" if one.errors[:1] != other.errors[:1] or one.outcome != other.outcome else "retries"
        told = Change("", one.errors or one.outcome, other.errors or other.outcome)
        return Divergence(what=what, left=one, right=other, before=last, changes=(told,))
    return None


def _values(one: Visit, other: Visit, last: str | None) -> Divergence | None:
    for what, mine, theirs in (
        ("input", one.input, other.input),
        ("arguments", *_attempts(one, other, "arguments")),
        ("result", *_attempts(one, other, "result")),
        ("output", one.output, other.output),
        ("variables", one.variables, other.variables),
    ):
        if not same(mine, theirs):
            return Divergence(what=what, left=one, right=other, before=last, changes=_few(mine, theirs))  # type: ignore[arg-type]
    return None


def _attempts(one: Visit, other: Visit, member: str) -> tuple[Json, Json]:
    values = [getattr(visit.attempts[-1], member) if visit.attempts else None for visit in (one, other)]
    made = [None if value is UNSET else value for value in values]
    return made[0], made[1]


def _few(before: Json, after: Json) -> tuple[Change, ...]:
    found = []
    for change in changes(before, after):
        found.append(change)
        if len(found) == MOST:
            break
    return tuple(found)
