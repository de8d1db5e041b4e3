"""Where in its row each vertex stands: straight columns first, then the columns where their neighbours pull them.

Columns are made as in Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001): a vertex joins at
most one above and one below, and no two joints cross. The happy path joins first, so nothing can bend it. Columns are
then moved as wholes, which a single pass to the right and one to the left can do for all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from treadle.tools.layout.layers import HAPPY, MAIN, Grid
from treadle.tools.layout.order import patience, places

STRONG = 6.0  # a pull that is obeyed even where others have to give way
_ROUNDS = 24
_CELL_GAP, _LINE_GAP, _LABEL_GAP = 36.0, 20.0, 12.0


class Pull(NamedTuple):
    """How an arc pulls that does not end at the axes: its lower end wants to stand `offset` right of the upper one."""

    offset: float
    weight: float


def place(grid: Grid, pulls: dict[tuple[int, int], Pull]) -> list[float]:
    """The x of every vertex's axis, the leftmost edge at 0.

    `pulls` names the arcs that do not run from axis to axis.
    """
    column = _columns(grid, pulls)
    count = max(column, default=-1) + 1
    apart = _distances(grid, column)
    left: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    right: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for (a, b), distance in apart.items():
        left[b].append((a, distance))
        right[a].append((b, distance))
    order = _left_to_right(left, right)
    x = _settle(order, left, right, _neighbours(grid, column, pulls), patience(grid, _ROUNDS))
    for _ in range(2):
        x = _push(_outwards(grid, column, pulls, x, 1), order, left, 1)
        x = _push(_outwards(grid, column, pulls, x, -1), order[::-1], right, -1)
    shift = min((x[column[v]] - grid.left[v] for v in range(len(grid.row))), default=0.0)
    return [x[each] - shift for each in column]


def _columns(grid: Grid, pulls: dict[tuple[int, int], Pull]) -> list[int]:
    """Vertex -> its column."""
    spot = places(grid)
    below: dict[int, int] = {}
    above: dict[int, int] = {}
    taken: list[list[tuple[int, int]]] = [[] for _ in grid.rows]  # per upper row: places of the joints, sorted
    arcs = sorted(grid.priority.items(), key=lambda arc: (-arc[1], grid.row[arc[0][0]], spot[arc[0][0]]))
    for (upper, lower), _ in arcs:
        if upper in below or lower in above or (upper, lower) in pulls:
            continue
        joint, joints = (spot[upper], spot[lower]), taken[grid.row[upper]]
        at = bisect_left(joints, joint)
        if (at and joints[at - 1][1] > joint[1]) or (at < len(joints) and joints[at][1] < joint[1]):
            continue
        joints.insert(at, joint)
        below[upper], above[lower] = lower, upper
    column, made = [0] * len(grid.row), 0
    for row in grid.rows:
        for vertex in row:
            if vertex in above:
                column[vertex] = column[above[vertex]]
            else:
                column[vertex], made = made, made + 1
    return column


def _distances(grid: Grid, column: list[int]) -> dict[tuple[int, int], float]:
    """Two columns beside each other somewhere -> how far apart they have to be."""
    apart: dict[tuple[int, int], float] = {}
    for row in grid.rows:
        for a, b in pairwise(row):
            pair = column[a], column[b]
            apart[pair] = max(apart.get(pair, 0.0), grid.right[a] + _gap(grid, a, b) + grid.left[b])
    return apart


def _gap(grid: Grid, a: int, b: int) -> float:
    if a < grid.cells and b < grid.cells:
        return _CELL_GAP
    return _LABEL_GAP if grid.height[a] and grid.height[b] and a >= grid.cells and b >= grid.cells else _LINE_GAP


def _outwards(
    grid: Grid, column: list[int], pulls: dict[tuple[int, int], Pull], x: list[float], way: int
) -> list[float]:
    """`x` with the loops of one side (right 1, left -1) where their strong pull wants them: straight at that end."""
    want = x[:]
    for (upper, lower), (offset, weight) in pulls.items():
        if weight >= STRONG:
            cell, line, out = (lower, upper, -offset) if upper >= grid.cells else (upper, lower, offset)
            target = x[column[cell]] + out
            if out * way > 0 and target * way > want[column[line]] * way:
                want[column[line]] = target
    return want


def _left_to_right(left: list[list[tuple[int, float]]], right: list[list[tuple[int, float]]]) -> list[int]:
    waiting = [len(each) for each in left]
    order = [index for index, number in enumerate(waiting) if not number]
    for each in order:
        for other, _ in right[each]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    assert len(order) == len(left), "two columns cross"
    return order


def _neighbours(
    grid: Grid, column: list[int], pulls: dict[tuple[int, int], Pull]
) -> list[list[tuple[int, float, float]]]:
    """Column -> what pulls it: another column, how far right of it, how strongly."""
    pulled: list[list[tuple[int, float, float]]] = [[] for _ in range(max(column, default=-1) + 1)]
    for (upper, lower), priority in grid.priority.items():
        a, b = column[upper], column[lower]
        if a != b:
            usual = Pull(0.0, 4.0 if priority >= MAIN else 2.0 if priority >= HAPPY else 1.0)
            offset, weight = pulls.get((upper, lower), usual)
            pulled[b].append((a, offset, weight))
            pulled[a].append((b, -offset, weight))
    return pulled


def _settle(
    order: list[int],
    left: list[list[tuple[int, float]]],
    right: list[list[tuple[int, float]]],
    pulled: list[list[tuple[int, float, float]]],
    rounds: int,
) -> list[float]:
    """Move all columns to the mean of their neighbours, as far as their distances allow, until they rest."""
    x = _push([float("-inf")] * len(order), order, left, 1)
    total = [sum(weight for _, _, weight in each) for each in pulled]
    for _ in range(rounds):
        want = x[:]
        for each, pulls in enumerate(pulled):
            if pulls:
                mean = sum((x[other] + offset) * weight for other, offset, weight in pulls) / total[each]
                want[each] = (x[each] + 2 * mean) / 3
        to_right = _push(want, order, left, 1)
        to_left = _push(want, order[::-1], right, -1)
        settled = [(a + b) / 2 for a, b in zip(to_right, to_left, strict=True)]
        moved = max(abs(a - b) for a, b in zip(x, settled, strict=True))
        x = settled
        if moved < 0.5:
            break
    return x


def _push(want: list[float], order: list[int], before: list[list[tuple[int, float]]], way: int) -> list[float]:
    """As near to `want` as those who were placed before allow, moving only to the right (`way` 1) or left (-1)."""
    x = want[:]
    for each in order:
        best = x[each] * way
        for other, distance in before[each]:
            best = max(best, x[other] * way + distance)
        x[each] = best * way if best > float("-inf") else 0.0
    return x
