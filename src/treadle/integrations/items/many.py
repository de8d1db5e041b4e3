"""Items from many objects: listings of a bucket, the objects of a listing, the files of a manifest."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from treadle.integrations.items.objects import Storage, Window, blocks
from treadle.integrations.items.source import Item, Position, Source, failed
from treadle.values import Json, Payload, loads

# A manifest names files; it is no file of data.
MANIFEST_SIZE = 64 * 1024 * 1024


class Listing:
    """`s3:listObjectsV2`: one item per object, as AWS writes them. Positions are keys."""

    def __init__(self, storage: Storage, params: dict[str, Json]) -> None:
        self._storage, self._params = storage, params
        self._source = f"S3://{params.get('Bucket', '')}"

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        params: dict[str, Any] = self._params | {"MaxKeys": min(most, 1000)}
        if position is not None:
            params["StartAfter"] = position
        found = await self._storage.list(params)
        return [
            Item(Payload(described(entry)), entry["Key"], source=self._source) for entry in found.get("Contents", ())
        ]


def described(entry: dict[str, Any]) -> Json:
    """An object of a listing, members as recorded in the developer guide ("ItemReader (Map)")."""
    modified = entry["LastModified"]
    return {
        "Etag": entry.get("ETag", ""),
        "Key": entry["Key"],
        "LastModified": int(modified.timestamp() if hasattr(modified, "timestamp") else modified),
        "Size": entry.get("Size", 0),
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


class Files(Protocol):
    """Files in an order that never changes."""

    async def first(self, after: Json) -> tuple[Json, Source] | None:
        """The first file behind the one called `after` (None: the first of all), with its name."""

    def open(self, name: Json) -> Source: ...


class Chain:
    """The items of files, one file after the other. Positions are [file, position in it]."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._name: Json = None
        self._open: Source | None = None

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        name, inner = position or (None, None)
        if name is None or self._open is None or name != self._name:
            if name is not None:
                self._name, self._open = name, self._files.open(name)
            elif not await self._go_on(None):
                return []
        while self._open is not None:
            items = await self._open.read(inner, most)
            if items:
                return [item._replace(next=[self._name, item.next]) for item in items]
            if not await self._go_on(self._name):
                return []
            inner = None
        return []

    async def _go_on(self, after: Json) -> bool:
        following = await self._files.first(after)
        if following is None:
            return False
        self._name, self._open = following
        return True


class ListedFiles:
    """The objects of a listing, each read by itself (LOAD_AND_FLATTEN); what the console calls folders are none."""

    def __init__(self, storage: Storage, params: dict[str, Json], opener: Callable[[dict[str, Json]], Source]) -> None:
        self._listing = Listing(storage, params)
        self._bucket, self._opener = params.get("Bucket"), opener

    async def first(self, after: Json) -> tuple[Json, Source] | None:
        while True:
            items = await self._listing.read(after, 1)
            if not items:
                return None
            after = items[0].next
            if not str(after).endswith("/"):
                return after, self.open(after)

    def open(self, name: Json) -> Source:
        return self._opener({"Bucket": self._bucket, "Key": name})


class ManifestFiles:
    """The files that a manifest names, numbered."""

    def __init__(self, places: list[dict[str, Json]], opener: Callable[[dict[str, Json]], Source]) -> None:
        self._places, self._opener = places, opener

    async def first(self, after: Json) -> tuple[Json, Source] | None:
        number = 0 if after is None else after + 1
        return (number, self.open(number)) if number < len(self._places) else None

    def open(self, name: Json) -> Source:
        return self._opener(self._places[name])


class Manifest:
    """A Source whose files are known once the manifest has been read."""

    def __init__(self, storage: Storage, place: dict[str, Json], chain: Callable[[bytes], Chain]) -> None:
        self._storage, self._place, self._make = storage, place, chain
        self._chain: Chain | None = None

    async def read(self, position: Position, most: int) -> Sequence[Item]:
        if self._chain is None:
            self._chain = self._make(await Window(blocks(self._storage, self._place)).rest(MANIFEST_SIZE))
        return await self._chain.read(position, most)


def inventory(text: bytes) -> tuple[list[str], list[dict[str, Json]]]:
    """The columns and the files of an S3 inventory's manifest.json."""
    try:
        manifest = loads(text)
        if manifest["fileFormat"] != "CSV":
            raise failed(f"An S3 inventory in {manifest['fileFormat']} cannot be read: only CSV can.")
        bucket = manifest["destinationBucket"].removeprefix("arn:aws:s3:::")
        columns = [name.strip() for name in manifest["fileSchema"].split(",")]
        return columns, [{"Bucket": bucket, "Key": file["key"]} for file in manifest["files"]]
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise failed(f"The manifest of the S3 inventory cannot be read: {problem!r}") from None


def unloaded(text: bytes) -> list[dict[str, Json]]:
    """The files that the manifest of an Athena UNLOAD names: one `s3://bucket/key` per line."""
    places: list[dict[str, Json]] = []
    for row in csv.reader(text.decode().splitlines()):
        if row:
            bucket, slash, key = row[0].strip().removeprefix("s3://").partition("/")
            if not slash or not row[0].strip().startswith("s3://"):
                raise failed(f"The Athena manifest names no object of S3: {row[0]}")
            places.append({"Bucket": bucket, "Key": key})
    return places
