"""Data that is nested so deeply that it exhausts the stack fails its execution, and nothing else."""

from __future__ import annotations

from states import machine, task
from treadle.engine.step import TOO_DEEP
from treadle.testing import Machine
from treadle.values import Payload, dumps, loads

LEVELS = 900
DEEP_PATH = "$" + ".a" * 5_000


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def test_what_fits_passes_unharmed() -> None:
    wrap = Machine(machine({"A": {"Type": "Pass", "Parameters": {"a.$": "$"}}}))
    assert wrap.run(loads(nested(300))).execution.output == Payload(text=nested(301))
    assert dumps(loads(nested(LEVELS))) == nested(LEVELS)


def test_an_execution_that_begins_too_deeply_fails() -> None:
    done = Machine(machine({"A": {"Type": "Pass", "Result": 1, "ResultPath": DEEP_PATH}})).run()
    assert (done.status, done.execution.failure) == ("FAILED", TOO_DEEP)
    assert done.types == ["ExecutionStarted", "ExecutionFailed"]


def test_a_step_that_goes_too_deep_has_not_happened() -> None:
    """The history ends as it was before the news, with the failure behind it."""
    two = Machine(machine({"A": task(), "B": task(ResultPath=DEEP_PATH)}))
    done = two.run({"x": 1}, mocks={"A": {}, "B": {}})
    assert (done.status, done.execution.failure) == ("FAILED", TOO_DEEP)
    assert done.types[-2:] == ["LambdaFunctionStarted", "ExecutionFailed"]
    assert [event.id for event in done.history] == list(range(1, len(done.history) + 1))


def test_a_loop_that_wraps_its_data_comes_to_an_end() -> None:
    states = {
        "Wrap": {"Type": "Pass", "Parameters": {"a.$": "$"}},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "End"}],
            "Default": "Wrap",
        },
        "End": {"Type": "Succeed"},
    }
    done = Machine(machine(states)).run()
    assert (done.status, done.execution.failure) == ("FAILED", TOO_DEEP)
