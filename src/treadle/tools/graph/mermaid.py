"""A drawing as Mermaid text, which GitHub, GitLab and many wikis draw by themselves. Mermaid does its own layout."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.tools.graph.icons import ICONS
from treadle.tools.graph.theme import LIGHT, Status
from treadle.tools.graph.trace import Trace
from treadle.tools.layout import Box, Drawing, Edge

_SHAPES = {
    "Start": ('(["', '"])'),
    "End": ('(["', '"])'),
    "Choice": ('{"', '"}'),
    "Wait": ('("', '")'),
    "Pass": ('("', '")'),
    "Fail": ('[["', '"]]'),
    "Succeed": ('(("', '"))'),
}


def to_mermaid(drawing: Drawing, trace: Trace | None = None) -> str:
    """A `flowchart` with a subgraph for each container. With a trace, states are filled by what became of them."""
    names = {box.id: f"s{index}" for index, box in enumerate(drawing.boxes)}
    lines = ["flowchart TD"]
    lines += _inside(drawing, None, names, 1)
    lines += [f"  {_edge(edge, names)}" for edge in drawing.edges]
    lines += _classes(drawing, names)
    lines += _statuses(drawing, names, trace) if trace else []
    return "\n".join(lines) + "\n"


def _inside(drawing: Drawing, parent: str | None, names: dict[str, str], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for box in (each for each in drawing.boxes if each.parent == parent):
        if not box.container:
            yield f"{indent}{names[box.id]}{_shape(box)}"
            continue
        yield f'{indent}subgraph {names[box.id]}["{_text(box.name)} ({_text(box.subtitle)})"]'
        yield from _inside(drawing, box.id, names, depth + 1)
        if not any(each.parent == box.id for each in drawing.boxes):
            yield f'{indent}  {names[box.id]}empty["(empty)"]'
        yield f"{indent}end"


def _shape(box: Box) -> str:
    before, behind = _SHAPES.get(box.kind, ('["', '"]'))
    subtitle = "" if box.subtitle in ("", box.kind) else f"<br/><small>{_text(box.subtitle)}</small>"
    retry = "".join(f"<br/><small>retry {_text(badge.text)}×</small>" for badge in box.badges)
    return f"{before}{_text(box.name)}{subtitle}{retry}{behind}"


def _edge(edge: Edge, names: dict[str, str]) -> str:
    arrow = "-.->" if edge.kind == "catch" else "-->"
    label = f'|"{_text(edge.label.text)}"|' if edge.label else ""
    return f"{names[edge.source]} {arrow}{label} {names[edge.target]}"


def _classes(drawing: Drawing, names: dict[str, str]) -> Iterator[str]:
    """States are framed in the tint of their icon."""
    tints: dict[str, list[str]] = {}
    for box in drawing.boxes:
        if box.icon in ICONS and not box.container:
            tints.setdefault(ICONS[box.icon].tint, []).append(names[box.id])
    for index, (tint, members) in enumerate(tints.items()):
        yield f"  classDef c{index} stroke:{tint},stroke-width:2px"
        yield f"  class {','.join(members)} c{index}"


def _statuses(drawing: Drawing, names: dict[str, str], trace: Trace) -> Iterator[str]:
    found: dict[Status, list[str]] = {}
    for box in drawing.boxes:
        if (status := trace.status.get(box.id)) is not None:
            found.setdefault(status, []).append(names[box.id])
    for status, members in found.items():
        strong, ground = LIGHT.status[status]
        yield f"  classDef {status.lower()} fill:{ground},stroke:{strong},stroke-width:3px,color:{LIGHT.ink}"
        yield f"  class {','.join(members)} {status.lower()}"


def _text(value: str) -> str:
    """Text inside quotes: what Mermaid would read as its own signs becomes entities of HTML."""
    escaped = value.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    for sign in "`{}[]|\\":
        escaped = escaped.replace(sign, f"#{ord(sign)};")
    return " ".join(escaped.split())
