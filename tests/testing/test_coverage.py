"""Coverage of states, choice rules, retriers and catchers, and the forms in which it is reported."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from states import ORDER
from treadle.testing import Fails, Machine, by_attempt, payload
from treadle.testing.page import coverage_html, trace_of
from treadle.testing.reports import junit, merged, terminal
from treadle.testing.suite import FileResult, Result
from treadle.tools.layout import draw


def test_machines_of_one_name_are_told_by_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, end in (("one", "Succeed"), ("two", "Fail")):
        (tmp_path / folder).mkdir()
        text = json.dumps({"StartAt": end, "States": {end: {"Type": end}}})
        (tmp_path / folder / "sfn.asl.json").write_text(text)
    loaded = [Machine.load(tmp_path / folder / "sfn.asl.json").coverage for folder in ("one", "two")]
    assert [each.name for each in merged([*loaded, loaded[0]])] == ["one/sfn.asl.json", "two/sfn.asl.json"]
    assert [each.name for each in merged(loaded[:1])] == ["sfn"]


def test_what_runs_used_is_counted() -> None:
    order = Machine(ORDER, name="order")
    assert order.coverage.percent() == 0
    order.run(mocks={"Charge": payload({"paid": True})})
    shares = {noun: (share.covered, share.total) for noun, share in order.coverage.rows()}
    assert shares == {"states": (4, 5), "choice rules": (1, 2), "retriers": (0, 1), "catchers": (0, 1)}
    order.run(mocks={"Charge": by_attempt(Fails("CardRefused"), payload({"paid": False}))})
    assert [part.label for part in order.coverage.missing] == ["Charge: catch States.ALL → Refund"]
    order.run(mocks={"Charge": Fails("Stolen")})
    assert order.coverage.percent() == 100


def test_the_table_names_what_is_missing() -> None:
    order = Machine(ORDER, name="order")
    order.run(mocks={"Charge": payload({"paid": True})})
    table = order.coverage.table()
    assert "4/5   80%" in table
    assert "Paid?: default → Refund" in table
    assert "Charge: retry on CardRefused" in table


def test_coverages_of_the_same_machine_add_up() -> None:
    one, two = Machine(ORDER), Machine(ORDER)
    one.run(mocks={"Charge": payload({"paid": True})})
    two.run(mocks={"Charge": payload({"paid": False})})
    (together,) = merged([one.coverage, two.coverage])
    assert (together.percent("state"), together.percent("rule")) == (100, 100)
    assert one.coverage.percent("state") < 100, "the parts stay as they were"


def test_the_page_shows_every_part_and_escapes_it() -> None:
    page = coverage_html([Machine(ORDER, name="<order>").coverage])
    assert "&lt;order&gt;" in page and "<order>" not in page
    assert page.count("<tr class=") == 9


def test_the_page_has_a_picture_coloured_by_what_the_tests_used() -> None:
    order = Machine(ORDER, name="order")
    order.run(mocks={"Charge": by_attempt(Fails("CardRefused"), payload({"paid": True}))})
    drawing = draw(order.text)
    trace = trace_of(order.coverage, drawing)
    assert {id.rpartition("/")[2]: status for id, status in trace.status.items()} == {
        "Charge": "PARTLY",
        "Paid?": "PARTLY",
        "Warranty": "COVERED",
        "Done": "COVERED",
        "Refund": "MISSED",
    }
    assert trace.never == {"/States/Charge/Catch/0/Next", "/States/Paid?/Default"}
    assert {id for id, times in trace.taken.items() if times} == {
        "/StartAt",
        "/States/Charge/Next",
        "/States/Paid?/Choices/0/Next",
        "/States/Warranty/Next",
        "/States/Done/Type",
    }
    assert "not covered: catcher: Charge: catch States.ALL → Refund" in coverage_html([order.coverage])


def test_junit_is_xml_whatever_the_texts_are() -> None:
    bad = Result('a "b" <c> & \x00', ("line\nof <text>",), "picture", 0.1, 5)
    text = junit(
        [FileResult(Path("x.treadle.yaml"), (bad, Result("ok"), Result("no", skipped="why")), None, "trouble")]
    )
    suite = ElementTree.fromstring(text)[0]
    assert (suite.attrib["tests"], suite.attrib["failures"], suite.attrib["skipped"]) == ("3", "1", "1")
    assert [child.tag for child in suite.iter() if child.tag in ("failure", "skipped", "error")] == [
        "failure",
        "skipped",
        "error",
    ]


def test_the_terminal_ends_with_a_count() -> None:
    lines = list(terminal([FileResult(Path("x"), (Result("bad", ("why",)), Result("good")))]))
    assert lines[-1].strip().startswith("1 passed, 1 failed in")
    assert any("✗ bad" in line for line in lines)
