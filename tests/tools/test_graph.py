"""Pictures: SVG that needs nothing else, Mermaid that Mermaid can read, PNG where there is a browser."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from treadle.tools.graph import NoPainter, Trace, to_mermaid, to_png, to_svg
from treadle.tools.graph.icons import ICONS
from treadle.tools.graph.theme import DARK, LIGHT, Palette
from treadle.tools.layout import draw

from .machines import anything, chain, task, text

SVG = "{http://www.w3.org/2000/svg}"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def nest() -> str:
    machine = chain("Load", "Each", "Done")
    catch = [{"ErrorEquals": ["States.ALL"], "Next": 'Sorry <&> "quoted"'}]
    machine["States"]["Each"] = {"Type": "Map", "ItemProcessor": chain("In"), "Next": "Done", "Catch": catch}
    machine["States"]['Sorry <&> "quoted"'] = task(Comment="What a pity")
    return text(machine)


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
@pytest.mark.parametrize("seed", range(10))
def test_svg_is_well_formed_and_stands_alone(seed: int, theme: str) -> None:
    svg = to_svg(draw(text(anything(Random(seed)))), theme)
    tree = ElementTree.fromstring(svg)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(use.get("href", "")[1:] in ids for use in tree.iter(f"{SVG}use"))
    assert set(re.findall(r"url\(#([^)]*)\)", svg)) <= set(ids)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_svg_tells_what_it_shows() -> None:
    tree = ElementTree.fromstring(to_svg(draw(nest()), "auto", "orders"))
    assert tree.get("role") == "img"
    title, description = tree.get("aria-labelledby", "").split()
    words = {element.get("id"): element.text for element in tree.iter() if element.get("id")}
    assert words[title] == "orders"
    assert 'Each → Sorry <&> "quoted" (Catch States.ALL).' in (words[description] or "")
    groups = {group.get("data-id"): group for group in tree.iter(f"{SVG}g") if group.get("data-id")}
    shown = groups['/States/Sorry <&> "quoted"'].find(f"{SVG}title")
    assert shown is not None and "What a pity" in (shown.text or "")


@pytest.mark.parametrize("name", ["a\\u0001b", "half \\ud83d x", "\\ufffe", "</text><script>", "new\\nline", ""])
def test_characters_that_xml_cannot_hold(name: str) -> None:
    definition = '{"StartAt": "NAME", "States": {"NAME": {"Type": "Pass", "Comment": "NAME", "End": true}}}'
    drawing = draw(definition.replace("NAME", name))
    ElementTree.fromstring(to_svg(drawing).encode())
    assert to_mermaid(drawing).encode()


def test_the_automatic_theme_follows_the_reader() -> None:
    svg = to_svg(draw(nest()), "auto")
    light, _, dark = svg.partition("@media (prefers-color-scheme:dark)")
    assert LIGHT.paper in light and DARK.paper not in light and DARK.paper in dark
    assert "@media" not in to_svg(draw(nest()), "dark")


def test_two_pictures_in_one_page_do_not_share_names() -> None:
    one, other = (to_svg(draw(text(chain(name))), "light") for name in "AB")
    ids = [set(re.findall(r' id="([^"]*)"', svg)) for svg in (one, other)]
    assert not ids[0] & ids[1]
    # Every rule of a style sheet is bound to its own picture.
    key = re.findall(r'class="(t[0-9a-f]{8})"', one)[0]
    sheet = re.findall("<style>(.*?)</style>", one)[0]
    assert all(rule.startswith(f".{key} ") for rule in sheet.split("}") if rule)


def test_an_execution_shows_by_colour_and_by_sign() -> None:
    drawing = draw(nest())
    trace = Trace("RUNNING", {"/States/Load": "SUCCEEDED", "/States/Each": "RUNNING"}, {"/States/Load": 3}, {})
    svg = to_svg(drawing, "light", trace=trace)
    load = next(g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if g.get("data-id") == "/States/Load")
    assert "succeeded" in load[1].get("class", "")
    assert [each.get("class") for each in load if (each.get("class") or "").startswith(("succeeded-mark", "mark"))] == [
        "succeeded-mark",
        "mark-glyph",
    ]
    assert [each.text for each in load.iter(f"{SVG}text")][-1] == "×3"
    assert "Load: succeeded. Each: running. In: not entered." in svg


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_can_be_read(palette: Palette) -> None:
    """WCAG 2.2: 4.5 : 1 for text, 3 : 1 for signs and lines."""
    grounds = [palette.paper, palette.box, palette.container, *(ground for _, ground in palette.status.values())]
    assert all(contrast(ink, ground) >= 4.5 for ink in (palette.ink, palette.faint) for ground in grounds)
    assert all(contrast(palette.catch, ground) >= 4.5 for ground in (palette.paper, palette.container))
    lines = [palette.edge, palette.catch, *(strong for strong, _ in palette.status.values())]
    assert all(contrast(line, ground) >= 3 for line in lines for ground in (palette.paper, palette.container))


def test_icons_can_be_seen() -> None:
    assert all(contrast(icon.tint, "#ffffff") >= 3 for icon in ICONS.values())


def test_mermaid() -> None:
    machine = chain("Load", "Each")
    rules = [{"Variable": "$.s", "StringEquals": "a|b", "Next": "Each"}]
    machine["States"]["Load"] = {"Type": "Choice", "Choices": rules, "Default": "Each"}
    machine["States"]["Each"] = {"Type": "Map", "ItemProcessor": chain("In"), "End": True}
    assert to_mermaid(draw(text(machine))).splitlines()[:13] == [
        "flowchart TD",
        '  s0(["Start"])',
        '  s1{"Load"}',
        '  subgraph s2["Each (Map · inline)"]',
        '    s3["In<br/><small>Lambda · invoke</small>"]',
        "  end",
        '  s4(["End"])',
        "  s0 --> s1",
        '  s1 -->|"$.s = #quot;a#124;b#quot;"| s2',
        '  s1 -->|"Default"| s2',
        "  s2 --> s4",
        "  classDef c0 stroke:#7c3aed,stroke-width:2px",
        "  class s1 c0",
    ]


def test_mermaid_of_an_execution() -> None:
    drawing = draw(text(chain("A")))
    lines = to_mermaid(drawing, Trace("FAILED", {"/States/A": "FAILED"}, {}, {})).splitlines()
    assert lines[-1] == "  class s1 failed" and lines[-2].startswith("  classDef failed fill:#fef0f0")


def test_png_without_a_browser_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TREADLE_BROWSER", raising=False)
    monkeypatch.setattr("treadle.tools.graph.png._PLACES", ())
    with pytest.raises(NoPainter, match="install it"):
        to_png("<svg/>", 10, 10)


def test_a_browser_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_BROWSER", "no-such-browser")
    with pytest.raises(NoPainter, match="TREADLE_BROWSER names no-such-browser"):
        to_png("<svg/>", 10, 10)


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_png_is_as_large_as_the_drawing_and_twice_as_dense() -> None:
    drawing = draw(nest())
    png = to_png(to_svg(drawing, "dark"), drawing.width, drawing.height, "dark")
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert abs(width - 2 * drawing.width) <= 2 and abs(height - 2 * drawing.height) <= 2


def test_the_picture_in_the_documentation_is_current() -> None:
    """Otherwise make it anew: docs/graph.md says how."""
    root = Path(__file__).parent.parent.parent
    definition = root / "tests" / "definitions" / "order-saga.asl.json"
    made = to_svg(draw(definition.read_text()), "auto", definition.name)
    assert made == (root / "docs" / "pictures" / "order-saga.svg").read_text()
