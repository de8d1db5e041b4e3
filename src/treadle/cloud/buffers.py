"""The content of an S3 object: small ones in memory, large ones in a blob file. Cloud process only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from treadle.cloud.journal import BLOB_SIZE, Blobs

# Where large bodies go; set once when the process starts.
_blobs: list[Blobs] = []


def store_in(blobs: Blobs) -> None:
    _blobs[:] = [blobs]


class Unread:
    """The content of a large object of which a piece will be asked for: as much of `bytes` as that needs."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __len__(self) -> int:
        return self.body.size

    def __getitem__(self, wanted: slice) -> bytes:
        start, end, _ = wanted.indices(self.body.size)
        return self.body.piece(start, end)


class Body:
    """What moto's FakeKey needs of a file: seek to the start, truncate, write it all, read, close.

    Content never changes in place, so a copy may share it.
    """

    __slots__ = ("blob", "data", "size", "spot")

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.blob, self.size, self.spot = b"", "", 0, 0
        if data:
            self.write(data)

    @classmethod
    def joined(cls, parts: Iterable[bytes]) -> Body:
        """The parts as one body, read one after the other."""
        body = cls()
        body.blob, body.size = _blobs[0].join(parts)
        if body.size <= BLOB_SIZE:
            body.data, body.blob = body._content(), ""
        return body

    def seek(self, spot: int) -> int:
        self.spot = spot
        return spot

    def truncate(self) -> None:
        kept = self._content()[: self.spot] if self.spot else b""
        self.data, self.blob, self.size = kept, "", len(kept)

    def write(self, data: bytes) -> int:
        content = self._content()[: self.spot] + bytes(data) if self.spot else bytes(data)
        self.size = self.spot = len(content)
        if len(content) > BLOB_SIZE:
            self.data, self.blob = b"", _blobs[0].keep(content)
        else:
            self.data, self.blob = content, ""
        return len(data)

    def read(self, size: int = -1) -> bytes:
        if self.blob:
            with self._path().open("rb") as file:
                file.seek(self.spot)
                found = file.read(size)
        else:
            found = self.data[self.spot :] if size < 0 else self.data[self.spot : self.spot + size]
        self.spot += len(found)
        return found

    def piece(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end` (exclusive), without reading the rest."""
        if not self.blob:
            return self.data[start:end]
        with self._path().open("rb") as file:
            file.seek(start)
            return file.read(max(0, end - start))

    def close(self) -> None:
        """Nothing to release: blobs are swept when no snapshot and no record refers to them."""

    def _content(self) -> bytes:
        return self._path().read_bytes() if self.blob else self.data

    def _path(self) -> Path:
        return _blobs[0].path(self.blob)
