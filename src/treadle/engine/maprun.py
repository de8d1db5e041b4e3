"""The map run: a second, tiny pure core. It counts child executions; what they are is not its business.

    step(run, news) -> Step(run, commands)         outstanding(run) -> Step, after a restart

Children are numbered from 0 in the order of their items and started in that order. A page is what the reader gives
at a time; a run remembers the pages with children that have not ended, so that a restart can read them again.
"""

from __future__ import annotations

from bisect import bisect_right
from hashlib import blake2b
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from treadle.engine.distributed import uuid_text
from treadle.engine.execution import Failure, Kind, TaskId
from treadle.values import Instant, Json, Value

RunStatus: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
ChildStatus: TypeAlias = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Index: TypeAlias = int  # number of a child
# running -> (stopping: children are being stopped) -> writing -> over
Phase: TypeAlias = Literal["running", "stopping", "writing", "over"]

# The most children at a time, also without MaxConcurrency: developer guide, "Map state concurrency".
CEILING = 10_000
EXCEEDED = Failure(
    "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
)  # recorded


# -- the value
class Tally(Value, frozen=True):
    """How many children, or items, stand where. `total` grows while the reader reads."""

    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0
    pending_redrive: int = 0
    written: int = 0

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.timed_out + self.aborted

    @property
    def total(self) -> int:
        return self.pending + self.running + self.pending_redrive + self.ended

    def move(self, source: str, target: str, number: int) -> Tally:
        changes = {source: getattr(self, source) - number, target: getattr(self, target) + number}
        return replace(self, **changes)


class Page(Value, frozen=True):
    """Children `first` .. `first + count - 1`, of which `left` have not ended; the reader found them at `position`."""

    first: Index
    count: int
    left: int
    position: Json


class MapRun(Value, frozen=True):
    """One run. `waiting` are (child, items) that have been read and not started, `open` those under way."""

    arn: str
    execution_arn: str  # the parent
    task: TaskId
    machine_arn: str  # what the children run
    kind: Kind
    started_at: Instant
    concurrency: int = 0  # 0: as many as AWS grants
    tolerated_count: int = 0
    tolerated_percentage: float = 0.0
    phase: Phase = "running"
    status: RunStatus = "RUNNING"
    children: Tally = Tally()
    items: Tally = Tally()
    read: Index = 0
    position: Json = None  # where the reader goes on
    exhausted: bool = False
    pages: tuple[Page, ...] = ()
    waiting: tuple[tuple[Index, int], ...] = ()
    open: dict[Index, int] = {}
    sweep: Index | None = None  # a redrive looks for children to run again from here on
    reading: bool = False  # the next page, or the next part of a sweep, has been asked for
    failure: Failure | None = None
    stopped_at: Instant | None = None
    redrives: int = 0
    redriven_at: Instant | None = None
    again: frozenset[Index] = frozenset()  # those of `waiting` that a redrive has found: PENDING_REDRIVE


# -- news
class PageRead(Value, frozen=True):
    """The reader has found children of so many items each; it goes on at `position`, unless this is the `end`."""

    at: Instant
    sizes: tuple[int, ...]
    position: Json
    end: bool


class Swept(Value, frozen=True):
    """Children to run again: (child, items). The sweep goes on at `next`, None at its end."""

    at: Instant
    found: tuple[tuple[Index, int], ...]
    next: Index | None


class ReadFailed(Value, frozen=True):
    at: Instant
    failure: Failure


class ChildrenEnded(Value, frozen=True):
    at: Instant
    ended: tuple[tuple[Index, ChildStatus], ...]


class Updated(Value, frozen=True):
    """UpdateMapRun; None leaves a limit as it is."""

    at: Instant
    concurrency: int | None = None
    tolerated_count: int | None = None
    tolerated_percentage: float | None = None


class Stopped(Value, frozen=True):
    """The parent does not wait any more."""

    at: Instant


class Written(Value, frozen=True):
    """The results are where they belong, or that failed. `results` tells whether any were asked for."""

    at: Instant
    failure: Failure | None = None
    results: bool = True


class Redriven(Value, frozen=True):
    at: Instant


News: TypeAlias = PageRead | Swept | ReadFailed | ChildrenEnded | Updated | Stopped | Written | Redriven


# -- commands
class Read(Struct, frozen=True):
    """Read the next page at `position`; answer with PageRead or ReadFailed."""

    position: Json


class Sweep(Struct, frozen=True):
    """Look for children that did not succeed, from child `start` on; answer with Swept."""

    start: Index


class Start(Struct, frozen=True):
    """Start these children. Starting one that exists already is no error: whatever became of it is its news."""

    children: tuple[Index, ...]


class Halt(Struct, frozen=True):
    """Stop these children."""

    children: tuple[Index, ...]


class Write(Struct, frozen=True):
    """Write the results; answer with Written."""


class Report(Struct, frozen=True):
    """The run is over: tell the parent."""


Command: TypeAlias = Read | Sweep | Start | Halt | Write | Report


class Step(Struct, frozen=True):
    run: MapRun
    commands: tuple[Command, ...] = ()


# -- the verbs
def step(run: MapRun, news: News, page: int = 256) -> Step:
    """What news does to a run. Late news changes nothing. The reader is asked when less than `page` children wait."""
    match news:
        case Redriven(at):
            return settle(redriven(run, at), at, page)
        case Updated() if run.phase == "running":
            return settle(updated(run, news), news.at, page)
        case PageRead() if run.reading:
            return settle(page_read(run, news), news.at, page)
        case Swept() if run.reading:
            return settle(swept(run, news), news.at, page)
        case ReadFailed(at, failure) if run.phase == "running":
            return halt(replace(run, reading=False), failure, at)
        case ChildrenEnded(at, ended):
            return settle(children_ended(run, ended), at, page)
        case Stopped(at) if run.phase in ("running", "stopping"):
            return halt(replace(run, status="ABORTED"), None, at)
        case Written() if run.phase == "writing":
            return over(run, news)
    return Step(run)


def outstanding(run: MapRun, at: Instant, page: int = 256) -> Step:
    """What a restarted runtime must do: start what was under way (it may exist), and all that the run waits for."""
    run = replace(run, reading=False)
    open = (Start(tuple(run.open)),) if run.open else ()
    match run.phase:
        case "running":
            onward = settle(run, at, page)
            return Step(onward.run, open + onward.commands)
        case "stopping":
            return Step(run, (Halt(tuple(run.open)),)) if run.open else settle(run, at, page)
        case "writing":
            return Step(run, (Write(),))
        case "over":
            return Step(run, (Report(),))


def settle(run: MapRun, at: Instant, page: int) -> Step:
    """Start what there is room for, ask for more, or come to the end."""
    if run.phase == "running" and exceeds(run):
        return halt(run, EXCEEDED, at)
    if run.phase == "stopping" and not run.open:
        return Step(replace(run, phase="writing"), (Write(),))
    if run.phase != "running":
        return Step(run)
    commands: list[Command] = []
    room = min(run.concurrency or CEILING, CEILING) - len(run.open)
    if room > 0 and run.waiting:
        run, started = start(run, run.waiting[:room])
        commands.append(started)
    if not run.reading and len(run.waiting) < page:
        if run.sweep is not None:
            run = replace(run, reading=True)
            commands.append(Sweep(run.sweep or 0))
        elif not run.exhausted:
            run = replace(run, reading=True)
            commands.append(Read(run.position))
    if not (run.reading or run.open or run.waiting):
        run = replace(run, phase="writing")
        commands.append(Write())
    return Step(run, tuple(commands))


def start(run: MapRun, children: tuple[tuple[Index, int], ...]) -> tuple[MapRun, Start]:
    old = [size for index, size in children if index in run.again]
    items = sum(size for _, size in children)
    run = replace(
        run,
        waiting=run.waiting[len(children) :],
        open=run.open | dict(children),
        again=run.again.difference(index for index, _ in children),
        children=_started(run.children, len(old), len(children)),
        items=_started(run.items, sum(old), items),
    )
    return run, Start(tuple(index for index, _ in children))


def _started(tally: Tally, old: int, number: int) -> Tally:
    """`number` begin to run, of which `old` for another time."""
    return tally.move("pending_redrive", "running", old).move("pending", "running", number - old)


def page_read(run: MapRun, news: PageRead) -> MapRun:
    count = len(news.sizes)
    found = tuple(enumerate(news.sizes, run.read))
    pages = (*run.pages, Page(run.read, count, count, run.position)) if count else run.pages
    return replace(
        run,
        reading=False,
        exhausted=news.end,
        position=news.position,
        pages=pages,
        read=run.read + count,
        waiting=run.waiting + found,
        children=replace(run.children, pending=run.children.pending + count),
        items=replace(run.items, pending=run.items.pending + sum(news.sizes)),
    )


def swept(run: MapRun, news: Swept) -> MapRun:
    # An earlier redrive may have found a child and ended before it was started.
    known = run.open.keys() | {index for index, _ in run.waiting}
    found = tuple(child for child in news.found if child[0] not in known)
    return replace(
        run,
        reading=False,
        sweep=news.next,
        waiting=run.waiting + found,
        again=run.again.union(index for index, _ in found),
    )


FIELDS: dict[ChildStatus, str] = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timed_out",
    "ABORTED": "aborted",
}


def children_ended(run: MapRun, ended: tuple[tuple[Index, ChildStatus], ...]) -> MapRun:
    """Count those that were under way; others have been counted before."""
    open, children, items = dict(run.open), run.children, run.items
    gone: list[Index] = []
    for index, status in ended:
        size = open.pop(index, None)
        if size is not None:
            children = children.move("running", FIELDS[status], 1)
            items = items.move("running", FIELDS[status], size)
            gone.append(index)
    return replace(run, open=open, children=children, items=items, pages=turn_pages(run.pages, gone))


def turn_pages(pages: tuple[Page, ...], gone: list[Index]) -> tuple[Page, ...]:
    """The pages without those whose last child has ended."""
    if not gone or not pages:
        return pages
    firsts = [page.first for page in pages]
    left = [page.left for page in pages]
    for index in gone:
        number = bisect_right(firsts, index) - 1
        # A redriven child may belong to a page that is long gone.
        if number >= 0 and index < firsts[number] + pages[number].count:
            left[number] -= 1
    return tuple(
        page if page.left == still else replace(page, left=still)
        for page, still in zip(pages, left, strict=True)
        if still > 0
    )


def updated(run: MapRun, news: Updated) -> MapRun:
    return replace(
        run,
        concurrency=run.concurrency if news.concurrency is None else news.concurrency,
        tolerated_count=run.tolerated_count if news.tolerated_count is None else news.tolerated_count,
        tolerated_percentage=(
            run.tolerated_percentage if news.tolerated_percentage is None else news.tolerated_percentage
        ),
    )


def exceeds(run: MapRun) -> bool:
    """Whether more items have failed than is tolerated. A percentage can be told when all items are known."""
    failed = run.items.failed + run.items.timed_out
    if not run.tolerated_count and not run.tolerated_percentage:
        return failed > 0
    if run.tolerated_count and failed > run.tolerated_count:
        return True
    known = run.exhausted and run.sweep is None
    return bool(run.tolerated_percentage) and known and failed * 100 > run.tolerated_percentage * run.items.total


def halt(run: MapRun, failure: Failure | None, at: Instant) -> Step:
    """Start nothing more; stop what is under way."""
    run = replace(run, phase="stopping", failure=failure or run.failure)
    if not run.open:
        return settle(run, at, 0)
    return Step(run, (Halt(tuple(run.open)),))


def over(run: MapRun, news: Written) -> Step:
    failure = run.failure or news.failure
    status: RunStatus = "FAILED" if failure is not None else "SUCCEEDED"
    if news.results:
        run = replace(
            run,
            children=replace(run.children, written=run.children.ended),
            items=replace(run.items, written=run.items.ended),
        )
    run = replace(
        run,
        phase="over",
        status="ABORTED" if run.status == "ABORTED" else status,
        failure=failure,
        stopped_at=news.at,
    )
    return Step(run, (Report(),))


def redriven(run: MapRun, at: Instant) -> MapRun:
    """Go on after the end with what did not succeed and with what was never started."""
    if run.phase != "over" or run.status == "SUCCEEDED":
        return run
    return replace(
        run,
        phase="running",
        status="RUNNING",
        failure=None,
        stopped_at=None,
        redrives=run.redrives + 1,
        redriven_at=at,
        sweep=0,
        reading=False,
        children=again(run.children),
        items=again(run.items),
    )


def awaits_redrive(run: MapRun, index: Index) -> bool:
    """Whether a child that did not succeed will be run again by a redrive that goes on (PENDING_REDRIVE)."""
    if not run.redrives or run.phase != "running" or index in run.open:
        return False
    return index in run.again or (run.sweep is not None and index >= run.sweep)


def again(tally: Tally) -> Tally:
    unsuccessful = tally.ended - tally.succeeded + tally.pending_redrive
    return replace(tally, failed=0, timed_out=0, aborted=0, written=0, pending_redrive=unsuccessful)


# -- names of children: UUIDs that tell the number to whoever knows the run
def child_name(run: str, index: Index) -> str:
    key = run.encode()[-64:]
    octets = bytearray(4) + blake2b(index.to_bytes(4, "big"), key=key, digest_size=12).digest()
    octets[6] = octets[6] & 0x0F | 0x30
    octets[8] = octets[8] & 0x3F | 0x80
    octets[:4] = (_mask(key, octets) ^ index).to_bytes(4, "big")
    return uuid_text(octets)


def child_index(run: str, name: str) -> Index | None:
    """The number of the child of `run` that is called `name`; None when it has no such child."""
    try:
        octets = bytearray.fromhex(name.replace("-", ""))
    except ValueError:
        return None
    if len(octets) != 16:
        return None
    index = _mask(run.encode()[-64:], octets) ^ int.from_bytes(octets[:4], "big")
    return index if child_name(run, index) == name else None


def _mask(key: bytes, octets: bytearray) -> int:
    return int.from_bytes(blake2b(octets[4:], key=key, digest_size=4).digest(), "big")
