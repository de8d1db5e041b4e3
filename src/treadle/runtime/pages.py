"""Pages of a history, cut out of the chunks it is stored in: the events themselves are never decoded."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from treadle.engine.execution import EventId
from treadle.runtime.store import Chunk, Key, Store

_events = msgspec.json.Decoder(list[msgspec.Raw])


class HistoryPage(Struct, frozen=True):
    """`body` is the inside of a JSON array in the wire form of the API. `next` continues, None at the end."""

    body: bytes
    next: EventId | None = None


def forward(store: Store, key: Key, after: EventId, limit: int) -> HistoryPage:
    """Up to `limit` events that follow `after` (0 for the first page)."""
    first, last = after + 1, after + limit
    # One more is asked for, to know whether there is more.
    chunks = store.history(key, first, last + 1)
    parts = [chunk.body if first <= chunk.first and chunk.last <= last else b",".join(cut(chunk, first, last))
             for chunk in chunks]  # fmt: skip
    more = bool(chunks) and chunks[-1].last > last
    return HistoryPage(b",".join(part for part in parts if part), last if more else None)


def backward(store: Store, key: Key, before: EventId, limit: int) -> HistoryPage:
    """Up to `limit` events before `before` (the number of events + 1 for the first page), the latest first."""
    first, last = max(1, before - limit), before - 1
    events = [event for chunk in store.history(key, first, last) for event in cut(chunk, first, last)]
    return HistoryPage(b",".join(reversed(events)), first if first > 1 else None)


def cut(chunk: Chunk, first: EventId, last: EventId) -> list[bytes]:
    """Those events of a chunk that lie in first..last."""
    events = _events.decode(b"[" + chunk.body + b"]")
    return [bytes(event) for event in events[max(0, first - chunk.first) : last - chunk.first + 1]]
