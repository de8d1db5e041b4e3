"""A new user's tests: a distributed Map over the rows of a file, some of which fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from treadle.testing import Call, Fails, Machine, MockError, by_item, payload

ROWS = Machine.load(Path(__file__).parents[2] / "definitions" / "distributed-csv.asl.json")
FILE = [{"id": str(number), "name": f"n{number}", "city": "x"} for number in range(100)]


def test_five_percent_of_the_rows_may_fail() -> None:
    mocks = {"One": by_item({3: Fails("Bad"), 4: Fails("Bad")}, default=payload("ok"))}
    run = ROWS.run({"key": "k"}, items={"Rows": FILE}, mocks=mocks)
    run.assert_succeeded()
    assert [child.error for child in run.children].count("Bad") == 2
    assert set(run.output) == {"MapRunArn", "ResultWriterDetails"}


def test_more_of_them_fail_the_run() -> None:
    def one(call: Call) -> Any:
        return Fails("Bad") if call.item is not None and call.item % 10 == 0 else payload(1)

    run = ROWS.run({"key": "k"}, items={"Rows": FILE}, mocks={"One": one})
    run.assert_failed("States.ExceedToleratedFailureThreshold")


def test_a_handler_gets_each_row() -> None:
    def handle(event: Any, context: Any) -> str:
        if event["id"] == "5":
            raise ValueError("five")
        return event["name"].upper()

    run = ROWS.run({"key": "k"}, items={"Rows": FILE[:50]}, functions={"handle-one": handle})
    assert run.children[7].output["Payload"] == "N7"
    assert run.state("One", item=5).error == "ValueError"


def test_a_file_is_read_as_the_reader_says(tmp_path: Path) -> None:
    """The columns have the names that the ReaderConfig gives them."""
    (tmp_path / "rows.csv").write_text("7;Ann;Oslo\n8;Bob;Rome\n")
    run = ROWS.run({"key": "k"}, items={"Rows": tmp_path / "rows.csv"}, mocks={"One": payload(1)})
    assert run.state("One", item=1).input == {"id": "8", "name": "Bob", "city": "Rome"}
    with pytest.raises(MockError, match="there is no file"):
        ROWS.run({"key": "k"}, items={"Rows": tmp_path / "nothing.csv"}, mocks={"One": payload(1)})


def test_whoever_forgets_the_rows_is_told() -> None:
    with pytest.raises(MockError, match=r"items=\{'Rows': \[...\]\}"):
        ROWS.run({"key": "k"}, mocks={"One": payload(1)})
