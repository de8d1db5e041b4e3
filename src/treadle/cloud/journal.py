"""The journal of calls that changed the cloud's state, on disk before they are answered; and the blobs beside it.

A directory holds `journal-<n>.log` (records from number n on), `snapshot-<n>.bin` (the state after record n) and
`blobs/<sha256>`. A record is length, CRC-32 and msgpack; a torn tail is what a crash leaves, and is cut off.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from treadle.cloud.frames import Ack, Call, Fire

# Bodies above this many bytes are kept as files named by their content.
BLOB_SIZE = 64 * 1024


class Record(msgspec.Struct, array_like=True, frozen=True):
    """One performed call: everything needed to perform it again with the same result."""

    number: int
    instant: float
    seed: bytes
    call: Call | Fire | Ack
    drawn: list[bytes] = []
    # SHA-256 of the body when it is a blob.
    blob: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


class Blobs:
    """Content-addressed files. A blob is written before anything refers to it, and synced by `Journal.commit`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._unsynced: list[Path] = []
        # Names kept since the last `mark`: the state in memory may refer to them although no record does.
        self._fresh: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, data: bytes) -> str:
        """Store `data`; its name."""
        name = hashlib.sha256(data).hexdigest()
        path = self.path(name)
        self._fresh.add(name)
        if not path.exists():
            fresh = path.with_suffix(".tmp")
            fresh.write_bytes(data)
            fresh.rename(path)
            self._unsynced.append(path)
        return name

    def join(self, parts: Iterable[bytes]) -> tuple[str, int]:
        """Store the parts as one blob, never all of them in memory; its name and size."""
        digest, size = hashlib.sha256(), 0
        fresh = self._directory / "joined.tmp"
        with fresh.open("wb") as file:
            for part in parts:
                digest.update(part)
                size += file.write(part)
        name = digest.hexdigest()
        path = self.path(name)
        self._fresh.add(name)
        if path.exists():
            fresh.unlink()
        else:
            fresh.rename(path)
            self._unsynced.append(path)
        return name, size

    def path(self, name: str) -> Path:
        return self._directory / name

    def sync(self) -> None:
        for path in self._unsynced:
            with path.open("rb") as file:
                os.fsync(file.fileno())
        if self._unsynced:
            sync_directory(self._directory)
        self._unsynced.clear()

    def mark(self) -> None:
        """A snapshot begins: what is kept from now on is not in it."""
        self._fresh = set()

    def sweep(self, wanted: set[str]) -> None:
        """Delete every blob that is neither in `wanted` nor kept since the last `mark`."""
        for path in self._directory.iterdir():
            if path.name not in wanted and path.name not in self._fresh:
                path.unlink(missing_ok=True)


class Journal:
    """Appends records to the newest segment. Not thread-safe: the cloud process has one thread."""

    def __init__(self, directory: Path, blobs: Blobs, sync: bool = True) -> None:
        self._directory = directory
        self._blobs = blobs
        self._sync = sync
        self._file = -1
        self._pending: list[bytes] = []
        self._urgent = False
        # Names of the blobs referred to by the records of each segment.
        self._segment_blobs: dict[int, set[str]] = {}
        self._segment = 0
        self.number = 0

    def replay(self, after: int) -> Iterator[Record]:
        """The records behind number `after`, in order; then the journal is ready for appending.

        Raises OSError when a record is missing: a gap means lost files, not a crash.
        """
        self.number = after
        segments = sorted(_segments(self._directory))
        for start, path in segments:
            blobs = self._segment_blobs.setdefault(start, set())
            for record in _read(path, truncate=(start, path) == segments[-1]):
                if record.blob:
                    blobs.add(record.blob)
                if record.number <= after:
                    continue
                if record.number != self.number + 1:
                    raise OSError(f"{path}: record {self.number + 1} is missing")
                self.number = record.number
                yield record
        self._open(segments[-1][0] if segments else after + 1)

    def append(
        self, instant: float, seed: bytes, call: Call | Fire | Ack, drawn: list[bytes], urgent: bool = True
    ) -> int:
        """Add a record; it is on disk after `commit`. One that is not `urgent` may wait for the next that is."""
        blob = ""
        if isinstance(call, Call) and len(call.body) > BLOB_SIZE:
            blob = self._blobs.keep(call.body)
            call = msgspec.structs.replace(call, body=b"")
            self._segment_blobs[self._segment].add(blob)
        self.number += 1
        data = _encode(Record(self.number, instant, seed, call, drawn, blob))
        self._pending.append(len(data).to_bytes(4, "big") + zlib.crc32(data).to_bytes(4, "big") + data)
        self._urgent = self._urgent or urgent
        return self.number

    def body(self, record: Record) -> Call | Fire | Ack:
        """The call of `record` with its body read back."""
        if not record.blob or not isinstance(record.call, Call):
            return record.call
        return msgspec.structs.replace(record.call, body=self._blobs.path(record.blob).read_bytes())

    def commit(self) -> None:
        """One write and one sync for everything appended since the last commit."""
        if not self._urgent:
            return
        if self._sync:
            self._blobs.sync()
        _write_all(self._file, b"".join(self._pending))
        if self._sync:
            _sync_data(self._file)
        self._pending.clear()
        self._urgent = False

    def rotate(self) -> int:
        """Continue in a new segment. The number of the last record before it."""
        self._urgent = bool(self._pending)
        self.commit()
        self._open(self.number + 1)
        self._blobs.mark()
        return self.number

    def forget(self, upto: int, snapshot_blobs: set[str]) -> None:
        """Drop what the snapshot after record `upto` makes superfluous: older segments and snapshots, unused blobs."""
        for start, path in _segments(self._directory):
            if start <= upto and start != self._segment:
                path.unlink()
                self._segment_blobs.pop(start, None)
        for number, path in snapshots(self._directory):
            if number < upto:
                path.unlink()
        self._blobs.sweep(snapshot_blobs.union(*self._segment_blobs.values()))

    def close(self) -> None:
        self._urgent = bool(self._pending)
        self.commit()
        os.close(self._file)

    def _open(self, start: int) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._segment = start
        self._segment_blobs.setdefault(start, set())
        path = self._directory / f"journal-{start:012d}.log"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        sync_directory(self._directory)


def snapshots(directory: Path) -> list[tuple[int, Path]]:
    """Number and path of the complete snapshots, oldest first."""
    return sorted((int(path.stem.partition("-")[2]), path) for path in directory.glob("snapshot-*.bin"))


def sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Only the data matters; not every system has the cheaper call.
_sync_data = getattr(os, "fdatasync", os.fsync)


def _segments(directory: Path) -> list[tuple[int, Path]]:
    return [(int(path.stem.partition("-")[2]), path) for path in directory.glob("journal-*.log")]


def _read(path: Path, truncate: bool) -> Iterator[Record]:
    data = path.read_bytes()
    start = 0
    while start + 8 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        body = data[start + 8 : start + 8 + size]
        if len(body) < size or zlib.crc32(body) != int.from_bytes(data[start + 4 : start + 8], "big"):
            break
        yield _decode(body)
        start += 8 + size
    if start < len(data):
        if not truncate:
            raise OSError(f"{path}: damaged at byte {start}")
        with path.open("r+b") as file:
            file.truncate(start)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
