"""All workers: which exist, which are free, who waits for one. Grows with demand, shrinks when idle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from pathlib import Path

from treadle.aws import Caller
from treadle.lambdas.logs import Facts, LogBook
from treadle.lambdas.metrics import Metrics
from treadle.lambdas.names import function_arn
from treadle.lambdas.nursery import Nursery
from treadle.lambdas.packages import Packages
from treadle.lambdas.records import Config
from treadle.lambdas.runtimes import Home, Interpreters, Place, log_stream, place
from treadle.lambdas.workers import WATCH, Call, Worker

log = logging.getLogger("treadle.lambdas")
# Seconds after which an idle worker ends. Lambda keeps an idle environment for some minutes.
IDLE_TIME = 300.0
# Seconds a call may at least be expected to wait for a working worker before one more is started.
PATIENCE = 0.02
PoolKey = tuple[Caller, str, str, str]  # home, function, version, revision of the configuration


class Crew:
    """Owns every worker, the nurseries that start them, and the limit on their number."""

    def __init__(
        self, scratch: Path, packages: Packages, book: LogBook, *, endpoint_url: str, most: int, idle_time: float
    ) -> None:
        self.packages = packages
        self.book = book
        self.metrics = Metrics()
        self.endpoint_url = endpoint_url
        self.scratch = scratch
        self.interpreters = Interpreters()
        # Starting more at once than there are processors only makes each slower.
        self.at_once = max(2, os.cpu_count() or 1)
        self.starting = 0
        self._most = most
        self._idle_time = idle_time
        self._pools: dict[PoolKey, Pool] = {}
        self._hungry: dict[Pool, None] = {}  # pools with calls waiting, in the order they began to
        self._workers: set[Worker] = set()
        self._nurseries: dict[str, Nursery] = {}
        self._watch: asyncio.Task[None] | None = None
        self._stir = asyncio.Event()  # set by every call: there is memory to watch again
        self._closed = False

    def submit(self, key: PoolKey, config: Config, layers: list[str], call: Call) -> None:
        """Run the call on a free worker of this version, now or as soon as there is one."""
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = Pool(self, key, config, layers)
        pool.submit(call)
        self._stir.set()
        if self._watch is None:
            self._watch = asyncio.create_task(self._look_after())

    def retire(self, home: Caller, name: str, *, keep: frozenset[str] = frozenset()) -> asyncio.Future[None]:
        """End the workers of this function, but for configurations whose revision is in `keep`.

        Running requests finish first; the future is done when the workers are gone.
        """
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        leaving = [pool for key, pool in self._pools.items() if key[:2] == (home, name) and key[3] not in keep]
        remaining = len(leaving)

        def one_less() -> None:
            nonlocal remaining
            remaining -= 1
            if remaining <= 0 and not gone.done():
                gone.set_result(None)

        if not leaving:
            gone.set_result(None)
        for pool in leaving:
            self._pools.pop(pool.key, None)
            pool.retire(one_less)
        return gone

    async def close(self) -> None:
        """Kill all workers and end the nurseries."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        for pool in list(self._pools.values()):
            pool.abandon()
        for worker in self._workers:
            worker.abandon()
        for nursery in self._nurseries.values():
            nursery.close()
        await asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, self.scratch, True)

    def warm_workers(self) -> Mapping[str, int]:
        """How many workers each function has, by its ARN."""
        return Counter(function_arn(worker.home.caller, worker.home.name) for worker in self._workers)

    def warm(self, interpreter: str = sys.executable) -> Nursery:
        """The nursery of this interpreter, started when it does not run."""
        nursery = self._nurseries.get(interpreter)
        if nursery is None or not nursery.alive:
            nursery = self._nurseries[interpreter] = Nursery(interpreter)
        return nursery

    # For the pools

    def room(self, pool: Pool) -> bool:
        """May this pool start one more? Frees a place by ending the longest idle worker of another when it must."""
        if self._closed or self.starting >= self.at_once:
            self._hungry.setdefault(pool)
            return False
        if len(self._workers) + self.starting < self._most:
            return True
        self._hungry.setdefault(pool)
        idle = [worker for worker in self._workers if worker.free and not worker.leaving]
        if idle:
            min(idle, key=lambda worker: worker.idle_since).leave()
        return False

    def joined(self, worker: Worker) -> None:
        self._workers.add(worker)

    def left(self, worker: Worker) -> None:
        self._workers.discard(worker)
        self.feed()

    def started(self) -> None:
        """One start is over, well or not: others may begin."""
        self.starting -= 1
        self.feed()

    def feed(self) -> None:
        """Let the pools that could not grow try again."""
        hungry, self._hungry = list(self._hungry), {}
        for pool in hungry:
            pool.grow()

    async def _look_after(self) -> None:
        """Watch the memory of busy workers; end those that were idle for long."""
        while self._workers or self.starting or self._hungry:
            if self.starting or any(worker.busy for worker in self._workers):
                await asyncio.sleep(WATCH)
            else:
                self._stir.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stir.wait(), min(1.0, self._idle_time))
            horizon = time.monotonic() - self._idle_time
            for worker in list(self._workers):
                if worker.busy:
                    worker.watch_memory()
                elif worker.free and worker.idle_since < horizon:
                    worker.leave()
        self._watch = None


class Pool:
    """The workers of one version of a function in one configuration, and the calls waiting for one."""

    def __init__(self, crew: Crew, key: PoolKey, config: Config, layers: list[str]) -> None:
        self.key = key
        self._crew = crew
        self._config = config
        self._layers = layers
        self._place: Place | None = None
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()
        self._waiting: deque[Call] = deque()
        self._pace: float | None = None  # seconds a request takes, of late
        self._patience = PATIENCE  # twice what a start takes: starting costs the workers there are their processor
        self._recheck: asyncio.TimerHandle | None = None
        self._starting = 0  # from the decision to start until the worker is ready or gone
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_empty: Callable[[], None] | None = None

    def submit(self, call: Call) -> None:
        while self._idle:
            worker = self._idle.pop()
            if worker.free:
                worker.give(call)
                return
        self._waiting.append(call)
        self.grow()

    def grow(self) -> None:
        """Start workers while calls wait that no starting worker will serve, nor a working one soon."""
        while self._starting < len(self._waiting) and not self._soon() and self._crew.room(self):
            self._starting += 1
            self._crew.starting += 1
            task = asyncio.create_task(self._start())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _soon(self) -> bool:
        """Will the workers there are get to the last call in line before a new one could help? If so, look again."""
        if self._pace is None or not self._workers:
            return False
        waited = time.perf_counter() - self._waiting[0].queued
        if max(waited, len(self._waiting) * self._pace / len(self._workers)) > self._patience:
            return False
        if self._recheck is None:
            self._recheck = asyncio.get_running_loop().call_later(self._patience, self._look_again)
        return True

    def _look_again(self) -> None:
        self._recheck = None
        self.grow()

    async def _start(self) -> None:
        home, name, version, _ = self.key
        crew = self._crew
        try:
            if self._place is None:
                self._place = await place(crew.packages, crew.interpreters, self._config, self._layers)
            scratch = str(crew.scratch / uuid.uuid4().hex)
            birthplace = Home(home, name, self._config, log_stream(version), scratch, "", crew.endpoint_url)
            worker = Worker(birthplace, self._place, self, crew.book)
            await worker.start(crew.warm(self._place.interpreter))
        except Exception as error:
            # Whoever waits for this worker learns why there is none; the next call tries again.
            self._starting -= 1
            crew.started()
            if self._waiting:
                self._waiting.popleft().fail(error)
            else:
                log.exception("could not start a worker of %s", name)
            self._empty()
            return
        if not worker.ended:
            self._workers.add(worker)
            crew.joined(worker)

    def retire(self, on_empty: Callable[[], None]) -> None:
        """Serve what already waits, then end; `on_empty` when the last worker is gone."""
        self._on_empty = on_empty
        idle, self._idle = self._idle, []
        for worker in idle:
            worker.leave()
        self._empty()

    def abandon(self) -> None:
        """The server closes: nothing runs any more."""
        for task in self._tasks:
            task.cancel()
        if self._recheck is not None:
            self._recheck.cancel()
        for call in self._waiting:
            call.outcome.cancel()
        self._waiting.clear()

    # What workers tell

    def ready(self, worker: Worker) -> None:
        begun = not worker.counted
        worker.counted = True
        self._starting -= begun
        if begun:
            self._patience = max(PATIENCE, 2 * worker.start_time)
        self._employ(worker)
        if begun:
            self._crew.started()

    def _employ(self, worker: Worker) -> None:
        if self._waiting and worker.free:
            worker.give(self._waiting.popleft())
            return
        if self._on_empty is not None or worker.leaving:
            worker.leave()
            return
        worker.idle_since = time.monotonic()
        self._idle.append(worker)

    def served(self, seconds: float) -> None:
        self._pace = seconds if self._pace is None else 0.8 * self._pace + 0.2 * seconds

    def reported(self, request_id: str, facts: Facts) -> None:
        home, name, version, _ = self.key
        self._crew.metrics.invoked(home, name, time.time(), request_id, version, facts)

    def gone(self, worker: Worker) -> None:
        self._workers.discard(worker)
        with contextlib.suppress(ValueError):
            self._idle.remove(worker)
        if not worker.counted:
            worker.counted = True
            self._starting -= 1
            if self._waiting and not worker.leaving:
                worker.fail(self._waiting.popleft())
            self._crew.started()
        self._crew.left(worker)
        self.grow()
        self._empty()

    def _empty(self) -> None:
        if self._on_empty is not None and not self._workers and not self._waiting and not self._starting:
            on_empty, self._on_empty = self._on_empty, None
            on_empty()
