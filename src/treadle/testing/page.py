"""Coverage as one page of HTML without outside references: figures, each machine's picture, and every part of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from treadle.testing.coverage import Coverage, Part, Share
from treadle.testing.probe import Mark
from treadle.testing.reports import merged
from treadle.tools.graph import Trace, to_svg
from treadle.tools.graph.theme import Status
from treadle.tools.layout import Drawing, Edge, NoDefinition, draw
from treadle.values import Pointer

_WORDS = {"state": "state", "rule": "choice rule", "retry": "retrier", "catch": "catcher"}
_STYLE = """
:root{color-scheme:light dark;--ink:#0f172a;--faint:#566274;--paper:#f6f8fb;--card:#fff;--line:#dfe5ee;--track:#e8edf4;
--good:#15803d;--some:#b45309;--bad:#c81e1e;--tint:#fef0f0}
@media (prefers-color-scheme:dark){:root{--ink:#eef2f7;--faint:#a3b0c2;--paper:#0a0e14;--card:#0d1117;--line:#27303c;
--track:#232c38;--good:#3fb950;--some:#e3a233;--bad:#f9706a;--tint:#321617}}
*{box-sizing:border-box}
body{font:15px/1.5 Inter,'Segoe UI',system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:72rem;padding:2rem 1.5rem 4rem}
h1{font-size:1.5rem;margin:0 0 1rem}h2{font-size:1.15rem;margin:0}
table{border-collapse:collapse;width:100%}th{font-weight:500;color:var(--faint);font-size:.85rem}
td,th{text-align:left;padding:.35rem .7rem;vertical-align:top}tr+tr td{border-top:1px solid var(--line)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.2rem;margin:1.2rem 0}
.card>header{display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;align-items:baseline;margin-bottom:.9rem}
.meters{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:1rem;margin:0 0 1.2rem}
.meter{font-size:.85rem;color:var(--faint)}.meter b{font-size:1.15rem;color:var(--ink)}.meter .bad{color:var(--bad)}
.bar{display:block;background:var(--track);border-radius:3px;height:.4rem;margin-top:.35rem;overflow:hidden}
.bar i{display:block;height:100%}.good i{background:var(--good)}.some i{background:var(--some)}
.picture{overflow:auto;max-height:48rem;margin-bottom:1rem}.picture svg{display:block;margin:0 auto}
.faint{color:var(--faint)}a{color:inherit}
.no td{background:var(--tint)}.no td:first-child{color:var(--bad);font-weight:600}
code{font:.9em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--faint);padding:.4rem 0}
"""


def coverage_html(coverages: Sequence[Coverage]) -> str:
    """The page; coverages of one machine are added up."""
    found = merged(coverages)
    cards = "".join("".join(_card(each, number)) for number, each in enumerate(found))
    head = (
        '<meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>Workflow coverage</title><style>{_STYLE}</style>"
    )
    return f"<!doctype html><html lang=en>{head}<h1>Workflow coverage</h1>{_summary(found)}{cards}</html>\n"


def _summary(coverages: Sequence[Coverage]) -> str:
    if len(coverages) < 2:
        return ""
    head = "".join(f"<th class=n>{noun}" for noun, _ in coverages[0].rows())
    rows = "".join(
        f"<tr><td><a href=#m{number}>{escape(each.name)}</a>"
        + "".join(f"<td class=n>{_percent(share)}" for _, share in each.rows())
        for number, each in enumerate(coverages)
    )
    return f"<div class=card><table><tr><th>machine{head}{rows}</table></div>"


def _percent(share: Share) -> str:
    return f"{share.percent:.0f} %" if share.total else "–"


def _card(coverage: Coverage, number: int) -> Iterator[str]:
    file = f"<span class=faint>{escape(os.path.relpath(coverage.file))}</span>" if coverage.file is not None else ""
    yield f"<section class=card id=m{number}><header><h2>{escape(coverage.name)}</h2>{file}</header><div class=meters>"
    for noun, share in coverage.rows():
        yield _meter(noun, share)
    yield "</div>"
    yield picture(coverage)
    missing = coverage.missing
    if missing:
        yield f"<table><tr><th>not covered<th>{''.join(_row(part, 0) for part in missing)}</table>"
    covered = "".join(_row(part, coverage.hits[part.mark]) for part in coverage.parts if coverage.hits[part.mark])
    if covered:
        head = "<tr><th>covered<th><th class=n>times"
        yield f"<details{'' if missing else ' open'}><summary>What the tests used</summary>"
        yield f"<table>{head}{covered}</table></details>"
    yield "</section>"


def _meter(noun: str, share: Share) -> str:
    if not share.total:
        return f"<div class=meter>{noun}<br><b>–</b><span class=bar></span></div>"
    tone = "good" if share.percent == 100 else "some" if share.covered else "bad"
    return (
        f"<div class=meter>{noun}<br><b class={tone}>{share.percent:.0f} %</b> &nbsp;{share.covered} of {share.total}"
        f'<span class="bar {tone}"><i style="width:{share.percent:.1f}%"></i></span></div>'
    )


def _row(part: Part, hits: int) -> str:
    kind, times = (' class="no"', "") if not hits else ("", f"<td class=n>{hits}")
    return f"<tr{kind}><td>{_WORDS[part.mark.kind]}<td><code>{escape(part.label)}</code>{times}"


# -- the picture
def picture(coverage: Coverage) -> str:
    """The graph: covered states are green, those of which tests used a part amber, the others red."""
    try:
        drawing = draw(coverage.text)
    except NoDefinition:
        return ""
    return f"<div class=picture>{to_svg(drawing, 'auto', coverage.name, trace_of(coverage, drawing))}</div>"


def trace_of(coverage: Coverage, drawing: Drawing) -> Trace:
    """What the tests used, as the graph shows it."""
    hits = coverage.hits
    boxes = {box.id: box.name for box in drawing.boxes if box.kind not in ("Start", "End", "Missing")}
    lacking: dict[str, list[str]] = {}
    for part in coverage.missing:
        lacking.setdefault(part.mark.state, []).append(f"{_WORDS[part.mark.kind]}: {part.label}")
    status: dict[Pointer, Status] = {
        id: "MISSED" if not hits[Mark("state", name)] else "PARTLY" if name in lacking else "COVERED"
        for id, name in boxes.items()
    }
    taken: dict[Pointer, int] = {}
    for edge in drawing.edges:
        taken[edge.id] = _times(edge, boxes, coverage)
    parts = ("choice", "default", "catch")
    never = frozenset(edge.id for edge in drawing.edges if edge.kind in parts and not taken[edge.id])
    share = coverage.share()
    outcome: Status = "COVERED" if share.covered == share.total else "PARTLY" if share.covered else "MISSED"
    visits = {id: hits[Mark("state", name)] for id, name in boxes.items()}
    for edge in drawing.edges:
        marker = edge.source if edge.kind == "start" else edge.target if edge.kind == "end" else None
        if marker is not None:
            visits[marker] = visits.get(marker, 0) + taken[edge.id]
    notes = {id: "not covered: " + "; ".join(lacking[name]) for id, name in boxes.items() if name in lacking}
    return Trace(outcome, status, visits, taken, never, notes)


def _times(edge: Edge, boxes: Mapping[Pointer, str], coverage: Coverage) -> int:
    """How often a transition was taken."""
    hits, name = coverage.hits, boxes.get(edge.source, "")
    place = edge.id.rsplit("/", 2)[1]
    match edge.kind:
        case "start":
            return hits[Mark("state", boxes.get(edge.target, ""))]
        case "choice":
            return hits[Mark("rule", name, int(place))]
        case "default":
            rules = [mark.place for mark in (part.mark for part in coverage.parts) if mark[:2] == ("rule", name)]
            return hits[Mark("rule", name, max(rules, default=0))]
        case "catch":
            return hits[Mark("catch", name, int(place))]
        case _:
            caught = sum(times for mark, times in hits.items() if mark[:2] == ("catch", name))
            return hits[Mark("exit", name)] - caught
