"""Definitions after common patterns: every one must be accepted without a finding."""

from pathlib import Path

import pytest

from treadle.asl.parse import diagnose, parse
from treadle.asl.references import states
from treadle.integrations.catalog import check_task

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))


def test_the_collection_is_there() -> None:
    assert len(DEFINITIONS) >= 40


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.removesuffix(".asl.json"))
def test_a_good_definition_has_no_findings(file: Path) -> None:
    kind = "EXPRESS" if file.name.startswith("express") else "STANDARD"
    text = file.read_text()
    assert diagnose(text, kind=kind, tasks=check_task) == ()
    assert text.count('"Type": "') >= sum(1 for _ in states(parse(text, kind=kind).flow)) > 0
