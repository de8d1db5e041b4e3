"""Our own small icons, drawn with strokes on a grid of 24 by 24, and the tint of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Icon(NamedTuple):
    path: str  # SVG path data to be stroked, without fill
    tint: str  # of the square behind it; white on it has a contrast of at least 3 : 1


_ORANGE, _INDIGO, _PINK, _GREEN, _TEAL = "#c2610c", "#4f46e5", "#be185d", "#15803d", "#0f766e"
_SLATE, _VIOLET, _SKY, _RED, _BROWN, _PURPLE = "#64748b", "#7c3aed", "#0369a1", "#dc2626", "#a16207", "#9333ea"

ICONS: Final[Mapping[str, Icon]] = MappingProxyType(
    {
        "function": Icon("M7 5h2.5L16 19h1.5M11.2 9.5L7 19", _ORANGE),
        "task": Icon("M13 4L6 13.5h5L10.5 20 18 10.5h-5.5z", _ORANGE),
        "activity": Icon(
            "M12 5a3.2 3.2 0 1 1 0 6.4a3.2 3.2 0 1 1 0-6.4M5.5 19.5c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5", _BROWN
        ),
        "compute": Icon(
            "M8 8h8v8H8zM10.5 8V5M13.5 8V5M10.5 19v-3M13.5 19v-3M8 10.5H5M8 13.5H5M19 10.5h-3M19 13.5h-3",
            _ORANGE,
        ),
        "database": Icon(
            "M5.5 7c0-1.7 2.9-3 6.5-3s6.5 1.3 6.5 3-2.9 3-6.5 3-6.5-1.3-6.5-3v10c0 1.7 2.9 3 6.5 3"
            "s6.5-1.3 6.5-3V7M5.5 12c0 1.7 2.9 3 6.5 3s6.5-1.3 6.5-3",
            _INDIGO,
        ),
        "storage": Icon(
            "M5 6.5c0-1.2 3.1-2 7-2s7 .8 7 2-3.1 2-7 2-7-.8-7-2l1.8 11.5c.2 1 2.4 1.7 5.2 1.7s5-.7 5.2-1.7L19 6.5",
            _GREEN,
        ),
        "queue": Icon("M4 7h4v10H4zM10 7h4v10h-4zM16 7h4v10h-4z", _PINK),
        "message": Icon("M4.5 7h15v10.5h-15zM4.5 7.5l7.5 6 7.5-6", _PINK),
        "workflow": Icon("M9 4h6v4.5H9zM4 15.5h6V20H4zM14 15.5h6V20h-6zM12 8.5V12M7 15.5V12h10v3.5", _PINK),
        "http": Icon("M12 4a8 8 0 1 1 0 16a8 8 0 1 1 0-16M4 12h16M12 4c-5 5-5 11 0 16c5-5 5-11 0-16", _PURPLE),
        "model": Icon("M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8zM18.5 16v4M16.5 18h4", _TEAL),
        "data": Icon("M4 6h16l-6 7v6l-4-2v-4z", _PURPLE),
        "service": Icon("M7.5 18a4 4 0 0 1-.5-8 5.5 5.5 0 0 1 10.6 1.2A3.5 3.5 0 0 1 17 18z", _INDIGO),
        "wait": Icon("M12 4.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15M12 8v4.2l3 1.8", _TEAL),
        "pass": Icon("M5 12h13M13 7l5 5-5 5", _SLATE),
        "choice": Icon("M12 4.5l7.5 7.5-7.5 7.5L4.5 12z", _VIOLET),
        "succeed": Icon("M5.5 12.5l4.5 4.5 8.5-9.5", _GREEN),
        "fail": Icon("M7 7l10 10M17 7L7 17", _RED),
        "parallel": Icon("M7 5.5v13M12 5.5v13M17 5.5v13", _SKY),
        "map": Icon("M5.5 6h13M5.5 10h13M5.5 14h13M5.5 18h13", _SKY),
        "missing": Icon("M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.1-1.5 2.3M12 18.2v.3", _RED),
    }
)
