"""The mock configuration of Step Functions Local as mocks of the test kit."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from treadle.runtime.mocked import result
from treadle.runtime.mocks import Script, read
from treadle.testing.answers import Answer, Call, Depends, Exhausted, Fails


def local_mocks(path: Path | str, machine: str, test_case: str) -> dict[str, Answer]:
    """The mocks of one test case. Raises ValueError (Malformed) for a file that is not understood or lacks the case."""
    case = read(Path(path)).case(machine, test_case)
    if case is None:
        raise ValueError(f"{path} has no test case {test_case!r} for the state machine {machine!r}")
    return {state: _answer(script) for state, script in case.items()}


def _answer(script: Script) -> Answer:
    def answer(call: Call) -> Answer:
        response = script.response(call.attempt)
        if response is None:
            raise Exhausted(f"the mocked response {script.name!r} has nothing for attempt {call.attempt}")
        if response.throw is not UNSET:
            return Fails(response.throw.error, response.throw.cause)
        return result(call.resource, response.return_)

    return Depends(answer)
