"""Every example of docs/testing.md is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from treadle.testing import __all__ as names
from treadle.testing.suite import run_file

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.S)


@pytest.mark.parametrize("code", blocks("python"))
def test_python(code: str) -> None:
    scope: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), scope)
    tests = [value for name, value in scope.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml(text: str, tmp_path: Path) -> None:
    (tmp_path / "docs.treadle.yaml").write_text(text)
    result = run_file(tmp_path / "docs.treadle.yaml")
    assert result.passed, result


def test_every_public_name_is_there_and_told() -> None:
    import treadle.testing

    page = PAGE.read_text("utf-8")
    for name in names:
        assert getattr(treadle.testing, name) is not None
        assert name in page or name in ("Coverage", "Exploration", "MockError", "Run", "Stuck", "record_history"), name
