"""The world of a run: who answers a task. Mocks by state first, then functions, activities and machines by name.

What nobody answers is refused with a text that says how to mock it, never passed over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from treadle.aws import AwsError, Caller
from treadle.integrations import function
from treadle.integrations.integration import Call as Errand
from treadle.integrations.mocks import Mode, find_fault, known_members
from treadle.integrations.wording import Reply as Http
from treadle.lambdas.invocation import Invocation
from treadle.testing.answers import (
    BY_HAND,
    Answer,
    Call,
    Exhausted,
    Fails,
    Memory,
    Payload,
    Reply,
    Silence,
    hidden,
    settle,
)
from treadle.testing.folders import Folder
from treadle.testing.handlers import Context, call_handler, function_name, request_id
from treadle.testing.picture import brief
from treadle.values import Json, StatesError, dumps

if TYPE_CHECKING:
    from treadle.testing.machine import Machine

__tracebackhide__ = hidden


class MockError(AssertionError):
    """The test's world is not complete or not right: no answer for a task, or one that its API cannot give."""


class Casting(Struct, frozen=True):
    """Who plays what. `mocks` by state, `functions` and `activities` by name, `machines` for nested executions."""

    mocks: Mapping[str, Answer] = {}
    functions: Mapping[str, Any] = {}
    activities: Mapping[str, Answer] = {}
    machines: Mapping[str, Machine] = {}
    items: Mapping[str, Iterable[Json] | Path] = {}
    check: Mode = "PRESENT"

    def joined(self, other: Casting) -> Casting:
        """This one, with the other's words where both say something."""
        return Casting(
            {**self.mocks, **other.mocks},
            {**self.functions, **other.functions},
            {**self.activities, **other.activities},
            {**self.machines, **other.machines},
            {**self.items, **other.items},
            other.check,
        )


class World:
    """The answers of one run, and what they remember while it lasts."""

    def __init__(self, cast: Casting, seed: int) -> None:
        self.cast = cast
        self.memory = Memory(seed)
        self._sound: set[int] = set()  # results that have been checked against their API

    def answer(self, call: Call) -> Reply | None:
        """What a task gets; None when nobody is cast for it. Raises MockError."""
        kind, name = call.resource.kind, call.resource.name
        if call.state in self.cast.mocks:
            return self._mocked(call, self.cast.mocks[call.state], f"the mock of state {call.state!r}")
        if kind == "activity" and name in self.cast.activities:
            return self._mocked(call, self.cast.activities[name], f"the answer of activity {name!r}")
        called = called_function(call)
        if called is not None and called in self.cast.functions:
            return self._invoked(call, called, self.cast.functions[called])
        return None

    def _mocked(self, call: Call, answer: Answer, what: str) -> Reply:
        def perform(made: Callable[[Call], Answer]) -> Answer:
            return made(call)

        return self.checked(call, self._settle(answer, call, perform, what), what)

    def checked(self, call: Call, reply: Reply, what: str) -> Reply:
        """The reply, if the task's API could give it. Raises MockError."""
        if isinstance(reply.outcome, Payload):
            return wrapped(reply, call)
        if not isinstance(reply.outcome, Fails | Silence):
            self._check(call, reply.outcome, what)
        return reply

    def _settle(self, answer: Answer, call: Call, perform: Callable[[Any], Answer], what: str) -> Reply:
        try:
            return settle(answer, call, self.memory, perform)
        except Exhausted as problem:
            raise MockError(f"{what} does not answer {call!r}: {problem}") from None

    def _check(self, call: Call, result: Json, what: str) -> None:
        if id(result) in self._sound or self.cast.check == "NONE":
            return
        try:
            dumps(result)
        except TypeError as problem:
            raise MockError(f"{what} is no JSON: {problem}") from None
        fault = find_fault(call.resource, result, self.cast.check)
        fault = fault or misspelt(call, result)
        if fault is not None:
            hint = "" if called_function(call) is None else "\nFor what the function returns, write payload(...)."
            name = f"{call.resource.service}:{call.resource.resource}"
            raise MockError(f"{what} does not fit {name}: {fault}\nThe mock: {brief(result, 300)}{hint}")
        if isinstance(result, dict | list):
            self._sound.add(id(result))

    # -- functions
    def _invoked(self, call: Call, name: str, bound: Any) -> Reply:
        """Go through the integration itself, so that parameters are read and results are formed as they are there."""
        phone = _Phone(self, call, name, bound)
        errand = Errand(
            world=phone,
            caller=Caller(*reversed(call.execution_arn.split(":", 5)[3:5])),
            resource=call.resource,
            arguments=call.arguments,
            execution_arn=call.execution_arn,
            state=call.state,
            token=call.token,
        )
        perform = function.invoke_directly if call.resource.kind == "lambda" else function.invoke
        try:
            result = completed(perform(errand))
        except StatesError as problem:
            outcome: Any = Fails(problem.error, problem.cause)
        except _Hushed:
            outcome = phone.reply.outcome
        else:
            outcome = result if call.resource.kind == "lambda" else repeatable(result, call)
        reply = phone.reply
        if call.token is not None and not isinstance(outcome, Fails | Silence):
            # The function has the token now; the task ends when somebody brings it back.
            return Reply(BY_HAND, reply.seconds, outcome, reply.every, reply.beats)
        return Reply(outcome, reply.seconds, reply.submitted, reply.every, reply.beats)


class _Hushed(Exception):
    """The function does not answer."""


class _Phone:
    """The `World` of the Lambda integration: only `invoke` is ever called."""

    def __init__(self, world: World, call: Call, name: str, bound: Any) -> None:
        self._world, self._call, self._name, self._bound = world, call, name, bound
        self.reply = Reply(None)

    async def invoke(
        self, caller: Caller, function: str, payload: bytes, role: str | None = None, **options: Any
    ) -> Invocation:
        id = request_id(self._call.execution_arn, self._call.state, self._call.items, self._call.attempt, self._call.at)
        bound = Folder(self._bound) if isinstance(self._bound, Path) else self._bound
        if isinstance(bound, Folder):
            # Not before there is real code to run: it is a third of what the kit imports.
            from treadle.testing.workshop import workshop

            return workshop().invoke(self._name, bound, payload, options)
        context = Context(self._name, caller.arn("lambda", f"function:{self._name}"), id)

        def perform(made: Any) -> Answer:
            return call_handler(made, payload, context)

        self.reply = self._world._settle(bound, self._call, perform, f"the answer of function {self._name!r}")
        outcome = self.reply.outcome
        if isinstance(outcome, Silence):
            raise _Hushed
        if isinstance(outcome, Fails):
            raise StatesError(outcome.error or "Lambda.Unknown", outcome.cause)
        value = outcome.value if isinstance(outcome, Payload) else outcome
        return Invocation(200, dumps(value).encode(), None, "$LATEST", None, id)

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        raise AwsError("NotMocked", f"{service} {operation} was called")

    async def execute(self, caller: Caller, operation: str, params: dict[str, Any], role: str | None = None) -> Any:
        raise AwsError("NotMocked", f"{operation} was called")

    async def find_api(self, api_id: str) -> str | None:
        return None  # no API is served here

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str] | None:
        return None

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        raise AwsError("NotMocked", f"the cluster {cluster} was called")

    async def ended(self, execution_arn: str) -> Any:
        raise AwsError("NotMocked", "an execution was waited for")

    async def sleep(self, seconds: float) -> None:
        raise AwsError("NotMocked", "a job was waited for")


def completed(work: Awaitable[Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        next(work.__await__())
    except StopIteration as stop:
        return stop.value
    raise AssertionError("this must not wait")


def called_function(call: Call) -> str | None:
    """The name of the Lambda function that a task calls, None when it calls something else."""
    if call.resource.kind == "lambda":
        return function_name(call.resource.name)
    if (call.resource.service, call.resource.action) == ("lambda", "invoke"):
        given = call.arguments.get("FunctionName") if isinstance(call.arguments, dict) else None
        return function_name(given) if isinstance(given, str) else ""
    return None


def wrapped(reply: Reply, call: Call) -> Reply:
    """A `payload(...)` as the whole result of the task."""
    value = reply.outcome.value if isinstance(reply.outcome, Payload) else reply.outcome
    if (call.resource.service, call.resource.resource) == ("lambda", "invoke"):
        whole: Json = {"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}
        value = repeatable(whole | {"SdkHttpMetadata": {}, "SdkResponseMetadata": {}}, call)
    return Reply(value, reply.seconds, reply.submitted, reply.every, reply.beats)


def repeatable(result: dict[str, Json], call: Call) -> dict[str, Json]:
    """Invoke's answer with metadata that are the same whenever the run is repeated."""
    id = request_id(call.execution_arn, call.state, call.items, call.attempt, call.at)
    http = Http(id, result["StatusCode"], "Thu, 01 Jan 1970 00:00:00 GMT")
    length = len(dumps(result.get("Payload")).encode())
    return result | http.metadata({**http.headers(length, "application/json"), "X-Amz-Executed-Version": "$LATEST"})


# -- what the messages say
def how_to_mock(call: Call) -> str:
    """The text for a task that nobody answers."""
    resource = call.resource
    called = called_function(call)
    lines = [f"no mock for state {call.state!r}, which calls {resource.arn}", f"  with {brief(call.arguments, 200)}"]
    if called is not None:
        example = "payload({...})"
        lines += [f"Bind the function:        functions={{{called!r}: handler}}  or  Path('its/folder')"]
        yaml = "{payload: {...}}"
    else:
        skeleton = brief(shape_of(call), 160)
        example, yaml = skeleton, f"{{return: {skeleton}}}"
    if resource.kind == "activity":
        lines += [f"Answer the activity:      activities={{{resource.name!r}: {{...}}}}"]
    if resource.service == "states" and resource.action == "startExecution":
        lines += ["Run the other machine:    machines={'its-name': Machine.load('its.asl.json')}"]
    if resource.kind == "map":
        lines += [f"Say what the reader finds: items={{{call.state!r}: [...]}}  or  Path('a/file')"]
    lines += [f"Say what the state gets:  mocks={{{call.state!r}: {example}}}"]
    items = f"items: {{{call.state}: [...]}}  or  " if resource.kind == "map" else ""
    lines += [f"In a YAML test:           {items}mocks: {{{call.state}: {yaml}}}"]
    return "\n".join(lines)


def shape_of(call: Call) -> Json:
    """The members a result may have, from the API's model."""
    known = known_members(call.resource)
    return {name: _EMPTY.get(shape.type_name, 0) for name, shape in list(known.items())[:6]} or {"...": "..."}


def misspelt(call: Call, result: Json) -> str | None:
    """A member that the API has in other letters: AWS would pass it on, and the real result would not have it."""
    known = {name.lower(): name for name in known_members(call.resource)}
    given = result if isinstance(result, dict) else {}
    wrong = [name for name in given if name not in known.values() and name.lower() in known]
    return f"there is no member {wrong[0]!r}; do you mean {known[wrong[0].lower()]!r}?" if wrong else None


_EMPTY: Mapping[str, Json] = {
    "string": "...",
    "timestamp": "2026-01-01T00:00:00Z",
    "blob": "...",
    "boolean": True,
    "list": [],
    "map": {},
    "structure": {},
}


def check_names(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse names that nothing has, and suggest the nearest. Raises MockError."""
    names = list(known)
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, 1)
            hint = f"; do you mean {near[0]!r}?" if near else f". There are: {', '.join(map(repr, names))}"
            raise MockError(f"{what} {name!r} does not exist{hint}")
