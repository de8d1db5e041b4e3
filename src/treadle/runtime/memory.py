"""A Store that forgets: for tests, for express runs, for a server without a data directory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from treadle.engine.execution import Execution, Status
from treadle.engine.history import encode
from treadle.runtime.maps.store import MemoryRuns
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.store import Chunk, Done, Ended, Found, Key, Loaded, Page, Query, Save, Search
from treadle.runtime.summaries import describe, summarize
from treadle.values import Instant


class MemoryStore:
    """Saves are done on the next turn of the event loop."""

    def __init__(self) -> None:
        self._rows: dict[Key, Loaded] = {}
        self._keys: dict[str, Key] = {}
        self._chunks: dict[Key, list[Chunk]] = {}
        self._documents: dict[str, dict[str, bytes]] = {}
        self._last = 0
        self.runs = MemoryRuns()

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        await asyncio.sleep(0)

    def next_key(self) -> Key:
        self._last += 1
        return self._last

    def save(self, save: Save, done: Done) -> None:
        asyncio.get_running_loop().call_soon(self._keep, save, done)

    def _keep(self, save: Save, done: Done) -> None:
        if save.replaces is not None:
            self._forget(save.replaces)
        trace = save.trace_header if save.fresh else self._rows[save.key].trace_header
        self._rows[save.key] = Loaded(
            key=save.key,
            execution=save.execution,
            revision=save.revision,
            next_due=save.next_due,
            busy=save.busy,
            trace_header=trace,
        )
        self._keys[save.execution.facts.arn] = save.key
        if save.events:
            chunk = Chunk(save.events[0].id, save.events[-1].id, encode(list(save.events)))
            self._chunks.setdefault(save.key, []).append(chunk)
        done(None)

    def _forget(self, key: Key) -> None:
        del self._keys[self._rows.pop(key).execution.facts.arn]
        self._chunks.pop(key, None)

    # -- reading
    def find(self, arn: str) -> Key | None:
        return self._keys.get(arn)

    def load(self, keys: Sequence[Key]) -> list[Loaded]:
        return [self._rows[key] for key in keys if key in self._rows]

    def due(self, after: Instant, until: Instant) -> list[tuple[Instant, Key]]:
        times = [(row.next_due, key) for key, row in self._rows.items() if row.next_due is not None]
        return [(at, key) for at, key in times if after < at <= until]

    def next_due(self, after: Instant) -> list[tuple[Instant, Key]]:
        times = [row.next_due for row in self._rows.values() if row.next_due is not None and row.next_due > after]
        return self.due(after, min(times)) if times else []

    def busy(self) -> list[Key]:
        return [key for key, row in self._rows.items() if row.busy]

    def record(self, arn: str) -> ExecutionRecord | None:
        key = self._keys.get(arn)
        return None if key is None else describe(*_parts(self._rows[key]))

    def records(self, query: Query) -> Page:
        found = [
            row
            for row in reversed(self._rows.values())
            if _belongs(row, query)
            and (query.before is None or row.key < query.before)
            and query.status in (None, row.execution.status)
            and query.redriven in (None, row.execution.redrives > 0)
        ]
        found.sort(key=lambda row: row.key, reverse=True)
        page = found[: query.limit]
        records = [summarize(*_parts(row)) for row in page]
        return Page(records, page[-1].key if len(found) > query.limit else None)

    async def search(self, search: Search) -> Found:
        top = float("inf") if search.before is None else search.before
        rows = sorted((row for row in self._rows.values() if row.key < top), key=lambda row: -row.key)
        mine = [row for row in rows if row.execution.facts.machine_arn == search.machine_arn][: search.most]
        found = [row for row in mine if _fits(row.execution, search)]
        page = found[: search.limit]
        cut = len(found) > search.limit
        last = page[-1] if cut else mine[-1] if len(mine) == search.most else None
        records = [replace(summarize(*_parts(row)), error=describe(*_parts(row)).error) for row in page]
        back_to = None if last is None else last.execution.facts.started_at
        return Found(records, None if last is None else last.key, len(mine), back_to)

    async def ended(self, since: Instant, limit: int) -> list[Ended]:
        rows = [row.execution for row in self._rows.values()]
        found = [_ended(execution) for execution in rows if (execution.stopped_at or 0.0) > since]
        return sorted(found, key=lambda one: one.stopped)[:limit]

    def revision(self, id: str) -> Revision | None:
        return next((row.revision for row in self._rows.values() if row.revision.id == id), None)

    def history(self, key: Key, first: int, last: int) -> list[Chunk]:
        return [chunk for chunk in self._chunks.get(key, ()) if chunk.last >= first and chunk.first <= last]

    def count(self, machine_arn: str, status: Status) -> int:
        rows = [row.execution for row in self._rows.values()]
        return sum(row.facts.machine_arn == machine_arn and row.status == status for row in rows)

    async def purge(self, before: Instant, limit: int = 1000) -> int:
        ended = [key for key, row in self._rows.items() if (row.execution.stopped_at or before) < before]
        for key in ended[:limit]:
            self._forget(key)
        return len(ended[:limit])

    # -- documents
    def documents(self, kind: str) -> Mapping[str, bytes]:
        return dict(self._documents.get(kind, {}))

    async def put(self, kind: str, key: str, value: bytes) -> None:
        self._documents.setdefault(kind, {})[key] = value

    async def delete(self, kind: str, key: str) -> None:
        self._documents.get(kind, {}).pop(key, None)


def _belongs(row: Loaded, query: Query) -> bool:
    if query.version_arn is not None:
        return row.revision.version_arn == query.version_arn
    if query.alias_arn is not None:
        return row.revision.alias_arn == query.alias_arn
    if query.map_run_arn is not None:
        return row.revision.map_run_arn == query.map_run_arn
    return row.execution.facts.machine_arn == query.machine_arn


def _fits(execution: Execution, search: Search) -> bool:
    facts, failure = execution.facts, execution.failure
    error = (failure and failure.error) or ""
    texts = (facts.input.text, execution.output and execution.output.text, failure and failure.cause)
    return (
        (not search.statuses or execution.status in search.statuses)
        and search.redriven in (None, execution.redrives > 0)
        and facts.name.startswith(search.prefix)
        and (search.since is None or facts.started_at >= search.since)
        and (search.until is None or facts.started_at < search.until)
        and search.error.lower() in error.lower()
        and (not search.text or any(search.text.lower() in (text or "").lower() for text in texts))
    )


def _ended(execution: Execution) -> Ended:
    facts, failure = execution.facts, execution.failure
    stopped = execution.stopped_at or facts.started_at
    error = None if failure is None else failure.error
    return Ended(facts.machine_arn, execution.status, facts.started_at, stopped, error)


def _parts(row: Loaded) -> tuple[Execution, Revision, str | None]:
    return row.execution, row.revision, row.trace_header
