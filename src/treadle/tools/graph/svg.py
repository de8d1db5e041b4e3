"""A drawing as SVG: one file without outside references, with words for those who cannot see it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from html import escape

from treadle.tools.graph.icons import ICONS
from treadle.tools.graph.theme import PAINTED, Status, Theme, style
from treadle.tools.graph.trace import Trace
from treadle.tools.layout import Box, Drawing, Edge
from treadle.tools.layout.drawing import path_of

# The same distances as the layout left for them.
_INSET, _ICON, _LINE = 11, 26, 17
_MARKS: dict[Status, str] = {
    "SUCCEEDED": "M-3.5 .3l2.4 2.4 4.4-5",
    "CAUGHT": "M0-3.8v4M0 3.3v.2",
    "RUNNING": "M-1.8-3.2l4.6 3.2-4.6 3.2z",
    "FAILED": "M-2.6-2.6l5.2 5.2M2.6-2.6l-5.2 5.2",
    "TIMED_OUT": "M0-3.6v3.8l2.6 1.6",
    "ABORTED": "M-2.4-2.4h4.8v4.8h-4.8z",
    "ADDED": "M-3.6 0h7.2M0-3.6v7.2",
    "REMOVED": "M-3.6 0h7.2",
    "CHANGED": "M-3.8 1.2c1.6-4.4 3-2.6 3.8-1.2s2.2 3.2 3.8-1.2",
    "COVERED": "M-3.5 .3l2.4 2.4 4.4-5",
    "PARTLY": "M0-3.8v4M0 3.3v.2",
    "MISSED": "M-2.6-2.6l5.2 5.2M2.6-2.6l-5.2 5.2",
}
_SPOKEN: dict[Status, str] = {
    "SUCCEEDED": "succeeded",
    "CAUGHT": "error caught",
    "RUNNING": "running",
    "FAILED": "failed",
    "TIMED_OUT": "timed out",
    "ABORTED": "aborted",
    "ADDED": "added",
    "REMOVED": "removed",
    "CHANGED": "changed",
    "COVERED": "covered",
    "PARTLY": "partly covered",
    "MISSED": "not covered",
}
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
_HEADS = ("head", "catch-head", "taken-head", "taken-catch-head", "taken-gone-head")
# Outcomes of a comparison: nothing ran.
_COMPARED = ("ADDED", "REMOVED", "CHANGED")
_TESTED = ("COVERED", "PARTLY", "MISSED")


def to_svg(drawing: Drawing, theme: Theme = "auto", title: str = "State machine", trace: Trace | None = None) -> str:
    """The picture. With a trace, states are coloured by what became of them and the path taken stands out."""
    body = "".join(_body(drawing, trace))
    key = f"t{zlib.crc32((title + theme + body).encode()):08x}"
    size = f'width="{drawing.width:g}" height="{drawing.height:g}" viewBox="0 0 {drawing.width:g} {drawing.height:g}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{key}" {size} role="img"'
        f' aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(_tell(drawing, trace))}</desc>'
        f"<style>{style(theme, f'.{key}', _of_tests(trace))}</style>"
    )
    defs = "".join(_defs(drawing, key, _heads(trace)))
    return _NO_XML.sub("\ufffd", f"{head}<defs>{defs}</defs>{body.replace('#KEY-', f'#{key}-')}</svg>\n")


def _of_tests(trace: Trace | None) -> bool:
    return trace is not None and trace.outcome in _TESTED


def _heads(trace: Trace | None) -> tuple[str, ...]:
    """The arrowheads of a picture."""
    if _of_tests(trace):
        return (*_HEADS, "never-head", "never-catch-head")
    if trace is not None and trace.outcome in _COMPARED:
        return (*_HEADS, "taken-gone-catch-head", "taken-new-catch-head")
    return _HEADS


def _defs(drawing: Drawing, key: str, heads: tuple[str, ...]) -> Iterator[str]:
    for name in heads:
        at, shape = (".8", "M10 .8L0 5 10 9.2z") if "catch" in name else ("9.2", "M0 .8L10 5 0 9.2z")
        painted = name.replace("gone-catch", "gone").replace("new-catch-", "")
        yield (
            f'<marker id="{key}-{name}" viewBox="0 0 10 10" refX="{at}" refY="5" markerWidth="9" markerHeight="9"'
            f' markerUnits="userSpaceOnUse" orient="auto"><path class="{painted}" d="{shape}"/></marker>'
        )
    # Attributes, not classes: what `use` copies is out of the style sheet's reach.
    for name in dict.fromkeys(box.icon for box in drawing.boxes if box.icon in ICONS):
        icon = ICONS[name]
        yield (
            f'<g id="{key}-{name}"><rect width="26" height="26" rx="6" fill="{icon.tint}"/>'
            f'<path fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
            f' transform="translate(3.4 3.4) scale(.8)" d="{icon.path}"/></g>'
        )


def _body(drawing: Drawing, trace: Trace | None) -> Iterator[str]:
    yield (f'<rect class="paper" x=".5" y=".5" width="{drawing.width - 1:g}" height="{drawing.height - 1:g}" rx="12"/>')
    parents = {box.id: box.parent for box in drawing.boxes}
    # All but the last one of each container have a line behind them.
    last = {each.parent: each.id for each in drawing.regions}
    for box in drawing.boxes:
        if box.container:
            yield from _box(box, trace)
            for region in drawing.regions:
                if region.parent == box.id and region.id != last[box.id]:
                    x, y = region.x + region.width + 13, region.y
                    yield f'<path class="region" d="M{x:.1f} {y:.1f}V{y + region.height:.1f}"/>'
    # What was taken is painted last, so that it lies on top where lines share a trunk.
    for edge in sorted(drawing.edges, key=lambda each: bool(trace and trace.taken.get(each.id))):
        yield _edge(edge, trace)
    for box in drawing.boxes:
        if not box.container:
            yield from _box(box, trace)
    for edge in drawing.edges:
        yield from _label(edge, parents.get(edge.source) is not None, trace)


def _edge(edge: Edge, trace: Trace | None) -> str:
    taken = trace is not None and bool(trace.taken.get(edge.id))
    gone, new = (trace is not None and trace.outcome == each for each in ("REMOVED", "ADDED"))
    never = trace is not None and edge.id in trace.never
    names = ["edge"] + ["catch"] * (edge.kind == "catch") + ["taken"] * taken
    names += (
        ["gone"] * (taken and gone)
        + ["new"] * (taken and new)
        + (["never"] * never or ["idle"] * bool(trace and not taken))
    )
    head = "taken-" * taken + "never-" * never
    head += "gone-" * (gone and taken) + "new-" * (new and taken and edge.kind == "catch")
    head += "catch-" * (edge.kind == "catch") + "head"
    if edge.kind != "catch":
        return f'<path class="{" ".join(names)}" d="{edge.path}" marker-end="url(#KEY-{head})"/>'
    # Drawn from its end, so that the dashes of lines that share a trunk lie upon each other.
    path = path_of(edge.curve[::-1])
    return f'<path class="{" ".join(names)}" d="{path}" marker-start="url(#KEY-{head})"/>'


def _label(edge: Edge, inside: bool, trace: Trace | None) -> Iterator[str]:
    label = edge.label
    count = trace.taken.get(edge.id, 0) if trace else 0
    if label is not None:
        never = trace is not None and edge.id in trace.never
        idle = ' class="idle"' if trace and not count and not never else ""
        around = ' class="in"' if inside else ""
        words = "never-text" if never else "catch-text" if edge.kind == "catch" else "faint"
        yield (
            f"<g{idle}><g{around}><title>{escape(label.note)}</title>"
            f'<rect class="label" x="{label.x:.1f}" y="{label.y:.1f}" width="{label.width:.1f}"'
            f' height="{label.height:g}" rx="{label.height / 2:g}"/>'
            f'<text class="mid {words}" x="{label.x + label.width / 2:.1f}" y="{label.y + 14:.1f}">'
            f"{escape(label.text)}</text></g></g>"
        )


def _box(box: Box, trace: Trace | None) -> Iterator[str]:
    status = trace.status.get(box.id) if trace else None
    idle = ' class="idle"' if trace and status is None and box.kind not in ("Start", "End") else ""
    yield f'<g data-id="{escape(box.id)}"{idle}><title>{escape(_title(box, status, trace))}</title>'
    if box.kind in ("Start", "End"):
        middle = box.x + box.width / 2
        yield _rect(box, "marker succeeded" if _reached(box, trace) else "marker", box.height / 2)
        yield f'<text class="name mid" x="{middle:.1f}" y="{box.y + box.height / 2 + 4.5:.1f}">{box.name}</text></g>'
        return
    shape = "missing" if box.kind == "Missing" else "container" if box.container else "box"
    yield _rect(box, f"{shape} {PAINTED.get(status, status).lower()} ran" if status else shape, 8)
    yield from _words(box)
    yield from _chips(box, status, trace)
    yield "</g>"


def _reached(box: Box, trace: Trace | None) -> bool:
    """Whether something came to a marker."""
    if trace is None or trace.outcome in _COMPARED:
        return False
    if _of_tests(trace):
        return trace.visits.get(box.id, 0) > 0
    return box.kind == "Start" or trace.outcome == "SUCCEEDED"


def _rect(box: Box, names: str, radius: float) -> str:
    return (
        f'<rect class="{names}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:g}" height="{box.height:g}"'
        f' rx="{radius:g}"/>'
    )


def _words(box: Box) -> Iterator[str]:
    """Icon, name and subtitle, together in the middle of the box, or in the head of a container."""
    height = 48 if box.container else box.height
    text = len(box.lines) * _LINE + (14 if box.subtitle else 0)
    icon = box.icon if box.icon in ICONS else "missing"
    yield f'<use href="#KEY-{icon}" x="{box.x + _INSET:.1f}" y="{box.y + (height - _ICON) / 2:.1f}"/>'
    x, y = box.x + _INSET + _ICON + 10, box.y + (height - text) / 2 + 13
    for index, line in enumerate(box.lines):
        yield f'<text class="name" x="{x:.1f}" y="{y + index * _LINE:.1f}">{escape(line)}</text>'
    if box.subtitle:
        yield f'<text class="faint" x="{x:.1f}" y="{y + len(box.lines) * _LINE - 1:.1f}">{escape(box.subtitle)}</text>'


def _chips(box: Box, status: Status | None, trace: Trace | None) -> Iterator[str]:
    """The retry badge inside the box; what became of it, and how often it was entered, on its upper edge."""
    right, middle = box.x + box.width, box.y + (48 if box.container else box.height) / 2
    for badge in box.badges:
        x = right - 44
        arrow = x + (15 if len(badge.text) < 2 else 13)
        yield (
            f'<g><title>{escape(badge.note)}</title><rect class="chip" x="{x:.1f}" y="{middle - 9:.1f}" width="34"'
            f' height="18" rx="9"/><path class="edge" d="M{arrow:.1f} {middle - 2.5:.1f}a4.3 4.3 0 1 0 .6 3.2'
            f'M{arrow + 0.6:.1f} {middle - 5.5:.1f}v3.5h-3.5"/><text class="mid faint" x="{x + 24.5:.1f}"'
            f' y="{middle + 4:.1f}">{escape(badge.text)}</text></g>'
        )
    if status is None:
        return
    x = right - 9
    yield f'<circle class="{PAINTED.get(status, status).lower()}-mark" cx="{x:.1f}" cy="{box.y:.1f}" r="8.5"/>'
    yield f'<path class="mark-glyph" transform="translate({x:.1f} {box.y:.1f})" d="{_MARKS[status]}"/>'
    count = trace.visits.get(box.id, 0) if trace else 0
    if count > 1:
        text = f"×{count}" if count < 1000 else f"×{count // 1000}k"
        width = 11 + 6.7 * len(text)
        left = x - 11 - width
        yield f'<rect class="chip" x="{left:.1f}" y="{box.y - 8.5:.1f}" width="{width:.1f}" height="17" rx="8.5"/>'
        yield f'<text class="mid" x="{left + width / 2:.1f}" y="{box.y + 4:.1f}">{text}</text>'


def _title(box: Box, status: Status | None, trace: Trace | None) -> str:
    """What a pointer over the box, or a screen reader, is told."""
    parts = [box.name, box.subtitle, box.comment or "", *(badge.note for badge in box.badges)]
    if status and trace:
        times = trace.visits.get(box.id, 1)
        parts.append(_SPOKEN[status] + (f", entered {times} times" if times > 1 else ""))
        parts.append(trace.notes.get(box.id, ""))
    return "\n".join(part for part in parts if part)


def _tell(drawing: Drawing, trace: Trace | None) -> str:
    """The picture in words: how many states, where it starts, what leads where."""
    names = {box.id: box.name for box in drawing.boxes}
    states = [box for box in drawing.boxes if box.kind not in ("Start", "End", "Missing")]
    parts = [drawing.comment or "", f"{len(states)} states."]
    if trace:
        ran = trace.outcome not in _COMPARED
        spoken = _SPOKEN.get(trace.outcome, trace.outcome.lower())
        told = f"Tests: {spoken}." if _of_tests(trace) else f"Execution {spoken}."
        parts.append(told if ran else "Compared.")
        idle = "not entered" if ran else "as it was"
        for box in states:
            status = trace.status.get(box.id)
            parts.append(f"{box.name}: {_SPOKEN[status] if status else idle}.")
        return " ".join(part for part in parts if part)
    for edge in drawing.edges[:200]:
        label = f" ({edge.label.note})" if edge.label else ""
        parts.append(f"{names[edge.source]} → {names[edge.target]}{label}.")
    return " ".join(part for part in parts if part)
