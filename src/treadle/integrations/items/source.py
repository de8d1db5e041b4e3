"""Where the items of a distributed Map come from: one protocol for state data, S3 objects, listings and manifests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

from treadle.values import Json, Payload, StatesError

READER_FAILED = "States.ItemReaderFailed"
# A place between two items, as JSON: None is the beginning. Only the source that made it understands it.
Position: TypeAlias = Json


class Item(NamedTuple):
    """One item, and where the source goes on after it. `source` is what `Map.Item.Source` shows."""

    value: Payload
    next: Position
    key: str | None = None
    source: str = "STATE_DATA"


class Source(Protocol):
    """Items in an order that never changes, from any position that was given before."""

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        """Up to `most` items from `position` on; none at the end. Raises StatesError States.ItemReaderFailed."""


class StateItems:
    """An array of the state's input, or the members of an object."""

    def __init__(self, items: Json) -> None:
        self._keys = list(items) if isinstance(items, dict) else None
        pairs = [{"Key": key, "Value": value} for key, value in items.items()] if isinstance(items, dict) else items
        self._items: list[Json] = pairs

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        first = position or 0
        return [
            Item(Payload(value), number + 1, None if self._keys is None else self._keys[number])
            for number, value in enumerate(self._items[first : first + most], first)
        ]


def failed(cause: str) -> StatesError:
    return StatesError(READER_FAILED, cause)
