"""The mock configuration of Step Functions Local: which test case answers which state with what.

The format is that of https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html. A file that is
not understood to the last member is refused whole: a typing error must not let a real call out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from treadle.asl.machine import Machine, Task
from treadle.asl.references import states
from treadle.asl.resource import parse_resource
from treadle.integrations.mocks import find_fault
from treadle.values import Json, loads

T = TypeVar("T")

_NUMBERS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


class Malformed(ValueError):
    """The file cannot be used; the message says where and why in one line."""


class Throw(Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """The task fails so."""

    error: str
    cause: str | None = None


class Response(Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """What one attempt gets: exactly one of the two."""

    return_: Json | UnsetType = msgspec.field(name="Return", default=UNSET)
    throw: Throw | UnsetType = UNSET


class Script(Struct, frozen=True):
    """A mocked response: what the attempts of a state get, as (last attempt, response), in order and without gaps."""

    name: str
    responses: tuple[tuple[int, Response], ...]

    def response(self, attempt: int) -> Response | None:
        """For the attempt of this number (0 is the first); None when the file has nothing for it."""
        return next((response for last, response in self.responses if attempt <= last), None)


class _Cases(Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    test_cases: dict[str, dict[str, str]] = {}


class _File(Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    state_machines: dict[str, Json]
    mocked_responses: dict[str, dict[str, Json]] = {}


Case = Mapping[str, Script]  # by state


class Mocks(Struct, frozen=True):
    """A whole file. `cases` are found by the names of the state machine and of the test case."""

    source: str
    cases: Mapping[tuple[str, str], Case]

    def case(self, machine: str, name: str) -> Case | None:
        return self.cases.get((machine, name))


NONE = Mocks("no mock configuration file", {})


def read(path: Path) -> Mocks:
    """Raises Malformed, also when there is no such file."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as problem:
        raise Malformed(f"cannot read the mock configuration {path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise Malformed(f"the mock configuration {path} is not text in UTF-8") from None
    try:
        return parse(text, str(path))
    except Malformed as problem:
        raise Malformed(f"the mock configuration {path} cannot be used: {problem}") from None


def parse(text: str, source: str = "") -> Mocks:
    """Raises Malformed."""
    try:
        content = loads(text)
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"it is not JSON: {problem}") from None
    file = _convert(content, _File, "")
    scripts = {name: _script(name, numbered) for name, numbered in file.mocked_responses.items()}
    cases: dict[tuple[str, str], Case] = {}
    for machine, raw in file.state_machines.items():
        for name, mocked in _convert(raw, _Cases, f"StateMachines.{machine}").test_cases.items():
            for state, response in mocked.items():
                if response not in scripts:
                    raise Malformed(
                        f"StateMachines.{machine}.TestCases.{name}.{state}: there is no mocked response '{response}'"
                    )
            cases[machine, name] = {state: scripts[response] for state, response in mocked.items()}
    return Mocks(source, cases)


def _script(name: str, numbered: Mapping[str, Json]) -> Script:
    where = f"MockedResponses.{name}"
    ranges = sorted((*_numbers(key, where), key) for key in numbered)
    if not ranges:
        raise Malformed(f"{where}: it has no responses")
    responses: list[tuple[int, Response]] = []
    following = 0
    for first, last, key in ranges:
        if first != following:
            raise Malformed(f"{where}: '{key}' stands where the response for attempt {following} should begin")
        response = _convert(numbered[key], Response, f"{where}.{key}")
        if (response.return_ is UNSET) == (response.throw is UNSET):
            raise Malformed(f"{where}.{key}: either Return or Throw must be given")
        responses.append((last, response))
        following = last + 1
    return Script(name, tuple(responses))


def _numbers(key: str, where: str) -> tuple[int, int]:
    """First and last attempt of "3" or "1-2"."""
    found = _NUMBERS.fullmatch(key)
    first, last = (0, -1) if found is None else (int(found[1]), int(found[2] or found[1]))
    if last < first:
        raise Malformed(f"{where}: '{key}' is neither a number nor a range of numbers like 1-2")
    return first, last


def _convert(value: Json, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        raise Malformed(f"{where}: {problem}" if where else str(problem)) from None


def faults(case: Case, machine: Machine) -> Iterator[str]:
    """Why a test case does not fit a machine: states it does not have, results their APIs cannot give."""
    known = {state.name: state for state in states(machine.flow)}
    for name, script in case.items():
        state = known.get(name)
        resource = parse_resource(state.resource) if isinstance(state, Task) else None
        if state is None:
            yield f"the state machine has no state '{name}'"
        elif resource is None:
            yield f"state '{name}' is not a Task state, and only their results are mocked"
        else:
            for last, response in script.responses:
                # The files show only what a test needs, so what is missing is no fault.
                wrong = None if response.return_ is UNSET else find_fault(resource, response.return_, "PRESENT")
                if wrong is not None:
                    yield f"state '{name}', mocked response '{script.name}', attempt {last}: {wrong}"


def machine_name(machine_arn: str) -> str:
    """The name under which the file knows a machine, also for the executions of its distributed Maps."""
    name = machine_arn.rpartition(":stateMachine:")[2]
    return name.partition("/")[0].partition(":")[0]
