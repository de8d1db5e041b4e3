"""What the API, the integrations and the console ask of the runtime: the verbs of Step Functions, over one pump."""

from __future__ import annotations

import asyncio
import math
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence

from treadle.asl.plan import Task
from treadle.aws import AwsError
from treadle.engine import tokens
from treadle.engine.commands import CancelTask
from treadle.engine.events import (
    Event,
    RedriveRequested,
    StopRequested,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSucceeded,
)
from treadle.engine.execution import Facts, Failure, Status, TaskId, Working
from treadle.engine.maprun import MapRun, Updated
from treadle.integrations.integration import World
from treadle.runtime import descents
from treadle.runtime.clock import Clock, SystemClock
from treadle.runtime.descents import Descent
from treadle.runtime.live import Live
from treadle.runtime.maps.runs import MapRuns, awaiting
from treadle.runtime.pages import HistoryPage, backward, forward
from treadle.runtime.plans import Plans
from treadle.runtime.pump import Listener, Performer, Pump
from treadle.runtime.records import ExecutionRecord, Order, Restart, Revision, Started, SyncResult
from treadle.runtime.redrives import DAY, redrive_status
from treadle.runtime.restarts import Waiting, restarted, waiting
from treadle.runtime.store import Found, Key, Page, Query, Search, Store
from treadle.runtime.summaries import describe
from treadle.values import Instant, Payload

# A name may be used again so long after its execution has closed: API reference, StartExecution.
NAME_RETENTION = 90 * DAY
# GetActivityTask holds the connection open for so many seconds.
LONG_POLL = 60.0
# A token may come back before the answer of the call that carried it; its news waits so many seconds for that answer.
GRACE = 0.25

# Client tokens of redrives that are remembered.
REDRIVES = 10_000

# Seconds for which a server that is asked to end lets the calls of its tasks finish.
CLOSING = 2.0


class Service:
    """One per process. `open` before use, `close` at the end; everything runs on the loop that opened it."""

    def __init__(
        self,
        store: Store,
        performer: Performer,
        clock: Clock | None = None,
        world: World | None = None,
    ) -> None:
        self.store = store
        self.clock = clock or SystemClock()
        self.plans = Plans()
        self.maps = MapRuns(performer, store, self.clock, world)
        self.maps.pump = self.pump = Pump(store, self.maps, self.clock, self.plans)
        self.pump.listeners.append(self.maps.hear)
        self._redrives: dict[tuple[str, str], Instant] = {}

    @property
    def listeners(self) -> list[Listener]:
        """Called with (execution, revision, events) after every commit. Append and remove at will."""
        return self.pump.listeners

    @property
    def map_run_listeners(self) -> list[Callable[[MapRun], object]]:
        """Called with a map run after every commit of it."""
        return self.maps.listeners

    async def open(self) -> None:
        await self.store.open()
        await self.pump.open()

    async def close(self, grace: float = CLOSING) -> None:
        """Calls under way get `grace` seconds to come to their end: a restart need not repeat them then."""
        await self.pump.close(grace)
        await self.store.close()

    # -- starting
    async def start(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> Started:
        """Start an execution; answers when it is on disk. An express one runs in memory and goes to the log.

        Raises AwsError ExecutionAlreadyExists.
        """
        await self.plans.prepare(revision)
        at = self.clock.now()
        if revision.kind == "EXPRESS":
            live = self._begin_express(revision, name, input_text, trace_header, at)
            return Started(live.arn, at)
        arn = execution_arn(revision, name or str(uuid.uuid4()))
        replaces = None
        if name is not None:
            again = await self._again(arn, input_text, at)
            if isinstance(again, Started):
                return again
            replaces = again
        facts = facts_of(revision, arn, at, input_text)
        live = self.pump.begin(revision, facts, trace_header, replaces)
        await self.pump.committed(live)
        return Started(arn, at)

    async def _again(self, arn: str, input_text: str, at: Instant) -> Started | Key | None:
        """What became of an earlier execution of this name: its answer again, or the row that may be replaced."""
        live = self.pump.resident(arn)
        if live is None and self.store.find(arn) is None:
            return None
        if live is not None:
            await self.pump.committed(live)
        record = self.store.record(arn)
        if record is None:
            return None
        if record.status == "RUNNING" and record.input == input_text:
            return Started(arn, record.started_at)
        if record.stopped_at is not None and at - record.stopped_at > NAME_RETENTION:
            self.pump.forget(arn)
            return self.store.find(arn)
        raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")

    async def start_sync(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> SyncResult:
        """Run an express execution to its end."""
        await self.plans.prepare(revision)
        live = self._begin_express(revision, name, input_text, trace_header, self.clock.now())
        if live.running:
            live = await self.pump.ended(live)
        record = describe(live.execution, revision, trace_header)
        lasted = (record.stopped_at or record.started_at) - record.started_at
        return SyncResult(record=record, billed_ms=max(100, math.ceil(lasted * 10) * 100), billed_mb=64)

    def _begin_express(
        self, revision: Revision, name: str | None, input_text: str, trace_header: str | None, at: Instant
    ) -> Live:
        arn = express_arn(revision, name or str(uuid.uuid4()), str(uuid.uuid4()))
        return self.pump.begin(revision, facts_of(revision, arn, at, input_text), trace_header)

    # -- running ones
    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> Instant:
        """Abort an execution; answers when. One that has ended already stays as it is."""
        live = self._existing(arn)
        self.pump.apply(live, StopRequested(self.clock.now(), Failure(error, cause)))
        await self.pump.committed(live)
        return live.execution.stopped_at or self.clock.now()

    async def redrive(self, arn: str, client_token: str | None = None) -> Instant:
        """Let an unsuccessful execution go on from where it failed; answers when. Raises AwsError."""
        seen = self._redrives.get((arn, client_token)) if client_token else None
        if seen is not None:
            return seen
        now = self.clock.now()
        live = self._existing(arn)
        await self.pump.committed(live)
        status, reason = redrive_status(self.describe(arn), now)
        if status == "REDRIVABLE_BY_MAP_RUN":
            reason = "Execution is a child of a Map Run and is redriven with it"
        if reason is not None:
            raise AwsError("ExecutionNotRedrivable", f"{reason}: '{arn}'")
        self.pump.apply(self._existing(arn), RedriveRequested(now))
        if client_token:
            self._redrives[arn, client_token] = now
            if len(self._redrives) > REDRIVES:
                del self._redrives[next(iter(self._redrives))]
        await self.pump.committed(self._existing(arn))
        return now

    def deliver(self, arn: str, event: Event) -> bool:
        """News from outside; False when nobody waits for it."""
        return self.pump.deliver(arn, event)

    async def ended(self, arn: str) -> ExecutionRecord:
        """Wait until an execution has ended; its record. Raises AwsError when there is none."""
        live = self.pump.resident(arn)
        if live is None:
            record = self.describe(arn)
            if record.status != "RUNNING":
                return record
            live = self._existing(arn)
        live = await self.pump.ended(live)
        return describe(live.execution, live.revision, live.trace_header)

    # -- asking
    def describe(self, arn: str) -> ExecutionRecord:
        """Also an express execution, if a map run has started it."""
        record = self.store.record(arn) or self.maps.child(arn)
        if record is None:
            raise no_execution(arn)
        run = None if record.map_run_arn is None else self.maps.find(record.map_run_arn)
        return record if run is None else awaiting(record, run)

    def list(self, query: Query) -> Page:
        run = None if query.map_run_arn is None else self.maps.find(query.map_run_arn)
        return self.store.records(query) if run is None else self.maps.children_of(run, query)

    async def search(self, search: Search) -> Found:
        """Executions of a machine by more than ListExecutions knows."""
        return await self.store.search(search)

    def map_run(self, arn: str) -> MapRun | None:
        return self.maps.find(arn)

    def map_runs(self, execution_arn: str) -> Sequence[MapRun]:
        """The runs of an execution, the newest first."""
        return self.maps.of(execution_arn)

    async def update_map_run(
        self,
        arn: str,
        concurrency: int | None = None,
        tolerated_count: int | None = None,
        tolerated_percentage: float | None = None,
    ) -> bool:
        """Change the limits of a run that goes on; False when it does not."""
        now = self.clock.now()
        return await self.maps.update(arn, Updated(now, concurrency, tolerated_count, tolerated_percentage))

    def history(self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward") -> HistoryPage:
        """A page of events as JSON; `start` is the `next` of the page before."""
        key = self.store.find(arn)
        if key is None:
            raise no_execution(arn)
        if order == "forward":
            return forward(self.store, key, start or 0, limit)
        return backward(self.store, key, start or self.describe(arn).events + 1, limit)

    def revision_of(self, arn: str) -> Revision:
        """The revision an execution runs (DescribeStateMachineForExecution)."""
        revision = self.store.revision(self.describe(arn).revision)
        if revision is None:
            raise no_execution(arn)
        return revision

    def count(self, machine_arn: str, status: Status = "RUNNING") -> int:
        return self.store.count(machine_arn, status)

    async def purge(self, age: float = NAME_RETENTION) -> int:
        """Forget executions that ended more than `age` seconds ago; how many they were."""
        total, before = 0, self.clock.now() - age
        while gone := await self.store.purge(before):
            total += gone
        return total

    # -- beyond AWS's verbs: for the console
    async def restart(self, restart: Restart, name: str | None = None) -> Started:
        """A new execution of the definition that `restart.execution` ran, beginning at one of its states.

        As durable as any other. Its own input is that of the old one. Raises AwsError.
        """
        record, revision = self.describe(restart.execution), self.revision_of(restart.execution)
        changed = restarted(revision, self.plans(revision), restart, str(uuid.uuid4()))
        started = await self.start(changed, name, record.input or "{}")
        await descents.note(self.store, Descent(started.arn, restart.execution, "restart"))
        return started

    async def descend(self, arn: str, origin: str) -> None:
        """Note that an execution was started like another one. Raises AwsError where either is not there."""
        await descents.note(self.store, Descent(self.describe(arn).arn, self.describe(origin).arn, "like"))

    def descents(self, arn: str) -> tuple[Descent | None, Sequence[Descent]]:
        """What an execution came out of, and what came out of it."""
        return descents.around(self.store, arn)

    def waiting(self, arn: str) -> Sequence[Waiting]:
        """The callbacks and activities an execution waits for."""
        return waiting(self._existing(arn))

    async def take(self, arn: str, task: TaskId, worker: str) -> str:
        """Take an activity's task as a worker would; its token. Raises AwsError when it does not wait for one."""
        live = self._existing(arn)
        wanted = [each for each in waiting(live) if each.task == task and each.kind == "activity"]
        if not wanted or wanted[0].phase != "scheduled":
            raise AwsError("TaskDoesNotExist", "This task does not wait for a worker (any more).")
        self.pump.apply(live, TaskStarted(self.clock.now(), task, worker))
        await self.pump.committed(live)
        return tokens.mint(live.execution.facts, task)

    # -- tasks
    async def task_succeeded(self, token: str, output_text: str) -> None:
        """Raises AwsError InvalidToken, TaskDoesNotExist or TaskTimedOut; so do the next two."""
        await self._report(token, lambda at, task: TaskSucceeded(at, task, Payload(text=output_text)))

    async def task_failed(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        await self._report(token, lambda at, task: TaskFailed(at, task, Failure(error, cause)))

    async def task_heartbeat(self, token: str) -> None:
        live, task, _ = self._awaiting(token)
        self.pump.apply(live, TaskHeartbeat(self.clock.now(), task))
        await self.pump.committed(live)

    async def _report(self, token: str, news: Callable[[Instant, TaskId], Event]) -> None:
        live, task, working = self._awaiting(token)
        if working.token is not None and working.phase != "submitted":
            await self._submitted(token)
            live, task, working = self._awaiting(token)
        ended = unwatched(live, task, working)
        self.pump.apply(live, news(self.clock.now(), task))
        if ended is not None:
            self.pump.performer.cancel(live.execution.facts, ended)
        await self.pump.committed(live)

    async def _submitted(self, token: str) -> None:
        """Give the call that carried the token a moment to return, so that TaskSubmitted comes before its news."""
        loop = asyncio.get_running_loop()
        until = loop.time() + GRACE
        while loop.time() < until:
            await asyncio.sleep(0.005)
            if self._awaiting(token)[2].phase == "submitted":
                return

    def _awaiting(self, token: str) -> tuple[Live, TaskId, Working]:
        parsed = tokens.parse(token)
        if parsed is None:
            raise AwsError("InvalidToken", "Invalid Token: 'Invalid token'")
        arn, task, signature = parsed
        live = self.pump.find(arn)
        if live is None:
            raise AwsError("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist anymore'")
        if not tokens.verify(live.execution.facts, task, signature):
            raise AwsError("InvalidToken", "Invalid Token: 'Invalid token'")
        working = working_on(live, task)
        if working is None:
            raise AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return live, task, working

    async def poll_activity(
        self, activity_arn: str, worker: str | None = None, seconds: float = LONG_POLL
    ) -> tuple[str, str] | None:
        """The next task of an activity as (token, input), waiting for one; None when there was none in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (offer := await self.pump.activities.take(activity_arn, until - loop.time())) is not None:
            arn, task = offer
            live = self.pump.find(arn)
            working = None if live is None else working_on(live, task)
            if live is not None and working is not None and working.phase == "scheduled":
                self.pump.apply(live, TaskStarted(self.clock.now(), task, worker))
                await self.pump.committed(live)
                return tokens.mint(live.execution.facts, task), working.arguments.text
        return None

    # -- documents: what the API keeps beside executions
    def documents(self, kind: str) -> Mapping[str, bytes]:
        return self.store.documents(kind)

    async def put(self, kind: str, key: str, value: bytes) -> None:
        await self.store.put(kind, key, value)

    async def delete(self, kind: str, key: str) -> None:
        await self.store.delete(kind, key)

    def _existing(self, arn: str) -> Live:
        live = self.pump.find(arn)
        if live is None:
            raise no_execution(arn)
        return live


def no_execution(arn: str) -> AwsError:
    return AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def working_on(live: Live, task: TaskId) -> Working | None:
    """The frame's state when it still waits for `task`."""
    if live.running:
        for frame in live.execution.frames.values():
            if isinstance(frame.pending, Working) and frame.pending.task == task:
                return frame.pending
    return None


def unwatched(live: Live, task: TaskId, working: Working) -> CancelTask | None:
    """For a job whose token came back: nobody looks at it any more. It is not stopped: whoever has the token is it."""
    if working.phase != "submitted":
        return None
    for frame in live.execution.frames.values():
        if isinstance(frame.pending, Working) and frame.pending.task == task:
            node = live.plan.flows[frame.flow].nodes[frame.state]
            if isinstance(node, Task) and node.resource.pattern in ("sync", "sync:2"):
                return CancelTask(task, node, working.arguments, working.credentials)
    return None


def facts_of(revision: Revision, arn: str, at: Instant, input_text: str) -> Facts:
    return Facts(
        arn=arn,
        name=arn.split(":")[7],
        machine_arn=revision.machine_arn,
        machine_name=revision.name,
        role_arn=revision.role_arn,
        started_at=at,
        seed=secrets.randbits(127),
        input=Payload(text=input_text),
        kind=revision.kind,
        test_case=revision.test_case,
    )


def execution_arn(revision: Revision, name: str) -> str:
    """`arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME`; MACHINE has a label in children of a distributed Map."""
    head, _, machine = revision.machine_arn.partition(":stateMachine:")
    return f"{head}:execution:{machine}:{name}"


def express_arn(revision: Revision, name: str, id: str) -> str:
    head, _, machine = revision.machine_arn.partition(":stateMachine:")
    return f"{head}:express:{machine}:{name}:{id}"
