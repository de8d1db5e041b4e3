"""Executions at rest: values <-> bytes. The only file that knows how a snapshot looks on disk.

A blob is one byte of schema version and then msgpack. Payloads are kept as their text and decoded when somebody
asks; one that is the execution's own input is kept as 0, because the input is stored once, beside the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from treadle.engine.execution import Execution, Frame
from treadle.values import EMPTY, Instant, Payload, dumps, loads

SCHEMA = 1

# Old schema version -> what turns a decoded blob (plain dicts and lists) into the next version.
Migrations = Mapping[int, Callable[[Any], Any]]
MIGRATIONS: Migrations = {}

T = TypeVar("T")


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an execution needs to go on, without what has a column of its own and without the frames of forks.

    `root` is None when the root frame is stored beside the others because it is large; `spread` tells whether there
    are others.
    """

    serial: int
    deadline: Instant | None = None
    root: Frame | None = None
    spread: bool = False


class Codec:
    """Encodes and decodes blobs of one execution after the other; not for use by two threads at once."""

    def __init__(self, schema: int = SCHEMA, migrations: Migrations = MIGRATIONS) -> None:
        self._schema, self._migrations = schema, migrations
        self._mark = bytes([schema])
        self._input = EMPTY
        self._encoder = msgspec.msgpack.Encoder(enc_hook=self._encode_payload)
        self._plain = msgspec.msgpack.Decoder()
        self._snapshots = msgspec.msgpack.Decoder(Snapshot, dec_hook=self._decode_payload)
        self._frames = msgspec.msgpack.Decoder(Frame, dec_hook=self._decode_payload)

    def encode_snapshot(self, execution: Execution, root: bool) -> bytes:
        """The snapshot, with the root frame inside when `root`."""
        self._input = execution.facts.input
        frame = pack(execution.frames[0]) if root else None
        snapshot = Snapshot(execution.serial, execution.deadline, frame, len(execution.frames) > 1)
        return self._mark + self._encoder.encode(snapshot)

    def encode_frame(self, execution: Execution, frame: Frame) -> bytes:
        self._input = execution.facts.input
        return self._mark + self._encoder.encode(pack(frame))

    def decode_snapshot(self, blob: bytes, input: Payload) -> Snapshot:
        self._input = input
        snapshot = self._decode(blob, self._snapshots, Snapshot)
        return snapshot if snapshot.root is None else replace(snapshot, root=unpack(snapshot.root))

    def decode_frame(self, blob: bytes, input: Payload) -> Frame:
        self._input = input
        return unpack(self._decode(blob, self._frames, Frame))

    def _decode(self, blob: bytes, decoder: msgspec.msgpack.Decoder[T], kind: type[T]) -> T:
        schema = blob[0]
        body = memoryview(blob)[1:]
        if schema == self._schema:
            return decoder.decode(body)
        if schema > self._schema:
            raise ValueError(f"written by a newer treadle: snapshot schema {schema}, this one knows {self._schema}")
        raw = self._plain.decode(body)
        for version in range(schema, self._schema):
            raw = self._migrations[version](raw)
        return msgspec.convert(raw, kind, dec_hook=self._decode_payload)

    def _encode_payload(self, value: object) -> str | int:
        if isinstance(value, Payload):
            return 0 if value is self._input else value.text
        raise NotImplementedError(f"not part of an execution: {type(value).__name__}")

    def _decode_payload(self, kind: type, raw: object) -> object:
        if kind is not Payload:
            raise NotImplementedError(f"not part of an execution: {kind.__name__}")
        return self._input if raw == 0 else Payload(text=raw)  # type: ignore[arg-type]


def pack(frame: Frame) -> Frame:
    """Variables are JSON, whose doubles and big integers msgpack does not know: keep their text."""
    if frame.variables:
        frame = replace(frame, variables={"": dumps(frame.variables)})
    return frame


def unpack(frame: Frame) -> Frame:
    return replace(frame, variables=loads(frame.variables[""])) if frame.variables else frame
