"""Colours of pictures, light and dark. Text has a contrast of at least 4.5 : 1, what means something at least 3 : 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

Theme: TypeAlias = Literal["light", "dark", "auto"]
# What became of a state in an execution, between two definitions, or in a suite of tests.
Status: TypeAlias = Literal[
    "SUCCEEDED", "CAUGHT", "RUNNING", "FAILED", "TIMED_OUT", "ABORTED",
    "ADDED", "REMOVED", "CHANGED",
    "COVERED", "PARTLY", "MISSED",
]  # fmt: skip
# Coverage is painted in the colours of an execution.
PAINTED: Final[dict[Status, Status]] = {"COVERED": "SUCCEEDED", "PARTLY": "CAUGHT", "MISSED": "FAILED"}


class Palette(Struct, frozen=True):
    paper: str
    rim: str  # of the paper
    box: str
    line: str  # around a box
    ink: str
    faint: str  # second line of a box, labels
    container: str
    container_line: str
    edge: str
    catch: str
    chip: str
    status: dict[str, tuple[str, str]]  # status -> strong colour, and the box's ground


LIGHT: Final = Palette(
    paper="#ffffff",
    rim="#e2e8f0",
    box="#ffffff",
    line="#c3ccd9",
    ink="#0f172a",
    faint="#566274",
    container="#f4f6fa",
    container_line="#b6c1d1",
    edge="#7c8a9e",
    catch="#c2410c",
    chip="#f1f5f9",
    status={
        "SUCCEEDED": ("#15803d", "#ecfdf3"),
        "CAUGHT": ("#b45309", "#fff7e6"),
        "RUNNING": ("#1d5fd0", "#eaf2ff"),
        "FAILED": ("#c81e1e", "#fef0f0"),
        "TIMED_OUT": ("#c81e1e", "#fef0f0"),
        "ABORTED": ("#5b6675", "#eef1f5"),
        "ADDED": ("#15803d", "#ecfdf3"),
        "REMOVED": ("#c81e1e", "#fef0f0"),
        "CHANGED": ("#b45309", "#fff7e6"),
    },
)
DARK: Final = Palette(
    paper="#0d1117",
    rim="#27303c",
    box="#1a212b",
    line="#3a4655",
    ink="#eef2f7",
    faint="#a3b0c2",
    container="#131a23",
    container_line="#41506a",
    edge="#8391a7",
    catch="#fb923c",
    chip="#232c38",
    status={
        "SUCCEEDED": ("#3fb950", "#12261a"),
        "CAUGHT": ("#e3a233", "#2b210f"),
        "RUNNING": ("#5b9dff", "#12233f"),
        "FAILED": ("#f9706a", "#321617"),
        "TIMED_OUT": ("#f9706a", "#321617"),
        "ABORTED": ("#98a5b8", "#222a35"),
        "ADDED": ("#3fb950", "#12261a"),
        "REMOVED": ("#f9706a", "#321617"),
        "CHANGED": ("#e3a233", "#2b210f"),
    },
)
_FONT: Final = "Inter,'Segoe UI',Helvetica,Arial,sans-serif"


def style(theme: Theme, scope: str, tested: bool = False) -> str:
    """The style sheet of a picture, of coverage if `tested`. Every rule begins with `scope`, so that pictures in one
    page do not meet."""
    rules = [f"text{{font-family:{_FONT};font-size:11px}}", *_shapes()]
    rules += _colours(DARK if theme == "dark" else LIGHT, tested)
    text = "".join(f"{scope} {rule}" for rule in rules)
    if theme == "auto":
        dark = "".join(f"{scope} {rule}" for rule in _colours(DARK, tested))
        text += f"@media (prefers-color-scheme:dark){{{dark}}}"
    return text


def _shapes() -> Iterator[str]:
    """What is the same in every colour."""
    yield ".name{font-size:13px;font-weight:600}"
    yield ".edge{fill:none;stroke-width:1.5}"
    yield ".catch{stroke-dasharray:5 4}"
    yield ".taken{stroke-width:2.5}"
    yield ".container{stroke-dasharray:5 4}"
    yield ".missing{stroke-dasharray:3 3}"
    yield ".edge.idle{opacity:.6}"
    yield ".idle use{opacity:.5}"
    yield ".mid{text-anchor:middle}"


def _colours(p: Palette, tested: bool) -> Iterator[str]:
    yield f".paper{{fill:{p.paper};stroke:{p.rim}}}"
    yield f".box{{fill:{p.box};stroke:{p.line}}}"
    yield f".container{{fill:{p.container};stroke:{p.container_line}}}"
    yield f".region{{stroke:{p.rim};fill:none}}"
    yield f".marker{{fill:{p.chip};stroke:{p.edge}}}"
    yield f".missing{{fill:{p.box};stroke:{p.status['FAILED'][0]}}}"
    yield f"text{{fill:{p.ink}}}"
    yield f".faint{{fill:{p.faint}}}"
    yield f".edge{{stroke:{p.edge}}}"
    yield f".head{{fill:{p.edge}}}"
    yield f".label{{fill:{p.paper};stroke:{p.line}}}"
    yield f".in .label{{fill:{p.container}}}"
    yield f".catch{{stroke:{p.catch}}}"
    yield f".catch-head{{fill:{p.catch}}}"
    yield f".catch-text{{fill:{p.catch}}}"
    yield f".chip{{fill:{p.chip};stroke:{p.line}}}"
    yield f".taken{{stroke:{p.status['SUCCEEDED'][0]}}}"
    yield f".taken-head{{fill:{p.status['SUCCEEDED'][0]}}}"
    yield f".taken-gone-head{{fill:{p.status['REMOVED'][0]}}}"
    yield f".taken.catch{{stroke:{p.status['CAUGHT'][0]}}}"
    yield f".taken.gone{{stroke:{p.status['REMOVED'][0]}}}"
    yield f".taken.new{{stroke:{p.status['ADDED'][0]}}}"
    yield f".taken-catch-head{{fill:{p.status['CAUGHT'][0]}}}"
    if tested:
        yield f".edge.never{{stroke:{p.status['FAILED'][0]};stroke-width:2}}"
        for part in ("head", "catch-head", "text"):
            yield f".never-{part}{{fill:{p.status['FAILED'][0]}}}"
    for name, (strong, ground) in p.status.items():
        yield f".{name.lower()}{{fill:{ground};stroke:{strong};stroke-width:2;stroke-dasharray:none}}"
        yield f".{name.lower()}-mark{{fill:{strong}}}"
    yield f".container.ran{{fill:{p.container}}}"
    yield f".idle .name,.idle .catch-text{{fill:{p.faint}}}"
    yield f".mark-glyph{{fill:none;stroke:{p.paper};stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}}"
