"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.assertion import AssertionState
from _pytest.assertion.rewrite import AssertionRewritingHook

import treadle
from states import ORDER
from treadle.testing.plugin import spare

PYTHON_TEST = """
from pathlib import Path
from treadle.testing import Machine, payload
order = Machine.load(Path(__file__).parent / "order.asl.json")
def test_paid():
    assert order.run(mocks={"Charge": payload({"paid": True})}).status == "SUCCEEDED"
def test_failing():
    assert order.run(mocks={"Charge": payload({"paid": False})}).status == "SUCCEEDED"
"""
YAML_TEST = """
definition: order.asl.json
coverage: {states: 100}
tests:
  - name: is paid
    mocks: {Charge: {payload: {paid: true}}}
  - name: is not paid
    mocks: {Charge: {payload: {paid: false}}}
"""


def pytest_run(folder: Path, *options: str) -> tuple[int, str]:
    blocked = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "asyncio")]
    command = [sys.executable, "-m", "pytest", "-q", *blocked, *options, "."]
    environment = {**os.environ, "PYTHONPATH": str(Path(treadle.__file__).parents[1])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "order.asl.json").write_text(json.dumps(ORDER))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_a_failing_test_shows_the_path_of_its_run(folder: Path) -> None:
    (folder / "test_order.py").write_text(PYTHON_TEST)
    status, shown = pytest_run(folder, "--treadle-coverage", "--treadle-coverage-html", "coverage.html")
    assert status == 1
    assert "treadle run 1 of 1: order" in shown
    assert "✗ Refund" in shown and "1 failed, 1 passed" in shown
    assert "5/5  100%" in shown, "coverage of both tests together"
    assert (folder / "coverage.html").exists()


def test_test_files_are_collected_and_their_coverage_is_demanded(folder: Path) -> None:
    (folder / "order.treadle.yaml").write_text(YAML_TEST)
    status, shown = pytest_run(folder)
    assert status == 1
    assert "status: expected SUCCEEDED, got FAILED" in shown
    assert "1 failed, 2 passed" in shown, "the tests and the coverage"
    assert "1 passed, 1 skipped" in pytest_run(folder, "--deselect", "order.treadle.yaml::is not paid")[1]


def test_a_broken_test_file_is_an_error_in_one_line(folder: Path) -> None:
    (folder / "order.treadle.yaml").write_text("definition: order.asl.json\ntests: [{nmae: x}]")
    status, shown = pytest_run(folder)
    assert status == 2
    assert "no member 'nmae'; do you mean 'name'" in shown and "Traceback" not in shown


def test_too_little_coverage_fails_the_session(folder: Path) -> None:
    (folder / "test_order.py").write_text(PYTHON_TEST.split("def test_failing")[0])
    assert pytest_run(folder)[0] == 0
    assert pytest_run(folder, "--treadle-fail-under", "90")[0] == 1


def test_other_suites_do_not_import_the_kit(folder: Path) -> None:
    (folder / "test_other.py").write_text(
        "import sys\n"
        "def test():\n"
        "    loaded = [name for name in sys.modules if name.startswith('treadle.')]\n"
        "    assert loaded == ['treadle.testing', 'treadle.testing.plugin']\n"
    )
    status, shown = pytest_run(folder)
    assert status == 0, shown


def test_workers_of_xdist_add_up_their_coverage(folder: Path) -> None:
    (folder / "test_order.py").write_text(PYTHON_TEST.replace('False})}).status == "SUCCEEDED"', "False})}).error"))
    passing = YAML_TEST.replace("false}}}", "false}}}\n    expect: {error: NotPaid}")
    (folder / "order.treadle.yaml").write_text(passing.replace("100}", "100, catchers: 100}"))
    status, shown = pytest_run(folder, "-n", "2", "--treadle-coverage")
    assert "4 passed, 1 skipped" in shown, shown
    assert "5/5  100%" in shown
    assert (status, "order.treadle.yaml: coverage of catchers is 0 %, 100 % are demanded" in shown) == (1, True)


def test_what_treadle_asserts_itself_is_not_rewritten(pytestconfig: pytest.Config) -> None:
    hook = AssertionRewritingHook(pytestconfig)
    hook.mark_rewrite("treadle", "treads")
    state = AssertionState(pytestconfig, "plain")
    names = ("treadle.engine.step", "treads.engine")
    assert [hook._is_marked_for_rewrite(name, state) for name in names] == [True, True]
    spare(hook)
    assert [hook._is_marked_for_rewrite(name, state) for name in names] == [False, True]
