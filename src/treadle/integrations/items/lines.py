"""Items in lines: JSON Lines, and CSV, whose records may span several of them. Positions are byte offsets."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from treadle.integrations.items.objects import Blocks, Window
from treadle.integrations.items.source import Item, Position, failed
from treadle.values import Payload, loads

DELIMITERS: Mapping[str, str] = MappingProxyType(
    {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
)
_MARK = b"\xef\xbb\xbf"  # of UTF-8


class JsonLines:
    """One JSON value per line; empty lines are none."""

    def __init__(self, blocks: Blocks, source: str) -> None:
        self._window, self._source = Window(blocks), source

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        window = self._window
        window.move(position or 0)
        items: list[Item] = []
        while len(items) < most:
            line = await next_line(window)
            if line is None:
                break
            text = line.strip()
            if text.startswith(_MARK):
                text = text[len(_MARK) :]
            if text:
                items.append(Item(_parsed(text, window.offset), window.offset, source=self._source))
        return items


def _parsed(text: bytes, offset: int) -> Payload:
    try:
        return Payload(loads(text))
    except ValueError as problem:
        raise failed(f"Unable to parse a line of the file as JSON, before byte {offset}: {problem}") from None


async def next_line(window: Window) -> bytes | None:
    """The line at the window's place, which moves behind it; None at the end."""
    searched = 0
    while True:
        end = window.data.find(b"\n", window.at + searched)
        if end >= 0:
            break
        searched = len(window.data) - window.at
        if not await window.more():
            if not searched:
                return None
            end = len(window.data)
            break
    line = window.data[window.at : end]
    window.at = min(end + 1, len(window.data))
    return line


class CsvRows:
    """Rows as objects of strings. Without `headers` the first row has them (guide: "ItemReader (Map)", CSV).

    Short rows are filled with empty strings, long ones cut. Quotes are doubled inside quoted fields; a backslash
    escapes a backslash, a quote or the delimiter and nothing else.
    """

    def __init__(self, blocks: Blocks, source: str, delimiter: str, headers: Sequence[str] | None) -> None:
        self._window, self._source, self._delimiter = Window(blocks), source, delimiter
        self._given = headers
        self._headers: Sequence[str] = ()
        self._begin: int | None = None
        quote = re.escape(delimiter.encode())
        self._quoted = re.compile(rb"(?:^|" + quote + rb')\s*"')

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        if self._begin is None:
            self._begin = await self._open()
        window = self._window
        window.move(self._begin if position is None else position)
        records: list[str] = []
        ends: list[int] = []
        while len(records) < most:
            record = await self._record()
            if record is None:
                break
            if record:
                records.append(record)
                ends.append(window.offset)
        items = []
        for row, end in zip(self._rows(records), ends, strict=True):
            cells = row if len(row) >= len(self._headers) else [*row, *[""] * (len(self._headers) - len(row))]
            value = Payload(dict(zip(self._headers, cells, strict=False)))
            items.append(Item(value, end, source=self._source))
        return items

    async def _open(self) -> int:
        """Find the headers; the offset where the rows begin."""
        window = self._window
        window.move(0)
        await window.more()
        if window.data.startswith(_MARK):
            window.at = len(_MARK)
        headers = self._given
        if headers is None:
            record: str | None = ""
            while record == "":
                record = await self._record()
            headers = [] if record is None else self._rows([record])[0]
        if len(set(headers)) < len(headers):
            raise failed("CSV headers cannot contain duplicates.")
        self._headers = headers
        return window.offset

    async def _record(self) -> str | None:
        """The next record, with the line ends inside its quotes but not its own."""
        line = await next_line(self._window)
        if line is None:
            return None
        if b'"' in line and self._quoted.search(line):
            parts = [line]
            while _is_open(line):
                more = await next_line(self._window)
                if more is None:
                    break
                parts.append(more)
                line = b"\n".join(parts)
        return line.removesuffix(b"\r").decode(errors="replace")

    def _rows(self, records: list[str]) -> list[list[str]]:
        if any("\\" in record for record in records):
            return [split(record, self._delimiter) for record in records]
        return list(csv.reader(records, delimiter=self._delimiter))


def _is_open(line: bytes) -> bool:
    """Whether a quoted field goes on in the next line."""
    return (line.count(b'"') - line.count(b'\\"')) % 2 == 1


def split(record: str, delimiter: str) -> list[str]:
    """The fields of a record in which backslashes occur."""
    fields: list[str] = []
    field: list[str] = []
    quoted = False
    position = 0
    while position < len(record):
        char = record[position]
        following = record[position + 1 : position + 2]
        if char == "\\" and following and following in ("\\", '"', delimiter):
            field.append(following)
            position += 1
        elif quoted:
            if char != '"':
                field.append(char)
            elif following == '"':
                field.append('"')
                position += 1
            else:
                quoted = False
        elif char == '"' and not field:
            quoted = True
        elif char == delimiter:
            fields.append("".join(field))
            field = []
        else:
            field.append(char)
        position += 1
    return [*fields, "".join(field)]
