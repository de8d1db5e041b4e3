"""One map run under way: performs what the pure core commands, and saves what it has become.

Rule 1: the run's value changes in `hear` and nowhere else.
Rule 2: a result is saved together with the run that counts it, so that no child is counted twice or lost.
Rule 3: starting a child twice is harmless, because its name follows from its number; the run may be saved later.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

from msgspec.structs import replace

from treadle.aws import AwsError
from treadle.engine import maprun
from treadle.engine.distributed import Selection
from treadle.engine.events import Event, RedriveRequested, StopRequested, TaskFailed, TaskSucceeded
from treadle.engine.execution import Execution, Facts, Failure
from treadle.engine.maprun import ChildrenEnded, ChildStatus, Index, MapRun, child_name
from treadle.integrations.items.source import Source
from treadle.runtime.clock import Clock
from treadle.runtime.live import Live
from treadle.runtime.maps.order import Order
from treadle.runtime.maps.pages import ChildInput, Pages
from treadle.runtime.maps.results import child_arn
from treadle.runtime.maps.store import Result
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.store import Store
from treadle.values import Payload, StatesError

log = logging.getLogger("treadle.maps")

# Seconds of starting children after which the loop gets a turn, and between two saves of a run.
SLICE = 0.004
INTERVAL = 0.025
# Children that wait to be started before more are read.
QUEUE = 512
# Children that are stopped, or looked at by a sweep, before the loop gets a turn.
BATCH = 100
FAILURES = ("FAILED", "TIMED_OUT", "ABORTED")
ENDS: dict[str, ChildStatus] = {
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "TIMED_OUT": "TIMED_OUT",
    "ABORTED": "ABORTED",
}


class Children(Protocol):
    """The pump, as far as children are concerned."""

    def begin(self, revision: Revision, facts: Facts, trace_header: str | None) -> Live: ...

    def find(self, arn: str) -> Live | None: ...

    def apply(self, live: Live, event: Event) -> bool: ...

    async def committed(self, live: Live) -> None: ...


class Surroundings(Protocol):
    """What a drive needs of the server."""

    store: Store
    clock: Clock

    @property
    def children(self) -> Children: ...

    async def open_source(self, run: MapRun, order: Order) -> Source:
        """Raises StatesError States.ItemReaderFailed."""

    async def write(self, run: MapRun, order: Order, state: str, pending: Pending) -> Payload:
        """Write the results where they belong; what they come to as the state's output. Raises StatesError."""

    def committed(self, run: MapRun) -> None:
        """Hears what is on disk now."""

    def rested(self) -> None: ...


# Inputs of children that have not been started: for the files of pending ones.
Pending = Callable[[], list[tuple[Index, str]]]


class Drive:
    """`report` hears the news for the parent, once it is on disk; None when the parent does not wait any more."""

    def __init__(
        self,
        around: Surroundings,
        run: MapRun,
        order: Order,
        order_text: str,
        revision: Revision,
        selection: Selection | None,
        state: str,
        report: Callable[[Event], object] | None,
        over: Callable[[Drive], object],
    ) -> None:
        self.around, self.run, self.order, self.revision = around, run, order, revision
        self.report, self._over, self._state = report, over, state
        self._order_text: str | None = order_text
        self._selection = selection
        self._pages: Pages | None = None
        self._inputs: dict[Index, ChildInput] = {}
        self._numbers: dict[str, Index] = {}  # names of children under way
        self._redrives: dict[Index, int] = {}  # of express children under way
        self._first: set[Index] = set()  # children that a redriven run has started for the first time
        self._queue: deque[Index] = deque()
        self._launching = False
        self._draining = False
        self._ended: list[tuple[Index, ChildStatus]] = []
        self._fresh: list[Result] = []  # ended, not counted yet
        self._results: list[Result] = []  # counted, not saved yet
        self._dirty = self._saving = self._reporting = self._closed = False
        self._saved_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flushed: list[asyncio.Future[None]] = []
        self._errands: set[asyncio.Task[None]] = set()
        self._careful = False
        self.output: Payload | None = None

    # -- the outside
    def begin(self) -> None:
        """A run that is new."""
        self._take(maprun.outstanding(self.run, self.around.clock.now()))

    def resume(self, redrive: bool) -> None:
        """A run that was saved: after a restart, or to be redriven."""
        self._careful = True
        self._order_text = None
        if redrive:
            self.run = maprun.redriven(self.run, self.around.clock.now())
            self._dirty = True
        self._spawn(self._restore)

    def hear(self, news: maprun.News) -> None:
        self._take(maprun.step(self.run, news))

    def child_ended(self, execution: Execution) -> None:
        """A child's end is committed (or, when it is express, will be with the run)."""
        index = self._numbers.pop(execution.facts.name, None)
        if index is None:
            return
        status = ENDS[execution.status]
        self._ended.append((index, status))
        if self.run.kind == "EXPRESS":
            self._fresh.append(self._result(index, status, execution))
        if not self._draining and not self._launching:
            self._draining = True
            asyncio.get_running_loop().call_soon(self._drain)

    def active(self) -> bool:
        """Whether something will happen before time passes or a child has news."""
        return bool(self._errands or self._dirty or self._saving or self._draining)

    async def close(self) -> None:
        """Stop where it stands; what has happened is saved."""
        self._closed = True
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        self._drain()
        await self.flush()

    # -- the core
    def _take(self, answer: maprun.Step) -> None:
        if answer.run is not self.run:
            self.run, self._dirty = answer.run, True
        for command in answer.commands:
            self._perform(command)
        self._save()

    def _perform(self, command: maprun.Command) -> None:
        match command:
            case maprun.Read(position):
                self._spawn(self._read, position)
            case maprun.Sweep(start):
                self._spawn(self._sweep, start)
            case maprun.Start(children):
                self._queue.extend(children)
                if not self._launching and not self._closed:
                    self._launching = True
                    self._spawn(self._launch)
            case maprun.Halt(children):
                self._spawn(self._halt, children)
            case maprun.Write():
                self._spawn(self._write)
            case maprun.Report():
                self._reporting = self._dirty = True

    def _drain(self) -> None:
        """Count what has ended."""
        self._draining = False
        if self._ended:
            ended, self._ended = self._ended, []
            self._results += self._fresh
            self._fresh = []
            self.hear(ChildrenEnded(self.around.clock.now(), tuple(ended)))

    # -- reading
    async def _read(self, position: Any) -> None:
        try:
            while len(self._queue) > QUEUE:
                await asyncio.sleep(0.005)
            page = await (await self._reader()).read(position)
        except StatesError as problem:
            failure = Failure(problem.error, problem.cause)
            return self.hear(maprun.ReadFailed(self.around.clock.now(), failure))
        for index, child in enumerate(page.children, self.run.read):
            self._inputs[index] = child
        sizes = tuple(child.items for child in page.children)
        self.hear(maprun.PageRead(self.around.clock.now(), sizes, page.position, page.end))

    async def _reader(self) -> Pages:
        if self._pages is None:
            if self._selection is None:
                raise StatesError("States.Runtime", f"the parent of {self.run.arn} is gone")
            self._pages = Pages(await self.around.open_source(self.run, self.order), self.order, self._selection)
        return self._pages

    async def _restore(self) -> None:
        """Read again what had been read, then go on as the core says."""
        run = self.run
        if run.phase in ("running", "stopping"):
            wanted = {*run.open, *(index for index, _ in run.waiting)}
            try:
                await self._reread(wanted)
            except StatesError as problem:
                failure = Failure(problem.error, problem.cause)
                self.hear(maprun.ReadFailed(self.around.clock.now(), failure))
        self._take(maprun.outstanding(self.run, self.around.clock.now()))

    async def _reread(self, wanted: set[Index]) -> None:
        for page in self.run.pages:
            if any(page.first <= index < page.first + page.count for index in wanted):
                again = await (await self._reader()).read(page.position, page.count)
                found = enumerate(again.children, page.first)
                self._inputs |= {index: child for index, child in found if index in wanted}
        if self.run.kind == "EXPRESS":
            for index in wanted - self._inputs.keys():
                result = self.around.store.runs.result(self.run.arn, index)
                if result is not None:
                    self._recall(result)

    def _recall(self, result: Result) -> None:
        """An express child that is to run again."""
        self._inputs[result.index] = ChildInput(Payload(text=result.input), result.items)
        self._redrives[result.index] = result.redrives + 1

    # -- starting
    async def _launch(self) -> None:
        behind: Live | None = None
        try:
            while self._queue and not self._closed:
                until, live = time.perf_counter() + SLICE, None
                while self._queue and time.perf_counter() < until:
                    live = self._start(self._queue.popleft()) or live
                self._drain()
                if behind is not None:
                    # Standard children are not started faster than they reach the disk.
                    await self.around.children.committed(behind)
                await asyncio.sleep(0)
                behind = live if live is not None and live.durable else None
        finally:
            self._launching = False
        self._drain()

    def _start(self, index: Index) -> Live | None:
        if index not in self.run.open:
            return None
        name = child_name(self.run.arn, index)
        arn = child_arn(self.run, index)
        self._numbers[name] = index
        if self._careful and self.run.kind == "STANDARD" and self._exists(index, name, arn):
            return None
        child = self._inputs.pop(index)
        if self._careful:
            self._first.add(index)
        facts = Facts(
            arn,
            name,
            self.run.machine_arn,
            self.revision.name,
            self.revision.role_arn,
            self.around.clock.now(),
            secrets.randbits(127),
            child.input,
            self.run.kind,
            self.revision.test_case,
        )
        try:
            return self.around.children.begin(self.revision, facts, None)
        except AwsError:
            # The server is shutting down: the run goes on after the restart.
            self._closed = True
            return None

    def _exists(self, index: Index, name: str, arn: str) -> bool:
        """A standard child that was started before: wait for it, count it, or redrive it."""
        record = self.around.store.record(arn)
        live = self.around.children.find(arn)
        if live is None:
            return False
        if record is None or record.status == "RUNNING":
            return True
        if self._is_old(index, record) and self.around.children.apply(live, RedriveRequested(self.around.clock.now())):
            return True
        del self._numbers[name]
        self._ended.append((index, ENDS[record.status]))
        return True

    def _result(self, index: Index, status: ChildStatus, execution: Execution) -> Result:
        facts, failure = execution.facts, execution.failure or Failure()
        stopped_at = facts.started_at if execution.stopped_at is None else execution.stopped_at
        return Result(
            index,
            status,
            facts.started_at,
            stopped_at,
            self.run.open.get(index, 1),
            facts.input.text,
            None if execution.output is None else execution.output.text,
            failure.error,
            failure.cause,
            self._redrives.pop(index, 0),
            self.run.redrives,
        )

    # -- stopping
    async def _halt(self, children: tuple[Index, ...]) -> None:
        unstarted = set(self._queue)
        self._queue.clear()
        for number, index in enumerate(children):
            name, arn = child_name(self.run.arn, index), child_arn(self.run, index)
            live = None if index in unstarted else self.around.children.find(arn)
            now = self.around.clock.now()
            if live is not None and live.running:
                self._numbers[name] = index
                self.around.children.apply(live, StopRequested(now, Failure()))
            elif live is not None and index in self.run.open and self.run.kind == "STANDARD":
                self._numbers.pop(name, None)
                self._ended.append((index, ENDS[live.execution.status]))
            elif live is None:
                self._numbers.pop(name, None)
                self._ended.append((index, "ABORTED"))
                child = self._inputs.pop(index, None)
                if child is not None and self.run.kind == "EXPRESS":
                    fresh = Result(index, "ABORTED", now, now, child.items, child.input.text)
                    self._fresh.append(replace(fresh, generation=self.run.redrives))
            if number % BATCH == BATCH - 1:
                await asyncio.sleep(0)
        self._drain()

    # -- redrive
    async def _sweep(self, start: int) -> None:
        """Find some of the children that did not succeed: standard ones by number, express ones by chunk."""
        found, following = self._swept_standard(start) if self.run.kind == "STANDARD" else self._swept_express(start)
        await asyncio.sleep(0)
        self.hear(maprun.Swept(self.around.clock.now(), tuple(found), following))

    def _swept_standard(self, start: Index) -> tuple[list[tuple[Index, int]], Index | None]:
        found: list[tuple[Index, int]] = []
        end = min(start + BATCH, self.run.read)
        for index in range(start, end):
            record = self.around.store.record(child_arn(self.run, index))
            if record is not None and record.status in FAILURES and self._is_old(index, record):
                items = Payload(text=record.input).value["Items"] if self.order.batch is not None else [None]
                found.append((index, len(items)))
        return found, end if end < self.run.read else None

    def _swept_express(self, after: int) -> tuple[list[tuple[Index, int]], int | None]:
        chunk = self.around.store.runs.chunk(self.run.arn, after)
        if chunk is None:
            return [], None
        found = []
        for result in chunk.results:
            old = result.status in FAILURES and result.generation < self.run.redrives
            if old and (self.run.redrives == 1 or self.around.store.runs.result(self.run.arn, result.index) == result):
                self._recall(result)
                found.append((result.index, result.items))
        return found, chunk.number

    def _is_old(self, index: Index, record: ExecutionRecord) -> bool:
        """Whether a child has not run since the run was redriven."""
        if self.run.redriven_at is None or index in self._first:
            return False
        return (record.redriven_at or record.started_at) <= self.run.redriven_at

    # -- the end
    async def _write(self) -> None:
        await self.flush()
        failure = None
        wanted = self.run.failure is None and self.run.status != "ABORTED"
        try:
            if wanted or self.order.exports:
                self.output = await self.around.write(self.run, self.order, self._state, self._pending)
        except StatesError as problem:
            failure = Failure(problem.error, problem.cause)
        written = failure is None and (wanted or self.order.exports)
        self.hear(maprun.Written(self.around.clock.now(), failure, written))

    def _pending(self) -> list[tuple[Index, str]]:
        return [(index, self._inputs[index].input.text) for index, _ in self.run.waiting if index in self._inputs]

    async def _news(self) -> Event:
        """How it ended, for the parent."""
        now, run = self.around.clock.now(), self.run
        if run.failure is not None:
            return TaskFailed(now, run.task, run.failure)
        try:
            if self.output is None:
                # After a restart: what was written is not remembered.
                self.output = await self.around.write(run, self.order, self._state, self._pending)
        except StatesError as problem:
            return TaskFailed(now, run.task, Failure(problem.error, problem.cause))
        return TaskSucceeded(now, run.task, self.output)

    # -- saving
    def _save(self) -> None:
        """Save now, or soon: a run that is busy is not saved more often than it is worth."""
        if self._saving or not self._dirty:
            return
        loop = asyncio.get_running_loop()
        wait = self._saved_at + INTERVAL - loop.time()
        if wait > 0 and not self._reporting and not self._flushed and not self._closed:
            if self._timer is None:
                self._timer = loop.call_later(wait, self._save_later)
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._saving, self._dirty, self._saved_at = True, False, loop.time()
        results, self._results = self._results, []
        order_text, self._order_text = self._order_text, None
        self.around.store.runs.save(self.run, order_text, results, partial(self._saved, self.run))

    def _save_later(self) -> None:
        self._timer = None
        self._save()

    def _saved(self, run: MapRun, error: BaseException | None) -> None:
        self._saving = False
        if error is None:
            self.around.committed(run)
        if error is not None:
            log.error("%s could not be saved: it is left alone", self.run.arn, exc_info=error)
            self._closed = True
        if self._dirty and error is None:
            return self._save()
        for future in self._flushed:
            if not future.done():
                future.set_result(None)
        self._flushed = []
        if self._reporting and error is None and not self._closed:
            self._reporting = False
            self._spawn(self._finish)
        self.around.rested()

    async def flush(self) -> None:
        """Wait until everything so far is on disk."""
        if self._dirty or self._saving:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._flushed.append(future)
            self._save()
            await future

    async def _finish(self) -> None:
        if self.report is not None and self.run.status != "ABORTED":
            self.report(await self._news())
        self._over(self)

    def _spawn(self, errand: Callable[..., Awaitable[None]], *arguments: object) -> None:
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._guarded(errand, arguments))
        self._errands.add(task)
        task.add_done_callback(self._done)

    async def _guarded(self, errand: Callable[..., Awaitable[None]], arguments: tuple[object, ...]) -> None:
        try:
            await errand(*arguments)
        except Exception as bug:
            # The edge of the process: a bug of ours fails this run, loudly, and nothing else.
            log.exception("%s met a bug of treadle", self.run.arn)
            cause = f"treadle failed to perform the map run: {type(bug).__name__}: {bug}"
            self.hear(maprun.ReadFailed(self.around.clock.now(), Failure("States.Runtime", cause)))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        self.around.rested()
