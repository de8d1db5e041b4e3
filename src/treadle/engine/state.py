"""Entering and leaving a state: what all eight types have in common."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.asl.errors import DATA_LIMIT, PAYLOAD_LIMIT, RUNTIME, QueryError, too_large
from treadle.asl.plan import AnyNode, Assign, Catch, Choice, Fail, Fork, Pass, Stages, Task, Wait, run
from treadle.asl.scope import Scope
from treadle.engine import failure, fork, task
from treadle.engine.execution import EventId, Failure, Finished, Frame, Sleeping
from treadle.engine.turn import READY, WHOLE, Turn, payload_of
from treadle.values import Json, Payload, StatesError, dumps

# Failures that no Retry and no Catch ever sees: recorded, test_catch_states_runtime.
FATAL = frozenset({RUNTIME, DATA_LIMIT})


def enter(turn: Turn, frame: Frame) -> None:
    """Record that the state is entered, then run it."""
    node = turn.node(frame)
    before = frame.last
    event = turn.record(node.entered, before, {"input": frame.input, "inputDetails": WHOLE, "name": node.name})
    entered = replace(frame, entered_at=turn.at, entered=event, last=event, attempts=())
    begin(turn, entered, node, before)


def resume(turn: Turn, frame: Frame) -> None:
    """Run the state again (a retry, a redrive): it has been entered before."""
    begin(turn, frame, turn.node(frame), frame.last)


def begin(turn: Turn, frame: Frame, node: AnyNode, before: EventId) -> None:
    if type(node) is Task:
        return task.schedule(turn, frame, node, before)
    if type(node) is Fork:
        return fork.split(turn, frame, node, before)
    scope = turn.scope(frame, node)
    try:
        value = scope.root = run(node.arguments, scope, scope.input)
        match node:
            case Pass():
                next, (output, assigned) = node.next, conclude(frame, scope, value, node.output, node.assign)
            case Choice():
                next, (output, assigned) = choose(frame, scope, node, value)
            case Wait():
                # A Wait evaluates after it was entered, the others while they are: recorded, EvaluationFailed.
                before = frame.last
                turn.wait(frame, Sleeping(node.until(scope), "leave"))
                return
            case Fail():
                error, cause = node.failure(scope)
                return failure.fail(turn, frame, Failure(error, cause))
    except StatesError as problem:
        return stumble(turn, frame, before, problem)
    depart(turn, frame, node, next, output, assigned)


def leave(turn: Turn, frame: Frame) -> None:
    """A Wait is over."""
    node = turn.node(frame)
    scope = turn.scope(frame, node)
    try:
        value = run(node.arguments, scope, scope.input)
        output, assigned = conclude(frame, scope, value, node.output, node.assign)
    except StatesError as problem:
        return stumble(turn, frame, frame.last, problem)
    depart(turn, frame, node, node.next, output, assigned)


def choose(
    frame: Frame, scope: Scope, node: Choice, value: Json
) -> tuple[str | None, tuple[Payload, dict[str, Json] | None]]:
    for rule in node.rules:
        if rule.test(scope):
            return rule.next, conclude(frame, scope, value, rule.output, rule.assign)
    # AWS names the error States.Runtime here, whatever the language specification says.
    raise StatesError(RUNTIME, "Failed to transition out of the state. The state does not point to a next state.")


def conclude(
    frame: Frame, scope: Scope, result: Json, output: Stages, assign: Assign
) -> tuple[Payload, dict[str, Json] | None]:
    """The state's output and the variables it assigns, both from the same result."""
    scope.finish(result)
    return settle(frame, scope, result, output, assign)


def settle(
    frame: Frame, scope: Scope, root: Json, output: Stages, assign: Assign
) -> tuple[Payload, dict[str, Json] | None]:
    value = run(output, scope, root)
    assigned = None
    if assign is not None:
        scope.root = root
        assigned = assign(scope)
        # All variables of one Assign share the limit of a payload: developer guide, "Passing data with variables".
        if sum(payload_of(frame, scope, each).size() for each in assigned.values()) > PAYLOAD_LIMIT:
            raise too_large(frame.state)
        if scope.trace is not None:
            scope.trace("assigned", assigned)
    return payload_of(frame, scope, value), assigned


def depart_caught(turn: Turn, frame: Frame, node: Task | Fork, catch: Catch, error: Json) -> None:
    """Leave through a catcher, whose output stages and assignments see the error output."""
    scope = turn.scope(frame, node)
    scope.fail(error)
    try:
        output, assigned = settle(frame, scope, error, catch.output, catch.assign)
    except StatesError as problem:
        return stumble(turn, frame, frame.last, problem, guarded=False)
    depart(turn, frame, node, catch.next, output, assigned)


def depart(
    turn: Turn,
    frame: Frame,
    node: AnyNode,
    next: str | None,
    output: Payload,
    assigned: dict[str, Json] | None,
) -> None:
    """Record that the state is left, and go to the next one or finish the flow."""
    details: dict[str, object] = {"name": node.name, "output": output, "outputDetails": WHOLE}
    variables = frame.variables
    if assigned:
        details["assignedVariables"] = {name: dumps(value) for name, value in assigned.items()}
        details["assignedVariablesDetails"] = WHOLE
        variables = {**variables, **assigned}
    event = turn.record(node.exited, frame.last, details)
    if type(node) is Fork:
        fork.drop(turn, frame)
    if next is not None:
        turn.put(replace(
            frame, state=next, input=output, pending=READY, variables=variables, last=event, attempts=()
        ))  # fmt: skip
        return
    done = turn.put(replace(frame, pending=Finished(output), variables={}, last=event, attempts=()))
    if done.parent is None:
        turn.record("ExecutionSucceeded", event, {"output": output, "outputDetails": WHOLE})
        turn.finish("SUCCEEDED", output)
    else:
        fork.child_finished(turn, done)


def located(name: str, entered: EventId, cause: str | None) -> str:
    """The cause of an interpreter's failure as AWS words it."""
    return f"An error occurred while executing the state '{name}' (entered at the event id #{entered}). {cause}"


def stumble(turn: Turn, frame: Frame, before: EventId, problem: StatesError, guarded: bool = True) -> None:
    """An expression of this state failed. AWS names the state, except for the size limit and in TestState.

    Not `guarded`: the state's own Retry and Catch have had their say (the failing expression is a catcher's).
    """
    cause = problem.cause
    if problem.error != DATA_LIMIT and turn.trace is None:
        cause = located(frame.state, frame.entered, cause)
    if isinstance(problem, QueryError):
        details: dict[str, object] = {"cause": cause, "error": problem.error, "state": frame.state}
        if problem.location is not None:
            details["location"] = problem.location
        frame = replace(frame, last=turn.record("EvaluationFailed", before, details))
    why, fatal = Failure(problem.error, cause), problem.error in FATAL
    if guarded:
        failure.fail(turn, frame, why, fatal)
    else:
        failure.give_up(turn, frame, why, fatal)
