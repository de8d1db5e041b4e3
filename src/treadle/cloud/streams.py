"""Streams of DynamoDB and Kinesis as event sources read them: by position, without iterators. Cloud process only.

Moto makes an object for every iterator it hands out and keeps it; whoever looks every second would fill the memory.
"""

from __future__ import annotations

import base64
from typing import Any

import orjson

from treadle.cloud.metrics import epoch
from treadle.cloud.tape import TAPE
from treadle.values import Json

# DynamoDB keeps what happened for a day.
RETENTION = 86_400.0


def read_stream(question: bytes) -> Json:
    """The records of one shard behind a position, or (without a shard) which shards there are.

    Question: {"arn", "shard", "after", "limit"}. Answer: {"records": [{"number", "at", "record"}], "open"}, or
    {"shards": {id: the last sequence number}}; {"missing": true} when there is no such stream.
    """
    asked = orjson.loads(question)
    arn = asked["arn"].split(":", 5)
    shards = _table_shards(arn) if arn[2] == "dynamodb" else _stream_shards(arn)
    if shards is None:
        return {"missing": True}
    if asked.get("shard") is None:
        return {"shards": {name: shard.last() for name, shard in shards.items()}}
    shard = shards.get(asked["shard"])
    if shard is None:
        return {"records": [], "open": False}
    return {"records": shard.after(int(asked["after"]), asked["limit"]), "open": shard.is_open}


class _TableShard:
    """The one shard of a table's stream."""

    is_open = True

    def __init__(self, shard: Any, region: str) -> None:
        self._shard, self._region = shard, region

    def last(self) -> str:
        return str(_first(self._shard) + len(self._shard.items) - 1)

    def after(self, number: int, limit: int) -> list[Json]:
        start = max(0, number + 1 - _first(self._shard))
        return [self._told(item.record) for item in self._shard.items[start : start + limit]]

    def _told(self, record: dict[str, Any]) -> Json:
        at = epoch(record["dynamodb"]["ApproximateCreationDateTime"])
        change = _plain(record["dynamodb"]) | {"ApproximateCreationDateTime": at}
        whole = {**record, "eventVersion": "1.1", "awsRegion": self._region, "dynamodb": change}
        return {"number": change["SequenceNumber"], "at": at, "record": whole}


class _StreamShard:
    """A shard of Kinesis."""

    def __init__(self, shard: Any, region: str) -> None:
        self._shard, self._region = shard, region
        self.is_open = bool(shard.is_open)

    def last(self) -> str:
        return str(self._shard.get_max_sequence_number())

    def after(self, number: int, limit: int) -> list[Json]:
        records, _, _ = self._shard.get_records(str(number), limit)
        return [self._told(record) for record in records]

    def _told(self, record: Any) -> Json:
        told = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key,
                "sequenceNumber": str(record.sequence_number),
                "data": record.data,
                "approximateArrivalTimestamp": record.created_at,
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self._shard.shard_id}:{record.sequence_number}",
            "eventName": "aws:kinesis:record",
            "awsRegion": self._region,
        }
        return {"number": str(record.sequence_number), "at": record.created_at, "record": told}


def _table_shards(arn: list[str]) -> dict[str, _TableShard] | None:
    from moto.dynamodb.models import dynamodb_backends

    _, table_name, *_ = arn[5].split("/")
    table = dynamodb_backends[arn[4]][arn[3]].tables.get(table_name)
    if table is None or table.stream_shard is None:
        return None
    return {table.stream_shard.id: _TableShard(table.stream_shard, arn[3])}


def _stream_shards(arn: list[str]) -> dict[str, _StreamShard] | None:
    from moto.kinesis.models import kinesis_backends

    stream = kinesis_backends[arn[4]][arn[3]].streams.get(arn[5].partition("/")[2])
    if stream is None:
        return None
    return {shard.shard_id: _StreamShard(shard, arn[3]) for shard in stream.shards.values()}


def _first(shard: Any) -> int:
    """The sequence number of the oldest record that is kept."""
    return int(shard.starting_sequence_number) + int(getattr(shard, "treadle_trimmed", 0))


def _plain(value: Any) -> Any:
    """Blobs in Base64, as events have them."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def patch_streams() -> None:
    """A table's stream keeps a day, not everything since the table was made."""
    from moto.dynamodb.models.table import StreamShard

    add = StreamShard.add

    def trimming_add(self: Any, old: Any, new: Any) -> None:
        add(self, old, new)
        trimmed = int(getattr(self, "treadle_trimmed", 0))
        # Moto numbers a record by how many there are.
        self.items[-1].record["dynamodb"]["SequenceNumber"] = str(_first(self) + len(self.items) - 1)
        limit, gone = TAPE.now() - RETENTION, 0
        while gone < len(self.items) and _made(self.items[gone]) < limit:
            gone += 1
        if gone:
            del self.items[:gone]
            self.treadle_trimmed = trimmed + gone

    def get(self: Any, start: int, quantity: int) -> list[dict[str, Any]]:
        begin = max(0, int(start) - _first(self))
        return [item.to_json() for item in self.items[begin : begin + quantity]]

    StreamShard.add = trimming_add
    StreamShard.get = get


def _made(item: Any) -> float:
    return epoch(item.record["dynamodb"]["ApproximateCreationDateTime"])
