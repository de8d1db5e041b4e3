"""Every tool on every definition of ours: patterns in both query languages, from one state to three hundred.

cost, convert, fmt and lint have tests of their own over the same files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from treadle.cli.main import main
from treadle.tools.diff import compare, picture
from treadle.tools.graph import to_mermaid, to_svg
from treadle.tools.layout import draw

FOLDER = Path(__file__).parents[1] / "definitions"
LARGE = FOLDER / "large" / "warehouse-stages.asl.json"
DEFINITIONS = [*sorted(FOLDER.glob("*.asl.json")), LARGE]


def names(flow: dict[str, object]) -> list[str]:
    found: list[str] = []
    states: dict[str, dict[str, object]] = flow["States"]  # type: ignore[assignment]
    for name, state in states.items():
        found.append(name)
        inner = [state.get("ItemProcessor"), state.get("Iterator"), *(state.get("Branches") or [])]  # type: ignore[misc]
        for each in inner:
            found += names(each) if each else []  # type: ignore[arg-type]
    return found


def test_small_and_large_in_both_languages() -> None:
    texts = [file.read_text("utf-8") for file in DEFINITIONS]
    assert len(texts) >= 40
    assert sum('"QueryLanguage": "JSONata"' in text for text in texts) >= 8
    assert len(names(json.loads(LARGE.read_text()))) >= 270


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_pictures_show_every_state(file: Path) -> None:
    text = file.read_text("utf-8")
    drawing = draw(text)
    shown = [box.name for box in drawing.boxes if box.kind not in ("Start", "End")]
    assert sorted(shown) == sorted(names(json.loads(text)))
    assert to_svg(drawing).count("<g data-id=") >= len(shown)
    assert to_mermaid(drawing).startswith("flowchart TD\n")


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_a_change_of_one_state_is_one_change(file: Path) -> None:
    text = file.read_text("utf-8")
    before, after = json.loads(text), json.loads(text)
    assert compare(before, after).equal
    name = before["StartAt"]
    after["States"][name]["Comment"] = "changed"
    compared = compare(before, after)
    assert [(each.name, each.verdict) for each in compared.states] == [(name, "CHANGED")]
    assert f"{name}: changed." in picture(text, json.dumps(after), compared, "dark", ("a", "b"))[0].replace(
        "&amp;", "&"
    )


@pytest.mark.parametrize(
    "arguments", [["cost", "{}", "--json"], ["graph", "{}", "--format", "mermaid"], ["diff", "{}", "{}"]]
)
def test_three_hundred_states_are_no_trouble(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([each.format(LARGE) for each in arguments]) == 0
    assert capsys.readouterr().out
