"""An execution that begins at a state of its own rather than at StartAt."""

from states import PASS, machine
from treadle.engine.execution import Entry
from treadle.engine.step import start
from treadle.testing import Machine
from treadle.values import Payload

from .runs import chain

SEEN = {"v.$": "$v", "x.$": "$.x", "ran.$": "$$.Execution.Input.x"}
TWO = Machine(machine({"A": PASS, "B": {**PASS, "Parameters": SEEN}}))


def test_it_goes_from_its_start_to_the_state() -> None:
    assert chain(TWO.run({"x": 1}, entry="B", variables={"v": 1})) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]


def test_the_state_has_input_and_variables_of_its_own() -> None:
    facts = TWO.facts(0.0, 0, {"x": "old"}, "e")
    done = start(TWO.plan, facts, 0.0, entry=Entry("B", Payload({"x": "new"}), {"v": 1}))
    assert done.execution.output is not None
    assert done.execution.output.value == {"v": 1, "x": "new", "ran": "old"}


def test_without_an_entry_it_begins_at_start_at() -> None:
    assert TWO.run({"x": 1}, variables={"v": 1}).path == ["A", "B"]
