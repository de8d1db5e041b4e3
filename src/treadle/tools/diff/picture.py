"""A comparison as one picture: the definition before on the left, the one after on the right."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TypeAlias

from treadle.tools.diff.definitions import Comparison
from treadle.tools.graph import Status, Theme, Trace, to_svg
from treadle.tools.graph.theme import style
from treadle.tools.layout import Drawing, draw
from treadle.values import Pointer

Way: TypeAlias = tuple[str, str, str]  # kind, from, to
_GAP, _HEAD, _EDGE = 24, 38, 12


def picture(
    before: str, after: str, compared: Comparison, theme: Theme, names: tuple[str, str]
) -> tuple[str, float, float]:
    """The SVG of two definitions' texts with its width and height. Raises NoDefinition."""
    left, right = draw(before), draw(after)
    gone: dict[Pointer, Status] = {
        change.before: change.verdict for change in compared.states if change.before is not None
    }
    new: dict[Pointer, Status] = {
        change.after: change.verdict for change in compared.states if change.after is not None
    }
    renamed = {change.was: change.name for change in compared.states if change.was is not None}
    ways = _named(left, renamed), _named(right, {})
    pieces = (
        (left, Trace("REMOVED", gone, {}, _ways(*ways)), names[0]),
        (right, Trace("ADDED", new, {}, _ways(*ways[::-1])), names[1]),
    )
    width = left.width + _GAP + right.width + 2 * _EDGE
    height = _HEAD + max(left.height, right.height) + _EDGE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tdiff" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" role="img"><title>{escape(" → ".join(names))}</title>'
        f"<style>{style(theme, '.tdiff')}</style>"
    )
    body, x = [f'<rect class="paper" width="{width:g}" height="{height:g}" rx="14"/>'], float(_EDGE)
    for (drawing, trace, name), word in zip(pieces, ("Before", "After"), strict=True):
        body.append(f'<text class="name" x="{x + 2:g}" y="23">{word}</text>')
        body.append(f'<text class="faint" x="{x + 54:g}" y="23">{escape(name)}</text>')
        inner = to_svg(drawing, theme, f"{word}: {name}", trace)
        body.append(inner.replace("<svg ", f'<svg x="{x:g}" y="{_HEAD}" ', 1))
        x += drawing.width + _GAP
    return f"{head}{''.join(body)}</svg>\n", width, height


def _ways(own: list[tuple[Way, Pointer]], others: list[tuple[Way, Pointer]]) -> dict[Pointer, int]:
    """The transitions of a drawing that the other does not have, by the names of the states they join."""
    known = {way for way, _ in others}
    return {id: 1 for way, id in own if way not in known}


def _named(drawing: Drawing, renamed: Mapping[str, str]) -> list[tuple[Way, Pointer]]:
    names = {box.id: renamed.get(box.name, box.name) for box in drawing.boxes}
    return [((edge.kind, names[edge.source], names[edge.target]), edge.id) for edge in drawing.edges]
