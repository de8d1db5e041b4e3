"""A visit of a state in the past: what it saw, read out of the history of its execution.

The history has inputs, outputs, results and assigned variables; from them follow the variables that a state could see
and its context object. Nothing here asks the outside world.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping

import orjson
from msgspec import UNSET, Struct

from treadle.asl import machine
from treadle.asl.compile import compile_state, input_stages
from treadle.asl.iteration import items
from treadle.asl.parse import find_state, parse
from treadle.asl.scope import Scope
from treadle.aws import AwsError
from treadle.console.answers import MOST_EVENTS
from treadle.console.express import Stored
from treadle.engine import context, tokens
from treadle.engine.execution import Execution, Facts, Failure, Frame
from treadle.engine.inspect import Reply, Subject
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.tools.history import Attempt, Recorded, Visit, event_of
from treadle.values import EMPTY, Instant, Json, Payload, StatesError, loads

# Histories that are kept read: a person looks at one execution for a while, or compares two.
KEPT = 4


class Past(Struct, frozen=True, eq=False):
    """An execution as its history tells it. `visits` are known by the id of their Entered event."""

    record: ExecutionRecord
    revision: Revision
    definition: machine.Machine
    recorded: Recorded
    visits: Mapping[int, Visit]


class Pasts:
    """Reads histories, and remembers the latest ones until they grow."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self._kept: OrderedDict[tuple[str, int, int], Past] = OrderedDict()

    async def read(self, arn: str) -> Past:
        """Raises AwsError where there is no such execution, or no history of it."""
        record = self.stored.describe(arn)
        key = (arn, record.events, record.redrives)
        past = self._kept.pop(key, None)
        if past is None:
            body = self.stored.history(arn, 0, MOST_EVENTS).body
            past = await asyncio.to_thread(_past, record, self.stored.revision_of(arn), body)
        self._kept[key] = past
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return past


def visit_of(past: Past, event: int) -> Visit:
    """The visit that began with an event. Raises AwsError."""
    visit = past.visits.get(event)
    if visit is None:
        raise AwsError("ValidationException", f"Event {event} of this execution does not enter a state.")
    return visit


def _past(record: ExecutionRecord, revision: Revision, body: bytes) -> Past:
    recorded = Recorded(
        events=tuple(map(event_of, orjson.loads(b"[" + body + b"]"))), arn=record.arn, machine_arn=record.machine_arn
    )
    definition = parse(revision.definition, kind=revision.kind)
    return Past(record, revision, definition, recorded, {visit.event: visit for visit in recorded.visits})


def state_of(past: Past, visit: Visit) -> machine.State:
    """The state as the execution's own definition has it: an update since then changes nothing."""
    state = find_state(past.definition, visit.name)
    if state is None:
        raise AwsError("ValidationException", f"The execution's definition has no state {visit.name!r}.")
    return state


def variables_before(past: Past, visit: Visit) -> dict[str, Json]:
    """What the state could see when it was entered: its own scope's variables before those of the scopes around it."""
    seen: dict[str, Json] = {}
    at: Visit | None = visit
    while at is not None:
        own: dict[str, Json] = {}
        earlier = at.before
        while earlier is not None:
            own = {**earlier.variables, **own}
            earlier = earlier.before
        seen = {**own, **seen}
        at = at.parent
    # A restarted execution began with some.
    return {**_given(past.revision), **seen}


def _given(revision: Revision) -> dict[str, Json]:
    return {} if revision.restart is None else dict(loads(revision.restart.variables))


# -- the context object
def context_of(past: Past, visit: Visit, retries: int = 0, token: str | None = None) -> Json:
    """The context object of a visit, made by the engine out of what the history tells."""
    frame = Frame(
        0,
        "",
        visit.name,
        Payload(visit.input),
        attempts=(retries,),
        entered_at=visit.at,
        **_item(past, visit),
    )
    node = compile_state(state_of(past, visit))
    return context.describe(Execution(facts_of(past), {}, redrives=past.record.redrives), {}, frame, node, token)


def facts_of(past: Past) -> Facts:
    """The facts of the execution, with luck of no importance: what is computed again may differ in random values."""
    record, revision = past.record, past.revision
    return Facts(
        arn=record.arn,
        name=record.name,
        machine_arn=revision.machine_arn,
        machine_name=revision.name,
        role_arn=revision.role_arn,
        started_at=record.started_at,
        seed=record.events,
        input=EMPTY if record.input is None else Payload(text=record.input),
        kind=record.kind,
    )


def _item(past: Past, visit: Visit) -> dict[str, Json]:
    """The item of the nearest Map around the visit: its number is recorded, its value follows from the Map's input."""
    around = visit.parent
    while around is not None and around.type != "Map":
        around = around.parent
    if around is None or not visit.items:
        return {}
    index = visit.items[-1]
    items = items_of(past, around)
    if index >= len(items):
        return {"index": index, "item": Payload(None)}
    key, value = items[index]
    return {"index": index, "item": Payload(value), "key": key}


def items_of(past: Past, visit: Visit) -> list[tuple[str | None, Json]]:
    """What a Map iterated over, with the keys if it was an object. Empty where it failed before."""
    state = state_of(past, visit)
    if not isinstance(state, machine.Map) or state.mode != "INLINE":
        return []
    scope = scope_of(past, visit)
    try:
        value = scope.input
        for _, stage in input_stages(state):
            value = stage(scope, value)
        found = items(state)(scope, value)
    except StatesError:
        return []
    return list(found.items()) if isinstance(found, dict) else [(None, value) for value in found]


def scope_of(past: Past, visit: Visit, retries: int = 0) -> Scope:
    """The surroundings of the state as it was entered."""
    return Scope(
        visit.input,
        variables_before(past, visit),
        lambda: context_of(past, visit, retries, token_of(visit)),
        visit.at,
        past.record.events,
    )


def token_of(visit: Visit, attempt: Attempt | None = None) -> str | None:
    """The task token among the arguments of an attempt, if there is one."""
    attempt = attempt or (visit.attempts[-1] if visit.attempts else None)
    return None if attempt is None else next(_tokens(attempt.arguments), None)


def _tokens(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) > 64 and tokens.parse(value) is not None:
            yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _tokens(member)


# -- the result
def reply_of(visit: Visit, attempt: Attempt | None, children: list[Visit]) -> Reply | None:
    """What ended an attempt: the task's result, the outputs of branches or iterations, or a failure."""
    if attempt is None:
        return None
    if attempt.failed:
        return Failure(attempt.error or ("States.Timeout" if attempt.timed_out else None), attempt.cause)
    if attempt.result is not UNSET:
        return Payload(attempt.result)
    if visit.outcome == "exited" and children:
        return Payload(_joined(children))
    return None


def _joined(children: list[Visit]) -> list[Json]:
    """The outputs of the children of a fork, in order: each the output of the last state of a branch or iteration."""
    last: dict[int, Visit] = {}
    lanes: dict[int, int] = {}
    for child in children:
        lane = lanes[child.before.event] if child.before is not None and child.before.event in lanes else len(lanes)
        if child.before is None:
            lane = child.items[-1] if child.parent is not None and child.parent.type == "Map" else len(last)
        lanes[child.event] = lane
        last[lane] = child
    return [last[lane].output for lane in sorted(last)]


def children_of(past: Past, visit: Visit, attempt: Attempt | None) -> list[Visit]:
    """The visits directly inside one attempt of a fork."""
    if visit.type not in ("Map", "Parallel") or attempt is None:
        return []
    return [each for each in past.visits.values() if each.parent is visit and each.at >= attempt.at]


def tried(past: Past, visit: Visit, number: int | None = None) -> tuple[Subject, Reply | None, Instant]:
    """An attempt of the visit as the engine's inspection takes it: (state and surroundings, reply, when)."""
    attempts = visit.attempts
    index = len(attempts) - 1 if number is None else number
    attempt = attempts[index] if 0 <= index < len(attempts) else None
    state = state_of(past, visit)
    retries = max(0, index)
    surroundings = context_of(past, visit, retries, token_of(visit, attempt))
    variables = variables_before(past, visit)
    subject = Subject(state, Payload(visit.input), variables, surroundings, retries=retries)
    reply = reply_of(visit, attempt, children_of(past, visit, attempt))
    return subject, reply, visit.at if attempt is None else attempt.at
