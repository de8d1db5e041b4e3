"""Rows of a Parquet file. Needs pyarrow, which is the optional extra `treadle[parquet]`."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

from treadle.integrations.items.objects import Storage
from treadle.integrations.items.source import Item, Position, failed
from treadle.values import Json, Payload

# Rows that are decoded at a time.
ROWS = 1024


class ParquetRows:
    """Rows as objects, their columns as JSON values. Positions are row numbers.

    The file is copied to a temporary one first: its index stands at its end. It is read row group by row group.
    """

    def __init__(self, storage: Storage, place: dict[str, Json], source: str) -> None:
        self._storage, self._place, self._source = storage, place, source
        self._copy: IO[bytes] | None = None
        self._rows: Iterator[Json] = iter(())
        self._at = -1

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        first = position or 0
        if self._copy is None:
            self._copy = await self._download()
        return await asyncio.to_thread(self._take, self._copy, first, most)

    async def _download(self) -> IO[bytes]:
        # It lives as long as the reader.
        file = tempfile.TemporaryFile()  # noqa: SIM115
        size = 0
        while block := await self._storage.read(self._place, size):
            await asyncio.to_thread(file.write, block)
            size += len(block)
        return file

    def _take(self, file: IO[bytes], first: int, most: int) -> list[Item]:
        if self._at != first:
            self._rows, self._at = rows(file, first), first
        items: list[Item] = []
        for row in self._rows:
            self._at += 1
            items.append(Item(Payload(row), self._at, source=self._source))
            if len(items) == most:
                break
        return items


def rows(file: IO[bytes], first: int) -> Iterator[Json]:
    """The rows from number `first` on."""
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        raise failed("Parquet files need pyarrow, which is not installed: pip install 'treadle[parquet]'") from None
    try:
        table = parquet.ParquetFile(file)
    except ArrowInvalid as problem:
        raise failed(f"Unable to read the file as Parquet: {problem}") from None
    for number in range(table.num_row_groups):
        count = table.metadata.row_group(number).num_rows
        if first >= count:
            first -= count
            continue
        for batch in table.iter_batches(batch_size=ROWS, row_groups=[number]):
            for row in batch.slice(first).to_pylist():
                yield plain(row)
            first = max(0, first - len(batch))


def plain(value: Any) -> Json:
    """A value of pyarrow as JSON: times as ISO text, bytes as Base64, decimals as text."""
    match value:
        case dict():
            return {str(name): plain(member) for name, member in value.items()}
        case list() | tuple():
            return [plain(member) for member in value]
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal():
            return str(value)
        case _:
            return value
