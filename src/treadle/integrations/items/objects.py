"""S3 as readers and writers of distributed Maps use it: bytes of objects in blocks, listings, uploads."""

from __future__ import annotations

import zlib
from typing import Any, Protocol

import zstandard

from treadle.aws import AwsError, Caller
from treadle.integrations.integration import World
from treadle.integrations.items.source import failed
from treadle.integrations.models import api
from treadle.integrations.wording import sdk_cause
from treadle.values import Json, StatesError

# Bytes of an object that are asked for at a time.
BLOCK = 4 * 1024 * 1024
# Members of a reader's Parameters that GetObject takes too.
_GET = ("Bucket", "Key", "VersionId", "ExpectedBucketOwner")


class Storage:
    """The S3 that one map run sees: in the account and region of its machine, as the machine's role."""

    def __init__(self, world: World, caller: Caller, role: str | None) -> None:
        self._world, self._caller, self._role = world, caller, role

    async def call(self, operation: str, params: dict[str, Any]) -> Any:
        """Raises AwsError."""
        return await self._world.aws(self._caller, "s3", operation, params, self._role)

    async def read(self, place: dict[str, Json], start: int, size: int = BLOCK) -> bytes:
        """Up to `size` bytes of an object; none at its end. Raises StatesError States.ItemReaderFailed."""
        params = {name: str(place[name]) for name in _GET if name in place}
        try:
            answer = await self.call("GetObject", params | {"Range": f"bytes={start}-{start + size - 1}"})
        except AwsError as error:
            if error.status == 416 or error.code == "InvalidRange":
                return b""
            raise reader_failure(error) from None
        body = answer["Body"]
        return bytes(body.read() if hasattr(body, "read") else body)

    async def list(self, params: dict[str, Json]) -> Any:
        """One page of ListObjectsV2. Raises StatesError States.ItemReaderFailed."""
        try:
            return await self.call("ListObjectsV2", params)
        except AwsError as error:
            raise reader_failure(error) from None


def reader_failure(error: AwsError) -> StatesError:
    return failed(sdk_cause(api("s3"), error))


class Blocks(Protocol):
    """The bytes of one object, unpacked."""

    async def read(self, offset: int) -> bytes:
        """Some bytes from `offset` on; none at the end."""


class PlainBlocks:
    def __init__(self, storage: Storage, place: dict[str, Json]) -> None:
        self._storage, self._place = storage, place

    async def read(self, offset: int) -> bytes:
        return await self._storage.read(self._place, offset)


class PackedBlocks:
    """A compressed object. Going back means to unpack from the beginning: only a restart does that."""

    def __init__(self, storage: Storage, place: dict[str, Json], kind: str) -> None:
        self._storage, self._place, self._kind = storage, place, kind
        self._rewind()

    def _rewind(self) -> None:
        self._expand: Any = None
        self._taken = 0  # bytes of the object
        self._made = 0  # bytes unpacked before `_ahead`
        self._ahead = b""
        self._rest = b""

    async def read(self, offset: int) -> bytes:
        if offset < self._made:
            self._rewind()
        while True:
            skip = offset - self._made
            if skip < len(self._ahead):
                return self._ahead[skip:]
            self._made += len(self._ahead)
            self._ahead = await self._next()
            if not self._ahead:
                return b""

    async def _next(self) -> bytes:
        """The next bytes, unpacked; none at the end."""
        while True:
            data = self._rest or await self._storage.read(self._place, self._taken, BLOCK // 4)
            if not self._rest:
                self._taken += len(data)
            self._rest = b""
            if not data:
                return b""
            try:
                made = self._unpack(data)
            except (zlib.error, zstandard.ZstdError) as problem:
                raise failed(f"The object cannot be decompressed: {problem}") from None
            if made:
                return made

    def _unpack(self, data: bytes) -> bytes:
        if self._expand is None:
            self._expand = (
                zlib.decompressobj(31) if self._kind == "gzip" else zstandard.ZstdDecompressor().decompressobj()
            )
        made: bytes = self._expand.decompress(data)
        if self._expand.eof:
            # Files may consist of several members or frames.
            self._rest, self._expand = self._expand.unused_data, None
        return made


def blocks(storage: Storage, place: dict[str, Json]) -> Blocks:
    """The bytes of an object; the ending of its key tells how they are packed."""
    key = str(place.get("Key", ""))
    if key.endswith(".gz"):
        return PackedBlocks(storage, place, "gzip")
    if key.endswith((".zst", ".zstd")):
        return PackedBlocks(storage, place, "zstd")
    return PlainBlocks(storage, place)


class Window:
    """A piece of an object in memory: the bytes from one offset on, as many as were asked for."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._start = 0  # offset of the first byte in `data`
        self.data = b""
        self.at = 0  # index in `data`
        self.whole = False  # `data` reaches the end of the object

    @property
    def offset(self) -> int:
        return self._start + self.at

    def move(self, offset: int) -> None:
        """Go to an offset; what lies before it is forgotten now and then."""
        index = offset - self._start
        if not 0 <= index <= len(self.data):
            self._start, self.data, self.at, self.whole = offset, b"", 0, False
            return
        self.at = index
        if index > BLOCK:
            self._start, self.data, self.at = offset, self.data[index:], 0

    async def more(self) -> bool:
        """Get the next bytes; False when there are none."""
        if self.whole:
            return False
        if self.at:
            self._start, self.data, self.at = self.offset, self.data[self.at :], 0
        block = await self._blocks.read(self._start + len(self.data))
        self.whole = not block
        self.data += block
        return bool(block)

    async def rest(self, most: int) -> bytes:
        """Everything from here on. Raises StatesError when that is more than `most` bytes."""
        parts = [self.data[self.at :]]
        size = len(parts[0])
        self._start, self.data, self.at = self.offset, b"", 0
        while block := await self._blocks.read(self._start + size):
            parts.append(block)
            size += len(block)
            if size > most:
                raise failed(f"The object is larger than {most} bytes.")
        return b"".join(parts)
