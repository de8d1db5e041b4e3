"""One layout for every picture of a workflow: `draw(text)` gives a Drawing, `to_json(drawing)` serves it."""

from treadle.tools.layout.compose import compose, draw
from treadle.tools.layout.drawing import Badge, Box, Drawing, Edge, Label, Point, Region, flatten, to_json
from treadle.tools.layout.outline import NoDefinition, outline

__all__ = [
    "Badge",
    "Box",
    "Drawing",
    "Edge",
    "Label",
    "NoDefinition",
    "Point",
    "Region",
    "compose",
    "draw",
    "flatten",
    "outline",
    "to_json",
]
