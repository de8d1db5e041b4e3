"""The first half of a layered layout: which row everything stands in, and what passes through the rows between.

Sugiyama, Tagawa and Toda's method ("Methods for visual understanding of hierarchical system structures", 1981) with
what workflows need: a happy path, loops at the side, labels in rows of their own, and one trunk for all the
transitions that lead far away to the same state (thirty Catch fields to one handler are one line, not thirty).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

# Priorities of arcs when columns are made straight.
MAIN, TRUNK, HAPPY, LABEL, PLAIN = 100, 60, 50, 20, 10
_STEP = 23  # from one label of a pile to the next
_FAILS, _RETURNS, _ENDS = 0, 1, 2  # where a way leads, the best last
_ALIKE = 0.75  # of the most states: a way that is about as long


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
    aside: bool = False  # leaves at the side of its source, where its labels stand too
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
    over: dict[int, float]  # how far the labels beside a cell reach above and below it
    down: list[list[int]]
    up: list[list[int]]
    priority: dict[tuple[int, int], int]
    bundles: list[Bundle]
    loops: list[Bundle]  # from a cell to itself
    cells: int
    trunks: dict[int, tuple[int, bool, bool]]  # vertex -> what runs in it: (target, by a catch, back)
    main: set[int]  # the vertices of the happy path, one in each of its rows

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
    returning = _returning(len(cells), bundles, finished)
    _set_aside(cells, bundles, loops, rank, returning)
    grid = Grid(
        rows=[],
        row=[0] * len(cells),
        left=[each.left for each in cells],
        right=[each.right for each in cells],
        height=[each.height for each in cells],
        over={},
        down=[[] for _ in cells],
        up=[[] for _ in cells],
        priority={},
        bundles=bundles,
        loops=loops,
        cells=len(cells),
        trunks={},
        main=set(),
    )
    labelled = _assign_rows(grid, rank)
    _thread(grid, labelled, returning)
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
    """From each cell the likeliest way on: to success rather than back or to a failure, past the most states, or the
    middle one of equals."""
    out: list[list[Bundle]] = [[] for _ in cells]
    back = set[int]()
    for bundle in bundles:
        if not bundle.back:
            out[bundle.source].append(bundle)
        elif not bundle.catch:
            back.add(bundle.source)
    score = [(_FAILS if each.fails else _ENDS, each.weight) for each in cells]
    happy: list[Bundle | None] = [None] * len(cells)
    for cell in finished:
        ways = [each for each in out[cell] if not each.catch] or out[cell] * (cell not in back)
        if ways:
            chosen = _choose(ways, [score[each.target] for each in ways])
            chosen.happy = True
            happy[cell] = chosen
            end, length = score[chosen.target]
            score[cell] = end, length + cells[cell].weight
        elif cell in back:
            score[cell] = _RETURNS, cells[cell].weight
    at = happy[0] if cells else None
    while at is not None:
        at.main = True
        at = happy[at.target]


def _choose(ways: list[Bundle], scores: list[tuple[int, int]]) -> Bundle:
    """The longest way, but of many that are about as long the middle one: a state more in one of them moves nothing."""
    end, most = max(scores)
    both = list(zip(ways, scores, strict=True))
    alike = [way for way, score in both if score[0] == end and score[1] >= most * _ALIKE]
    equals = [way for way, score in both if score == (end, most)]
    chosen = alike if len(alike) > 2 else equals
    return chosen[(len(chosen) - 1) // 2]


def _set_aside(
    cells: Sequence[Cell], bundles: list[Bundle], loops: list[Bundle], rank: list[int], returning: set[int]
) -> None:
    """What leads far away, as to the handler of many errors, leaves at the side, so that it does not push the happy
    path apart: where the labels fit, and no other cell is but one that leads back or one of the last."""
    onward = {each.upper for each in bundles}
    further = {each.upper for each in bundles if each.lower in onward} - returning
    beside = Counter(rank[cell] for cell in further)
    taken = Counter[int]()  # of the height of a cell's side
    for bundle in bundles:
        if bundle.back:
            taken.update({bundle.source: _STEP, bundle.target: _STEP})
    for loop in loops:
        taken[loop.source] += max(int(loop.height), _STEP)
    for bundle in bundles:
        cell, far = bundle.source, rank[bundle.lower] - rank[bundle.upper] > 1
        if bundle.back or bundle.happy or not far or beside[rank[cell]] > 1:
            continue
        room = max(int(bundle.height), _STEP)
        if room <= cells[cell].height - taken[cell]:
            bundle.aside = True
            taken[cell] += room


def _returning(count: int, bundles: list[Bundle], finished: list[int]) -> set[int]:
    """The cells that only lead back: what waits before it tries again."""
    out: list[list[Bundle]] = [[] for _ in range(count)]
    for bundle in bundles:
        if not bundle.catch:
            out[bundle.source].append(bundle)
    found: set[int] = set()
    for cell in finished:
        if out[cell] and all(each.back or each.target in found for each in out[cell]):
            found.add(cell)
    return found


def _assign_rows(grid: Grid, rank: list[int]) -> set[int]:
    """A row for each rank, and one more below a rank where labels (or loops between neighbours) need it."""
    labelled: set[int] = set()
    for bundle in grid.bundles:
        near = rank[bundle.lower] - rank[bundle.upper] == 1
        if (bundle.height and not bundle.aside) or (bundle.back and near):
            labelled.add(rank[bundle.lower] - 1 if bundle.back else rank[bundle.upper])
    at, rows = 0, []
    for each in range(max(rank, default=-1) + 1):
        rows.append(at)
        at += 2 if each in labelled else 1
    grid.row = [rows[each] for each in rank]
    grid.rows = [[] for _ in range(at)]
    return {rows[each] + 1 for each in labelled}


def _thread(grid: Grid, labelled: set[int], returning: set[int]) -> None:
    """Lay every bundle through the rows between its ends. What leads to the same cell shares one trunk.

    Loops come first, so that the reading finds them at the left, and errors, which come last, at the right."""
    trunks: dict[tuple[int, bool, bool], dict[int, int]] = {}  # what runs in it -> row -> vertex
    for bundle in sorted(grid.bundles, key=lambda each: (not each.back, each.target not in returning)):
        first, last = grid.row[bundle.upper] + 1, grid.row[bundle.lower] - 1
        own = (last if bundle.back else first) if bundle.height and not bundle.aside else None
        key = bundle.target, bundle.catch, bundle.back
        trunk = trunks.setdefault(key, {})
        chain: list[int] = []
        joined = None  # how many vertices are not the trunk of others
        for row in range(first, last + 1):
            if row == own:
                bundle.label = grid.add(row, bundle.width, bundle.height)
                chain.append(bundle.label)
            elif row == first == last and row in labelled:
                # A short way keeps its own line beside labels, so that each transition has its own arrow.
                chain.append(grid.add(row))
            elif row not in trunk:
                trunk[row] = grid.add(row)
                grid.trunks[trunk[row]] = key
                chain.append(trunk[row])
            elif bundle.back:
                chain.append(trunk[row])
            else:
                joined = len(chain) + 2
                chain.extend([trunk[each] for each in range(row, last + 1)])
                break
        bundle.chain = chain
        _connect(grid, bundle, joined)


def _connect(grid: Grid, bundle: Bundle, joined: int | None) -> None:
    """The arcs of a bundle; behind the place where it `joined` a trunk they are there, but not yet of its priority."""
    priority = MAIN if bundle.main else HAPPY if bundle.happy else PLAIN
    line = [bundle.upper, *bundle.chain, bundle.lower]
    if bundle.main:
        grid.main.update(line)
    for upper, lower in pairwise(line if priority > PLAIN else line[:joined]):
        inner = upper >= grid.cells and lower >= grid.cells
        straight = LABEL if bundle.label in (upper, lower) else TRUNK
        grid.connect(upper, lower, max(priority, straight) if inner else priority)


def _fill(grid: Grid) -> None:
    """Put the vertices into their rows in the order of a depth-first reading, which does not jump down loops."""
    seen = [False] * len(grid.row)
    loops = {vertex for each in grid.bundles if each.back for vertex in each.chain}
    for root in range(grid.cells):
        if seen[root]:
            continue
        stack = [root]
        while stack:
            vertex = stack.pop()
            if not seen[vertex]:
                seen[vertex] = True
                grid.rows[grid.row[vertex]].append(vertex)
                stack.extend(each for each in reversed(grid.down[vertex]) if each >= grid.cells or vertex not in loops)
