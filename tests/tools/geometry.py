"""What must hold in any drawing, and how to count what should be rare."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from treadle.tools.layout import Box, Drawing, Edge, Label, Region, flatten

Rect = Box | Label | Region


def apart(a: Rect, b: Rect, slack: float = 0.0) -> bool:
    return (
        a.x + a.width <= b.x + slack
        or b.x + b.width <= a.x + slack
        or a.y + a.height <= b.y + slack
        or b.y + b.height <= a.y + slack
    )


def within(inner: Rect, outer: Rect) -> bool:
    return (
        inner.x >= outer.x
        and inner.y >= outer.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def ancestors(drawing: Drawing) -> dict[str, set[str]]:
    parent = {box.id: box.parent for box in drawing.boxes}
    found: dict[str, set[str]] = {}
    for id in parent:
        found[id], at = set(), parent[id]
        while at is not None:
            found[id].add(at)
            at = parent[at]
    return found


def overlapping_boxes(drawing: Drawing) -> list[tuple[str, str]]:
    above = ancestors(drawing)
    return [
        (a.id, b.id)
        for a, b in combinations(drawing.boxes, 2)
        if a.id not in above[b.id] and b.id not in above[a.id] and not apart(a, b)
    ]


def lines_through_boxes(drawing: Drawing) -> list[tuple[str, str]]:
    """Edges with a point inside a box that is neither their end nor around them."""
    above = ancestors(drawing)
    found = []
    for edge in drawing.edges:
        points = flatten(edge)
        foreign = [box for box in drawing.boxes if box.id not in above[edge.source]]
        for box in foreign:
            inset = 1.0 if box.id in (edge.source, edge.target) else 0.0
            if any(_inside(box, x, y, inset) for x, y in points):
                found.append((edge.id, box.id))
    return found


def _inside(box: Box, x: float, y: float, inset: float) -> bool:
    return box.x + inset < x < box.x + box.width - inset and box.y + inset < y < box.y + box.height - inset


def labels(drawing: Drawing) -> list[Label]:
    return [edge.label for edge in drawing.edges if edge.label]


def label_collisions(drawing: Drawing) -> list[str]:
    """Labels upon labels, or upon boxes that do not contain them."""
    found = [f"{a.text} / {b.text}" for a, b in combinations(labels(drawing), 2) if not apart(a, b)]
    leaves = [box for box in drawing.boxes if not box.container]
    return found + [f"{a.text} / {b.name}" for a in labels(drawing) for b in leaves if not apart(a, b)]


def crossings(drawing: Drawing) -> int:
    """Pairs of edges that cross. Edges from or to the same box may share their way and do not count."""
    lines = [(edge, list(pairwise(flatten(edge)))) for edge in drawing.edges]
    return sum(
        any(_cross(*s, *t) for s in one for t in other)
        for (a, one), (b, other) in combinations(lines, 2)
        if not {a.source, a.target} & {b.source, b.target}
    )


def _cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def straight(edge: Edge) -> bool:
    return max(p.x for p in edge.curve) - min(p.x for p in edge.curve) < 0.1


def happy_path(drawing: Drawing) -> Iterator[Edge]:
    """From Start over the only plain way out of each state, as long as there is only one."""
    at = "/StartAt"
    while True:
        ways = [each for each in drawing.edges if each.source == at and each.kind != "catch"]
        if len(ways) != 1 or ways[0].back:
            return
        yield ways[0]
        at = ways[0].target
