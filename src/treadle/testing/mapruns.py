"""Distributed Maps: the map run's pure core and the runtime's cutting of items, with children on the test's stage."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.asl.compile import compile
from treadle.asl.parse import parse
from treadle.engine import maprun
from treadle.engine.commands import CancelTask
from treadle.engine.distributed import child_definition, machine_arn, run_arn, selection
from treadle.engine.events import RedriveRequested, StopRequested, TaskStarted
from treadle.engine.execution import Facts, Failure
from treadle.engine.maprun import MapRun, child_name
from treadle.integrations.items.objects import BLOCK, Storage
from treadle.integrations.items.readers import open_object
from treadle.integrations.items.source import Source, StateItems
from treadle.runtime.maps.order import Order, read_order
from treadle.runtime.maps.pages import ChildInput, Pages
from treadle.runtime.maps.results import Outcome, child_arn, texts_of
from treadle.runtime.performer import within_limit
from treadle.testing.answers import Fails, hidden
from treadle.testing.probe import instrument
from treadle.testing.world import MockError, completed
from treadle.values import Json, Payload, StatesError, loads

if TYPE_CHECKING:
    from treadle.testing.run import HandTask, Run

__tracebackhide__ = hidden

FAILURES = ("FAILED", "TIMED_OUT", "ABORTED")


def begins(run: Run, task: HandTask) -> bool:
    """Perform a distributed Map, if its items are known: the state's own, or what the test says its reader finds."""
    command = task.command
    known = run.map_runs.get(command.task)
    if known is not None and command.redrives:
        known.redrive(task)
        return True
    if command.node.map is None:
        return False
    order = read_order(command.arguments)
    name = command.node.name
    if order.reader is not None and name not in run.world.cast.items:
        return False
    source = source_of(order, None if order.reader is None else run.world.cast.items[name], name)
    task.started = True
    if command.phase == "scheduled":
        run.deliver(TaskStarted(run.now, command.task))
    MapRunDrive(run, task, order, source).begin()
    return True


def source_of(order: Order, given: Any, name: str) -> Source:
    """The state's own items, or those that the test gives in place of what the reader finds: a list, or a file that
    is read as the ReaderConfig says. Raises MockError."""
    if order.reader is None:
        return StateItems(order.items)
    if not isinstance(given, Path):
        return StateItems(list(given))
    reader, kind = order.reader, order.reader.config.get("InputType")
    plain = kind in (None, "JSON", "JSONL", "CSV") and "ManifestType" not in reader.config
    if reader.resource != "s3:getObject" or not plain:
        raise MockError(f"the reader of state {name!r} finds more than one file has; write items={{{name!r}: [...]}}")
    if not given.is_file():
        raise MockError(f"there is no file {given} for the reader of state {name!r}")
    return open_object(LocalFile(given), {**reader.arguments, "Key": given.name}, kind, reader.config)


class LocalFile(Storage):
    """One file in place of S3."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, place: dict[str, Json], start: int, size: int = BLOCK) -> bytes:
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(size)


def cancelled(run: Run, cancel: CancelTask) -> None:
    """Nobody waits for the map run any more."""
    drive = run.map_runs.get(cancel.task)
    if drive is not None:
        drive.hear(maprun.Stopped(run.now))


class MapRunDrive:
    def __init__(self, run: Run, task: HandTask, order: Order, source: Source) -> None:
        self.run, self.task, self.order = run, task, order
        self.command = command = task.command
        facts = run.execution.facts
        chosen = selection(run.plan, run.execution, command.task)
        assert chosen is not None and command.node.map is not None
        self.pages = Pages(source, order, chosen)
        self.value = MapRun(
            run_arn(facts, command.node, command.task),
            facts.arn,
            command.task,
            machine_arn(facts, command.node),
            command.node.map.kind,
            run.now,
            order.concurrency,
            order.count,
            order.percentage,
        )
        text = child_definition(run.plan, run.definition, command.node)
        self.definition = loads(text)
        self.plan = instrument(compile(parse(text, kind=self.value.kind)), run.machine.fired)
        self.inputs: dict[int, ChildInput] = {}
        self.children: dict[int, Run] = {}
        self.generations: dict[int, int] = {}
        run.map_runs[command.task] = self

    def begin(self) -> None:
        self._take(maprun.outstanding(self.value, self.run.now))

    def restart(self) -> None:
        """After a crash: go on from what was stored."""
        self.value = msgspec.msgpack.decode(msgspec.msgpack.encode(self.value), type=MapRun)
        self.begin()

    def hear(self, news: maprun.News) -> bool:
        self._take(maprun.step(self.value, news))
        return True

    def _take(self, answer: maprun.Step) -> None:
        self.value = answer.run
        for command in answer.commands:
            self._perform(command)

    def _perform(self, command: maprun.Command) -> None:
        now = self.run.now
        match command:
            case maprun.Read(position):
                self._read(position)
            case maprun.Start(children):
                for index in children:
                    self._start(index)
            case maprun.Halt(children):
                for index in children:
                    self.children[index].deliver(StopRequested(now, Failure()))
            case maprun.Write():
                self.hear(maprun.Written(now, None, self.order.exports))
            case maprun.Report():
                self._report()
            case maprun.Sweep():
                self._sweep()

    def redrive(self, task: HandTask) -> None:
        """Go on with what did not succeed, for the task that waits for it now."""
        self.task, task.started = task, True
        self.value = maprun.redriven(self.value, self.run.now)
        self.begin()

    def _sweep(self) -> None:
        """The children that did not succeed, and have not run again since."""
        old = [
            i
            for i, child in self.children.items()
            if child.status in FAILURES and self._generation(i) < self.value.redrives
        ]
        found = tuple((index, self.inputs[index].items) for index in sorted(old))
        self.hear(maprun.Swept(self.run.now, found, None))

    def _generation(self, index: int) -> int:
        """How often the run had been redriven when a child began for the last time."""
        return self.generations.get(index, 0)

    def _read(self, position: Any) -> None:
        now = self.run.now
        try:
            page = completed(self.pages.read(position))
        except StatesError as problem:
            self.hear(maprun.ReadFailed(now, Failure(problem.error, problem.cause)))
            return
        self.inputs |= dict(enumerate(page.children, self.value.read))
        self.hear(maprun.PageRead(now, tuple(child.items for child in page.children), page.position, page.end))

    def _start(self, index: int) -> None:
        from treadle.testing.run import Run

        known = self.children.get(index)
        again = known is not None and self._generation(index) < self.value.redrives
        self.generations[index] = self.value.redrives
        if known is not None and again and self.value.kind == "STANDARD":
            known.deliver(RedriveRequested(self.run.now))
        if known is not None and not (again and self.value.kind == "EXPRESS"):
            # It is there since before a crash, or has just gone on.
            if known.status != "RUNNING":
                self._ended(index)
            return
        parent, facts = self.run, self.run.execution.facts
        input = self.inputs[index].input
        machine = self.value.machine_arn
        begun = Facts(
            child_arn(self.value, index),
            child_name(self.value.arn, index),
            machine,
            machine.rpartition(":")[2],
            facts.role_arn,
            parent.now,
            facts.seed ^ (index + 1) * 0x9E3779B97F4A7C15,
            input,
            self.value.kind,
        )
        items = (*parent.items_of(self.command.task), index)
        child = Run(parent.machine, self.plan, begun, parent.stage, parent.world, parent.latency, items, parent.watch)
        child.definition = self.definition
        child.under = parent.frame_of(self.command.task).entered
        child.when_ended.append(partial(self._ended, index))
        self.children[index] = child
        parent.children.append(child)
        child.begin()

    def _ended(self, index: int) -> None:
        status: Any = self.children[index].status
        news = partial(self._tell, index, status)
        self.run.stage.plan(self.run.now, news)

    def _tell(self, index: int, status: Any) -> bool:
        return self.hear(maprun.ChildrenEnded(self.run.now, ((index, status),)))

    def _report(self) -> None:
        """The run is over: so is the task."""
        failure = self.value.failure
        outcome: Any
        if failure is not None:
            outcome = Fails(failure.error, failure.cause)
        elif self.order.exports:
            outcome = self._exported()
        else:
            outcome = self._gathered()
        self.run.stage.plan(self.run.now, partial(self.run.conclude, self.task, outcome))

    def _gathered(self) -> Any:
        texts = [
            text for index in sorted(self.children) for text in texts_of(self.value, self.order, self._told(index))
        ]
        result = Payload(text="[" + ",".join(texts) + "]")
        try:
            within_limit(self.command, result)
        except StatesError as problem:
            return Fails(problem.error, problem.cause)
        return loads(result.text)

    def _exported(self) -> Any:
        """What the state sees of its ResultWriter; nothing is written (`run.children` has the results)."""
        arguments = self.order.writer.arguments
        prefix = str(arguments.get("Prefix") or "").rstrip("/")
        key = f"{prefix}/{self.value.arn.rpartition(':')[2]}/manifest.json".lstrip("/")
        details = {"Bucket": str(arguments.get("Bucket")), "Key": key}
        return {"MapRunArn": self.value.arn, "ResultWriterDetails": details}

    def _told(self, index: int) -> Outcome:
        child = self.children[index]
        execution = child.execution
        return Outcome(
            index,
            child.status,
            execution.facts.input.text,
            None if execution.output is None else execution.output.text,
            child.error,
            child.cause,
            execution.facts.started_at,
            execution.stopped_at,
        )
