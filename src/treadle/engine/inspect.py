"""One state tried in isolation: the engine started at it, stepped once, and what its named stages let through.

inspect(subject, facts, at, reply) -> Inspection      a mocked reply, nothing leaves the engine
Probe(subject, facts, at)                             for who performs the task: deliver news until it rests
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from treadle.asl import machine
from treadle.asl.errors import TIMEOUT, matches
from treadle.asl.mocked import compile_mocked
from treadle.asl.plan import Flow as PlanFlow
from treadle.asl.plan import Fork, Plan, Task
from treadle.engine.commands import RunTask
from treadle.engine.events import Event, TaskFailed, TaskSucceeded, Ticked
from treadle.engine.execution import Execution, Facts, Failure, Finished, Frame, Ready, Sleeping
from treadle.engine.step import step
from treadle.values import EMPTY, Instant, Json, Payload, dumps

# Seconds a state may take: API reference, TestState.
LIMIT = 300
EXCEEDED = Failure("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded")

Status: TypeAlias = Literal["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"]
Reply: TypeAlias = Payload | Failure


class Subject(Struct, frozen=True):
    """The state to try, and what surrounds it."""

    state: machine.State
    input: Payload = EMPTY
    variables: Mapping[str, Json] = MappingProxyType({})
    context: Json = None  # takes the place of the whole context object
    in_map: bool = False  # inside a Map: the input is item 0
    retries: int = 0  # how often the retrier that covers the error has retried before
    failed_items: int | None = None  # iterations of a Map that failed
    reader_data: str | None = None  # what a Map's ItemReader reads


class Inspection(Struct, frozen=True):
    """How it went. `stages` are the intermediate values and `measures` a Map's limits, under AWS's names.

    `handled` are the members of AWS's `errorDetails`. `given` holds the texts that came from outside.
    """

    status: Status
    stages: Mapping[str, Json]
    measures: Mapping[str, float]
    given: tuple[Payload, ...]
    output: Json = None
    error: str | None = None
    cause: str | None = None
    next: str | None = None
    handled: Mapping[str, int] = MappingProxyType({})


class _Record:
    """The trace of one try."""

    def __init__(self, subject: Subject) -> None:
        self.seen: dict[str, Json] = {}
        self._subject = subject

    def __call__(self, stage: str, value: Json) -> None:
        self.seen[stage] = value

    def context(self, derived: Json) -> Json:
        """The given context object, or the one of an express execution that has just reached the state."""
        if self._subject.context is not None:
            return self._subject.context
        # Neither does TestState redrive, nor does it need a role: recorded, test_base_map_state_inspect.
        run = {name: value for name, value in derived["Execution"].items() if name != "RedriveCount"}
        if not run["RoleArn"]:
            del run["RoleArn"]
        state = derived["State"]
        if "RetryCount" in state:
            state = state | {"RetryCount": self._subject.retries}
        return derived | {"Execution": run, "State": state}


class Probe:
    """A state being tried. Alive for one test."""

    def __init__(self, subject: Subject, facts: Facts, at: Instant) -> None:
        state = subject.state
        self._subject, self._began = subject, at
        self._node = node = compile_mocked(state, subject.reader_data)
        flow = machine.Flow("", state.name, {state.name: state})
        self._plan = Plan(machine.Machine(flow), {"": PlanFlow(state.name, {state.name: node})})
        self._record = _Record(subject)
        self._result: Payload | None = None
        self._given: tuple[Payload, ...] = (subject.input,)
        frame = Frame(
            0,
            "",
            state.name,
            subject.input,
            Ready(again=True),
            item=subject.input if subject.in_map else None,
            variables=dict(subject.variables),
            entered_at=at,
        )
        self.execution = Execution(facts, {0: frame}, deadline=at + LIMIT)
        self.command: RunTask | None = None
        self._step(Ticked(at), budget=1)
        pending = self.execution.frames[0].pending
        if isinstance(pending, Sleeping) and pending.then == "leave":
            # A Wait takes no time here, unless it takes too much.
            self._step(Ticked(min(pending.until, at + LIMIT)))

    def _step(self, event: Event, budget: int = 0) -> None:
        transition = step(self._plan, self.execution, event, self._record, budget)
        self.execution = transition.execution
        self.command = next((c for c in transition.commands if isinstance(c, RunTask)), self.command)

    @property
    def resting(self) -> bool:
        """Whether nothing is awaited any more: the inspection is complete."""
        pending = self.execution.frames[0].pending
        return self.execution.status != "RUNNING" or isinstance(pending, Ready | Sleeping | Finished)

    def answer(self, reply: Reply) -> None:
        """End the task with a mocked reply. More failed iterations than the Map tolerates fail it first."""
        if self.command is None or self.resting:
            return
        if isinstance(reply, Payload) and self._exceeds():
            reply = EXCEEDED
        if isinstance(reply, Failure):
            self.deliver(TaskFailed(self._began, self.command.task, reply))
        else:
            self._given += (reply,)
            self.deliver(TaskSucceeded(self._began, self.command.task, reply))

    def deliver(self, event: Event) -> None:
        """News about the task."""
        if isinstance(event, TaskFailed):
            self._count_retries(event.failure)
        elif isinstance(event, TaskSucceeded):
            self._result = event.output
        self._step(event)

    def _exceeds(self) -> bool:
        """Whether more iterations failed than are tolerated, by number or by share."""
        failed, seen = self._subject.failed_items or 0, self._record.seen
        count, percentage = seen.get("toleratedFailureCount"), seen.get("toleratedFailurePercentage")
        if count is None and percentage is None:
            return failed > 0
        if count is not None and failed > count:
            return True
        return percentage is not None and bool(seen.get("items")) and 100 * failed / seen["items"] > percentage

    def _count_retries(self, why: Failure) -> None:
        """The retries so far belong to the retrier that covers the error."""
        node, frame = self._node, self.execution.frames[0]
        if not isinstance(node, Task | Fork):
            return
        covers = [matches(retrier.errors, why.error, why.alias) for retrier in node.retry]
        if True in covers:
            first = covers.index(True)
            attempts = tuple(self._subject.retries if i == first else 0 for i in range(len(covers)))
            self.execution = replace(self.execution, frames={0: replace(frame, attempts=attempts)})

    def inspection(self) -> Inspection:
        """What there is to see. Raises AssertionError while the task is out."""
        if not self.resting:
            raise AssertionError(f"the task of {self._subject.state.name} is still awaited")
        seen, frame = self._record.seen, self.execution.frames[0]
        status, why, handled, output, next = self._outcome(frame, seen)
        measures = {name: seen[name] for name in MEASURES if name in seen}
        return Inspection(
            status,
            self._stages(seen),
            measures,
            self._given,
            output,
            None if why is None else why.error,
            None if why is None else why.cause,
            next,
            handled,
        )

    def stages(self) -> Mapping[str, Json]:
        """The intermediate values as far as it came, also while the task is out."""
        return self._stages(self._record.seen)

    def _outcome(
        self, frame: Frame, seen: dict[str, Json]
    ) -> tuple[Status, Failure | None, dict[str, int], Json, str | None]:
        """(status, failure, error details, output, next state)."""
        why, pending = seen.get("failure"), frame.pending
        if self.execution.status == "TIMED_OUT":
            return "FAILED", Failure(TIMEOUT), {}, None, None
        if self.execution.status == "FAILED":
            return "FAILED", self.execution.failure, {}, None, None
        if isinstance(pending, Sleeping):
            index, seconds = seen["retry"]
            return "RETRIABLE", why, {"retryIndex": index, "retryBackoffIntervalSeconds": int(seconds)}, None, None
        if isinstance(pending, Finished):
            return "SUCCEEDED", None, {}, pending.output.value, None
        if "catch" in seen:
            return "CAUGHT_ERROR", why, {"catchIndex": seen["catch"]}, frame.input.value, frame.state
        return "SUCCEEDED", None, {}, frame.input.value, frame.state

    def _stages(self, seen: dict[str, Json]) -> dict[str, Json]:
        """The intermediate values AWS shows for this type of state, the stages that changed nothing among them."""
        state, subject = self._subject.state, self._subject
        before, after = shown(state)
        stages: dict[str, Json] = {"input": subject.input.value}
        reached, value = _walk(before, self._node.arguments, subject.input.value, seen, stages)
        if isinstance(state, machine.Pass):
            value, worked = seen.get("result", value), reached
        else:
            value, worked = (None, False) if self._result is None else (self._result.value, True)
        if worked and shows_result(state):
            stages["result"] = value
        if worked:
            _walk(after, self._node.output, value, seen, stages)
        stages |= {name: seen[name] for name in ITEMS if name in seen}
        variables = {**subject.variables, **seen.get("assigned", {})}
        if variables:
            stages["variables"] = variables
        return stages


def inspect(subject: Subject, facts: Facts, at: Instant, reply: Reply | None = None) -> Inspection:
    """Try a state. A Task, Map or Parallel needs a mocked `reply`."""
    probe = Probe(subject, facts, at)
    if reply is not None:
        probe.answer(reply)
    return probe.inspection()


# What AWS shows of a Map beside the stages that every state has.
ITEMS = ("afterItemsPath", "afterItemsPointer", "afterItemSelector", "afterItemBatcher")
MEASURES = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")

_DATA_FLOW = ("afterInputPath", "afterParameters")
_RESULT_FLOW = ("afterResultSelector", "afterResultPath")


def shown(state: machine.State) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stages AWS shows before and after the work, also where the definition leaves them out. Recorded."""
    if state.language == "JSONata":
        return (("afterArguments",) if isinstance(state, machine.Task) else ()), ()
    match state:
        case machine.Pass() if not isinstance(state.result, machine.Absent):
            return (), _RESULT_FLOW
        case machine.Pass() | machine.Task() | machine.Parallel():
            return _DATA_FLOW, _RESULT_FLOW
        case machine.Map():
            return _DATA_FLOW[:1], _RESULT_FLOW
        case machine.Fail():
            return (), ()
        case _:
            return _DATA_FLOW[:1], ()


def shows_result(state: machine.State) -> bool:
    """Whether the raw result is shown: a Parallel's and a Map's is not."""
    if isinstance(state, machine.Pass):
        return not isinstance(state.result, machine.Absent)
    return isinstance(state, machine.Task)


def _walk(
    names: tuple[str, ...],
    stages: tuple[tuple[str, object], ...],
    value: Json,
    seen: Mapping[str, Json],
    into: dict[str, Json],
) -> tuple[bool, Json]:
    """Add the values after the named stages to `into`; a stage that is not compiled lets its value through.

    (whether all compiled stages went well, the last value).
    """
    compiled = {name for name, _ in stages}
    for name in names:
        if name in compiled and name not in seen:
            return False, value
        value = seen.get(name, value)
        into[name] = value
    return all(name in seen for name in compiled), value


def text(inspection: Inspection, value: Json) -> str:
    """A value as TestState writes it: what came from outside keeps its text, the rest has blanks after `,` and `:`."""
    for payload in inspection.given:
        if value is payload.value:
            return payload.text
    return spaced(dumps(value))


def spaced(compact: str) -> str:
    """JSON text with a blank after every comma and colon outside of strings (recorded: afterItemsPath)."""
    parts = compact.split('"')
    quoted = False
    for index, part in enumerate(parts):
        if not quoted:
            parts[index] = part.replace(",", ", ").replace(":", ": ")
            quoted = True
        else:
            escapes = len(part) - len(part.rstrip("\\"))
            quoted = escapes % 2 == 1
    return '"'.join(parts)
