"""What a map run is told to do: evaluated by the engine when the Map state begins, kept as JSON beside the run."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from treadle.values import Json, Payload


class ReaderOrder(Struct, frozen=True):
    """`resource` is `s3:getObject` or `s3:listObjectsV2`, `config` an evaluated ReaderConfig."""

    resource: str
    arguments: dict[str, Json]
    config: dict[str, Json] = {}


class BatchOrder(Struct, frozen=True):
    items: int | None = msgspec.field(default=None, name="MaxItemsPerBatch")
    bytes: int | None = msgspec.field(default=None, name="MaxInputBytesPerBatch")
    input: Json = msgspec.field(default=msgspec.UNSET, name="BatchInput")


class WriterConfig(Struct, frozen=True):
    transformation: Literal["NONE", "COMPACT", "FLATTEN"] | None = msgspec.field(default=None, name="Transformation")
    output_type: Literal["JSON", "JSONL"] = msgspec.field(default="JSON", name="OutputType")


class WriterOrder(Struct, frozen=True):
    """Without `resource` the results are not exported, only transformed."""

    resource: str | None = None
    arguments: dict[str, Json] = {}
    config: WriterConfig = WriterConfig()


class Order(Struct, frozen=True):
    """`items` are the state's own unless there is a `reader`."""

    items: Json = None
    reader: ReaderOrder | None = None
    batch: BatchOrder | None = None
    writer: WriterOrder = WriterOrder()
    concurrency: int = 0
    count: int = 0
    percentage: float = 0.0

    @property
    def exports(self) -> bool:
        return self.writer.resource is not None

    @property
    def transformation(self) -> Literal["NONE", "COMPACT", "FLATTEN"]:
        """Exported results are unchanged unless the writer says otherwise; a state's output is compact."""
        return self.writer.config.transformation or ("NONE" if self.exports else "COMPACT")


def read_order(arguments: Payload) -> Order:
    return msgspec.convert(arguments.value, Order)
