"""What no machine may do to the process."""

from __future__ import annotations

from typing import Any

import pytest

from states import PASS, machine
from treadle.testing import Machine

LARGE_INPUT = {"text": "x" * 200_000}


@pytest.mark.parametrize(
    "fields",
    [
        {"Parameters": {f"copy{i}.$": "$" for i in range(10_000)}},
        {"Assign": {"copies": {f"copy{i}.$": "$" for i in range(10_000)}}},
        {"QueryLanguage": "JSONata", "Output": "{% $map([1..9999], function($i) { $states.input }) %}"},
    ],
    ids=["Parameters", "Assign", "Output"],
)
def test_a_long_input_named_thousands_of_times_is_too_large_before_it_is_written(fields: dict[str, Any]) -> None:
    """Two gigabytes of text are never made: the weight of what would be written is enough."""
    Machine(machine({"A": {**PASS, **fields}})).run(LARGE_INPUT).assert_failed("States.DataLimitExceeded")
