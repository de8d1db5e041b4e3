"""What the examples say about themselves is true: their links, pictures and costs. Their demos are in `e2e`."""

from __future__ import annotations

import json
import re
import shlex
from html import escape
from pathlib import Path

import pytest

from treadle.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DEFINITIONS = sorted(EXAMPLES.glob("*/infra/step-fn-file/*.asl.json"))
COST = re.compile(r"`(treadle cost [^`]+\.asl\.json[^`]*)`[^`]*?```\n(.*?)```", re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


@pytest.mark.parametrize("readme", sorted(EXAMPLES.rglob("README.md")), ids=name)
def test_links_lead_somewhere(readme: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", readme.read_text("utf-8"))
    assert links
    assert [link for link in links if not (readme.parent / link).exists()] == []


@pytest.mark.parametrize("definition", DEFINITIONS, ids=name)
def test_a_picture_shows_all_states_that_there_are(definition: Path) -> None:
    """If this fails: treadle graph DEFINITION -o PICTURE."""
    stem = definition.name.removesuffix(".asl.json")
    picture = definition.parents[2] / f"{'workflow' if stem == 'sfn' else stem}.svg"
    told = picture.read_text("utf-8")
    states = list(json.loads(definition.read_text("utf-8"))["States"])
    assert [state for state in states if escape(state) not in told] == []


@pytest.mark.parametrize("readme", sorted(EXAMPLES.glob("*/README.md")), ids=name)
def test_costs_are_as_reckoned(
    readme: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(readme.parent)
    for command, table in COST.findall(readme.read_text("utf-8")):
        assert main(shlex.split(command)[1:]) == 0
        told = capsys.readouterr().out.splitlines()
        assert [line for line in table.splitlines() if line not in told] == [], "\n".join(told)


def test_each_example_has_what_all_have() -> None:
    for folder in sorted(path.parent for path in EXAMPLES.glob("*/infra")):
        for file in (
            "README.md",
            "workflow.svg",
            "infra/main.tf",
            "infra/dev.tfvars",
            "infra/step-fn-file/sfn.asl.json",
        ):
            assert (folder / file).exists(), f"{folder.name} has no {file}"
        assert list(folder.glob("tests/*.treadle.yaml")), f"{folder.name} has no tests"
        assert f"]({folder.name})" in (EXAMPLES / "README.md").read_text("utf-8")


def test_every_costed_example_says_so() -> None:
    costed = {path.parent for path in EXAMPLES.glob("*/cost.yaml")}
    assert len(costed) == 4
    assert all(COST.search((folder / "README.md").read_text("utf-8")) for folder in costed)


def test_definitions_are_in_order_and_the_linter_has_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", str(EXAMPLES)]) == 0
    assert main(["lint", "--select", "ALL", "--fail-on", "info", str(EXAMPLES)]) == 0, capsys.readouterr().out
