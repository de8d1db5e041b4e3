"""Test files in YAML (or JSON): read, checked to the last member, and turned into machines, answers and expectations.

The JSON schema of the format is `testing/treadle-test.schema.json`, for editors; `treadle test --schema` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from treadle.asl.findings import DefinitionError
from treadle.testing import faults
from treadle.testing.answers import (
    BY_HAND,
    NEVER,
    After,
    Answer,
    Beats,
    ByAttempt,
    ByItem,
    Fails,
    Index,
    InTurn,
    Payload,
    Submits,
)
from treadle.testing.folders import Folder
from treadle.testing.localmocks import local_mocks
from treadle.testing.machine import Machine
from treadle.testing.spans import instant, seconds
from treadle.testing.world import MockError, check_names
from treadle.tools.source.yamltext import load_yaml
from treadle.values import EMPTY, Json

T = TypeVar("T")
Span = float | str


class Malformed(ValueError):
    """A test file that cannot be used: what is wrong, and where, in one line."""


class Failure(Struct, frozen=True, forbid_unknown_fields=True):
    error: str | None = None
    cause: str | None = None


class LocalMocks(Struct, frozen=True, forbid_unknown_fields=True):
    """A test case of a Step Functions Local mock file; `machine` is the name that the file uses."""

    file: str
    test_case: str
    machine: str | None = None


class StateExpectation(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is written is looked at; `item` picks one iteration of a Map."""

    entered: int | None = None
    retries: int | None = None
    input: Json = UNSET
    output: Json = UNSET
    arguments: Json = UNSET
    error: str | UnsetType | None = UNSET
    outcome: str | None = None
    variables: dict[str, Json] | None = None
    duration: Span | None = None
    item: int | None = None


class Expectation(Struct, frozen=True, forbid_unknown_fields=True):
    """`output` is compared as a whole, `includes` only its members; `cause` may be a part of the real one."""

    status: str | None = None
    output: Json = UNSET
    includes: Json = UNSET
    error: str | None = None
    cause: str | None = None
    path: list[str] | None = None
    visits: list[str] | None = None
    avoids: list[str] | None = None
    duration: Span | None = None
    variables: dict[str, Json] | None = None
    states: dict[str, StateExpectation] = {}
    calls: dict[str, int] = {}


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """One test. What it says of mocks and functions replaces what the file says for all."""

    name: str
    input: Json = {}
    mocks: dict[str, Json] = {}
    local_mocks: LocalMocks | None = None
    functions: dict[str, Json] = {}
    activities: dict[str, Json] = {}
    items: dict[str, list[Json] | str] = {}
    steps: list[dict[str, Json]] = []
    at: str | None = None
    seed: int = 0
    latency: Span | tuple[Span, Span] = 0.0
    entry: str | None = None
    variables: dict[str, Json] = {}
    explore: int | None = None
    crashes: bool = False
    expect: Expectation = Expectation()
    skip: str | None = None


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """The least coverage in percent; less of it fails the file."""

    states: float | None = None
    rules: float | None = None
    retriers: float | None = None
    catchers: float | None = None
    total: float | None = None


class Child(Struct, frozen=True, forbid_unknown_fields=True):
    """Another machine that `states:startExecution` runs, with answers for its own states."""

    definition: Json
    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    substitutions: dict[str, str] = {}
    mocks: dict[str, Json] = {}
    functions: dict[str, Json] = {}
    activities: dict[str, Json] = {}


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """A test file. Paths in it are relative to the file."""

    definition: Json
    tests: list[Case]
    name: str | None = None
    kind: str = "STANDARD"
    substitutions: dict[str, str] = {}
    mocks: dict[str, Json] = {}
    functions: dict[str, Json] = {}
    activities: dict[str, Json] = {}
    machines: dict[str, str | Child] = {}
    check: str = "PRESENT"
    coverage: Threshold = Threshold()

    @property
    def demands(self) -> bool:
        """Whether it demands any coverage."""
        return self.coverage != Threshold()


class _Answer(Struct, frozen=True, forbid_unknown_fields=True, rename={"returned": "return"}):
    """One answer: exactly one of the first group, and how it comes."""

    returned: Json = UNSET
    payload: Json = UNSET
    fail: Failure | str | UnsetType = UNSET
    never: bool = False
    by_hand: bool = False
    fault: str | None = None
    in_turn: list[Json] | None = None
    attempts: list[Json] | None = None
    items: dict[str, Json] | None = None
    default: Json = UNSET
    after: Span | None = None
    heartbeat: Span | None = None
    beats: int | None = None
    submitted: Json = UNSET


FAULTS: Mapping[str, Callable[[], Answer]] = {
    "timeout": faults.timeout,
    "throttle": faults.throttle,
    "function_timeout": faults.function_timeout,
    "crash": faults.crash,
    "oversize": faults.oversize,
}
# All that a test file may say.
_MEMBERS = [
    field
    for kind in (Document, Case, Expectation, StateExpectation, _Answer, Threshold, Child, LocalMocks)
    for field in kind.__struct_encode_fields__
]
# What people call the definition.
_MACHINE = ("machine", "workflow", "state_machine", "stateMachine", "file", "asl")
_SAYS = ("return", "payload", "fail", "never", "by_hand", "fault", "in_turn", "attempts", "items")


def read(path: Path) -> Document:
    """Raises Malformed."""
    try:
        content = load_yaml(path.read_text("utf-8-sig"))
    except OSError as problem:
        raise Malformed(f"cannot read {path}: {problem.strerror}") from None
    except ValueError as problem:
        raise Malformed(f"{path}: {problem}") from None
    try:
        document = msgspec.convert(content, Document)
    except msgspec.ValidationError as problem:
        raise Malformed(f"{path}: {_explained(str(problem), content, Document)}") from None
    seen: set[str] = set()
    for case in document.tests:
        if case.name in seen:
            raise Malformed(f"{path}: two tests are called '{case.name}'")
        seen.add(case.name)
    return document


def convert(value: Json, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        raise Malformed(f"{where}: {_explained(str(problem), value, kind)}") from None


_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_NUMBER = re.compile(r"^tests\[(\d+)\]\.?")


def _explained(problem: str, content: Json, root: object) -> str:
    """What msgspec found, in the words of a test file: the test by its name, an unknown member with the nearest one."""
    found = _PLACE.search(problem)
    text, place = (problem[: found.start()], found[1]) if found else (problem, "")
    number = _NUMBER.match(place)
    kind = root if not place else None
    if number is not None:
        kind = Case if not place[number.end() :] else None
        test = content["tests"][int(number[1])]
        name = test.get("name", number[1]) if isinstance(test, dict) else number[1]
        place = f"test '{name}'{', ' if place[number.end() :] else ''}{place[number.end() :]}"
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        text = f"there is no member '{unknown[1]}'" + _instead(unknown[1], kind)
    return f"{place}: {text}" if place else text


def _instead(name: str, kind: object) -> str:
    """What may have been meant by a member that is not known there. `kind`: what stands there, where that is known."""
    here = kind.__struct_encode_fields__ if isinstance(kind, type) and issubclass(kind, Struct) else _MEMBERS
    if kind is Document and name in _MACHINE:
        return "; do you mean 'definition'?"
    near = get_close_matches(name, here, 1)
    if near:
        return f"; do you mean '{near[0]}'?"
    elsewhere = f"; '{name}' belongs elsewhere" if name in _MEMBERS else ""
    return elsewhere + (f"; the members here are {', '.join(here)}" if here is not _MEMBERS else "")


def machine_of(document: Document, path: Path) -> Machine:
    """The machine that a file tests. Raises Malformed, also for a definition that AWS would refuse."""
    if document.kind not in ("STANDARD", "EXPRESS") or document.check not in ("STRICT", "PRESENT", "NONE"):
        raise Malformed(f"{path}: kind is STANDARD or EXPRESS, check is STRICT, PRESENT or NONE")
    try:
        options: dict[str, Any] = {
            "kind": document.kind,
            "substitutions": document.substitutions,
            "mocks": answers(document.mocks, f"{path}: mocks"),
            "functions": functions(document.functions, path),
            "activities": answers(document.activities, f"{path}: activities"),
            "machines": {name: _child(name, given, path) for name, given in document.machines.items()},
            "check": document.check,
        }
        if document.name:
            options["name"] = document.name
        if isinstance(document.definition, str):
            return Machine.load(path.parent / document.definition, **options)
        return Machine(document.definition, **({"name": path.name.split(".")[0]} | options))
    except (DefinitionError, OSError, MockError) as problem:
        raise Malformed(f"{path}: {problem}") from None
    except Malformed:
        raise
    except ValueError as problem:
        raise Malformed(f"{path}: {problem}") from None


def _child(name: str, given: str | Child, path: Path) -> Machine:
    child, where = Child(given) if isinstance(given, str) else given, f"{path}: machines.{name}"
    options: dict[str, Any] = {
        "name": name,
        "kind": child.kind,
        "substitutions": child.substitutions,
        "mocks": answers(child.mocks, f"{where}: mocks"),
        "functions": functions(child.functions, path),
        "activities": answers(child.activities, f"{where}: activities"),
    }
    if isinstance(child.definition, str):
        return Machine.load(path.parent / child.definition, **options)
    return Machine(child.definition, **options)


def options_of(case: Case, machine: Machine, path: Path) -> dict[str, Any]:
    """What `Machine.start` is to be given for one test. Raises Malformed."""
    where = f"{path}: test '{case.name}'"
    mocks = answers(case.mocks, f"{where}: mocks")
    try:
        if case.local_mocks is not None:
            given = case.local_mocks
            mocks = local_mocks(path.parent / given.file, given.machine or machine.name, given.test_case) | mocks
        check_names(mocks, machine.names, "mocked state")
        check_names([*case.expect.states, *case.expect.calls, *(case.expect.path or [])], machine.names, "state")
        check_names([*(case.expect.visits or []), *(case.expect.avoids or [])], machine.names, "state")
        options: dict[str, Any] = {"latency": case.latency, "entry": case.entry, "variables": case.variables}
        machine.entry(case.entry, EMPTY, case.variables)
        if case.at is not None:
            options["at"] = instant(case.at)
    except (MockError, ValueError) as problem:
        raise Malformed(f"{where}: {problem}") from None
    return options | {
        "mocks": mocks,
        "functions": functions(case.functions, path),
        "activities": answers(case.activities, f"{where}: activities"),
        "items": {name: path.parent / given if isinstance(given, str) else given for name, given in case.items.items()},
    }


def functions(given: Mapping[str, Json], path: Path) -> dict[str, Any]:
    """Functions are folders (a path, or {folder, handler, environment, timeout}), or answers."""
    return {name: _function(value, path, f"{path}: functions.{name}") for name, value in given.items()}


class _Folder(Struct, frozen=True, forbid_unknown_fields=True):
    folder: str
    handler: str | None = None
    environment: dict[str, str] = {}
    timeout: int = 60
    runtime: str | None = None


def _function(value: Json, path: Path, where: str) -> Any:
    if isinstance(value, str):
        value = {"folder": value}
    if isinstance(value, dict) and "folder" in value:
        given = convert(value, _Folder, where)
        folder = path.parent / given.folder
        if not folder.is_dir():
            raise Malformed(f"{where}: there is no folder {folder}")
        return Folder(folder, given.handler, given.environment, given.timeout, runtime=given.runtime)
    return answer(value, where)


def answers(given: Mapping[str, Json], where: str) -> dict[str, Answer]:
    return {name: answer(value, f"{where}.{name}") for name, value in given.items()}


def answer(value: Json, where: str) -> Answer:
    """A list is answered in turn; an object says what the answer is. Raises Malformed."""
    if isinstance(value, list):
        return InTurn(tuple(answer(each, f"{where}[{i}]") for i, each in enumerate(value)))
    if not isinstance(value, dict):
        raise Malformed(f"{where}: write {{return: ...}}, {{payload: ...}}, {{fail: ...}} or a list of these")
    given = convert(value, _Answer, where)
    if len([name for name in _SAYS if name in value]) != 1:
        raise Malformed(
            f"{where}: exactly one of return, payload, fail, never, by_hand, fault, in_turn, attempts, items"
        )
    made = _said(given, where)
    if given.heartbeat is not None:
        made = Beats(_span(given.heartbeat, where), given.beats, made)
    if given.submitted is not UNSET:
        made = Submits(given.submitted, made)
    return made if given.after is None else After(_span(given.after, where), made)


def _said(given: _Answer, where: str) -> Answer:
    if given.fail is not UNSET:
        why = Failure(given.fail) if isinstance(given.fail, str) else given.fail
        return Fails(why.error, why.cause)
    if given.never or given.by_hand:
        return BY_HAND if given.by_hand else NEVER
    if given.fault is not None:
        if given.fault not in FAULTS:
            raise Malformed(f"{where}: there is no fault '{given.fault}', only {', '.join(FAULTS)}")
        return FAULTS[given.fault]()
    if given.in_turn is not None:
        return InTurn(tuple(answer(each, where) for each in given.in_turn))
    if given.attempts is not None:
        return ByAttempt(tuple(answer(each, where) for each in given.attempts))
    if given.items is not None:
        by_index = {_index(key, where): answer(each, f"{where}.items.{key}") for key, each in given.items.items()}
        return ByItem(by_index, UNSET if given.default is UNSET else answer(given.default, where))
    return Payload(given.payload) if given.payload is not UNSET else given.returned


def _index(key: str, where: str) -> Index:
    try:
        numbers = tuple(int(part) for part in key.split("."))
    except ValueError:
        raise Malformed(f"{where}: '{key}' is no index of an item; write 0, or 1.0 for a Map in a Map") from None
    return numbers if len(numbers) > 1 else numbers[0]


def _span(value: Span, where: str) -> float:
    try:
        return seconds(value)
    except ValueError as problem:
        raise Malformed(f"{where}: {problem}") from None
