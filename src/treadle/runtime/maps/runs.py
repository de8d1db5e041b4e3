"""All map runs of a server. A Performer that keeps the work of distributed Maps to itself and hands the rest on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from treadle.asl.plan import Plan, Task
from treadle.aws import Caller
from treadle.engine import maprun
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.distributed import child_definition, run_arn, selection
from treadle.engine.distributed import machine_arn as machine_arn_of
from treadle.engine.execution import Execution, Facts, TaskId, Working
from treadle.engine.history import HistoryEvent
from treadle.engine.maprun import MapRun, child_index
from treadle.integrations.integration import World
from treadle.integrations.items.objects import Storage
from treadle.integrations.items.readers import open_reader
from treadle.integrations.items.source import Source, StateItems
from treadle.runtime.clock import Clock
from treadle.runtime.live import Live
from treadle.runtime.maps import results
from treadle.runtime.maps.drive import Drive, Pending
from treadle.runtime.maps.export import export
from treadle.runtime.maps.listing import ended_child, ended_children, run_of_child
from treadle.runtime.maps.order import Order, read_order
from treadle.runtime.maps.results import child_arn
from treadle.runtime.pump import Performer, Pump, Report
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.store import Page, Query, Store
from treadle.runtime.summaries import describe, summarize
from treadle.values import Payload, StatesError, loads

log = logging.getLogger("treadle.maps")


class MapRuns:
    """`world` is where readers read and writers write; without one only items of the state's input can be mapped."""

    def __init__(self, inner: Performer, store: Store, clock: Clock, world: World | None = None) -> None:
        self.inner, self.store, self.clock, self.world = inner, store, clock, world
        self.pump: Pump
        # Called with a run after every commit of it: its counts, its status. Append and remove at will.
        self.listeners: list[Callable[[MapRun], object]] = []
        self._drives: dict[str, Drive] = {}
        self._after: dict[str, Callable[[], None]] = {}  # what a run that is just ending must do next
        self._rested: Callable[[], object] = lambda: None
        self._closing = False

    # -- Performer
    def open(self, rested: Callable[[], object]) -> None:
        self._rested = rested
        self.inner.open(rested)
        if any(self.store.runs.unfinished()):
            asyncio.get_running_loop().call_soon(self._abandon)

    def takes(self, facts: Facts, node: Task) -> bool:
        return node.map is not None or self.inner.takes(facts, node)

    def repeats(self, facts: Facts, run: RunTask) -> bool:
        return run.node.map is not None or self.inner.repeats(facts, run)

    def active(self) -> int:
        return self.inner.active() + sum(drive.active() for drive in self._drives.values())

    def perform(self, facts: Facts, run: RunTask, report: Report) -> None:
        if run.node.map is None:
            return self.inner.perform(facts, run, report)
        arn = run_arn(facts, run.node, run.task)
        drive = self._drives.get(arn)
        if drive is None:
            self._begin(arn, facts, run, report)
        elif run.redrives > drive.run.redrives:
            # It is still being stopped.
            self._after[arn] = lambda: self._begin(arn, facts, run, report)

    def cancel(self, facts: Facts, cancel: CancelTask) -> None:
        if cancel.node.map is None:
            return self.inner.cancel(facts, cancel)
        arn = run_arn(facts, cancel.node, cancel.task)
        self._after.pop(arn, None)
        drive = self._drives.get(arn)
        if drive is not None:
            drive.hear(maprun.Stopped(self.clock.now()))

    async def close(self, grace: float) -> None:
        self._closing = True
        for drive in list(self._drives.values()):
            await drive.close()
        await self.inner.close(grace)

    # -- the life of runs
    def _begin(self, arn: str, facts: Facts, run: RunTask, report: Report) -> None:
        live = self.pump.find(facts.arn)
        if live is None or self._closing:
            return
        stored = self.store.runs.load(arn)
        if stored is not None:
            order = read_order(Payload(text=stored.order))
            drive = self._drive(live, stored.run, order, stored.order, run.node, report)
            return drive.resume(run.redrives > stored.run.redrives)
        order = read_order(run.arguments)
        new = MapRun(
            arn,
            facts.arn,
            run.task,
            machine_arn_of(facts, run.node),
            "STANDARD" if run.node.map is None else run.node.map.kind,
            self.clock.now(),
            order.concurrency,
            order.count,
            order.percentage,
        )
        self._drive(live, new, order, run.arguments.text, run.node, report).begin()

    def _drive(self, live: Live, run: MapRun, order: Order, text: str, node: Task, report: Report | None) -> Drive:
        revision = child_revision(live.plan, live.revision, run, node)
        chosen = selection(live.plan, live.execution, run.task)
        drive = Drive(self, run, order, text, revision, chosen, node.name, report, self._over)
        self._drives[run.arn] = drive
        return drive

    def _over(self, drive: Drive) -> None:
        arn = drive.run.arn
        if self._drives.get(arn) is drive:
            del self._drives[arn]
        following = self._after.pop(arn, None)
        if following is not None and not self._closing:
            following()
        self._rested()

    def _abandon(self) -> None:
        """After a restart: bring runs to their end whose parent was stopped. The others are performed again."""
        for arn in self.store.runs.unfinished():
            stored = self.store.runs.load(arn)
            if stored is None or arn in self._drives:
                continue
            live = self.pump.find(stored.run.execution_arn)
            if live is None or waits(live, stored.run.task):
                continue
            node = node_of(live, stored.run.task)
            if node is None:
                log.error("the parent of %s has no such state: the run is left alone", arn)
                continue
            drive = self._drive(live, stored.run, read_order(Payload(text=stored.order)), stored.order, node, None)
            drive.run = maprun.step(stored.run, maprun.Stopped(self.clock.now())).run
            drive.resume(False)

    # -- listener of the pump
    def hear(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        if revision.map_run_arn is not None and execution.status != "RUNNING":
            drive = self._drives.get(revision.map_run_arn)
            if drive is not None:
                drive.child_ended(execution)

    # -- surroundings of drives
    @property
    def children(self) -> Pump:
        return self.pump

    def rested(self) -> None:
        self._rested()

    def committed(self, run: MapRun) -> None:
        for listener in self.listeners:
            try:
                listener(run)
            except Exception:
                log.exception("a listener failed on %s", run.arn)

    async def open_source(self, run: MapRun, order: Order) -> Source:
        if order.reader is None:
            return StateItems(order.items)
        reader = order.reader
        return open_reader(self._storage(run), reader.resource, reader.arguments, reader.config)

    def _storage(self, run: MapRun) -> Storage:
        if self.world is None:
            raise StatesError("States.Runtime", "this server has no S3 to read from or write to")
        live = self.pump.find(run.execution_arn)
        role = None if live is None else live.execution.facts.role_arn
        return Storage(self.world, caller_of(run.arn), role)

    async def write(self, run: MapRun, order: Order, state: str, pending: Pending) -> Payload:
        if order.exports:
            return await export(self._storage(run), self.store, run, order, pending())
        return await results.gather(self.store, run, order, state)

    # -- the API
    def find(self, arn: str) -> MapRun | None:
        drive = self._drives.get(arn)
        if drive is not None:
            return drive.run
        stored = self.store.runs.load(arn)
        return None if stored is None else stored.run

    def of(self, execution_arn: str) -> list[MapRun]:
        """The runs of an execution, the newest first."""
        saved = {run.arn: run for run in self.store.runs.of(execution_arn)}
        live = [drive.run for drive in self._drives.values() if drive.run.execution_arn == execution_arn]
        fresh = {run.arn: run for run in reversed(live) if run.arn not in saved}
        return [*fresh.values(), *(self.find(arn) or run for arn, run in saved.items())]

    async def update(self, arn: str, news: maprun.Updated) -> bool:
        """Change the limits of a run; False when it is over."""
        drive = self._drives.get(arn)
        if drive is None or drive.run.phase != "running":
            return False
        drive.hear(news)
        await drive.flush()
        return True

    def child(self, arn: str) -> ExecutionRecord | None:
        """An express child of a run, by its ARN."""
        found = run_of_child(arn)
        run = None if found is None else self.find(found[0])
        if found is None or run is None:
            return None
        live = self.pump.resident(arn)
        if live is not None:
            return describe(live.execution, live.revision, live.trace_header)
        revision = self._revision(run)
        return None if revision is None else ended_child(self.store, run, revision, found[1])

    def children_of(self, run: MapRun, query: Query) -> Page:
        """A page of ListExecutions: those under way come with the first one."""
        page = self._page_of(run, query)
        records = [awaiting(record, run) for record in page.records]
        wanted = [one for one in records if query.pending_redrive == one.pending_redrive]
        return Page(wanted if query.pending_redrive or query.status is not None else records, page.next)

    def _page_of(self, run: MapRun, query: Query) -> Page:
        if run.kind == "STANDARD":
            page = self.store.records(query)
            return Page([self._counted(record, run) for record in page.records], page.next)
        page = ended_children(self.store, run, f"{run.arn}", query)
        drive = self._drives.get(run.arn)
        if drive is None or query.before is not None or query.status not in (None, "RUNNING"):
            return page
        lives = [self.pump.resident(child_arn(run, index)) for index in drive.run.open]
        open = [summarize(live.execution, live.revision, None) for live in lives if live is not None and live.running]
        return Page([*open[: query.limit], *page.records], page.next)

    def _counted(self, record: ExecutionRecord, run: MapRun) -> ExecutionRecord:
        """With the number of items, which the input of a batch tells."""
        stored = self.store.runs.load(run.arn)
        items = 1
        if stored is not None and read_order(Payload(text=stored.order)).batch is not None:
            whole = self.store.record(record.arn)
            items = 0 if whole is None else len(loads(whole.input or "{}").get("Items", ()))
        return replace(record, items=items)

    def _revision(self, run: MapRun) -> Revision | None:
        live = self.pump.find(run.execution_arn)
        node = None if live is None else map_of(live, run.machine_arn)
        return None if live is None or node is None else child_revision(live.plan, live.revision, run, node)


def awaiting(record: ExecutionRecord, run: MapRun) -> ExecutionRecord:
    """`record` as the run sees it: one that did not succeed may wait to be run again."""
    if record.status in ("RUNNING", "SUCCEEDED"):
        return record
    index = child_index(run.arn, record.name)
    return replace(record, pending_redrive=index is not None and maprun.awaits_redrive(run, index))


def caller_of(arn: str) -> Caller:
    fields = arn.split(":", 5)
    return Caller(fields[4], fields[3])


def child_revision(plan: Plan, parent: Revision, run: MapRun, node: Task) -> Revision:
    """What the children run: the processor as a machine of its own, named after the Map's label."""
    name = run.machine_arn.partition(":stateMachine:")[2]
    return Revision(
        id=f"{parent.id} {run.arn}",
        machine_arn=run.machine_arn,
        name=name,
        definition=child_definition(plan, loads(parent.definition), node),
        role_arn=parent.role_arn,
        kind=run.kind,
        logging=parent.logging,
        tracing=parent.tracing,
        encryption=parent.encryption,
        map_run_arn=run.arn,
        updated_at=parent.updated_at,
        test_case=parent.test_case,
        label=name.partition("/")[2],
    )


def waits(live: Live, task: TaskId) -> bool:
    frames = live.execution.frames.values()
    return live.running and any(isinstance(f.pending, Working) and f.pending.task == task for f in frames)


def map_of(live: Live, machine_arn: str) -> Task | None:
    """The Map state whose children run `machine_arn`."""
    facts = live.execution.facts
    for flow in live.plan.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, Task) and node.map is not None and machine_arn_of(facts, node) == machine_arn:
                return node
    return None


def node_of(live: Live, task: TaskId) -> Task | None:
    """The Map state that a task belongs to, also after the execution was stopped."""
    for frame in live.execution.frames.values():
        working = getattr(frame.pending, "resume", frame.pending)
        node = live.plan.flows[frame.flow].nodes[frame.state]
        if isinstance(working, Working) and working.task == task and isinstance(node, Task):
            return node
    return None
