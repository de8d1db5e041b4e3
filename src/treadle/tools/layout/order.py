"""The order within each row: few crossings, found by sweeping up and down over the barycenters of the neighbours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from treadle.tools.layout.layers import Grid

_SWEEPS = 12
_VAIN = 3  # sweeps without success after which no more are tried
_SWAPS = 4
_WORSE = 4  # crossings that one of the happy path counts for
_MANY = 5000  # vertices from which less is tried
_ASIDE = 16  # loops that are tried at the side


def arrange(grid: Grid) -> int:
    """Order the rows of `grid` in place; how many crossings are left. Equal means keep what was read first."""
    best, fewest = [row[:] for row in grid.rows], crossings(grid)
    vain = 0
    for sweep in range(patience(grid, _SWEEPS)):
        if not fewest or vain > _VAIN:
            break
        _sweep(grid, downwards=sweep % 2 == 0)
        vain += 1
        if (found := crossings(grid)) < fewest:
            best, fewest, vain = [row[:] for row in grid.rows], found, 0
    grid.rows = best
    if fewest:
        fewest -= _swap(grid)
    return _pull_loops_aside(grid, fewest) if fewest else 0


def _pull_loops_aside(grid: Grid, fewest: int) -> int:
    """Try the line of each loop at the far left and at the far right of all its rows."""
    lines = list(dict.fromkeys(tuple(each.chain) for each in grid.bundles if each.back))
    for line in lines[: patience(grid, _ASIDE)]:
        first, last = grid.row[line[0]], grid.row[line[-1]]
        around = slice(max(0, first - 1), last + 2)
        now = _crossings_between(grid, grid.rows[around], places(grid))
        for leftmost in (True, False):
            if not now:
                break
            before = [row[:] for row in grid.rows[first : last + 1]]
            for vertex in line:
                row = grid.rows[grid.row[vertex]]
                row.remove(vertex)
                row.insert(0 if leftmost else len(row), vertex)
            found = _crossings_between(grid, grid.rows[around], places(grid))
            if found < now:
                fewest, now = fewest - now + found, found
            else:
                grid.rows[first : last + 1] = before
    return fewest


def patience(grid: Grid, rounds: int) -> int:
    """How many of `rounds` a grid of this size gets: nobody waits for the best picture of thousands of lines."""
    return max(2, rounds * _MANY // max(_MANY, len(grid.row)))


def crossings(grid: Grid) -> int:
    """How often two arcs between neighbouring rows cross. What crosses the happy path counts more."""
    return _crossings_between(grid, grid.rows, places(grid))


def _crossings_between(grid: Grid, rows: Sequence[list[int]], place: list[int]) -> int:
    total = 0
    for upper in rows[:-1]:
        found = _inversions([at for vertex in upper for at in _sorted_places(grid.down[vertex], place)])
        if found and (main := next((each for each in upper if each in grid.main), None)) is not None:
            found += (_WORSE - 1) * _crossings_of(grid, main, upper, place)
        total += found
    return total


def _crossings_of(grid: Grid, main: int, row: list[int], place: list[int]) -> int:
    """How many arcs below `row` cross the happy path, which leads through `main`."""
    below = next((each for each in grid.down[main] if each in grid.main), None)
    if below is None:
        return 0
    x, y = place[main], place[below]
    return sum((place[vertex] - x) * (place[each] - y) < 0 for vertex in row for each in grid.down[vertex])


def _sorted_places(vertices: list[int], place: list[int]) -> list[int]:
    return [place[vertices[0]]] if len(vertices) == 1 else sorted([place[each] for each in vertices])


def places(grid: Grid) -> list[int]:
    """Vertex -> its place in its row."""
    place = [0] * len(grid.row)
    for row in grid.rows:
        for index, vertex in enumerate(row):
            place[vertex] = index
    return place


def _inversions(values: list[int]) -> int:
    """Pairs in the wrong order."""
    total, seen = 0, list[int]()
    if values == sorted(values):
        return 0
    for value in values:
        at = bisect_right(seen, value)
        total += len(seen) - at
        seen.insert(at, value)
    return total


def _sweep(grid: Grid, downwards: bool) -> None:
    place: list[float] = [float(each) for each in places(grid)]
    rows, fixed = (grid.rows[1:], grid.up) if downwards else (grid.rows[-2::-1], grid.down)
    for row in rows:
        if len(row) < 2:
            continue
        middle = {}
        for index, vertex in enumerate(row):
            near = fixed[vertex]
            middle[vertex] = sum(place[each] for each in near) / len(near) if near else float(index)
        row.sort(key=middle.__getitem__)
        for index, vertex in enumerate(row):
            place[vertex] = float(index)


def _swap(grid: Grid) -> int:
    """Exchange neighbours as long as that removes crossings; how many it removed."""
    place, removed = places(grid), 0
    for _ in range(patience(grid, _SWAPS)):
        before = removed
        for row in grid.rows:
            for i in range(len(row) - 1):
                a, b = row[i], row[i + 1]
                gain = sum(_gain(grid, a, b, near, place) for near in (grid.up, grid.down))
                if gain > 0:
                    row[i], row[i + 1] = b, a
                    place[a], place[b] = i + 1, i
                    removed += gain
        if removed == before:
            break
    return removed


def _gain(grid: Grid, left: int, right: int, near: list[list[int]], place: list[int]) -> int:
    """Crossings of the arcs of two neighbours as they stand, less those after an exchange."""
    plain = sum((place[a] > place[b]) - (place[a] < place[b]) for a in near[left] for b in near[right])
    for vertex, other, way in ((left, right, 1), (right, left, -1)):
        if vertex in grid.main and (on := next((each for each in near[vertex] if each in grid.main), None)) is not None:
            at = place[on]
            plain += way * (_WORSE - 1) * sum((at > place[b]) - (at < place[b]) for b in near[other])
    return plain
