"""ResultWriter: the results of a run as files in S3, in constant memory, and the manifest that names them.

Files and members as in the developer guide, "ResultWriter (Map)".
"""

from __future__ import annotations

from typing import Any

from treadle.aws import AwsError
from treadle.engine.maprun import Index, MapRun
from treadle.integrations.items.objects import Storage
from treadle.integrations.models import api
from treadle.integrations.wording import sdk_cause
from treadle.runtime.maps.order import Order
from treadle.runtime.maps.results import Outcome, outcomes, record_of, texts_of
from treadle.runtime.store import Store
from treadle.values import Json, Payload, StatesError, dumps

WRITER_FAILED = "States.ResultWriterFailed"
# Bytes of a part of an upload (S3 wants at least 5 MiB), and of a result file (guide: 5 GB).
PART = 8 * 1024 * 1024
FILE = 5_000_000_000
KINDS = ("FAILED", "PENDING", "SUCCEEDED")


async def export(
    storage: Storage, store: Store, run: MapRun, order: Order, pending: list[tuple[Index, str]]
) -> Payload:
    """Write everything; the state's output. Raises StatesError States.ResultWriterFailed."""
    arguments = order.writer.arguments
    if "Bucket" not in arguments:
        raise StatesError(WRITER_FAILED, "The ResultWriter has no Bucket.")
    bucket, prefix = str(arguments["Bucket"]), str(arguments.get("Prefix") or "").rstrip("/")
    folder = f"{prefix}/{run.arn.rpartition(':')[2]}".lstrip("/")
    try:
        files = await _write_results(storage, store, run, order, pending, bucket, folder)
        key = f"{folder}/manifest.json"
        manifest = {
            "DestinationBucket": bucket,
            "MapRunArn": run.arn,
            "ResultFiles": {kind: files[kind].written for kind in KINDS},
        }
        await storage.call("PutObject", {"Bucket": bucket, "Key": key, "Body": dumps(manifest).encode()})
    except AwsError as error:
        raise StatesError(WRITER_FAILED, sdk_cause(api("s3"), error)) from None
    return Payload({"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}})


async def _write_results(
    storage: Storage,
    store: Store,
    run: MapRun,
    order: Order,
    pending: list[tuple[Index, str]],
    bucket: str,
    folder: str,
) -> dict[str, Files]:
    lines = order.writer.config.output_type == "JSONL"
    files = {kind: Files(storage, bucket, f"{folder}/{kind}", lines) for kind in KINDS}
    async for outcome in outcomes(store, run):
        target = files["SUCCEEDED" if outcome.status == "SUCCEEDED" else "FAILED"]
        for text in texts_of(run, order, outcome):
            await target.add(text.encode())
    for index, input in pending:
        await files["PENDING"].add(dumps(record_of(run, Outcome(index, "PENDING", input))).encode())
    for target in files.values():
        await target.close()
    return files


class Files:
    """`KIND_0.json`, `KIND_1.json` ...: one array each, or one value per line."""

    def __init__(self, storage: Storage, bucket: str, stem: str, lines: bool) -> None:
        self._storage, self._bucket, self._stem, self._lines = storage, bucket, stem, lines
        self._file: Upload | None = None
        self.written: list[dict[str, Json]] = []

    async def add(self, text: bytes) -> None:
        if self._file is not None and self._file.size + len(text) + 2 > FILE:
            await self.close()
        if self._file is None:
            ending = "jsonl" if self._lines else "json"
            key = f"{self._stem}_{len(self.written)}.{ending}"
            self._file = Upload(self._storage, self._bucket, key)
            await self._file.write(text if self._lines else b"[" + text)
        else:
            await self._file.write((b"\n" if self._lines else b",") + text)

    async def close(self) -> None:
        if self._file is not None:
            await self._file.write(b"\n" if self._lines else b"]")
            await self._file.close()
            self.written.append({"Key": self._file.key, "Size": self._file.size})
            self._file = None


class Upload:
    """One object, uploaded in parts as soon as it is longer than one."""

    def __init__(self, storage: Storage, bucket: str, key: str) -> None:
        self._storage, self._place = storage, {"Bucket": bucket, "Key": key}
        self.key, self.size = key, 0
        self._buffer = bytearray()
        self._id: str | None = None
        self._parts: list[dict[str, Any]] = []

    async def write(self, data: bytes) -> None:
        self._buffer += data
        self.size += len(data)
        if len(self._buffer) >= PART:
            await self._send()

    async def close(self) -> None:
        if self._id is None:
            await self._storage.call("PutObject", self._place | {"Body": bytes(self._buffer)})
            return
        if self._buffer:
            await self._send()
        made = {"UploadId": self._id, "MultipartUpload": {"Parts": self._parts}}
        await self._storage.call("CompleteMultipartUpload", self._place | made)

    async def _send(self) -> None:
        if self._id is None:
            self._id = (await self._storage.call("CreateMultipartUpload", dict(self._place)))["UploadId"]
        number = len(self._parts) + 1
        part = {"UploadId": self._id, "PartNumber": number, "Body": bytes(self._buffer)}
        answer = await self._storage.call("UploadPart", self._place | part)
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})
        self._buffer = bytearray()
