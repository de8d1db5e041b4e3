"""Items become the inputs of children: selected, put into batches, a page at a time."""

from __future__ import annotations

from msgspec import UNSET, Struct

from treadle.asl.errors import PAYLOAD_LIMIT
from treadle.engine.distributed import Selection
from treadle.integrations.items.source import Item, Position, Source, failed
from treadle.runtime.maps.order import BatchOrder, Order
from treadle.values import Json, Payload, dumps

# MaxItems at most: developer guide, "ItemReader". Bytes of a batch at most: the size of a payload.
MOST_ITEMS = 100_000_000
# Children, items and bytes of a page, and how many items are asked of the source at a time.
CHILDREN = 256
PAGE_BYTES = 4 * 1024 * 1024
CHUNK = 256


class ChildInput(Struct, frozen=True):
    input: Payload
    items: int


class ChildPage(Struct, frozen=True):
    """`position` is where the next page begins: [where the source goes on, number of the next item]."""

    children: list[ChildInput]
    position: Json
    end: bool


class Pages:
    """Cuts a source into pages of children. A page that is read again from its position is the same again."""

    def __init__(self, source: Source, order: Order, selection: Selection) -> None:
        self._source, self._selection = source, selection
        config = {} if order.reader is None else order.reader.config
        self._most = positive("MaxItems", config.get("MaxItems"), MOST_ITEMS)
        self._batch = None if order.batch is None else Batch(order.batch)
        self._ahead: list[Item] = []
        self._ahead_at: Position = None

    async def read(self, position: Json, count: int = CHILDREN) -> ChildPage:
        """Up to `count` children from `position` on. Raises StatesError."""
        at, number = position or [None, 0]
        children: list[ChildInput] = []
        size = 0
        while len(children) < count and size < PAGE_BYTES:
            items = await self._peek(at, number)
            if not items:
                return ChildPage(children, [at, number], True)
            taken = self._take(items, number, children)
            size += children[-1].input.size()
            number += taken
            at = items[taken - 1].next
            del items[:taken]
            self._ahead_at = at
        return ChildPage(children, [at, number], False)

    def _take(self, items: list[Item], number: int, children: list[ChildInput]) -> int:
        """Make one more child out of the first items; how many it took."""
        if self._batch is None:
            item = items[0]
            children.append(ChildInput(self._selection.input(number, item.value, item.key, item.source), 1))
            return 1
        batch = self._batch
        chosen: list[Json] = []
        size = batch.overhead
        for offset, item in enumerate(items[: batch.items]):
            value = self._selection.input(number + offset, item.value, item.key, item.source)
            if chosen and size + value.size() + 1 > batch.bytes:
                break
            size += value.size() + 1
            chosen.append(value.value)
        children.append(ChildInput(Payload(batch.head | {"Items": chosen}), len(chosen)))
        return len(chosen)

    async def _peek(self, at: Position, number: int) -> list[Item]:
        """The items at a position, at least as many as one batch may take while there are any."""
        if self._ahead_at != at:
            self._ahead, self._ahead_at = [], at
        need = 1 if self._batch is None else self._batch.items
        while len(self._ahead) < need:
            beyond = self._ahead[-1].next if self._ahead else at
            room = self._most - number - len(self._ahead)
            more = await self._source.read(beyond, min(max(need, CHUNK), room)) if room > 0 else ()
            if not more:
                break
            self._ahead += more
        return self._ahead


class Batch:
    """The limits of a batch, and what its input begins with."""

    def __init__(self, order: BatchOrder) -> None:
        self.bytes = positive("MaxInputBytesPerBatch", order.bytes, PAYLOAD_LIMIT)
        # Without a number only the bytes limit a batch; an item has at least one.
        self.items = positive("MaxItemsPerBatch", order.items, self.bytes)
        self.head: dict[str, Json] = {} if order.input is UNSET else {"BatchInput": order.input}
        self.overhead = len(dumps(self.head | {"Items": []}).encode())


def positive(field: str, value: int | None, most: int) -> int:
    """A limit of a reader or batcher; 0 is none. Raises StatesError in AWS's words for a negative one."""
    if value is not None and value < 0:
        raise failed(f"field {field} must be positive")
    return min(value or most, most)
