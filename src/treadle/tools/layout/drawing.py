"""A picture of a definition as a value: where every state, transition and label stands.

Lengths are pixels, the origin is the upper left corner, y grows downwards. Everything is named by the JSON pointer of
what it shows, so a picture, a text editor and an execution can point at each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from treadle.values import Pointer

# "Start" and "End" mark the way in and out; "Missing" is the target of a transition that no state answers to.
Kind: TypeAlias = Literal[
    "Start", "End", "Missing", "Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"
]
Way: TypeAlias = Literal["start", "next", "choice", "default", "catch", "end"]


class Point(NamedTuple):
    x: float
    y: float


class Badge(Struct, frozen=True):
    """A small chip on a box. `text` is a few characters, `note` the whole story."""

    kind: Literal["retry"]
    text: str
    note: str


class Box(Struct, frozen=True, kw_only=True):
    """A state or a marker. A Parallel or Map is a container: its `lines` stand in its head, its states below.

    `id` is the state's pointer ("/States/A"); Start has "/StartAt" and End "/End". `parent` is the container's
    id. `lines` is the name as it is to be shown, broken or shortened; `subtitle` what the state does in a few words.
    """

    id: Pointer
    kind: Kind
    name: str
    lines: tuple[str, ...]
    subtitle: str
    icon: str
    x: float
    y: float
    width: float
    height: float
    parent: Pointer | None = None
    badges: tuple[Badge, ...] = ()
    comment: str | None = None
    folded: bool = False  # a container that shows none of what is inside

    @property
    def container(self) -> bool:
        return self.kind in ("Parallel", "Map") and not self.folded


class Region(Struct, frozen=True):
    """The place of one flow (a branch, an item processor) inside its container."""

    id: Pointer
    parent: Pointer
    x: float
    y: float
    width: float
    height: float


class Label(Struct, frozen=True):
    """Words on a transition, perhaps shortened; `note` says all."""

    text: str
    note: str
    x: float
    y: float
    width: float
    height: float


class Edge(Struct, frozen=True, kw_only=True):
    """One transition. `id` is the pointer of the field that names the target: "/States/A/Catch/0/Next".

    `curve` is a start point followed by cubic Bézier segments, three points each. The arrow is at its end.
    """

    id: Pointer
    kind: Way
    source: Pointer
    target: Pointer
    curve: tuple[Point, ...]
    label: Label | None = None
    back: bool = False  # leads up again: a loop

    @property
    def path(self) -> str:
        """The curve as the `d` of an SVG path."""
        return path_of(self.curve)


def path_of(curve: Sequence[Point]) -> str:
    """The `d` of an SVG path: a start point, then cubic Bézier segments."""
    start, rest = curve[0], curve[1:]
    parts = [f"M{_short(start.x)} {_short(start.y)}"]
    at = start
    for i in range(0, len(rest), 3):
        one, two, end = rest[i : i + 3]
        if at.x == one.x == two.x == end.x:
            parts.append(f"V{_short(end.y)}")
        elif at.y == one.y == two.y == end.y:
            parts.append(f"H{_short(end.x)}")
        else:
            parts.append("C" + " ".join(f"{_short(p.x)} {_short(p.y)}" for p in (one, two, end)))
        at = end
    return "".join(parts)


class Drawing(Struct, frozen=True):
    """Boxes stand in the order in which they are to be painted: a container before what it contains."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    regions: tuple[Region, ...]
    edges: tuple[Edge, ...]
    comment: str | None = None


def flatten(edge: Edge, steps: int = 8) -> list[Point]:
    """The curve as a polyline of `steps` pieces per segment."""
    points = [edge.curve[0]]
    for i in range(1, len(edge.curve), 3):
        a, (b, c, d) = points[-1], edge.curve[i : i + 3]
        for n in range(1, steps + 1):
            t, u = n / steps, 1 - n / steps
            x = u**3 * a.x + 3 * u * u * t * b.x + 3 * u * t * t * c.x + t**3 * d.x
            y = u**3 * a.y + 3 * u * u * t * b.y + 3 * u * t * t * c.y + t**3 * d.y
            points.append(Point(x, y))
    return points


def to_json(drawing: Drawing) -> dict[str, Any]:
    """The drawing as plain JSON for the console: the fields of the structs, and each edge's `path`."""
    value: dict[str, Any] = msgspec.to_builtins(drawing)
    for edge, shown in zip(drawing.edges, value["edges"], strict=True):
        shown["path"] = edge.path
    for box, shown in zip(drawing.boxes, value["boxes"], strict=True):
        shown["container"] = box.container
    return value


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
