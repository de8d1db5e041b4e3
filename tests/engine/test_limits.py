"""What no machine may do to the process."""

from __future__ import annotations

from typing import Any

import pytest
from kit import begin, machine

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
    done = begin(machine({"A": {"Type": "Pass", **fields, "End": True}}), LARGE_INPUT)
    assert done.execution.failure is not None
    assert done.execution.failure.error == "States.DataLimitExceeded"
