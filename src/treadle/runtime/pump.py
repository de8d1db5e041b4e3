"""The pump: deliver events, save transitions, perform commands.

Rule 1: an execution is stepped here and nowhere else, one event at a time.
Rule 2: commands leave, callers are answered and listeners hear only after the commit.
Rule 3: at most one save per execution is under way; what happens meanwhile goes into the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol, TypeAlias

from treadle.asl.plan import Plan, Task
from treadle.aws import AwsError
from treadle.engine import step as engine
from treadle.engine.commands import CancelTask, Command, RunTask
from treadle.engine.events import Event, RedriveRequested, StopRequested, TaskFailed, TaskStarted, Ticked
from treadle.engine.execution import Execution, Facts, Failure
from treadle.engine.history import HistoryEvent
from treadle.runtime.activities import Activities
from treadle.runtime.clock import Clock
from treadle.runtime.live import Live
from treadle.runtime.records import Revision
from treadle.runtime.restarts import entry_of
from treadle.runtime.store import Key, Loaded, Save, Store
from treadle.runtime.timers import Timers
from treadle.values import Instant

log = logging.getLogger("treadle.pump")

Report: TypeAlias = Callable[[Event], object]
# Hears every commit: the execution as committed, its revision, the new events.
Listener: TypeAlias = Callable[[Execution, Revision, Sequence[HistoryEvent]], object]

# Seconds of stepping after which the loop gets a turn.
SLICE = 0.005
# Timers that go off together are loaded and stepped so many at a time.
BATCH = 250
# Executions that wait for something and still stay in memory: the latest ones, so many and so many characters of them.
RESIDENT = 1024
RESIDENT_SIZE = 64 * 1024 * 1024


NONE_ABSENT: frozenset[str] = frozenset()
LOST = Failure(
    "States.TaskFailed",
    "The server stopped while the task was running. It may or may not have been performed, and it is not repeatable.",
)


class Performer(Protocol):
    """Who performs commands. Reports come later, never from inside a call."""

    def open(self, rested: Callable[[], object]) -> None:
        """`rested` wants to be called whenever a call has come to its end, with or without news."""

    def takes(self, facts: Facts, node: Task) -> bool:
        """Whether the call leaves at once; otherwise the task waits for an activity worker."""

    def perform(self, facts: Facts, run: RunTask, report: Report) -> None: ...

    def cancel(self, facts: Facts, cancel: CancelTask) -> None: ...

    def repeats(self, facts: Facts, run: RunTask) -> bool:
        """Whether a call that may have left before a crash may be made again."""

    def active(self) -> int:
        """How many calls are under way."""

    async def close(self, grace: float) -> None:
        """Let calls under way come to their end for so many seconds, then stop them without a report."""


class Broken(RuntimeError):
    """A bug of ours was met in this execution. It is left as its last commit has it; the others go on."""


class Pump:
    """Owns every execution in memory. Everything here runs on one event loop."""

    def __init__(self, store: Store, performer: Performer, clock: Clock, plans: Callable[[Revision], Plan]) -> None:
        self.store, self.performer, self.clock, self.plans = store, performer, clock, plans
        self.listeners: list[Listener] = []
        self.activities = Activities()
        # Whether an activity exists: its owner is the API, who says so here. Without one all do.
        self.exists: Callable[[str], bool] = lambda activity: True
        self.timers = Timers(store, clock, self._tick)
        self._lives: dict[Key, Live] = {}
        self._by_arn: dict[str, Live] = {}
        self._idle: dict[Key, Live] = {}  # the oldest first
        self._idle_size = 0
        self._loops: deque[Live] = deque()
        self._slicing = False
        self._ticking = False
        self._closing = False
        self._held: list[Live] = []  # stepped by a tick, not saved yet
        self._saves = 0
        self._express = 0
        self._broken: set[Key] = set()
        self._unrecovered: set[Key] = set()
        self._recovery: asyncio.Task[None] | None = None
        self._watchers: dict[str, list[asyncio.Future[Live]]] = {}

    async def open(self) -> None:
        self.performer.open(self.rest)
        self._unrecovered = set(self.store.busy())
        self._tick()
        if self._unrecovered:
            self._recovery = asyncio.get_running_loop().create_task(self._recover_all())

    async def close(self, grace: float = 0.0) -> None:
        """Stop: nothing new is performed, calls under way get `grace` seconds, and what has happened is saved."""
        self._closing = True
        self.timers.close()
        self._loops.clear()
        self._settle_held()
        if self._recovery is not None:
            self._recovery.cancel()
        await self.performer.close(grace)
        while self._saves or self._held:
            await asyncio.sleep(0.001)

    def idle(self) -> bool:
        """Nothing will happen before time passes or news comes."""
        return not (self._loops or self._held or self._saves or self._unrecovered or self.performer.active())

    # -- finding
    def find(self, arn: str) -> Live | None:
        """The execution, from memory or from the store."""
        live = self._by_arn.get(arn)
        if live is None:
            key = self.store.find(arn)
            if key is None:
                return None
            for loaded in self.store.load([key]):
                live = self._adopt(loaded)
        return live

    def resident(self, arn: str) -> Live | None:
        return self._by_arn.get(arn)

    def _adopt(self, loaded: Loaded) -> Live:
        live = Live(loaded.key, loaded.execution, self.plans(loaded.revision), loaded.revision, loaded.trace_header)
        live.due = loaded.next_due
        live.broken = loaded.key in self._broken
        live.remember_busy()
        self._lives[live.key] = self._by_arn[live.arn] = live
        self._rest(live)
        if live.key in self._unrecovered:
            self._unrecovered.discard(live.key)
            self._recover(live)
        return live

    def _load(self, keys: list[Key]) -> Iterable[Live]:
        """Bring executions back. One that cannot be read must not keep the others asleep."""
        try:
            loaded = self.store.load(keys)
        except Exception:
            log.exception("cannot load one of %d executions", len(keys))
            loaded = []
            for key in keys:
                try:
                    loaded += self.store.load([key])
                except Exception:
                    log.exception("cannot load execution %d: it is left alone", key)
                    self._broken.add(key)
        for one in loaded:
            try:
                yield self._adopt(one)
            except Exception:
                log.exception("cannot bring back %s: it is left alone", one.execution.facts.arn)
                self._broken.add(one.key)

    def _rest(self, live: Live) -> None:
        """It waits: keep it among the latest, and let the oldest of them go."""
        self._use(live)
        live.size = size_of(live.execution)
        self._idle[live.key] = live
        self._idle_size += live.size
        while len(self._idle) > RESIDENT or (self._idle_size > RESIDENT_SIZE and len(self._idle) > 1):
            self._forget(self._idle[next(iter(self._idle))])

    def _use(self, live: Live) -> None:
        """It has something to do: it must not leave now."""
        if self._idle.pop(live.key, None) is not None:
            self._idle_size -= live.size

    def forget(self, arn: str) -> None:
        """Leave a closed execution to the store, which is about to forget it too."""
        live = self._by_arn.get(arn)
        if live is not None and not live.running and not live.saving:
            self._forget(live)

    def _forget(self, live: Live) -> None:
        self._use(live)
        if self._lives.pop(live.key, None) is not None:
            del self._by_arn[live.arn]

    # -- stepping
    def begin(self, revision: Revision, facts: Facts, trace_header: str | None, replaces: Key | None = None) -> Live:
        """Start an execution. Await `committed` before answering anybody."""
        if self._closing:
            raise AwsError("ServiceUnavailable", "The server is shutting down.", 503)
        plan = self.plans(revision)
        entry = entry_of(revision.restart)
        transition = engine.start(plan, facts, facts.started_at, absent=self._absent(plan, facts), entry=entry)
        if facts.kind == "STANDARD":
            key = self.store.next_key()
        else:
            self._express -= 1
            key = self._express
        live = Live(key, transition.execution, plan, revision, trace_header)
        live.fresh, live.replaces = True, replaces
        self._lives[key] = self._by_arn[facts.arn] = live
        live.absorb(transition)
        try:
            self._take_commands(live, transition.commands)
        except Exception:
            self._forget(live)
            raise
        self._settle(live)
        return live

    def deliver(self, arn: str, event: Event) -> bool:
        """News for an execution; False when nobody waits for it. Raises Broken."""
        live = self.find(arn)
        return live is not None and self.apply(live, event)

    def apply(self, live: Live, event: Event) -> bool:
        """Step, and see to it that the change is saved; False when nothing has changed. Raises Broken."""
        if self._step(live, event):
            self._use(live)
            self._settle(live)
            return True
        return False

    def _step(self, live: Live, event: Event) -> bool:
        if live.broken:
            if not isinstance(event, StopRequested | RedriveRequested):
                return False
            live.broken = False
        try:
            absent = self._absent(live.plan, live.execution.facts)
            index, live.index = live.index, None  # a step uses it up, also when it fails
            transition = engine.step(live.plan, live.execution, event, absent=absent, index=index)
            changed = live.absorb(transition)
            if transition.commands:
                self._take_commands(live, transition.commands)
        except Broken:
            raise
        except Exception as bug:
            # The one place where our own bugs are caught: the execution stands still, the pump does not.
            log.exception("%s met a bug of treadle in %s: it is left alone", live.arn, type(event).__name__)
            live.broken = True
            self._broken.add(live.key)
            raise Broken(f"{live.arn} met a bug of treadle: {bug!r}") from bug
        return changed

    def _absent(self, plan: Plan, facts: Facts) -> frozenset[str]:
        """The plan's activities that are not there. A mocked execution needs none."""
        if not plan.activities or facts.test_case is not None:
            return NONE_ABSENT
        return frozenset(activity for activity in plan.activities if not self.exists(activity))

    def _take_commands(self, live: Live, commands: Sequence[Command]) -> None:
        """A call that leaves after this commit is recorded as started by the same commit."""
        live.commands += commands
        for command in commands:
            if type(command) is RunTask and self.performer.takes(live.execution.facts, command.node):
                self._step(live, TaskStarted(self.clock.now(), command.task))

    def _settle(self, live: Live) -> None:
        """After a change: go on with a long loop, and save unless a save is under way."""
        if self._ticking:
            self._held.append(live)
            return
        if live.saving:
            return
        live.due = engine.deadline(live.execution, live.index)
        if live.due == 0.0:
            self._loop_on(live)
        if live.durable:
            self._save(live)
        else:
            self._conclude_express(live)

    def _loop_on(self, live: Live) -> None:
        if not live.queued and not self._closing:
            live.queued = True
            self._use(live)
            self._loops.append(live)
            self._schedule_slice()

    def _schedule_slice(self) -> None:
        if not self._slicing:
            self._slicing = True
            asyncio.get_running_loop().call_soon(self._run_slice)

    def _run_slice(self) -> None:
        """Go on with long loops of pure states, one after the other, until the others want the event loop."""
        self._slicing = False
        until = time.perf_counter() + SLICE
        while self._loops and time.perf_counter() < until:
            live = self._loops.popleft()
            live.queued = False
            try:
                changed = self._step(live, Ticked(self.clock.now()))
            except Broken:
                continue
            if live.saving and engine.deadline(live.execution, live.index) == 0.0:
                self._loop_on(live)
            elif changed:
                self._settle(live)
        if self._loops:
            self._schedule_slice()

    # -- saving
    def _save(self, live: Live) -> None:
        save = Save(
            key=live.key,
            execution=live.execution,
            revision=live.revision,
            fresh=live.fresh,
            events=live.events,
            touched=live.touched,
            dropped=live.dropped,
            next_due=live.due,
            busy=bool(live.busy) and live.running,
            trace_header=live.trace_header,
            replaces=live.replaces,
        )
        done = partial(self._saved, live, save, live.commands)
        live.saving, live.dirty, live.fresh, live.replaces = True, False, False, None
        live.flying, live.waiting = live.waiting, []
        live.events, live.commands, live.touched, live.dropped = [], [], set(), set()
        self._saves += 1
        try:
            self.store.save(save, done)
        except Exception as bug:  # a value that cannot be written: a bug of ours, and this execution's alone
            asyncio.get_running_loop().call_soon(done, bug)

    def _saved(self, live: Live, save: Save, commands: list[Command], error: BaseException | None) -> None:
        self._saves -= 1
        live.saving = False
        if error is not None:
            return self._lose(live, error)
        waiting, live.flying = live.flying, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if self.listeners and save.events:
            self._publish(save.execution, save.revision, save.events)
        if commands and not self._closing:
            self._perform(live, commands)
        if live.dirty:
            self._settle(live)
        else:
            self._leave(live)
        if not self._saves:
            self.rest()

    def _conclude_express(self, live: Live) -> None:
        """What `_saved` does, for an execution that is never saved."""
        events, commands, waiting = live.events, live.commands, live.waiting
        live.events, live.commands, live.waiting, live.dirty = [], [], [], False
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if self.listeners and events:
            self._publish(live.execution, live.revision, events)
        if commands and not self._closing:
            self._perform(live, commands)
        self._leave(live)

    def _leave(self, live: Live) -> None:
        """Nothing is left to do for now: it has ended, or it waits for time or news."""
        if not live.running:
            self._forget(live)
            for future in self._watchers.pop(live.arn, ()):
                if not future.done():
                    future.set_result(live)
            return
        due = None if live.broken else live.due
        if due is not None and due > 0.0 and (live.armed is None or due < live.armed):
            self._arm(live, due)
        if live.durable and not live.queued:
            self._rest(live)

    def _arm(self, live: Live, due: Instant) -> None:
        live.armed = due if self.timers.arm(due, live.key, stored=live.durable) else None

    def _lose(self, live: Live, error: BaseException) -> None:
        """A commit failed: memory is ahead of the disk, so forget it. Nobody was answered, nothing was performed."""
        log.error("%s could not be saved", live.arn, exc_info=error)
        self._broken.add(live.key)
        live.broken = True
        self._forget(live)
        for future in [*live.flying, *live.waiting, *self._watchers.pop(live.arn, ())]:
            if not future.done():
                future.set_exception(error)

    async def committed(self, live: Live) -> None:
        """Wait until everything that has happened so far to this execution is on disk."""
        if live.durable and (live.saving or live.dirty):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            (live.waiting if live.dirty else live.flying).append(future)
            await future

    async def ended(self, live: Live) -> Live:
        """Wait until an execution that runs has ended and is committed."""
        future: asyncio.Future[Live] = asyncio.get_running_loop().create_future()
        self._watchers.setdefault(live.arn, []).append(future)
        return await future

    # -- performing
    def _perform(self, live: Live, commands: list[Command]) -> None:
        facts = live.execution.facts
        for command in commands:
            ours, activity = self.performer.takes(facts, command.node), command.node.resource.arn
            match command:
                case RunTask() if ours:
                    self.performer.perform(facts, command, partial(self._hear, facts.arn))
                case RunTask():
                    self.activities.offer(activity, facts.arn, command.task)
                case CancelTask() if ours:
                    self.performer.cancel(facts, command)
                case CancelTask():
                    self.activities.withdraw(activity, facts.arn, command.task)

    def _hear(self, arn: str, event: Event) -> None:
        """A report of the performer."""
        with contextlib.suppress(Broken):
            self.deliver(arn, event)

    def _publish(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        for listener in self.listeners:
            try:
                listener(execution, revision, events)
            except Exception:
                log.exception("a listener failed on the events of %s", execution.facts.arn)

    # -- time
    def _tick(self) -> None:
        if not self._closing:
            self._tick_now()

    def _tick_now(self) -> None:
        """Deadlines have come. First all that are due are stepped, so that none is later than it must be by the work
        of saving the others; the loop gets a turn between batches."""
        now = self.clock.now()
        keys = self.timers.expired(now, BATCH)
        self._ticking = True
        try:
            self._expire_all(keys, now)
        finally:
            self._ticking = False
        if len(keys) == BATCH:
            asyncio.get_running_loop().call_soon(self._tick)
        else:
            self.timers.set()
            self._settle_held()
            self.rest()

    def _expire_all(self, keys: list[Key], now: Instant) -> None:
        here = [self._lives[key] for key in keys if key in self._lives]
        for live in here:
            # Out of the way of those that are loaded now.
            self._use(live)
        for live in here:
            self._expire(live, now)
        for live in self._load([key for key in keys if key not in self._lives and key not in self._broken]):
            self._expire(live, now)

    def _settle_held(self) -> None:
        """Save what the ticks have stepped."""
        held, self._held = self._held[:BATCH], self._held[BATCH:]
        for live in held:
            if live.dirty:
                self._settle(live)
        if self._held:
            asyncio.get_running_loop().call_soon(self._settle_held)

    def _expire(self, live: Live, now: Instant) -> None:
        live.armed = None
        if live.due == 0.0 and not live.broken:
            return self._loop_on(live)
        if live.due is not None and live.due <= now:
            try:
                if self.apply(live, Ticked(now)):
                    return
                self._check_progress(live, now)
            except Broken:
                pass
        if not live.saving:
            self._leave(live)

    def _check_progress(self, live: Live, now: Instant) -> None:
        """A tick that changed nothing must not be due again at once, or the pump would spin."""
        if live.broken or live.saving:
            return
        live.due = engine.deadline(live.execution, live.index)
        if live.due is not None and live.due <= now:
            log.error("%s is due, but a tick changes nothing: it is left alone", live.arn)
            live.broken = True
            self._broken.add(live.key)

    def rest(self) -> None:
        """Tell the clock when there is nothing to do."""
        if not self._saves and self.idle():
            self.clock.rest(self.idle)

    # -- recovery
    async def _recover_all(self) -> None:
        """Bring back what had tasks out when the process ended; the loop gets a turn between batches."""
        while self._unrecovered:
            keys = list(itertools.islice(self._unrecovered, BATCH))
            for _ in self._load([key for key in keys if key not in self._lives]):
                pass
            self._unrecovered.difference_update(keys)
            await asyncio.sleep(0)
        self.rest()

    def _recover(self, live: Live) -> None:
        """Perform again what is out, each task as far as it had come: docs/decisions/0004-after-a-crash.md."""
        facts = live.execution.facts
        for run in list(engine.outstanding(live.plan, live.execution)):
            if not self.performer.takes(facts, run.node):
                if run.phase == "scheduled":
                    self.activities.offer(run.node.resource.arn, live.arn, run.task)
            elif run.phase == "scheduled":
                live.commands.append(run)
                self.apply(live, TaskStarted(self.clock.now(), run.task))
            elif run.phase == "submitted" or self.performer.repeats(facts, run):
                self._perform(live, [run])
            else:
                self.apply(live, TaskFailed(self.clock.now(), run.task, LOST))


def size_of(execution: Execution) -> int:
    """About how many characters an execution holds in memory: good enough to decide who leaves."""
    root = execution.frames.get(0)
    texts = len(execution.facts.input.text) + (0 if root is None else len(root.input.text))
    return texts + 1000 * len(execution.frames)
