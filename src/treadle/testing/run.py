"""One execution under test: the pure engine driven by a stage, and everything a test may ask about it.

The engine says what the world must do (commands); the world answers through the stage's agenda, which alone moves time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from treadle.asl.plan import Plan
from treadle.engine import tokens
from treadle.engine.commands import CancelTask, RunTask, Transition
from treadle.engine.events import (
    Event,
    RedriveRequested,
    StopRequested,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    Ticked,
)
from treadle.engine.execution import Entry, Execution, Facts, Failure, Frame, FrameId, Sleeping, TaskId
from treadle.engine.history import HistoryEvent, wire
from treadle.engine.index import Index
from treadle.engine.step import deadline, start, step
from treadle.runtime.performer import within_limit
from treadle.testing import mapruns, nested
from treadle.testing.answers import BY_HAND, Call, Fails, Reply, Silence, hidden
from treadle.testing.answers import Payload as Returned
from treadle.testing.comparing import deviations
from treadle.testing.picture import brief, duration, picture
from treadle.testing.probe import Mark
from treadle.testing.restart import crash
from treadle.testing.spans import seconds
from treadle.testing.stage import Stage
from treadle.testing.views import StateView
from treadle.testing.world import MockError, World, check_names, how_to_mock
from treadle.tools.history import Visit, visits
from treadle.values import Instant, Json, Payload, StatesError, dumps, loads

if TYPE_CHECKING:
    from treadle.testing.machine import Machine

__tracebackhide__ = hidden

# Things that may happen in one run: a loop without waits ends by the history's limit, an Express one by this.
MOST = 500_000

# Looks at a run after each thing that happened in it.
Watch: TypeAlias = Callable[["Run"], object]

# Called with every run that is begun: the pytest plugin's way to show the path of a failing test.
OBSERVERS: list[Any] = []


class Stuck(AssertionError):
    """The run waits for something that will never come."""


class HandTask:
    """A task that test code answers: `run.task("Approve").succeed({...})`."""

    def __init__(self, run: Run, command: RunTask, call: Call) -> None:
        self._run, self.command, self.call = run, command, call
        self.started = False
        self.reply: Reply | None = None

    @property
    def open(self) -> bool:
        """Whether the execution waits for it."""
        return self._run.open.get(self.command.task) is self

    @property
    def token(self) -> str:
        """Its task token (an activity's too, as GetActivityTask hands it out)."""
        return self.call.token or tokens.mint(self._run.execution.facts, self.command.task)

    def start(self, worker: str = "worker") -> HandTask:
        """An activity worker takes the task."""
        self.started = True
        self._run.deliver(TaskStarted(self._run.now, self.command.task, worker))
        return self

    def succeed(self, output: Json | Returned = None) -> Run:
        """The task's result, checked as a mock is; `payload(...)` is what its Lambda function returned."""
        given, what = Reply({} if output is None else output), f"the answer by hand to state {self.call.state!r}"
        return self._end(self._run.world.checked(self.call, given, what).outcome)

    def fail(self, error: str | None = None, cause: str | None = None) -> Run:
        return self._end(Fails(error, cause))

    def heartbeat(self) -> Run:
        self._run.deliver(TaskHeartbeat(self._run.now, self.command.task))
        return self._run.settle()

    def __repr__(self) -> str:
        return f"<open task: {self.call!r}>"

    def _end(self, outcome: Json | Fails) -> Run:
        if not self.open:
            raise AssertionError(f"nobody waits for {self.call!r} any more")
        if not self.started:
            self.start()
        self._run.conclude(self, outcome)
        return self._run.settle()


class Run:
    """An execution and its world. `machine.run(...)` and `machine.start(...)` make them."""

    def __init__(
        self,
        machine: Machine,
        plan: Plan,
        facts: Facts,
        stage: Stage,
        world: World,
        latency: float | tuple[float, float] = 0.0,
        items: tuple[int, ...] = (),
        watch: Watch | None = None,
    ) -> None:
        self.machine, self.plan, self.stage, self.world = machine, plan, stage, world
        self.execution = Execution(facts, {})
        self.index: Index | None = None
        self.history: list[HistoryEvent] = []
        self.news: list[Event] = []  # what the engine was told: with it, and the start, all of this can be repeated
        self.calls: list[Call] = []
        self.children: list[Run] = []  # nested executions and those of distributed Maps, in the order of their start
        self.open: dict[TaskId, HandTask] = {}
        self.marks: Counter[Mark] = Counter()
        self.items, self.latency, self.watch = items, latency, watch
        self.definition: Json = machine.definition  # an item's is what its Map has inside
        self.under: int | None = None  # for an item of a distributed Map: the Entered event of the Map
        self.map_runs: dict[TaskId, mapruns.MapRunDrive] = {}
        self._due: Instant | None = None
        self._read: tuple[int, list[Visit]] = (0, [])
        self.when_ended: list[Any] = []

    # -- driving
    def begin(self, entry: Entry | None = None) -> Run:
        for observe in OBSERVERS:
            observe(self)
        self.stage.runs.append(self)
        self._take(start(self.plan, self.execution.facts, self.now, entry=entry))
        if len(self.stage.runs) == 1:
            self.stage.count()
        return self

    def finish(self) -> Run:
        """Let the clock jump from one thing to the next until the execution has ended."""
        for _ in range(MOST):
            if self.execution.status != "RUNNING":
                return self
            if self.stage.next_at is None:
                return self._rest()
            self.stage.act()
        raise Stuck(f"the run does not come to an end\n{self.picture}")

    def settle(self) -> Run:
        """Do all that happens at this instant."""
        return self.advance(0)

    def advance(self, span: float | str | timedelta) -> Run:
        """Let time pass ("1h 30m", seconds, a timedelta), with everything that happens on the way."""
        target = self.now + seconds(span)
        for _ in range(MOST):
            due = self.stage.next_at
            if due is None or due > target:
                self.stage.now = max(self.stage.now, target)
                return self
            self.stage.act()
        raise Stuck(f"too much happens within {span}\n{self.picture}")

    def jump(self) -> Run:
        """Advance to the next instant at which something happens, and let it."""
        while self.stage.next_at is not None:
            if self.stage.act():
                return self.settle()
        raise Stuck(f"nothing is going to happen\n{self.picture}")

    def stop(self, error: str | None = None, cause: str | None = None) -> Run:
        """StopExecution."""
        self.deliver(StopRequested(self.now, Failure(error, cause)))
        return self.settle()

    def redrive(self) -> Run:
        """RedriveExecution, and on to the end."""
        if self.execution.status in ("RUNNING", "SUCCEEDED"):
            raise AssertionError(f"a {self.execution.status} execution cannot be redriven")
        self.deliver(RedriveRequested(self.now))
        return self.finish()

    def crash(self) -> Run:
        """The server dies and comes back: all that is left is what was stored, and its calls are made again."""
        crash(self.stage.runs)
        return self.settle()

    # -- answering by hand
    def task(self, state: str, item: int | None = None) -> HandTask:
        """The task of `state` (of one iteration) that waits for an answer."""
        waiting = [task for task in self._all_open() if task.call.state == state]
        found = [task for task in waiting if item is None or task.call.item == item]
        if not found:
            others = ", ".join(repr(task.call.state) for task in self._all_open()) or "no state"
            raise AssertionError(f"state {state!r} waits for nothing; {others} does\n{self.picture}")
        return found[0]

    def tasks(self, state: str | None = None) -> list[HandTask]:
        """All tasks that wait for an answer."""
        return [task for task in self._all_open() if state is None or task.call.state == state]

    def with_token(self, token: str) -> HandTask:
        """The task of a token: what SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat look up."""
        for task in self._all_open():
            if task.token == token:
                return task
        raise AssertionError("nobody waits for this token")

    def _all_open(self) -> list[HandTask]:
        return [*self.open.values(), *(task for child in self.children for task in child._all_open())]

    # -- the engine's commands
    def deliver(self, event: Event) -> None:
        self.news.append(event)
        index, self.index = self.index, None
        self._take(step(self.plan, self.execution, event, index=index))

    def _take(self, transition: Transition) -> None:
        before = self.execution
        self.execution, self.index = transition.execution, transition.index
        self.history += transition.history
        self._count(before.frames, transition)
        # A branch may fail in the very step in which another one calls for a task: that call is never made.
        called_off = {command.task for command in transition.commands if isinstance(command, CancelTask)}
        for command in transition.commands:
            if isinstance(command, RunTask) and command.task in called_off:
                continue
            if isinstance(command, CancelTask):
                self.open.pop(command.task, None)
                mapruns.cancelled(self, command)
            else:
                self.perform(command)
        self.schedule()
        if self.watch is not None:
            self.watch(self)
        if before.status == "RUNNING" and self.execution.status != "RUNNING":
            for tell in self.when_ended:
                tell()

    def _count(self, before: Mapping[FrameId, Frame], transition: Transition) -> None:
        """What coverage wants to know."""
        marks = [*self.machine.fired]
        self.machine.fired.clear()
        for event in transition.history:
            if event.details and event.type.endswith(("StateEntered", "StateExited")):
                marks.append(Mark("state" if event.type.endswith("Entered") else "exit", str(event.details["name"])))
        for id in transition.touched:
            frame = self.execution.frames[id]
            if isinstance(frame.pending, Sleeping) and frame.pending.then == "retry":
                old = before.get(id)
                known = old.attempts if old is not None and old.entered == frame.entered else ()
                earlier = (*known, *(0 for _ in frame.attempts))
                marks += [Mark("retry", frame.state, i) for i, n in enumerate(frame.attempts) if n > earlier[i]]
        self.marks.update(marks)
        self.machine.coverage.hits.update(marks)

    def schedule(self, anew: bool = False) -> None:
        """Note when time is next to be told; `anew`: after a crash, which forgets it."""
        due = deadline(self.execution, self.index)
        if anew:
            self._due = None
        if due is not None and due != self._due:
            self.stage.plan(due, partial(self._tick, due))
        self._due = due

    def _tick(self, due: Instant) -> bool:
        if self._due != due or self.execution.status != "RUNNING":
            return False
        self._due = None
        self.deliver(Ticked(self.now))
        return True

    def perform(self, command: RunTask) -> None:
        task = self.open[command.task] = HandTask(self, command, self._call(command))
        self.stage.plan(self.now, partial(self._start, task))

    def _call(self, command: RunTask) -> Call:
        return Call(
            command.node.name,
            command.node.resource,
            command.arguments.value,
            command.attempt,
            self.items_of(command.task),
            self.now,
            command.token,
            self.execution.facts.arn,
            command.credentials,
        )

    def items_of(self, task: TaskId) -> tuple[int, ...]:
        """The indexes of the Map iterations around a task, outermost first."""
        frames, frame = self.execution.frames, self.frame_of(task)
        found: list[int] = []
        while True:
            if frame.item is not None:
                found.append(frame.index)
            if frame.parent is None:
                return (*self.items, *reversed(found))
            frame = frames[frame.parent]

    def frame_of(self, task: TaskId) -> Frame:
        """The frame that waits for a task."""
        if self.index is None:
            self.index = Index(self.execution.frames)
        return self.execution.frames[self.index.tasks[task]]

    @property
    def _depth(self) -> int:
        return len(self.items) if self.under is not None else 0

    def _start(self, task: HandTask) -> bool:
        """The call leaves: ask the world, and plan its answer."""
        if not task.open:
            return False
        call, command = task.call, task.command
        reply = self.world.answer(call)
        self.calls.append(call)
        if reply is None:
            if nested.begins(self, task) or mapruns.begins(self, task):
                return True
            raise MockError(f"{how_to_mock(call)}\n\n{self.picture}")
        task.reply = None if reply.outcome == BY_HAND else reply
        if reply.outcome == BY_HAND and command.node.resource.kind == "activity":
            return True  # until a worker takes it
        task.started = True
        if command.phase == "scheduled":
            self.deliver(TaskStarted(self.now, command.task, "test" if call.resource.kind == "activity" else None))
        self._follow(task, reply)
        return True

    def _follow(self, task: HandTask, reply: Reply) -> None:
        """Submission now, heartbeats on the way, the outcome in its time."""
        refused = isinstance(reply.outcome, Fails) and reply.outcome.stage == "submit"
        if task.command.node.resource.pattern != "request" and not refused:
            output = Payload({} if reply.submitted is UNSET else reply.submitted)
            self.deliver(TaskSubmitted(self.now, task.command.task, output))
        takes = self._takes(reply)
        if reply.every is not None:
            self._next_beat(task, reply.every, reply.beats)
        if takes is not None:
            self.stage.plan(self.now + takes, partial(self.conclude, task, reply.outcome))

    def _takes(self, reply: Reply) -> float | None:
        """Seconds until the outcome, None when there will be none."""
        if isinstance(reply.outcome, Silence):
            return None
        if reply.seconds is not None:
            return reply.seconds
        if isinstance(self.latency, tuple):
            return self.stage.luck.uniform(*self.latency)
        return self.latency

    def _next_beat(self, task: HandTask, every: float, left: int | None) -> None:
        """`left` more heartbeats, or as many as there is time for."""
        if left != 0:
            self.stage.plan(self.now + every, partial(self._beat, task, every, None if left is None else left - 1))

    def _beat(self, task: HandTask, every: float, left: int | None) -> bool:
        if not task.open:
            return False
        self.deliver(TaskHeartbeat(self.now, task.command.task))
        self._next_beat(task, every, left)
        return True

    def conclude(self, task: HandTask, outcome: Json | Fails) -> bool:
        """The outcome of a task arrives; False when nobody waits for it any more."""
        if not task.open:
            return False
        command = task.command
        del self.open[command.task]
        if isinstance(outcome, Fails):
            why = Failure(outcome.error, outcome.cause)
            self.deliver(TaskFailed(self.now, command.task, why, outcome.stage))
            return True
        try:
            self.deliver(TaskSucceeded(self.now, command.task, within_limit(command, outcome)))
        except StatesError as problem:
            self.deliver(TaskFailed(self.now, command.task, Failure(problem.error, problem.cause)))
        return True

    def _rest(self) -> Run:
        """Nothing is left to happen, and the execution runs."""
        if any(task.reply is None for task in self._all_open()):
            return self
        names = ", ".join(repr(task.call.state) for task in self._all_open())
        raise Stuck(
            f"the run waits for ever: {names} gets no answer, and no TimeoutSeconds or HeartbeatSeconds ends the wait\n"
            f"{self.picture}"
        )

    # -- what tests look at
    @property
    def now(self) -> Instant:
        return self.stage.now

    @property
    def status(self) -> str:
        return self.execution.status

    @property
    def output(self) -> Json:
        return None if self.execution.output is None else self.execution.output.value

    @property
    def error(self) -> str | None:
        return self.execution.failure.error if self.execution.failure else None

    @property
    def cause(self) -> str | None:
        return self.execution.failure.cause if self.execution.failure else None

    @property
    def duration(self) -> float:
        """Seconds of modelled time, so far if it still runs."""
        return (self.execution.stopped_at or self.now) - self.execution.facts.started_at

    @property
    def visits(self) -> list[Visit]:
        """All passages through states, in the order they began; those of a distributed Map's items come after it."""
        if self._read[0] != len(self.history):
            self._read = (len(self.history), visits(self.history, self.items, self._depth))
        own = self._read[1]
        if not self.map_runs:
            return own
        inner: dict[int | None, list[Visit]] = {}
        for child in self.children:
            inner.setdefault(child.under, []).extend(child.visits)
        return [each for visit in own for each in (visit, *inner.get(visit.event, ()))]

    @property
    def path(self) -> list[str]:
        """The names of the states in the order they were entered."""
        return [visit.name for visit in self.visits]

    def state(self, name: str, item: int | None = None) -> StateView:
        check_names([name], self.machine.names, "state")
        found = [visit for visit in self.visits if visit.name == name]
        if item is not None:
            found = [visit for visit in found if visit.items and visit.items[-1] == item]
        return StateView(name, found)

    @property
    def variables(self) -> dict[str, Json]:
        """The workflow variables of the outermost scope as last assigned."""
        assigned: dict[str, Json] = {}
        for visit in self.visits:
            if visit.parent is None:
                assigned |= visit.variables
        return assigned

    def calls_of(self, state: str) -> list[Call]:
        check_names([state], self.machine.names, "state")
        return [call for call in self.all_calls if call.state == state]

    @property
    def all_calls(self) -> list[Call]:
        """The calls of this execution and of those it started."""
        return [*self.calls, *(call for child in self.children for call in child.all_calls)]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The history as GetExecutionHistory shows it."""
        return [loads(dumps(_shown(wire(event)))) for event in self.history]

    @property
    def types(self) -> list[str]:
        """The types of the history's events."""
        return [event.type for event in self.history]

    @property
    def outcome(self) -> str:
        """Status with output or error, as one line of text."""
        if self.status == "SUCCEEDED":
            return f"SUCCEEDED {dumps(self.output)}"
        return f"{self.status} {self.error}: {self.cause}" if self.error else self.status

    @property
    def picture(self) -> str:
        """How it went, for people."""
        shown = f"{brief(self.outcome, 300)}  after {duration(self.duration)}{self._chance}"
        return "\n".join([shown, *picture(self.visits)])

    @property
    def _chance(self) -> str:
        """The options by which this run differs from the usual one, for whoever wants to see it again."""
        seed = f"seed={self.stage.seed}" if self.stage.seed or self.stage.shuffle else ""
        shuffle = "shuffle=True" if self.stage.shuffle else ""
        crash = "" if self.stage.crash_after is None else f"crash_after={self.stage.crash_after}"
        options = ", ".join(filter(None, (seed, shuffle, crash)))
        return f"  ({options})" if options else ""

    def __repr__(self) -> str:
        return f"<run: {brief(self.outcome, 80)}, {' > '.join(self.path[:12])}>"

    # -- assertions that show the picture
    def assert_succeeded(self, output: Json = UNSET) -> Run:
        if self.status != "SUCCEEDED" or (output is not UNSET and self.output != output):
            if self.status == "SUCCEEDED":
                raise AssertionError("\n".join([*deviations(output, self.output, "output"), self.picture]))
            raise AssertionError(f"expected SUCCEEDED, got {self.picture}")
        return self

    def assert_failed(self, error: str | None = None, cause: str | None = None, status: str = "FAILED") -> Run:
        """`cause` need only be a part of the real one."""
        wrong = self.status != status or (error is not None and self.error != error)
        if wrong or (cause is not None and cause not in (self.cause or "")):
            wanted = " ".join(filter(None, [status, error, cause]))
            raise AssertionError(f"expected {wanted}, got {self.picture}")
        return self

    def assert_path(self, *names: str) -> Run:
        check_names(names, self.machine.names, "state")
        if self.path != list(names):
            raise AssertionError(f"expected the path {' > '.join(names)}, got {self.picture}")
        return self


def _shown(value: Any) -> Any:
    """Payloads in details become their JSON text."""
    if isinstance(value, Payload):
        return value.text
    return {name: _shown(member) for name, member in value.items()} if isinstance(value, dict) else value
