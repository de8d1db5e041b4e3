"""The first half of a layered layout: which row everything stands in, and what passes through the rows between.

Sugiyama, Tagawa and Toda's method ("Methods for visual understanding of hierarchical system structures", 1981) with
what workflows need: a happy path, loops at the side, labels in rows of their own, and one trunk for all the
transitions that lead far away to the same state (thirty Catch fields to one handler are one line, not thirty).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

# Priorities of arcs when columns are made straight.
MAIN, TRUNK, HAPPY, LABEL, PLAIN = 100, 60, 50, 20, 10


class Cell(Struct, frozen=True):
    """The room a node takes: left and right of its axis, and its height."""

    left: float
    right: float
    height: float
    fails: bool = False  # an end that is no success
    weight: int = 1  # states in it


class Join(Struct, frozen=True):
    """A transition between two cells (by index), with the size of its label (0 x 0 without one)."""

    source: int
    target: int
    catch: bool = False
    width: float = 0
    height: float = 0


class Bundle(Struct):
    """All joins between the same two cells that look alike: one line, with the labels in a pile."""

    source: int
    target: int
    catch: bool
    joins: list[int]
    width: float = 0
    height: float = 0
    back: bool = False
    main: bool = False  # on the happy path from the start
    happy: bool = False  # the likeliest way on from its source
    chain: list[int] = []  # the vertices between the upper and the lower cell
    label: int | None = None  # the vertex that makes room for the labels

    @property
    def upper(self) -> int:
        return self.target if self.back else self.source

    @property
    def lower(self) -> int:
        return self.source if self.back else self.target


class Grid(Struct):
    """Vertices in rows: first the cells, under their own indices, then what passes between them.

    `down` and `up` hold neighbours in the next and in the previous row.
    """

    rows: list[list[int]]
    row: list[int]
    left: list[float]
    right: list[float]
    height: list[float]
    down: list[list[int]]
    up: list[list[int]]
    priority: dict[tuple[int, int], int]
    bundles: list[Bundle]
    loops: list[Bundle]  # from a cell to itself
    cells: int

    def add(self, row: int, width: float = 0, height: float = 0) -> int:
        self.row.append(row)
        self.left.append(width / 2)
        self.right.append(width / 2)
        self.height.append(height)
        self.down.append([])
        self.up.append([])
        return len(self.row) - 1

    def connect(self, upper: int, lower: int, priority: int) -> None:
        known = self.priority.get((upper, lower))
        if known is None:
            self.down[upper].append(lower)
            self.up[lower].append(upper)
        self.priority[upper, lower] = max(priority, known or 0)


def build(cells: Sequence[Cell], joins: Sequence[Join]) -> Grid:
    """The grid of one scope, rows in the order a depth-first reading meets the vertices. Cell 0 is the start."""
    bundles = _bundle(joins)
    loops = [each for each in bundles if each.source == each.target]
    bundles = [each for each in bundles if each.source != each.target]
    finished = _mark_loops(len(cells), bundles)
    rank = _rank(len(cells), bundles, finished)
    _mark_happy(cells, bundles, finished)
    grid = Grid(
        rows=[],
        row=[0] * len(cells),
        left=[each.left for each in cells],
        right=[each.right for each in cells],
        height=[each.height for each in cells],
        down=[[] for _ in cells],
        up=[[] for _ in cells],
        priority={},
        bundles=bundles,
        loops=loops,
        cells=len(cells),
    )
    labelled = _assign_rows(grid, rank)
    _thread(grid, labelled)
    _fill(grid)
    return grid


def _bundle(joins: Sequence[Join]) -> list[Bundle]:
    found: dict[tuple[int, int, bool], Bundle] = {}
    for index, join in enumerate(joins):
        key = join.source, join.target, join.catch
        bundle = found.get(key) or found.setdefault(key, Bundle(*key, []))
        bundle.joins.append(index)
        bundle.width = max(bundle.width, join.width)
        bundle.height += join.height
    return list(found.values())


def _mark_loops(count: int, bundles: list[Bundle]) -> list[int]:
    """Mark the bundles that lead back to a cell we are still below of. The cells, each after all it leads to."""
    out: list[list[Bundle]] = [[] for _ in range(count)]
    for bundle in bundles:
        out[bundle.source].append(bundle)
    finished: list[int] = []
    seen = [0] * count  # 1 on the way, 2 done
    for root in range(count):
        if seen[root]:
            continue
        seen[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            cell, rest = stack[-1]
            for bundle in rest:
                if seen[bundle.target] == 1:
                    bundle.back = True
                elif not seen[bundle.target]:
                    seen[bundle.target] = 1
                    stack.append((bundle.target, iter(out[bundle.target])))
                    break
            else:
                seen[cell] = 2
                finished.append(cell)
                stack.pop()
    return finished


def _rank(count: int, bundles: list[Bundle], finished: list[int]) -> list[int]:
    """Each cell below all that lead to it: `finished` backwards is an order in which every bundle leads on."""
    rank = [0] * count
    out: list[list[int]] = [[] for _ in range(count)]
    for bundle in bundles:
        out[bundle.upper].append(bundle.lower)
    for cell in reversed(finished):
        for lower in out[cell]:
            rank[lower] = max(rank[lower], rank[cell] + 1)
    return rank


def _mark_happy(cells: Sequence[Cell], bundles: list[Bundle], finished: list[int]) -> None:
    """From each cell the likeliest way on: to success, past the most states, or the middle one of equals."""
    out: list[list[Bundle]] = [[] for _ in cells]
    for bundle in bundles:
        if not bundle.back:
            out[bundle.source].append(bundle)
    score = [(not cell.fails, cell.weight) for cell in cells]
    happy: list[Bundle | None] = [None] * len(cells)
    for cell in finished:
        ways = [each for each in out[cell] if not each.catch] or out[cell]
        if ways:
            best = max(score[each.target] for each in ways)
            equals = [each for each in ways if score[each.target] == best]
            chosen = equals[(len(equals) - 1) // 2]
            chosen.happy = True
            happy[cell] = chosen
            score[cell] = best[0], best[1] + cells[cell].weight
    at = happy[0] if cells else None
    while at is not None:
        at.main = True
        at = happy[at.target]


def _assign_rows(grid: Grid, rank: list[int]) -> set[int]:
    """A row for each rank, and one more below a rank where labels (or loops between neighbours) need it."""
    labelled: set[int] = set()
    for bundle in grid.bundles:
        near = rank[bundle.lower] - rank[bundle.upper] == 1
        if bundle.height or (bundle.back and near):
            labelled.add(rank[bundle.lower] - 1 if bundle.back else rank[bundle.upper])
    at, rows = 0, []
    for each in range(max(rank, default=-1) + 1):
        rows.append(at)
        at += 2 if each in labelled else 1
    grid.row = [rows[each] for each in rank]
    grid.rows = [[] for _ in range(at)]
    return {rows[each] + 1 for each in labelled}


def _thread(grid: Grid, labelled: set[int]) -> None:
    """Lay every bundle through the rows between its ends. What leads to the same cell shares one trunk."""
    trunks: dict[tuple[int, int, bool, bool], int] = {}
    for bundle in sorted(grid.bundles, key=lambda each: each.back):
        first, last = grid.row[bundle.upper] + 1, grid.row[bundle.lower] - 1
        own = (last if bundle.back else first) if bundle.height else None
        chain = []
        for row in range(first, last + 1):
            if row == own:
                bundle.label = grid.add(row, bundle.width, bundle.height)
                chain.append(bundle.label)
                continue
            # A short way keeps its own line beside labels, so that each transition has its own arrow.
            alone = row == first == last and row in labelled
            key = bundle.target, row, bundle.catch, bundle.back
            if alone or key not in trunks:
                made = grid.add(row)
                if alone:
                    chain.append(made)
                    continue
                trunks[key] = made
            chain.append(trunks[key])
        bundle.chain = chain
        priority = MAIN if bundle.main else HAPPY if bundle.happy else PLAIN
        line = [bundle.upper, *chain, bundle.lower]
        for upper, lower in pairwise(line):
            inner = upper >= grid.cells and lower >= grid.cells
            straight = LABEL if bundle.label in (upper, lower) else TRUNK
            grid.connect(upper, lower, max(priority, straight) if inner else priority)


def _fill(grid: Grid) -> None:
    """Put the vertices into their rows in the order of a depth-first reading."""
    seen = [False] * len(grid.row)
    for root in range(grid.cells):
        if seen[root]:
            continue
        stack = [root]
        while stack:
            vertex = stack.pop()
            if not seen[vertex]:
                seen[vertex] = True
                grid.rows[grid.row[vertex]].append(vertex)
                stack.extend(reversed(grid.down[vertex]))
