"""An execution that begins at a state of its own rather than at StartAt."""

import json

from kit import facts, machine

from treadle.asl.compile import compile
from treadle.asl.parse import parse
from treadle.engine.execution import Entry
from treadle.engine.step import start
from treadle.values import Payload

SEEN = {"v.$": "$v", "x.$": "$.x", "ran.$": "$$.Execution.Input.x"}
STATES = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Parameters": SEEN, "End": True}}
PLAN = compile(parse(json.dumps(machine(STATES))))


def test_it_goes_from_its_start_to_the_state_with_input_and_variables_of_its_own() -> None:
    done = start(PLAN, facts({"x": "old"}), 0.0, entry=Entry("B", Payload({"x": "new"}), {"v": 1}))
    assert [(event.id, event.previous, event.type) for event in done.history] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]
    assert done.execution.output is not None
    assert done.execution.output.value == {"v": 1, "x": "new", "ran": "old"}


def test_without_an_entry_it_begins_at_start_at() -> None:
    done = start(PLAN, facts({"x": 1}), 0.0)
    assert (done.history[1].details or {})["name"] == "A"
