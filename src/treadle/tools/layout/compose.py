"""From an outline to a drawing, scope by scope.

No transition of the language leaves its flow, so each flow is laid out alone, innermost first, and a container is
then a cell like any other in the flow around it.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from treadle.tools.layout import columns, order, routes
from treadle.tools.layout.columns import STRONG, Pull
from treadle.tools.layout.drawing import Box, Drawing, Edge, Label, Point, Region
from treadle.tools.layout.glyphs import fit, measure, widest, wrap
from treadle.tools.layout.layers import Bundle, Cell, Grid, Join, build
from treadle.tools.layout.outline import Link, Node, Scope, fold, outline
from treadle.values import Pointer

TITLE, SUBTITLE, LABEL = 13.0, 11.0, 11.0  # font sizes
LINE = 17.0  # from one line of a title to the next
ICON, INSET = 26.0, 11.0
HEAD = 50.0  # of a container
_WIDEST_TITLE, _WIDEST_SUBTITLE, _WIDEST_LABEL = 230.0, 260.0, 200.0
_PADDING, _LEAST_PADDING = 13.0, 8.0  # right of a text, as it is measured, and where a font is wider
_NARROWEST, _HEIGHT, _MARKER = 132.0, 48.0, 30.0
_BADGE, _BADGE_GAP = 20.0, 8.0
_LABEL_HEIGHT, _LABEL_PAD, _LABEL_STEP = 20.0, 8.0, 23.0
_PAD, _BRANCH_GAP, _MARGIN, _EMPTY = 18.0, 26.0, 24.0, 60.0


class Sheet(Struct):
    """One flow, laid out with its origin at (0, 0). `axis` is the x of its start."""

    width: float
    height: float
    axis: float
    boxes: list[Box]
    regions: list[Region]
    edges: list[Edge]


class Block(Struct):
    """A node ready to be placed: its box at (0, 0), and the sheet inside it."""

    box: Box
    inside: Sheet | None
    axis: float

    @property
    def reach(self) -> tuple[float, float]:
        """How far the box reaches left and right of its axis."""
        return self.axis, self.box.width - self.axis

    @property
    def weight(self) -> int:
        return 1 + len(self.inside.boxes) if self.inside else 1


def draw(text: str, folded: Collection[Pointer] = ()) -> Drawing:
    """The drawing of a definition, without what is inside the containers `folded`. Raises NoDefinition."""
    scope = outline(text)
    return compose(fold(scope, folded) if folded else scope)


def compose(scope: Scope) -> Drawing:
    sheet = _lay(scope, None)
    _move(sheet, _MARGIN, _MARGIN)
    return Drawing(
        round(sheet.width + 2 * _MARGIN, 1),
        round(sheet.height + 2 * _MARGIN, 1),
        tuple(sheet.boxes),
        tuple(sheet.regions),
        tuple(sheet.edges),
        scope.comment,
    )


def _lay(scope: Scope, parent: str | None) -> Sheet:
    if not scope.nodes:
        return Sheet(_NARROWEST, _EMPTY, _NARROWEST / 2, [], [], [])
    blocks = [_block(node, parent) for node in scope.nodes]
    index = {node.id: at for at, node in enumerate(scope.nodes)}
    cells = [
        Cell(b.axis, b.box.width - b.axis, b.box.height, b.box.kind in ("Fail", "Missing"), b.weight) for b in blocks
    ]
    texts = [fit(link.label, LABEL, _WIDEST_LABEL) for link in scope.links]
    sizes = [(_label_width(each), _LABEL_STEP) if each else (0.0, 0.0) for each in texts]
    joins = [
        Join(index[link.source], index[link.target], link.kind == "catch", *size)
        for link, size in zip(scope.links, sizes, strict=True)
    ]
    grid = build(cells, joins)
    order.arrange(grid)
    sides = routes.lanes(grid)
    pulls = _pulls(grid, sides, blocks)
    x = columns.place(grid, pulls)
    frame = routes.stack(grid, x, pulls)
    lines = routes.Routes(grid, x, frame, sides, [b.reach for b in blocks])
    sheet = Sheet(0.0, max(frame.bottom), x[0], [], [], [])
    for at, block in enumerate(blocks):
        _put(sheet, block, x[at] - block.axis, frame.cell_top[at])
    _join(sheet, grid, lines, scope.links, texts, sizes)
    sheet.width = max(x[v] + grid.right[v] for v in range(len(grid.row)))
    return sheet


def _pulls(grid: Grid, sides: dict[int, list[routes.Lane]], blocks: list[Block]) -> dict[tuple[int, int], Pull]:
    """Lines in lanes hold on to these, not to the axis of their cells: loops strongly at the end that reaches out
    further."""
    pulls: dict[tuple[int, int], Pull] = {}
    onward = {end for each in grid.bundles if each.main for end in (each.source, each.target)}
    for cell, own in sides.items():
        left, right = blocks[cell].reach
        for lane in own:
            if lane.way == "alone":
                continue
            bundle, offset = grid.bundles[lane.bundle], lane.side * ((right if lane.side > 0 else left) + lane.offset)
            if lane.way == "aside":
                pulls[cell, bundle.chain[0]] = Pull(offset, STRONG)
                continue
            other = bundle.upper if lane.way == "up" else bundle.lower
            if cell in onward and other in onward:
                further = blocks[cell].box.width >= blocks[other].box.width
            else:
                further = lane.way == "up"
            weight = STRONG if further else 0.2
            if lane.way == "up":
                pulls[bundle.chain[-1], cell] = Pull(-offset, weight)
            else:
                pulls[cell, bundle.chain[0]] = Pull(offset, weight)
    return pulls


def _join(
    sheet: Sheet,
    grid: Grid,
    lines: routes.Routes,
    links: tuple[Link, ...],
    texts: list[str],
    sizes: list[tuple[float, float]],
) -> None:
    """The edges of one flow, in the order of the definition."""
    made: dict[int, Edge] = {}

    def add(bundle: Bundle, curve: tuple[Point, ...], x: float, top: float) -> None:
        y = top
        for at in bundle.joins:
            link, width = links[at], sizes[at][0]
            label = None
            if texts[at]:
                middle = y + (_LABEL_STEP - _LABEL_HEIGHT) / 2
                label = Label(texts[at], link.note, x - width / 2, middle, width, _LABEL_HEIGHT)
                y += _LABEL_STEP
            made[at] = Edge(
                id=link.id,
                kind=link.kind,
                source=link.source,
                target=link.target,
                curve=curve,
                label=label,
                back=bundle.back or bundle.source == bundle.target,
            )

    for index, bundle in enumerate(grid.bundles):
        x, top = 0.0, 0.0
        if bundle.label is not None:
            row = grid.row[bundle.label]
            x = lines.x[bundle.label]
            top = (lines.frame.top[row] + lines.frame.bottom[row] - bundle.height) / 2
        elif bundle.aside:
            x, middle = lines.beside(index)
            top = middle - bundle.height / 2
        add(bundle, lines.curve(index), x, top)
    for index, loop in enumerate(grid.loops):
        curve, spot = lines.loop(index)
        add(loop, curve, spot.x, spot.y - loop.height / 2)
    sheet.edges.extend(made[at] for at in range(len(links)))


def _label_width(text: str) -> float:
    return max(measure(text, LABEL) + 2 * _LABEL_PAD, widest(text, LABEL) + 1.5 * _LEAST_PADDING)


def _block(node: Node, parent: str | None) -> Block:
    if node.kind in ("Start", "End"):
        width = round(measure(node.name, TITLE, bold=True) + 32, 1)
        return Block(_box(node, (node.name,), width, _MARKER, parent), None, width / 2)
    if node.kind in ("Parallel", "Map") and not node.folded:
        return _container(node, parent)
    lines = wrap(node.name, TITLE, _WIDEST_TITLE, bold=True)
    subtitle = fit(node.subtitle, SUBTITLE, _WIDEST_SUBTITLE)
    # A folded container has room for a handle that unfolds it.
    width = max(_NARROWEST, _head_width(lines, subtitle, bool(node.badges)) + (30 if node.folded else 0))
    box = _box(node, lines, width, _HEIGHT + (len(lines) - 1) * LINE, parent, subtitle)
    return Block(box, None, width / 2)


def _head_width(lines: tuple[str, ...], subtitle: str, badged: bool) -> float:
    """An icon, the longer of title and subtitle, and perhaps a badge beside them."""
    usual = max(*(measure(each, TITLE, bold=True) for each in lines), measure(subtitle, SUBTITLE))
    most = max(*(widest(each, TITLE, bold=True) for each in lines), widest(subtitle, SUBTITLE))
    return (
        INSET + ICON + 10 + max(usual + _PADDING, most + _LEAST_PADDING) + (_BADGE + 14 + _BADGE_GAP if badged else 0)
    )


def _container(node: Node, parent: str | None) -> Block:
    """Its flows side by side under its head. The axis of a single flow is the axis of the whole."""
    sheets = [(scope, _lay(scope, node.id)) for scope in node.scopes]
    lines = (fit(node.name, TITLE, 2 * _WIDEST_TITLE, bold=True),)
    subtitle = fit(node.subtitle, SUBTITLE, 2 * _WIDEST_TITLE)
    inner = sum(sheet.width for _, sheet in sheets) + _BRANCH_GAP * max(len(sheets) - 1, 0)
    height = max((sheet.height for _, sheet in sheets), default=0.0) + HEAD + 2 * _PAD
    width = max(_head_width(lines, subtitle, bool(node.badges)) + 20, inner + 2 * _PAD)
    inside = Sheet(width, height, width / 2, [], [], [])
    x, axis = (width - inner) / 2, width / 2
    for scope, sheet in sheets:
        axis = x + sheet.axis if len(sheets) == 1 else axis
        top = HEAD + _PAD
        _move(sheet, x, top)
        inside.regions.append(Region(scope.id, node.id, x, top, sheet.width, height - top - _PAD))
        inside.boxes.extend(sheet.boxes)
        inside.regions.extend(sheet.regions)
        inside.edges.extend(sheet.edges)
        x += sheet.width + _BRANCH_GAP
    return Block(_box(node, lines, width, height, parent, subtitle), inside, axis)


def _box(
    node: Node, lines: tuple[str, ...], width: float, height: float, parent: str | None, subtitle: str = ""
) -> Box:
    return Box(
        id=node.id,
        kind=node.kind,
        name=node.name,
        lines=lines,
        subtitle=subtitle,
        icon=node.icon,
        x=0.0,
        y=0.0,
        width=round(width, 1),
        height=height,
        parent=parent,
        badges=node.badges,
        comment=node.comment,
        folded=node.folded,
    )


def _put(sheet: Sheet, block: Block, x: float, y: float) -> None:
    sheet.boxes.append(replace(block.box, x=x, y=y))
    if block.inside is not None:
        _move(block.inside, x, y)
        sheet.boxes.extend(block.inside.boxes)
        sheet.regions.extend(block.inside.regions)
        sheet.edges.extend(block.inside.edges)


def _move(sheet: Sheet, dx: float, dy: float) -> None:
    sheet.boxes = [replace(each, x=each.x + dx, y=each.y + dy) for each in sheet.boxes]
    sheet.regions = [replace(each, x=each.x + dx, y=each.y + dy) for each in sheet.regions]
    sheet.edges = [
        replace(
            each,
            curve=tuple(Point(p.x + dx, p.y + dy) for p in each.curve),
            label=each.label and replace(each.label, x=each.label.x + dx, y=each.label.y + dy),
        )
        for each in sheet.edges
    ]
