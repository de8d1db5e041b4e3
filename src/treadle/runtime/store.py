"""What the pump asks of a disk: save what a transition changed, and find it again.

One contract suite (tests/runtime/test_store.py) holds for every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Protocol, TypeAlias

from msgspec import Struct

from treadle.engine.execution import Execution, FrameId, Status
from treadle.engine.history import HistoryEvent
from treadle.runtime.maps.store import RunStore
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.values import Instant

Key: TypeAlias = int  # the store's own number of an execution, in the order of their starts
Done: TypeAlias = Callable[[BaseException | None], object]


class Save(Struct, frozen=True, kw_only=True):
    """What one commit changes about one execution, possibly the sum of several transitions.

    `touched` frames are written, `dropped` ones deleted; `events` are the new ones only. `next_due` is the deadline
    (0.0: at once), `busy` says that a restart has tasks to perform again. `replaces` is a closed execution whose
    name, free again, this one takes.
    """

    key: Key
    execution: Execution
    revision: Revision
    fresh: bool = False
    events: Sequence[HistoryEvent] = ()
    touched: Set[FrameId] = frozenset()
    dropped: Set[FrameId] = frozenset()
    next_due: Instant | None = None
    busy: bool = False
    trace_header: str | None = None
    replaces: Key | None = None


class Loaded(Struct, frozen=True, kw_only=True):
    """An execution at rest, brought back."""

    key: Key
    execution: Execution
    revision: Revision
    next_due: Instant | None = None
    busy: bool = False
    trace_header: str | None = None


class Query(Struct, frozen=True, kw_only=True):
    """Which executions to list, newest first. Exactly one of the first four says whose.

    `before` is the key of the last one already seen.
    """

    machine_arn: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    map_run_arn: str | None = None
    status: Status | None = None
    redriven: bool | None = None
    pending_redrive: bool = False  # of a map run: only those that wait to be run again
    limit: int = 100
    before: Key | None = None


class Page(Struct, frozen=True):
    """`next` goes into `Query.before`; None when there is no more."""

    records: list[ExecutionRecord]
    next: Key | None = None


class Search(Struct, frozen=True, kw_only=True):
    """Which executions of a machine to find, newest first. What is empty does not matter.

    `prefix` begins the name; `since` and `until` bound the start; `error` is part of the error's name, `text` of the
    input, the output or the cause, whatever their case. No more than `most` executions are looked at in one go.
    """

    machine_arn: str
    statuses: tuple[Status, ...] = ()
    redriven: bool | None = None
    prefix: str = ""
    since: Instant | None = None
    until: Instant | None = None
    error: str = ""
    text: str = ""
    limit: int = 50
    before: Key | None = None
    most: int = 20_000


class Found(Struct, frozen=True):
    """`records` have their error. `next` goes into `Search.before`: there may be more, among those that started
    `back_to` or earlier. `looked` executions were looked at."""

    records: list[ExecutionRecord]
    next: Key | None
    looked: int
    back_to: Instant | None


class Ended(Struct, frozen=True):
    """An execution that has ended, as statistics need it."""

    machine_arn: str
    status: Status
    started: Instant
    stopped: Instant
    error: str | None


class Chunk(Struct, frozen=True):
    """Some consecutive history events: the inside of a JSON array, in the wire form of the API."""

    first: int
    last: int
    body: bytes


class Store(Protocol):
    """Reads see everything whose save is done, and nothing else. They answer at once: the pages are local.

    `save` returns at once; `done` is called on the event loop when the change will survive a crash (or with the
    error that prevented it). At most one save per execution is under way at any moment.
    """

    @property
    def runs(self) -> RunStore:
        """The map runs, from `open` on."""

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Everything saved so far is done when this returns."""

    def next_key(self) -> Key: ...

    def save(self, save: Save, done: Done) -> None: ...

    def find(self, arn: str) -> Key | None: ...

    def load(self, keys: Sequence[Key]) -> list[Loaded]:
        """Those that exist, in no particular order."""

    def due(self, after: Instant, until: Instant) -> list[tuple[Instant, Key]]:
        """Running executions with after < next_due <= until."""

    def next_due(self, after: Instant) -> list[tuple[Instant, Key]]:
        """All executions that share the earliest next_due > after."""

    def busy(self) -> list[Key]: ...

    def record(self, arn: str) -> ExecutionRecord | None:
        """The whole record, with input and output."""

    def records(self, query: Query) -> Page: ...

    async def search(self, search: Search) -> Found: ...

    async def ended(self, since: Instant, limit: int) -> list[Ended]:
        """The first `limit` executions that ended after `since`, in the order of their ends."""

    def revision(self, id: str) -> Revision | None: ...

    def history(self, key: Key, first: int, last: int) -> list[Chunk]:
        """The chunks that hold events first..last, in order; the outer ones may hold more."""

    def count(self, machine_arn: str, status: Status) -> int: ...

    async def purge(self, before: Instant, limit: int = 1000) -> int:
        """Forget up to `limit` executions that ended before; how many they were."""

    # Small named things of the API: state machines, versions, aliases, tags, activities.
    def documents(self, kind: str) -> Mapping[str, bytes]: ...

    async def put(self, kind: str, key: str, value: bytes) -> None: ...

    async def delete(self, kind: str, key: str) -> None: ...
