"""What a TestState request asks for: its parameters checked in AWS's words and turned into values.

The order of the checks is AWS's as far as recordings tell it. Sentences marked [D] could not be observed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct, structs

from treadle.api.arns import check_role
from treadle.api.context import Context, Params
from treadle.api.errors import INVALID_INPUT, Refusal
from treadle.asl.findings import DefinitionError, TaskCheck, join
from treadle.asl.jsontext import Malformed, explain_input, load
from treadle.asl.machine import Absent, Machine, Map, Parallel, State, Task
from treadle.asl.parse import find_state, parse, parse_state
from treadle.asl.references import states
from treadle.asl.resource import Resource, parse_resource
from treadle.aws import AwsError
from treadle.engine.execution import Failure
from treadle.engine.inspect import Reply, Subject
from treadle.integrations.mocks import find_fault
from treadle.values import EMPTY, Json, Payload

Mock: TypeAlias = dict[str, Any]


def _refusal(text: str) -> Refusal:
    return Refusal("ValidationException", text)


NO_STATE = _refusal("State not found in definition")  # [D]
NO_ROLE = _refusal("RoleArn must be specified when testing a Task state")
NOT_MOCKED = _refusal("State type '{type}' is not supported when a mock is specified")
NEEDS_MOCK = Refusal(
    "InvalidDefinition",
    "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, "
    "Fail, Choice]",  # [D]
)
TASK_NEEDS_MOCK = _refusal("TestState does not support {what} when a mock is not specified.")  # [D]
ONLY_WITH_MOCK = _refusal("TestState does not support {field} when a mock is not specified.")
NO_SECRETS = _refusal("TestState does not support RevealSecrets when a mock is specified.")
ONE_OF_TWO = _refusal("A test mock should have only one of the following fields: [result, errorOutput].")
ERROR_MISSING = _refusal("A mocked errorOutput must have an error.")  # [D]
RESULT_NOT_JSON = _refusal("Mocked result must be valid JSON.")  # [D]
RESULT_NOT_ARRAY = _refusal("Mocked result must be an array.")
RESULT_NOT_OBJECT = _refusal("Mocked result must be a JSON object.")
BAD_RESULT = _refusal("{fault}")
BAD_CONTEXT = _refusal("Invalid Context object provided: {fault}")
BAD_VARIABLES = _refusal("Invalid Variables provided: must be a valid JSON object")  # [D]
FOREIGN_SETTING = _refusal("TestState does not support {field} for a state of type '{type}'.")  # [D]
NO_CAUSE = _refusal("State '{name}', given as ErrorCausedByState, is not part of the state under test.")  # [D]

# Members of stateConfiguration by their name in AWS's sentences, and the types of state they are for.
_SETTINGS = {
    "retrierRetryCount": ("RetrierRetryCount", (Task, Map, Parallel)),
    "errorCausedByState": ("ErrorCausedByState", (Map, Parallel)),
    "mapIterationFailureCount": ("MapIterationFailureCount", (Map,)),
    "mapItemReaderData": ("MapItemReaderData", (Map,)),
}
# Members of a context object and their types (guide: "Accessing execution data from the Context object").
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a string"),
    "number": ((int, float), "a number"),
    "any": (object, "any value"),  # an execution may be started with any JSON
}
_CONTEXT = {
    "Execution": {
        "Id": "string",
        "Input": "any",
        "Name": "string",
        "RoleArn": "string",
        "StartTime": "string",
        "RedriveCount": "number",
        "RedriveTime": "string",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}


class Request(Struct, frozen=True):
    """A checked request. Without a `reply` the task is really performed; then `resource` is its."""

    subject: Subject
    reply: Reply | None
    role: str
    resource: Resource | None = None


def read(context: Context, params: Params) -> Request:
    """Raises AwsError for what AWS refuses."""
    state, in_map = _state(context, params)
    mock: Mock | None = params.get("mock")
    settings: dict[str, Any] = {k: v for k, v in (params.get("stateConfiguration") or {}).items() if v is not None}
    resource = None
    if mock is None:
        resource = _check_unmocked(context, params, state, settings)
    else:
        _check_mocked(params, state, mock, settings)
    role = params.get("roleArn") or ""
    if role:
        check_role(role)
    reply = None if mock is None else _reply(state, mock)
    given = params.get("context")
    subject = Subject(
        state,
        _input(params.get("input")),
        _variables(params.get("variables")),
        None if given is None else _context(given),
        in_map,
        settings.get("retrierRetryCount", 0),
        settings.get("mapIterationFailureCount"),
        settings.get("mapItemReaderData"),
    )
    return Request(subject, reply, role, resource)


# -- the state
def _state(context: Context, params: Params) -> tuple[State, bool]:
    """The state under test, and whether it stands inside a Map."""
    text, name, tasks = params["definition"], params.get("stateName"), _refusals(context)
    try:
        if name is None:
            return parse_state(text, tasks=tasks), False
        machine = parse(text, tasks=tasks)
    except DefinitionError as error:
        raise AwsError("InvalidDefinition", str(error)) from None
    state = find_state(machine, name)
    if state is None:
        raise NO_STATE()
    return state, _is_in_map(machine, name)


def _refusals(context: Context) -> TaskCheck | None:
    """Only AWS's own refusals: with a mock it does not matter what treadle performs."""
    check = context.office.tasks
    if check is None:
        return None
    return lambda resource, field, template: [
        found for found in check(resource, field, template) if found.severity == "ERROR"
    ]


def _is_in_map(machine: Machine, name: str) -> bool:
    maps = (state for state in states(machine.flow) if isinstance(state, Map))
    return any(inner.name == name for each in maps for inner in states(each.processor))


# -- with a mock or without
def _check_unmocked(context: Context, params: Params, state: State, settings: dict[str, Any]) -> Resource | None:
    for name in settings:
        raise ONLY_WITH_MOCK(field=_SETTINGS[name][0])
    if params.get("context") is not None:
        raise ONLY_WITH_MOCK(field="Context")  # [D]
    if isinstance(state, Map | Parallel):
        raise NEEDS_MOCK()
    if not isinstance(state, Task):
        return None
    if not params.get("roleArn"):
        raise NO_ROLE()
    resource = parse_resource(state.resource)
    if resource is None:
        raise AssertionError(f"the parser let an unknown resource pass: {state.resource}")
    if resource.kind == "activity":
        raise TASK_NEEDS_MOCK(what="activities")
    if resource.pattern != "request":
        pattern = "waitForTaskToken" if resource.pattern == "token" else resource.pattern
        raise TASK_NEEDS_MOCK(what=f"'.{pattern}' service integrations")
    # AWS's refusals came when the state was read: what is left is what treadle does not perform.
    if context.office.tasks is not None and (limits := list(context.office.tasks(resource, "Parameters", None))):
        placed = [structs.replace(each, location=f"/States/{state.name}{each.location}") for each in limits]
        raise AwsError("InvalidDefinition", f"Invalid State Machine Definition: '{join(placed)}'")
    return resource


def _check_mocked(params: Params, state: State, mock: Mock, settings: dict[str, Any]) -> None:
    kind = type(state).__name__
    if not isinstance(state, Task | Map | Parallel):
        raise NOT_MOCKED(type=kind)
    if params.get("revealSecrets"):
        raise NO_SECRETS()
    if (mock.get("result") is None) == (mock.get("errorOutput") is None):
        raise ONE_OF_TWO()
    for name in settings:
        field, types = _SETTINGS[name]
        if not isinstance(state, types):
            raise FOREIGN_SETTING(field=field, type=kind)
    cause = settings.get("errorCausedByState")
    if cause is not None and cause not in _inside(state):
        raise NO_CAUSE(name=cause)


def _inside(state: State) -> set[str]:
    """The names of all states inside a Map or Parallel."""
    flows = state.branches if isinstance(state, Parallel) else (state.processor,) if isinstance(state, Map) else ()
    return {inner.name for flow in flows for inner in states(flow)}


def _reply(state: State, mock: Mock) -> Reply:
    """The mocked reply, its result checked against what the state can give."""
    output = mock.get("errorOutput")
    if output is not None:
        if not output.get("error"):
            raise ERROR_MISSING()
        return Failure(output["error"], output.get("cause"))
    text = mock["result"]
    try:
        result = load(text)
    except Malformed:
        raise RESULT_NOT_JSON() from None
    if isinstance(state, Map):
        written = not isinstance(state.result_writer, Absent)
        if written and not isinstance(result, dict):
            raise RESULT_NOT_OBJECT()
        if not written and not isinstance(result, list):
            raise RESULT_NOT_ARRAY()
    elif isinstance(state, Parallel) and not isinstance(result, list):
        raise RESULT_NOT_ARRAY()  # [D]
    elif isinstance(state, Task):
        resource = parse_resource(state.resource)
        fault = None if resource is None else find_fault(resource, result, mock.get("fieldValidationMode") or "STRICT")
        if fault is not None:
            raise BAD_RESULT(fault=fault)
    return Payload(result, text)


# -- the surroundings
def _input(text: str | None) -> Payload:
    if text is None:
        return EMPTY
    problem = explain_input(text)
    if problem is not None:
        raise INVALID_INPUT(problem=problem)
    return Payload(text=text)


def _variables(text: str | None) -> dict[str, Json]:
    found = _object(text, BAD_VARIABLES) if text is not None else {}
    return found


def _object(text: str, otherwise: Refusal, **words: str) -> dict[str, Json]:
    try:
        found = load(text)
    except Malformed:
        raise otherwise(**words) from None
    if not isinstance(found, dict):
        raise otherwise(**words)
    return found


def _context(text: str) -> dict[str, Json]:
    """A mocked context object."""
    found = _object(text, BAD_CONTEXT, fault="must be a valid JSON object")  # [D]
    for name, member in found.items():
        if name == "Map":
            raise BAD_CONTEXT(fault="'Map' field is not supported when mocking a Context object")
        if name not in _CONTEXT:
            raise BAD_CONTEXT(fault=f"Field '{name}' is not allowed")
        if not isinstance(member, dict):
            raise BAD_CONTEXT(fault=f"{name} must be an object")
        for inner, value in member.items():
            kind = _CONTEXT[name].get(inner)
            if kind is None:
                raise BAD_CONTEXT(fault=f"Field '{name}.{inner}' is not allowed")
            types, wanted = _TYPES[kind]
            if not isinstance(value, types) or (kind != "any" and isinstance(value, bool)):
                raise BAD_CONTEXT(fault=f"{name}.{inner} must be {wanted}")
    return found
