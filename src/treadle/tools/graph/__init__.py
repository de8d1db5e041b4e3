"""Pictures of a Drawing: SVG, PNG, Mermaid; plain or coloured by an execution."""

from treadle.tools.graph.mermaid import to_mermaid
from treadle.tools.graph.png import NoPainter, to_png
from treadle.tools.graph.svg import to_svg
from treadle.tools.graph.theme import Status, Theme
from treadle.tools.graph.trace import Trace, read_trace

__all__ = ["NoPainter", "Status", "Theme", "Trace", "read_trace", "to_mermaid", "to_png", "to_svg"]
