"""What a distributed Map does in its parent: begin a map run, end with it, abort it, take it up again.

The run itself is a value of its own (engine.maprun); to the parent it is one task.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec.structs import replace

from treadle.asl.errors import DATA_LIMIT, PAYLOAD_LIMIT, RUNTIME, too_large
from treadle.asl.plan import AnyNode, Distributed, Plan, Task, run
from treadle.asl.scope import Scope
from treadle.engine import state, task
from treadle.engine.context import item
from treadle.engine.execution import Ended, EventId, Execution, Facts, Failure, Frame, TaskId, Working
from treadle.engine.turn import Turn
from treadle.values import Json, Payload, StatesError, dumps

READER_FAILED = "States.ItemReaderFailed"
# A run that failed with one of these starts anew when it is redriven (developer guide, "Redriving Map Runs").
NOT_REDRIVEN = frozenset({DATA_LIMIT, RUNTIME, READER_FAILED})


# -- names
def uuid_of(*parts: str) -> str:
    """The UUID that is always the same for the same parts."""
    digest = bytearray(blake2b("\n".join(parts).encode(), digest_size=16).digest())
    return uuid_text(digest)


def uuid_text(octets: bytearray) -> str:
    """Sixteen bytes as a UUID, version 3 as AWS's are."""
    octets[6] = octets[6] & 0x0F | 0x30
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def machine_arn(facts: Facts, node: Task) -> str:
    """`stateMachine:NAME/LABEL`: what the children of the Map run. Without a Label AWS makes one up."""
    root = facts.machine_arn.partition("/")[0]
    label = None if node.map is None else node.map.label
    return f"{root}/{label or uuid_of(root, node.pointer)}"


def run_arn(facts: Facts, node: Task, task: TaskId) -> str:
    """`mapRun:NAME/LABEL:UUID`, the same whenever somebody asks for it."""
    machine = machine_arn(facts, node).replace(":stateMachine:", ":mapRun:", 1)
    return f"{machine}:{uuid_of(facts.arn, str(facts.seed), str(task))}"


# -- the life of a run, seen from its parent
def schedule(turn: Turn, frame: Frame, node: Task, map: Distributed, before: EventId) -> None:
    """Evaluate what the run is to do and ask the world to do it.

    Recorded: MaxConcurrency is evaluated before MapStateStarted; tolerated failures after it, though an
    EvaluationFailed of theirs stands where one of the state itself would.
    """
    id = turn.next_id()
    scope = turn.scope(frame, node)
    try:
        value = scope.root = run(node.arguments, scope, scope.input)
        concurrency = map.limit(scope) or 0
        items = None if map.items is None else map.items(scope, value)
    except StatesError as problem:
        return state.stumble(turn, frame, before, problem)
    frame = turn.log("MapStateStarted", frame, {"length": 0 if items is None else len(items)})
    try:
        scope.root = value
        count, percentage = map.tolerance(scope)
        order = map.order(scope, value)
    except StatesError as problem:
        return state.stumble(turn, frame, before, problem)
    if items is not None:
        order["items"] = items
    order |= {"concurrency": concurrency, "count": count, "percentage": percentage}
    working = Working(id, Payload(order))
    turn.wait(frame, working)
    turn.commands.append(task.command(working, node, frame))


def started(turn: Turn, node: Task, working: Working) -> dict[str, object]:
    """Details of MapRunStarted."""
    return {"mapRunArn": run_arn(turn.execution.facts, node, working.task)}


def succeeded(turn: Turn, frame: Frame) -> Frame:
    """AWS chained MapStateExited to MapRunSucceeded until autumn 2024, as most recordings have it, and chains it to
    MapRunStarted since."""
    frame = turn.log("MapRunSucceeded", frame)
    turn.record("MapStateSucceeded", frame.last)
    return frame


def aborted(turn: Turn, frame: Frame, node: AnyNode) -> Frame:
    """The state is aborted: so is its run, if it has one."""
    if isinstance(node, Task) and node.map is not None and isinstance(frame.pending, Working):
        frame = turn.put(turn.log("MapRunAborted", frame))
    return frame


def redriven(turn: Turn, frame: Frame, working: Working) -> None:
    """Let the run go on with what did not succeed."""
    node = task.task_of(turn, frame)
    again = replace(working, phase="started", redrives=working.redrives + 1)
    details = {"mapRunArn": run_arn(turn.execution.facts, node, working.task), "redriveCount": again.redrives}
    frame = turn.wait(turn.log("MapRunRedriven", frame, details), again)
    turn.commands.append(task.command(again, node, frame))


def can_go_on(why: Failure) -> bool:
    """Whether a redrive takes the run up again rather than beginning a new one."""
    return why.error not in NOT_REDRIVEN


# -- what children get
class Selection:
    """Makes a child's input out of an item, as the Map state sees it; always the same for the same item."""

    def __init__(self, plan: Plan, execution: Execution, frame: Frame, node: Task, map: Distributed) -> None:
        turn = Turn(plan, execution, frame.entered_at)
        self._scope = turn.scope(frame, node)
        self._root = run(node.arguments, self._scope, self._scope.input)
        self._context: Json = None
        self._seed = execution.facts.seed ^ frame.id
        self._state, self._entered, self._select = frame.state, frame.entered, map.select

    def input(self, index: int, value: Payload, key: str | None, source: str) -> Payload:
        """The input of item number `index`. Raises StatesError when ItemSelector fails or makes too much of it."""
        made = value if self._select is None else Payload(self._selected(index, value, key, source))
        if made.size() > PAYLOAD_LIMIT:
            raise too_large(self._state)
        return made

    def _selected(self, index: int, value: Payload, key: str | None, source: str) -> Json:
        scope, select = self._scope, self._select
        if self._context is None:
            self._context = scope.context
        context = self._context | {"Map": {"Item": item(index, value, key) | {"Source": source}}}
        own = Scope(scope.input, scope.variables, lambda: context, scope.at, self._seed ^ (index << 20))
        try:
            return None if select is None else select(own, self._root)
        except StatesError as problem:
            raise StatesError(problem.error, state.located(self._state, self._entered, problem.cause)) from None


def selection(plan: Plan, execution: Execution, task: TaskId) -> Selection | None:
    """For the Map that waits for `task`, or did when it was stopped; None when there is none."""
    for frame in execution.frames.values():
        node = plan.flows[frame.flow].nodes[frame.state]
        working = frame.pending.resume if isinstance(frame.pending, Ended) else frame.pending
        if isinstance(working, Working) and working.task == task and isinstance(node, Task) and node.map:
            return Selection(plan, execution, frame, node, node.map)
    return None


def child_definition(plan: Plan, definition: Json, node: Task) -> str:
    """The definition of the machine that the children run: the processor, which inherits the top-level language."""
    where: Json = definition
    for step in node.pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        where = where[int(name)] if isinstance(where, list) else where[name]
    processor = where.get("ItemProcessor", where.get("Iterator"))
    own = {name: value for name, value in processor.items() if name not in ("ProcessorConfig", "QueryLanguage")}
    return dumps({"QueryLanguage": plan.machine.language} | own)
