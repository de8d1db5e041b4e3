"""Items of one JSON document: its array, or what an ItemsPointer leads to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from treadle.integrations.items.objects import Blocks, Window
from treadle.integrations.items.source import Item, Position, failed
from treadle.values import Json, Payload, loads

# A document up to this size is decoded at once; a longer one is taken apart as it is read, element by element.
SMALL = 32 * 1024 * 1024
# A document with an ItemsPointer has to be decoded at once.
MOST = 512 * 1024 * 1024
NOT_ITERABLE = "Attempting to map over non-iterable node."  # recorded
# A string, or what changes the depth, or a comma.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_SPACE = b" \t\r\n"


class Document:
    """The items of a JSON object in S3. Positions are numbers of items, or byte offsets of a long document."""

    def __init__(self, blocks: Blocks, source: str, pointer: str | None) -> None:
        self._blocks, self._source, self._pointer = blocks, source, pointer
        self._small: tuple[list[Json], list[str] | None] | None = None
        self._window: Window | None = None

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        if self._small is None and self._window is None:
            await self._open()
        if self._window is not None:
            return await self._elements(self._window, position, most)
        values, keys = self._small or ([], None)
        first = position or 0
        return [
            Item(Payload(value), number + 1, None if keys is None else keys[number], self._source)
            for number, value in enumerate(values[first : first + most], first)
        ]

    async def _open(self) -> None:
        window = Window(self._blocks)
        while len(window.data) <= SMALL and await window.more():
            pass
        if not window.whole and self._pointer is None:
            self._window = window
            return
        text = window.data if window.whole else await window.rest(MOST)
        try:
            document = loads(text)
        except ValueError as problem:
            raise failed(f"Unable to parse the file as JSON: {problem}") from None
        if self._pointer is not None:
            document = point(document, self._pointer)
        elif isinstance(document, dict):
            # Recorded for an object at the root; behind an ItemsPointer one is taken (guide: "ItemReader (Map)").
            raise failed(NOT_ITERABLE)
        if isinstance(document, dict):
            pairs = [{"Key": key, "Value": value} for key, value in document.items()]
            self._small = pairs, list(document)
        elif isinstance(document, list):
            self._small = document, None
        else:
            raise failed(NOT_ITERABLE)

    # -- a long array
    async def _elements(self, window: Window, position: Position, most: int) -> Sequence[Item]:
        if position is None:
            await _enter(window)
        else:
            window.move(position)
        items: list[Item] = []
        while len(items) < most:
            text = await _element(window)
            if text is None:
                break
            try:
                items.append(Item(Payload(loads(text)), window.offset, source=self._source))
            except ValueError as problem:
                raise failed(f"Unable to parse the file as JSON, before byte {window.offset}: {problem}") from None
        return items


def point(document: Json, pointer: str) -> Json:
    """The value at a JSON pointer (RFC 6901)."""
    found = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (LookupError, TypeError, ValueError):
            raise failed(f"The ItemsPointer '{pointer}' leads nowhere in the data.") from None
    return found


async def _enter(window: Window) -> None:
    """Go behind the bracket that opens the array."""
    window.move(0)
    if await _peek(window) != b"[":
        raise failed(NOT_ITERABLE)
    window.at += 1


async def _peek(window: Window) -> bytes:
    """The next byte that is no white space; the window moves to it."""
    while True:
        rest = len(window.data) - window.at
        kept = len(window.data[window.at : window.at + 4096].lstrip(_SPACE))
        skipped = min(rest, 4096) - kept
        window.at += skipped
        if kept:
            return window.data[window.at : window.at + 1]
        if window.at == len(window.data) and not await window.more():
            raise failed("Unable to parse the file as JSON: it ends inside an array.")


async def _element(window: Window) -> bytes | None:
    """The text of the next element; the window moves behind the comma that follows. None at the array's end."""
    if await _peek(window) == b"]":
        return None
    depth, spot = 0, window.at
    while True:
        token = _TOKEN.search(window.data, spot)
        if token is None or b'"' in window.data[spot : token.start()]:
            # The window ends inside the element, perhaps inside a string, whose content must not be taken for tokens.
            done = spot - window.at
            if not await window.more():
                raise failed("Unable to parse the file as JSON: it ends inside an array.")
            spot = window.at + done
            continue
        spot, char = token.end(), token.group()[:1]
        if char in b"[{":
            depth += 1
        elif depth:
            depth -= char in b"]}"
        elif char in b",]":
            text = window.data[window.at : token.start()]
            window.at = token.end() if char == b"," else token.start()
            return text
