"""Children of Parallel and Map: spawn while there is room, join when all have finished."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.asl.plan import Fork, run
from treadle.engine import context, state, task
from treadle.engine.execution import EventId, Finished, Frame, Joining
from treadle.engine.turn import Turn, is_over, payload_of
from treadle.values import Json, Payload, StatesError

# What AWS grants an inline Map without MaxConcurrency: developer guide, "Using Map state in Inline mode".
INLINE_CEILING = 40


def split(turn: Turn, frame: Frame, node: Fork, before: EventId) -> None:
    """Start a Parallel or an inline Map."""
    scope = turn.scope(frame, node)
    try:
        value = scope.root = run(node.arguments, scope, scope.input)
        if node.items is None:
            join = Joining(len(node.flows), payload_of(frame, scope, value))
        else:
            join = gather(node.items(scope, value), node.limit(scope) if node.limit else None)
    except StatesError as problem:
        return state.stumble(turn, frame, before, problem)
    details: dict[str, object] | None = None if node.items is None else {"length": join.total}
    frame = turn.wait(turn.log(f"{node.type}StateStarted", frame, details), join)
    turn.forget_children(frame)
    if join.total == 0:
        finish(turn, frame, node, join, frame.last)
    else:
        spawn(turn, frame, node, join, frame.last)


def gather(items: Json, limit: int | None) -> Joining:
    """The join of a Map over an array, or over the members of an object."""
    ceiling = limit or INLINE_CEILING
    if isinstance(items, dict):
        pairs = [Payload({"Key": key, "Value": value}) for key, value in items.items()]
        return Joining(len(pairs), items=tuple(pairs), keys=tuple(items), limit=ceiling)
    return Joining(len(items), items=tuple(map(Payload, items)), limit=ceiling)


def spawn(turn: Turn, frame: Frame, node: Fork, join: Joining, previous: EventId) -> None:
    """Start as many children as there is room for; `previous` is where their histories begin."""
    family = turn.family(frame.id)
    begun = len(family.members)
    room = join.total if join.limit is None else join.limit - (begun - family.finished)
    indexes = range(begun, min(begun + room, join.total))
    if not indexes:
        return
    try:
        inputs = [child_input(turn, frame, node, join, index) for index in indexes]
    except StatesError as problem:
        return state.stumble(turn, frame, frame.last, problem)
    for index, input in zip(indexes, inputs, strict=True):
        flow = node.flows[0] if node.items else node.flows[index]
        last = previous
        if node.items:
            last = turn.record("MapIterationStarted", previous, iteration(node, index))
        child = Frame(
            turn.next_id(),
            flow,
            turn.plan.flows[flow].start,
            input,
            parent=frame.id,
            index=index,
            item=join.items[index] if node.items else None,
            key=join.keys[index] if join.keys else None,
            last=last,
        )
        turn.adopt(child)


def child_input(turn: Turn, frame: Frame, node: Fork, join: Joining, index: int) -> Payload:
    """The input of one child: the shared one, the item itself, or what ItemSelector makes of it."""
    if join.input is not None:
        return join.input
    item = join.items[index]
    if node.select is None:
        return item
    scope = turn.scope(frame, node)
    value = scope.root = run(node.arguments, scope, scope.input)
    key = join.keys[index] if join.keys else None
    surroundings = turn.context(frame, node) | {"Map": {"Item": context.item(index, item, key)}}
    scope.renew(lambda: surroundings)
    return payload_of(frame, scope, node.select(scope, value))


def child_finished(turn: Turn, child: Frame) -> None:
    """A branch or iteration is done: make room for the next one, or join."""
    parent = turn.parent(child)
    if parent is None or not isinstance(parent.pending, Joining):
        return
    node, join = fork_of(turn, parent), parent.pending
    family = turn.family(parent.id)
    last = child.last
    if node.items:
        last = turn.record("MapIterationSucceeded", last, iteration(node, child.index))
    if family.finished == join.total:
        finish(turn, parent, node, join, last)
    else:
        # The next iteration's history goes on where this one's states ended, not at its MapIterationSucceeded.
        spawn(turn, parent, node, join, child.last)


def finish(turn: Turn, frame: Frame, node: Fork, join: Joining, last: EventId) -> None:
    """All children have finished: leave the state with their outputs in order."""
    outputs = [child.pending.output.value for child in turn.children(frame) if isinstance(child.pending, Finished)]
    frame = replace(frame, last=last)
    scope = turn.scope(frame, node)
    turn.record(f"{node.type}StateSucceeded", last)
    try:
        output, assigned = state.conclude(frame, scope, outputs, node.output, node.assign)
    except StatesError as problem:
        return state.stumble(turn, frame, last, problem)
    state.depart(turn, frame, node, node.next, output, assigned)


def iteration(node: Fork, index: int) -> dict[str, object]:
    return {"name": node.name, "index": index}


def drop(turn: Turn, frame: Frame) -> None:
    """Forget the children: their join is over, caught, or about to be retried. What still runs is cancelled."""
    for child in turn.children(frame):
        drop(turn, child)
        if not is_over(child):
            task.cancel(turn, child)
        turn.remove(child)
    turn.forget_children(frame)


def fork_of(turn: Turn, frame: Frame) -> Fork:
    node = turn.node(frame)
    if not isinstance(node, Fork):
        raise AssertionError(f"frame {frame.id} joins children in state {frame.state}, which has none")
    return node
