"""What the console asks beyond AWS's verbs: who waits for whom, and an execution that begins in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from treadle.asl.errors import PAYLOAD_LIMIT
from treadle.asl.plan import Plan, Task
from treadle.aws import AwsError
from treadle.engine import tokens
from treadle.engine.execution import Entry, Working
from treadle.runtime.live import Live
from treadle.runtime.records import Restart, Revision
from treadle.values import Instant, Json, Payload, loads


class Waiting(Struct, frozen=True):
    """A task that somebody outside must answer: a callback with its token, or an activity.

    `event` is the id of its state's Entered event. An activity that no worker has taken yet has no token.
    """

    task: int
    event: int
    state: str
    kind: Literal["callback", "activity"]
    phase: str
    token: str | None
    resource: str
    heartbeat: float | None = None  # seconds
    heartbeat_at: Instant | None = None
    timeout_at: Instant | None = None


def waiting(live: Live) -> Sequence[Waiting]:
    """The tasks of an execution that wait for news from outside, in the order of their frames."""
    found = []
    for frame in live.execution.frames.values() if live.running else ():
        node, working = live.plan.flows[frame.flow].nodes[frame.state], frame.pending
        if not isinstance(working, Working) or not isinstance(node, Task):
            continue
        activity = node.resource.kind == "activity"
        if not activity and node.resource.pattern != "token":
            continue
        token = working.token
        if activity and working.phase != "scheduled":
            token = tokens.mint(live.execution.facts, working.task)
        found.append(
            Waiting(
                working.task,
                frame.entered,
                frame.state,
                "activity" if activity else "callback",
                working.phase,
                token,
                node.resource.arn,
                working.heartbeat,
                working.heartbeat_at,
                working.timeout_at,
            )
        )
    return found


# -- restarts
def restarted(revision: Revision, plan: Plan, restart: Restart, id: str) -> Revision:
    """The revision of one restarted execution. Raises AwsError in plain words where it cannot begin there."""
    if revision.map_run_arn is not None:
        raise _refused("A child of a map run belongs to its run: restart the execution that started the run.")
    if revision.kind != "STANDARD":
        raise _refused("Only executions of Standard state machines can be restarted.")
    if restart.state not in plan.flows[""].nodes:
        inner = any(restart.state in flow.nodes for flow in plan.flows.values())
        if inner:
            raise _refused(
                f"'{restart.state}' is inside a Parallel or Map state. Only states of the top level can be restarted"
                " from: what runs beside an inner state cannot be made up. Choose the state around it."
            )
        raise _refused(f"The definition of this execution has no state '{restart.state}'.")
    _check("input", restart.input)
    variables = _check("variables", restart.variables)
    if not isinstance(variables, dict):
        raise _refused("The variables must be a JSON object: names and values.")
    for name in variables:
        if not name.isidentifier() or len(name) > 80 or name == "states":
            raise _refused(f"'{name}' is not the name of a variable.")
    return replace(revision, id=f"{revision.id}#restart-{id}", restart=restart)


def _check(what: str, text: str) -> Json:
    """The value of a JSON text that is not too long."""
    try:
        value = loads(text)
    except ValueError as problem:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: {what}: {problem}") from None
    if len(text.encode()) > PAYLOAD_LIMIT:
        raise AwsError("InvalidExecutionInput", f"The {what} must not be longer than {PAYLOAD_LIMIT} bytes.")
    return value


def _refused(message: str) -> AwsError:
    return AwsError("ExecutionNotRestartable", message)


def entry_of(restart: Restart | None) -> Entry | None:
    """Where the engine is to begin."""
    return None if restart is None else Entry(restart.state, Payload(text=restart.input), loads(restart.variables))
