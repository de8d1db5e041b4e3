"""From rows and columns to lines: loops get lanes beside their cells, everything else ports above and below.

Between two rows a line swings from one column to the next; beside the cells of a row it only runs straight down. So
no line can touch a cell that is not its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from treadle.tools.layout.drawing import Point
from treadle.tools.layout.layers import Bundle, Grid
from treadle.tools.layout.order import places

LANE = 20.0  # from a cell's side to its first loop lane, and from lane to lane
_ROUND = 10.0  # radius of a lane's corners
_CELL_TO_CELL, _CELL_TO_LABEL, _LABEL_TO_CELL = 42.0, 22.0, 30.0
_LEAVE, _ARRIVE = 3.0, 9.0  # straight pieces in the gaps, the second one for the arrow
_LOW = 90.0  # cells up to this height stand in the middle of their row, others hang from its top
_PORT_GAP, _PORT_MARGIN = 16.0, 14.0
_KAPPA = 0.5523  # a quarter of a circle as a cubic Bézier curve


class Lane(Struct):
    """Where a loop touches a cell: on which side, and how many lanes out. `leaves` tells its two ends apart."""

    bundle: int  # index into grid.bundles, or into grid.loops for a loop at one cell
    side: Literal[1, -1]
    leaves: bool
    depth: int
    alone: bool = False  # a loop from a cell to itself


class Station(NamedTuple):
    """A piece of a line that runs straight down at `x`."""

    x: float
    top: float
    bottom: float


class Frame(NamedTuple):
    """Upper and lower edge of every row, and of every cell."""

    top: list[float]
    bottom: list[float]
    cell_top: list[float]
    cell_bottom: list[float]


def lanes(grid: Grid) -> dict[int, list[Lane]]:
    """Cell -> the lanes at its sides, nearest first; widens the grid's cells by them."""
    spot = places(grid)
    found: dict[int, list[Lane]] = {}

    def add(cell: int, bundle: int, side: Literal[1, -1], leaves: bool, alone: bool = False) -> None:
        own = found.setdefault(cell, [])
        own.append(Lane(bundle, side, leaves, sum(each.side == side for each in own) + 1, alone))

    for index, bundle in enumerate(grid.bundles):
        if bundle.back:
            above, below = bundle.chain[0], bundle.chain[-1]
            add(bundle.lower, index, _side(grid, bundle.lower, below, spot), True)
            shared = any(
                each.chain[0] == above for each in grid.bundles[:index] if each.back and each.target == bundle.target
            )
            if not shared:
                add(bundle.upper, index, _side(grid, bundle.upper, above, spot), False)
    for index, loop in enumerate(grid.loops):
        taken = [each.side for each in found.get(loop.source, ())]
        add(loop.source, index, -1 if taken.count(-1) < taken.count(1) else 1, True, alone=True)
    for cell, own in found.items():
        for side, extent in ((1, grid.right), (-1, grid.left)):
            here = [each for each in own if each.side == side]
            extent[cell] += max((each.depth for each in here), default=0) * LANE
            extent[cell] += sum(grid.loops[each.bundle].width + 8 for each in here if each.alone)
    return found


def _side(grid: Grid, cell: int, vertex: int, spot: list[int]) -> Literal[1, -1]:
    """The side of `cell` on which the loop through `vertex` crosses less that matters; the right one of equals."""
    crossed = [0, 0]
    below = grid.row[vertex] > grid.row[cell]
    for other in grid.down[cell] if below else grid.up[cell]:
        if other != vertex:
            crossed[spot[other] > spot[vertex]] += grid.priority[(cell, other) if below else (other, cell)]
    return -1 if crossed[0] < crossed[1] else 1


def stack(grid: Grid, x: list[float]) -> Frame:
    """The rows below each other. A gap through which lines swing far is a little higher."""
    top: list[float] = []
    bottom: list[float] = []
    y = 0.0
    for index, row in enumerate(grid.rows):
        y += _space(grid, index, x) if index else 0
        top.append(y)
        y += max((grid.height[each] for each in row), default=0.0)
        bottom.append(y)
    cell_top, cell_bottom = [], []
    for cell in range(grid.cells):
        first, last, height = top[grid.row[cell]], bottom[grid.row[cell]], grid.height[cell]
        start = first + (last - first - height) / 2 if last - first <= _LOW else first
        cell_top.append(start)
        cell_bottom.append(start + height)
    return Frame(top, bottom, cell_top, cell_bottom)


def _space(grid: Grid, index: int, x: list[float]) -> float:
    above, here = grid.rows[index - 1], grid.rows[index]
    cells_above, cells_here = any(v < grid.cells for v in above), any(v < grid.cells for v in here)
    space = _CELL_TO_LABEL if not cells_here else _LABEL_TO_CELL if not cells_above else _CELL_TO_CELL
    widest = max((abs(x[a] - x[b]) for a in above for b in grid.down[a]), default=0.0)
    return space + min(32.0, max(0.0, widest - 120) * 0.06)


class Routes:
    """The lines of one laid out grid."""

    def __init__(
        self,
        grid: Grid,
        x: list[float],
        frame: Frame,
        sides: dict[int, list[Lane]],
        reach: Sequence[tuple[float, float]],
    ):
        self.grid, self.x, self.frame, self.sides = grid, x, frame, sides
        self.reach = reach  # cell -> how far it reaches left and right of its axis, without its lanes
        self.ports_below = self._ports(grid.down, [b for b in grid.bundles if not b.back], lower=False)
        self.ports_above = self._ports(grid.up, [b for b in grid.bundles if not b.back], lower=True)

    def curve(self, index: int) -> tuple[Point, ...]:
        """The line of `grid.bundles[index]`, from its source to its target."""
        bundle = self.grid.bundles[index]
        between = [self._through(each) for each in bundle.chain]
        if not bundle.back:
            return self._forward(bundle, between)
        return self._backward(index, bundle, between)

    def loop(self, index: int) -> tuple[tuple[Point, ...], Point]:
        """The line of `grid.loops[index]`, and the middle of its label."""
        cell = self.grid.loops[index].source
        lane = next(each for each in self.sides[cell] if each.alone and each.bundle == index)
        side = self._side_x(cell, lane)
        x, y = side + lane.side * lane.depth * LANE, self._lane_y(cell, lane)
        knee, low, high = x - lane.side * 9, y + 9, y - 9
        out = [Point(side, low), *_line(Point(side, low), Point(knee, low)), *_corner(Point(knee, low), Point(x, y))]
        back = [*_corner(Point(x, y), Point(knee, high), first=True), *_line(Point(knee, high), Point(side, high))]
        return (*out, *back), Point(x + lane.side * (self.grid.loops[index].width / 2 + 6), y)

    def _through(self, vertex: int) -> Station:
        row = self.grid.row[vertex]
        return Station(self.x[vertex], self.frame.top[row], self.frame.bottom[row])

    def _forward(self, bundle: Bundle, between: list[Station]) -> tuple[Point, ...]:
        grid, frame, upper, lower = self.grid, self.frame, bundle.upper, bundle.lower
        line = [upper, *bundle.chain, lower]
        start = self.x[upper] + self.ports_below[upper, line[1]]
        end = self.x[lower] + self.ports_above[lower, line[-2]]
        first = Station(start, frame.cell_bottom[upper], frame.bottom[grid.row[upper]] + _LEAVE)
        last = Station(end, frame.top[grid.row[lower]] - _ARRIVE, frame.cell_top[lower])
        return tuple(_run([first, *between, last]))

    def _backward(self, index: int, bundle: Bundle, between: list[Station]) -> tuple[Point, ...]:
        """Drawn from the upper cell to the lower one like the others, and then turned round."""
        grid, frame, upper, lower = self.grid, self.frame, bundle.upper, bundle.lower
        arriving = self._lane(upper, index, bundle, leaves=False)
        leaving = self._lane(lower, index, bundle, leaves=True)
        y, end = self._lane_y(upper, arriving), self._lane_y(lower, leaving)
        top_x, side = self._lane_x(upper, arriving, bundle.chain[0])
        start = Point(side, y)
        knee = Point(top_x - arriving.side * _ROUND, y)
        points = [start, *_line(start, knee), *_corner(knee, Point(top_x, y + _ROUND))]
        low_x, side = self._lane_x(lower, leaving, bundle.chain[-1])
        first = Station(top_x, y + _ROUND, frame.bottom[grid.row[upper]])
        last = Station(low_x, frame.top[grid.row[lower]], end - _ROUND)
        points += _run([first, *between, last])[1:]
        knee = Point(low_x - leaving.side * _ROUND, end)
        points += [*_corner(Point(low_x, end - _ROUND), knee, first=True), *_line(knee, Point(side, end))]
        return tuple(reversed(points))

    def _lane(self, cell: int, index: int, bundle: Bundle, leaves: bool) -> Lane:
        """The lane of a bundle at one of its cells; those that arrive through one trunk share its lane."""
        for lane in self.sides[cell]:
            if not lane.alone and lane.leaves == leaves:
                other = self.grid.bundles[lane.bundle]
                shares = not leaves and other.target == bundle.target and other.chain[0] == bundle.chain[0]
                if lane.bundle == index or shares:
                    return lane
        raise AssertionError("a loop without a lane")

    def _lane_x(self, cell: int, lane: Lane, vertex: int) -> tuple[float, float]:
        """(x of the lane, x of the cell's side): the lane stands where its line comes from, if that is free."""
        side = self._side_x(cell, lane)
        near = side + lane.side * lane.depth * LANE
        row = self.grid.rows[self.grid.row[cell]]
        at = row.index(cell) + lane.side
        if lane.alone or any(each.side == lane.side and each.depth > lane.depth for each in self.sides[cell]):
            return near, side
        if 0 <= at < len(row):
            next_one = row[at]
            reach = self.grid.left[next_one] if lane.side > 0 else self.grid.right[next_one]
            limit = self.x[next_one] - lane.side * (reach + LANE)
        else:
            limit = lane.side * float("inf")
        wanted = self.x[vertex] * lane.side
        return lane.side * max(near * lane.side, min(wanted, limit * lane.side)), side

    def _side_x(self, cell: int, lane: Lane) -> float:
        left, right = self.reach[cell]
        return self.x[cell] + right if lane.side > 0 else self.x[cell] - left

    def _lane_y(self, cell: int, lane: Lane) -> float:
        """In the middle of the cell's side, or one below the other: what leaves upwards stands above what arrives."""
        top, bottom = self.frame.cell_top[cell], self.frame.cell_bottom[cell]
        same = [each for each in self.sides[cell] if each.side == lane.side]
        middle = top + 24 if bottom - top > _LOW else (top + bottom) / 2
        if len(same) == 1:
            return middle
        same.sort(key=lambda each: (each.alone, not each.leaves, -each.depth if each.leaves else each.depth))
        spread = min(14.0, (bottom - top - 12) / (len(same) - 1))
        return middle + (same.index(lane) - (len(same) - 1) / 2) * spread

    def _ports(self, neighbours: list[list[int]], bundles: list[Bundle], lower: bool) -> dict[tuple[int, int], float]:
        """(cell, neighbour) -> how far right of the cell's axis their line begins or ends."""
        met: dict[int, list[int]] = {}
        for bundle in bundles:
            line = [bundle.upper, *bundle.chain, bundle.lower]
            cell, other = (line[-1], line[-2]) if lower else (line[0], line[1])
            own = met.setdefault(cell, [])
            if other not in own:
                own.append(other)
        ports: dict[tuple[int, int], float] = {}
        for cell, own in met.items():
            own.sort(key=lambda each: self.x[each])
            for other, offset in zip(own, self._spread(cell, own), strict=True):
                ports[cell, other] = offset
        return ports

    def _spread(self, cell: int, own: list[int]) -> list[float]:
        """The ports of one side of a cell, left to right: straight where possible, apart from each other."""
        left, right = (max(each - _PORT_MARGIN, 1.0) for each in self.reach[cell])
        away = [self.x[other] - self.x[cell] for other in own]
        wide = left + right > 400
        ports = [max(-left, min(right, each if abs(each) <= 30 or wide else each * 0.3)) for each in away]
        fixed = min(range(len(own)), key=lambda i: abs(away[i]))
        gap = min(_PORT_GAP, (right - ports[fixed]) / max(len(own) - 1 - fixed, 1))
        for i in range(fixed + 1, len(ports)):
            last = right - (len(own) - 1 - i) * gap
            ports[i] = min(last, max(ports[i], ports[i - 1] + gap))
        gap = min(_PORT_GAP, (ports[fixed] + left) / max(fixed, 1))
        for i in range(fixed - 1, -1, -1):
            ports[i] = max(-left + i * gap, min(ports[i], ports[i + 1] - gap))
        return ports


def _run(stations: list[Station]) -> list[Point]:
    """Down each station and over to the next, vertical at every end."""
    pieces: list[Station] = []
    for each in stations:
        if pieces and abs(pieces[-1].x - each.x) < 0.05:
            pieces[-1] = Station(pieces[-1].x, pieces[-1].top, each.bottom)
        else:
            pieces.append(each)
    points = [Point(pieces[0].x, pieces[0].top)]
    for index, piece in enumerate(pieces):
        if index:
            points.extend(_swing(points[-1], Point(piece.x, piece.top)))
        if piece.bottom > piece.top + 0.05:
            points.extend(_line(points[-1], Point(piece.x, piece.bottom)))
    return points


def _line(a: Point, b: Point) -> Iterator[Point]:
    yield Point(a.x + (b.x - a.x) / 3, a.y + (b.y - a.y) / 3)
    yield Point(a.x + (b.x - a.x) * 2 / 3, a.y + (b.y - a.y) * 2 / 3)
    yield b


def _swing(a: Point, b: Point) -> Iterator[Point]:
    """From column to column: leaves and arrives straight down."""
    middle = (a.y + b.y) / 2
    yield Point(a.x, middle)
    yield Point(b.x, middle)
    yield b


def _corner(a: Point, b: Point, first: bool = False) -> Iterator[Point]:
    """A quarter turn from horizontal to vertical, or (`first`) from vertical to horizontal."""
    dx, dy = (b.x - a.x) * _KAPPA, (b.y - a.y) * _KAPPA
    if first:
        yield Point(a.x, a.y + dy)
        yield Point(b.x - dx, b.y)
    else:
        yield Point(a.x + dx, a.y)
        yield Point(b.x, b.y - dy)
    yield b
