"""A map run counts its children right, whatever happens to them and however often its server dies."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from treadle.engine import maprun
from treadle.engine.execution import Failure
from treadle.engine.maprun import (
    ChildrenEnded,
    ChildStatus,
    Halt,
    MapRun,
    PageRead,
    Read,
    ReadFailed,
    Redriven,
    Report,
    Start,
    Step,
    Stopped,
    Sweep,
    Swept,
    Updated,
    Write,
    Written,
    child_index,
    child_name,
)

ARN = "arn:aws:states:us-east-1:000000000000:mapRun:m/label:3c39a231-69bb-3d89-8607-9e124eddbb0b"
PAGE = 4


def new_run(**fields: object) -> MapRun:
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m/label"
    run = MapRun(ARN, "arn:aws:states:us-east-1:000000000000:execution:m:e", 1, machine, "EXPRESS", 0.0)
    return replace(run, **fields)


@dataclass
class World:
    """Reads items, runs children, forgets nothing but what a crash takes: whatever came after the last save."""

    sizes: list[int]  # items of each child
    fates: dict[int, list[ChildStatus]]  # what becomes of a child, attempt by attempt; then it succeeds
    run: MapRun
    saved: MapRun = field(init=False)
    kept: tuple[dict, ...] = ()  # type: ignore[type-arg]
    begun: list[int] = field(default_factory=list)
    results: dict[int, ChildStatus] = field(default_factory=dict)
    generations: dict[int, int] = field(default_factory=dict)  # of the results: how often the run had been redriven
    under_way: set[int] = field(default_factory=set)
    attempts: dict[int, int] = field(default_factory=dict)
    todo: list[maprun.Command] = field(default_factory=list)
    reports: int = 0
    now: float = 0.0

    def __post_init__(self) -> None:
        self.save()
        self.take(maprun.outstanding(self.run, 0.0, PAGE))

    def take(self, answer: Step) -> None:
        self.run = answer.run
        self.todo += answer.commands
        check(self.run)

    def hear(self, news: maprun.News) -> None:
        self.take(maprun.step(self.run, news, PAGE))

    def perform(self) -> None:
        """The next command."""
        match self.todo.pop(0):
            case Read(position):
                first = position or 0
                sizes = tuple(self.sizes[first : first + PAGE])
                self.hear(PageRead(self.now, sizes, first + len(sizes), first + PAGE >= len(self.sizes)))
            case Sweep(start):
                found = [n for n in range(start, min(start + 2, self.run.read)) if self.is_old_failure(n)]
                following = start + 2 if start + 2 < self.run.read else None
                self.hear(Swept(self.now, tuple((n, self.sizes[n]) for n in found), following))
            case Start(children):
                for index in children:
                    if index not in self.under_way:
                        self.begun.append(index)
                        self.under_way.add(index)
            case Halt(children):
                halted = self.under_way & set(children)
                self.under_way -= halted
                self.results |= dict.fromkeys(children, "ABORTED")
                self.generations |= dict.fromkeys(children, self.run.redrives)
                self.hear(ChildrenEnded(self.now, tuple((index, "ABORTED") for index in children)))
            case Write():
                self.hear(Written(self.now))
            case Report():
                self.reports += 1

    def end_one(self, number: int) -> None:
        index = sorted(self.under_way)[number % len(self.under_way)]
        self.under_way.discard(index)
        attempt = self.attempts.get(index, 0)
        self.attempts[index] = attempt + 1
        fates = self.fates.get(index, [])
        status = fates[attempt] if attempt < len(fates) else "SUCCEEDED"
        self.results[index] = status
        self.generations[index] = self.run.redrives
        self.hear(ChildrenEnded(self.now, ((index, status),)))
        again = maprun.step(self.run, ChildrenEnded(self.now, ((index, status),)), PAGE)
        assert again.run == self.run, "news that comes twice changes nothing"

    def is_old_failure(self, index: int) -> bool:
        return self.results.get(index) in ENDS and self.generations[index] < self.run.redrives

    def save(self) -> None:
        self.saved = self.run
        self.kept = dict(self.results), dict(self.generations), dict(self.attempts)

    def crash(self) -> None:
        """Commands are lost, and so is what was not saved; results are saved together with the run."""
        self.run, self.todo, self.under_way = self.saved, [], set()
        self.results, self.generations, self.attempts = (dict(kept) for kept in self.kept)
        self.take(maprun.outstanding(self.run, self.now, PAGE))

    def finish(self) -> None:
        for _ in range(10_000):
            if self.todo:
                self.perform()
            elif self.under_way:
                self.end_one(0)
            else:
                return
        raise AssertionError("the run never ends")


ENDS = ("FAILED", "TIMED_OUT", "ABORTED")


def check(run: MapRun) -> None:
    assert run.children.running == len(run.open) <= min(run.concurrency or 10_000, 10_000)
    assert run.items.running == sum(run.open.values())
    assert run.again <= {index for index, _ in run.waiting}
    fresh = [size for index, size in run.waiting if index not in run.again]
    assert run.children.pending == len(fresh) and run.items.pending == sum(fresh)
    assert run.children.total == run.read
    assert min([*run.open, *run.open.values()], default=0) >= 0
    if run.redrives == 0:
        known = {n for page in run.pages for n in range(page.first, page.first + page.count)}
        assert {*run.open, *(n for n, _ in run.waiting)} <= known, "what a restart needs can be read again"


sizes = st.lists(st.integers(1, 3), max_size=20)
failures = st.lists(st.sampled_from(["FAILED", "TIMED_OUT"]), min_size=1, max_size=2)
fates = st.dictionaries(st.integers(0, 19), failures, max_size=5)


@settings(max_examples=200, deadline=None)
@given(sizes, fates, st.integers(0, 3), st.integers(0, 4), st.lists(st.integers(0, 30), max_size=60))
def test_every_child_is_counted_once_whatever_happens(
    sizes: list[int], fates: dict[int, list[ChildStatus]], concurrency: int, tolerated: int, moves: list[int]
) -> None:
    world = World(sizes, fates, new_run(concurrency=concurrency, tolerated_count=tolerated))
    for move in moves:
        world.now += 1
        if move == 0:
            world.save()
        elif move == 1:
            world.crash()
        elif move < 15 and world.todo:
            world.perform()
        elif world.under_way:
            world.end_one(move)
    world.finish()
    run = world.run
    assert run.phase == "over" and world.reports >= 1
    assert run.children.ended == len(world.results)
    failed = sum(sizes[n] for n, status in world.results.items() if status in ("FAILED", "TIMED_OUT"))
    assert run.items.failed + run.items.timed_out == failed
    if run.status == "SUCCEEDED":
        assert failed <= tolerated and run.read == len(sizes) and set(world.results) == set(range(len(sizes)))
    else:
        assert run.failure == maprun.EXCEEDED and failed > tolerated


@settings(max_examples=100, deadline=None)
@given(sizes, fates, st.integers(1, 3))
def test_a_redrive_runs_again_what_did_not_succeed_and_nothing_else(
    sizes: list[int], fates: dict[int, list[ChildStatus]], concurrency: int
) -> None:
    world = World(sizes, fates, new_run(concurrency=concurrency))
    world.finish()
    for redrive in range(1, 20):
        if world.run.status == "SUCCEEDED":
            break
        succeeded = {n for n, status in world.results.items() if status == "SUCCEEDED"}
        begun = len(world.begun)
        world.now += 1
        world.hear(Redriven(world.now))
        assert world.run.redrives == redrive and world.run.status == "RUNNING"
        world.finish()
        assert not succeeded & set(world.begun[begun:])
    assert world.run.status == "SUCCEEDED" and world.run.children.succeeded == len(sizes)


def test_children_start_in_the_order_of_their_items_while_there_is_room() -> None:
    world = World([1] * 6, {}, new_run(concurrency=2))
    while world.todo:
        world.perform()
    assert world.begun == [0, 1]
    world.end_one(1)
    world.perform()
    assert world.begun == [0, 1, 2]


def test_a_higher_limit_takes_effect_at_once() -> None:
    world = World([1] * 4, {}, new_run(concurrency=1))
    while world.todo:
        world.perform()
    world.hear(Updated(1.0, concurrency=3))
    world.perform()
    assert world.begun == [0, 1, 2]


def test_nothing_failed_is_tolerated_by_default() -> None:
    world = World([1] * 8, {1: ["FAILED"]}, new_run(concurrency=2))
    world.finish()
    assert world.run.status == "FAILED" and world.run.failure == maprun.EXCEEDED
    assert world.run.children.failed == 1 and world.run.children.pending > 0


def test_a_percentage_is_told_when_all_items_are_known() -> None:
    fates: dict[int, list[ChildStatus]] = {0: ["FAILED"], 1: ["TIMED_OUT"]}
    tolerant = World([1] * 8, fates, new_run(concurrency=1, tolerated_percentage=25.0))
    tolerant.finish()
    assert tolerant.run.status == "SUCCEEDED"
    strict = World([1] * 8, fates, new_run(concurrency=1, tolerated_percentage=24.0))
    strict.finish()
    assert strict.run.status == "FAILED"


def test_stopping_aborts_what_is_under_way_and_leaves_the_rest_pending() -> None:
    world = World([1] * 8, {}, new_run(concurrency=2))
    while world.todo:
        world.perform()
    world.hear(Stopped(5.0))
    world.finish()
    assert world.run.status == "ABORTED" and world.run.stopped_at == 0.0
    assert (world.run.children.aborted, world.run.children.pending) == (2, 6)


def test_a_reader_that_fails_ends_the_run() -> None:
    run = maprun.outstanding(new_run(), 0.0).run
    failure = Failure("States.ItemReaderFailed", "CSV headers cannot contain duplicates.")
    answer = maprun.step(run, ReadFailed(1.0, failure))
    assert answer.commands == (Write(),)
    over = maprun.step(answer.run, Written(2.0, results=False)).run
    assert (over.status, over.failure, over.stopped_at) == ("FAILED", failure, 2.0)


def test_no_items_make_a_run_that_succeeds() -> None:
    world = World([], {}, new_run())
    world.finish()
    assert world.run.status == "SUCCEEDED" and world.run.children.total == 0


@given(st.integers(0, 2**32 - 1))
def test_the_name_of_a_child_tells_its_number(index: int) -> None:
    name = child_name(ARN, index)
    assert child_index(ARN, name) == index
    assert child_index(ARN[:-1] + "0", name) is None


def test_names_that_belong_to_nobody() -> None:
    assert child_index(ARN, "no-uuid") is None
    assert child_index(ARN, "00000000-0000-3000-8000-000000000000") is None
