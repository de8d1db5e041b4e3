"""From rows and columns to lines: loops, and errors that are handled far away, get lanes beside their cells, everything
else ports above and below.

Between two rows a line swings from one column to the next; beside the cells of a row it only runs straight down. So
no line can touch a cell that is not its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from treadle.tools.layout.drawing import Point
from treadle.tools.layout.layers import Bundle, Grid
from treadle.tools.layout.order import places

_LABEL_AWAY = 10.0  # from a cell's side to a label beside it
LANE = 20.0  # from a cell's side to its first loop lane, and from lane to lane
_ROUND = 10.0  # radius of a lane's corners
_CELL_TO_CELL, _CELL_TO_LABEL, _LABEL_TO_CELL = 40.0, 16.0, 22.0
_LEAVE, _ARRIVE = 3.0, 9.0  # straight pieces in the gaps, the second one for the arrow
_LOW = 90.0  # cells up to this height stand in the middle of their row, others hang from its top
_PORT_GAP, _PORT_MARGIN = 16.0, 14.0
_KAPPA = 0.5523  # a quarter of a circle as a cubic Bézier curve


class Lane(Struct):
    """Where a line touches the side of a cell.

    `way`: "up" leaves upwards, "in" arrives from below, "aside" leaves downwards, "alone" is a loop of the cell with
    itself. `offset` is how far from the cell's side it runs, `room` how high it is there with its labels.
    """

    bundle: int  # index into grid.bundles, or into grid.loops for a loop at one cell
    side: Literal[1, -1]
    way: Literal["up", "in", "aside", "alone"]
    spot: int  # the place of its line in the next row
    width: float = 0.0  # of its labels
    room: float = 14.0
    offset: float = 0.0


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
    """Cell -> the lanes at its sides; widens the grid's cells by them."""
    spot = places(grid)
    found: dict[int, list[Lane]] = {}
    arrived: set[tuple[int, int]] = set()
    for index, bundle in enumerate(grid.bundles):
        if bundle.aside:
            line = bundle.chain[0]
            side = _side(grid, bundle.source, line, spot, usual=1)
            room = max(bundle.height, 14.0)
            lane = Lane(index, side, "aside", spot[line], bundle.width, room)
            found.setdefault(bundle.source, []).append(lane)
        elif bundle.back:
            above, below = bundle.chain[0], bundle.chain[-1]
            side = _side(grid, bundle.lower, below, spot)
            found.setdefault(bundle.lower, []).append(Lane(index, side, "up", spot[below]))
            if (bundle.target, above) not in arrived:
                arrived.add((bundle.target, above))
                side = _side(grid, bundle.upper, above, spot)
                found.setdefault(bundle.upper, []).append(Lane(index, side, "in", spot[above]))
    for index, loop in enumerate(grid.loops):
        own = found.setdefault(loop.source, [])
        taken = [each.side for each in own]
        side = 1 if taken.count(1) < taken.count(-1) else -1
        own.append(Lane(index, side, "alone", 0, loop.width, max(loop.height, 20.0)))
    for cell, own in found.items():
        for side, extent in ((1, grid.right), (-1, grid.left)):
            extent[cell] += _spread_out([each for each in own if each.side == side], side)
        own.sort(key=_from_top)
        middle = 24.0 if grid.height[cell] > _LOW else grid.height[cell] / 2
        piles = [each.room / 2 + (middle if len(own) > 1 else 0.0) for each in own if each.way == "alone"]
        grid.over[cell] = max(0.0, max(piles, default=0.0) - middle)
    return found


def _spread_out(own: list[Lane], side: int) -> float:
    """Give each lane of one side its offset, the nearest first; how much room they take."""
    own.sort(key=lambda each: (each.way != "alone", each.way != "up", each.spot * side))
    taken = 0.0
    for lane in own:
        if lane.way == "aside" and lane.width:
            lane.offset = max(taken + LANE, lane.width + _LABEL_AWAY + _ROUND + 4)
        else:
            lane.offset = taken + LANE
        taken = lane.offset + (lane.width + 8 if lane.way == "alone" else 0.0)
    return taken


def _from_top(lane: Lane) -> tuple[bool, bool, float]:
    """No lane crosses another one: what leads up stands above what leads down, and then the loops."""
    return lane.way == "alone", lane.way != "up", lane.offset if lane.way == "up" else -lane.offset


def _side(grid: Grid, cell: int, vertex: int, spot: list[int], usual: Literal[1, -1] = -1) -> Literal[1, -1]:
    """The side of `cell` on which the line through `vertex` crosses less that matters."""
    crossed = [0, 0]
    below = grid.row[vertex] > grid.row[cell]
    for other in grid.down[cell] if below else grid.up[cell]:
        if other != vertex:
            crossed[spot[other] > spot[vertex]] += grid.priority[(cell, other) if below else (other, cell)]
    return usual if crossed[0] == crossed[1] else -1 if crossed[0] < crossed[1] else 1


def stack(grid: Grid, x: list[float], beside: Collection[tuple[int, int]]) -> Frame:
    """The rows below each other. A gap through which lines swing far is a little higher.

    `beside` names the arcs that begin or end in lanes.
    """
    top: list[float] = []
    bottom: list[float] = []
    y = 0.0
    for index, row in enumerate(grid.rows):
        y += _space(grid, index, x, beside) if index else 0
        top.append(y)
        y += max((grid.height[each] + 2 * grid.over.get(each, 0.0) for each in row), default=0.0)
        bottom.append(y)
    cell_top, cell_bottom = [], []
    for cell in range(grid.cells):
        first, last, height = top[grid.row[cell]], bottom[grid.row[cell]], grid.height[cell]
        over = grid.over.get(cell, 0.0)
        start = first + (last - first - height) / 2 if last - first <= _LOW or over else first
        cell_top.append(start)
        cell_bottom.append(start + height)
    return Frame(top, bottom, cell_top, cell_bottom)


def _space(grid: Grid, index: int, x: list[float], beside: Collection[tuple[int, int]]) -> float:
    above, here = grid.rows[index - 1], grid.rows[index]
    cells_above, cells_here = any(v < grid.cells for v in above), any(v < grid.cells for v in here)
    space = _CELL_TO_LABEL if not cells_here else _LABEL_TO_CELL if not cells_above else _CELL_TO_CELL
    widest = max((abs(x[a] - x[b]) for a in above for b in grid.down[a] if (a, b) not in beside), default=0.0)
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
        self.through = [Station(x[v], frame.top[row], frame.bottom[row]) for v, row in enumerate(grid.row)]
        self.ports_below = self._ports([b for b in grid.bundles if not b.back and not b.aside], lower=False)
        self.ports_above = self._ports([b for b in grid.bundles if not b.back], lower=True)

    def curve(self, index: int) -> tuple[Point, ...]:
        """The line of `grid.bundles[index]`, from its source to its target."""
        bundle = self.grid.bundles[index]
        between = [self.through[each] for each in bundle.chain]
        if bundle.back:
            return self._backward(index, bundle, between)
        return self._sideways(index, bundle, between) if bundle.aside else self._forward(bundle, between)

    def beside(self, index: int) -> Point:
        """The middle of the labels of a bundle that leaves at the side."""
        bundle = self.grid.bundles[index]
        lane = self._lane(bundle.source, index, "aside")
        x = self._side_x(bundle.source, lane) + lane.side * (_LABEL_AWAY + bundle.width / 2)
        return Point(x, self._lane_y(bundle.source, lane))

    def loop(self, index: int) -> tuple[tuple[Point, ...], Point]:
        """The line of `grid.loops[index]`, and the middle of its label."""
        cell = self.grid.loops[index].source
        lane = self._lane(cell, index, "alone")
        side = self._side_x(cell, lane)
        x, y = side + lane.side * lane.offset, self._lane_y(cell, lane)
        knee, low, high = x - lane.side * 9, y + 9, y - 9
        out = [Point(side, low), *_line(Point(side, low), Point(knee, low)), *_corner(Point(knee, low), Point(x, y))]
        back = [*_corner(Point(x, y), Point(knee, high), first=True), *_line(Point(knee, high), Point(side, high))]
        return (*out, *back), Point(x + lane.side * (self.grid.loops[index].width / 2 + 6), y)

    def _forward(self, bundle: Bundle, between: list[Station]) -> tuple[Point, ...]:
        upper = bundle.upper
        start = self.x[upper] + self.ports_below[upper, (bundle.chain or [bundle.lower])[0]]
        bottom = self.frame.bottom[self.grid.row[upper]] + _LEAVE
        first = Station(start, self.frame.cell_bottom[upper], bottom)
        return tuple(_run([first, *between, self._last(bundle)]))

    def _last(self, bundle: Bundle) -> Station:
        """The piece with the arrow, from above into the lower cell."""
        lower = bundle.lower
        end = self.x[lower] + self.ports_above[lower, (bundle.chain or [bundle.upper])[-1]]
        return Station(end, self.frame.top[self.grid.row[lower]] - _ARRIVE, self.frame.cell_top[lower])

    def _sideways(self, index: int, bundle: Bundle, between: list[Station]) -> tuple[Point, ...]:
        """Out of the side, and then down."""
        cell = bundle.source
        start, knee, corner = self._turn(cell, self._lane(cell, index, "aside"), bundle.chain[0], 1)
        first = Station(corner.x, corner.y, self.frame.bottom[self.grid.row[cell]])
        run = _run([first, *between, self._last(bundle)])
        return (start, *_line(start, knee), *_corner(knee, corner), *run[1:])

    def _backward(self, index: int, bundle: Bundle, between: list[Station]) -> tuple[Point, ...]:
        """Drawn from the upper cell to the lower one like the others, and then turned round."""
        grid, frame, upper, lower = self.grid, self.frame, bundle.upper, bundle.lower
        start, knee, corner = self._turn(upper, self._lane(upper, index, "in"), bundle.chain[0], 1)
        end, bend, turn = self._turn(lower, self._lane(lower, index, "up"), bundle.chain[-1], -1)
        first = Station(corner.x, corner.y, frame.bottom[grid.row[upper]])
        last = Station(turn.x, frame.top[grid.row[lower]], turn.y)
        points = [start, *_line(start, knee), *_corner(knee, corner), *_run([first, *between, last])[1:]]
        points += [*_corner(turn, bend, first=True), *_line(bend, end)]
        return tuple(reversed(points))

    def _turn(self, cell: int, lane: Lane, vertex: int, way: int) -> tuple[Point, Point, Point]:
        """Where a lane touches its cell, where its corner begins, and where that ends: below (`way` 1) or above."""
        y, side, x = self._lane_y(cell, lane), self._side_x(cell, lane), self._lane_x(cell, lane, vertex)
        return Point(side, y), Point(x - lane.side * _ROUND, y), Point(x, y + way * _ROUND)

    def _lane(self, cell: int, index: int, way: str) -> Lane:
        """The lane of a bundle at one of its cells; those that arrive through one trunk share its lane."""
        bundles = self.grid.bundles
        for lane in self.sides[cell]:
            if lane.way == way:
                shares = way == "in" and bundles[lane.bundle].chain[0] == bundles[index].chain[0]
                if lane.bundle == index or shares:
                    return lane
        raise AssertionError("a line without a lane")

    def _lane_x(self, cell: int, lane: Lane, vertex: int) -> float:
        """The lane stands where its line comes from, if that is free."""
        grid = self.grid
        near = self._side_x(cell, lane) + lane.side * lane.offset
        row = grid.rows[grid.row[cell]]
        at = row.index(cell) + lane.side
        limit = lane.side * float("inf")
        further = [each for each in self.sides[cell] if each.side == lane.side and each.offset > lane.offset]
        if any(each.way == "alone" for each in further):
            return near
        if further:
            next_lane = min(further, key=lambda each: each.offset)
            chain = grid.bundles[next_lane.bundle].chain
            beyond = self._lane_x(cell, next_lane, chain[-1] if next_lane.way == "up" else chain[0])
            return lane.side * max(near * lane.side, min(self.x[vertex] * lane.side, beyond * lane.side - LANE))
        if 0 <= at < len(row):
            next_one = row[at]
            if vertex in grid.trunks and grid.trunks.get(next_one) == grid.trunks[vertex] and lane.way == "aside":
                return self.x[next_one]  # straight into the trunk
            reach = grid.left[next_one] if lane.side > 0 else grid.right[next_one]
            limit = self.x[next_one] - lane.side * (reach + LANE)
        wanted = self.x[vertex] * lane.side
        return lane.side * max(near * lane.side, min(wanted, limit * lane.side))

    def _side_x(self, cell: int, lane: Lane) -> float:
        left, right = self.reach[cell]
        return self.x[cell] + right if lane.side > 0 else self.x[cell] - left

    def _lane_y(self, cell: int, lane: Lane) -> float:
        """In the middle of the cell's side, or one below the other."""
        top, bottom = self.frame.cell_top[cell], self.frame.cell_bottom[cell]
        tall = bottom - top > _LOW
        middle = (bottom - 24 if lane.way == "aside" else top + 24) if tall else (top + bottom) / 2
        same = [each for each in self.sides[cell] if each.side == lane.side]
        if tall:
            same = [each for each in same if (each.way == "aside") == (lane.way == "aside")]
        whole = sum(each.room for each in same)
        above = sum(each.room for each in same[: same.index(lane)]) + lane.room / 2
        return middle + (above - whole / 2) * min(1.0, (bottom - top - 4) / whole)

    def _ports(self, bundles: list[Bundle], lower: bool) -> dict[tuple[int, int], float]:
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
