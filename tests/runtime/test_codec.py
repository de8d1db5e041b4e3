"""Snapshots: every field survives, old versions are migrated, newer ones refused."""

from __future__ import annotations

import msgspec
import pytest

from treadle.engine.execution import Execution, Facts, Frame, Sleeping
from treadle.runtime.codec import Codec
from treadle.values import Payload

INPUT = Payload(text='{"a": 1}')
FACTS = Facts("arn", "e", "arn:m", "m", "arn:r", 1.0, 5, INPUT)
EXECUTION = Execution(FACTS, {0: Frame(0, "", "W", INPUT, Sleeping(9.0, "leave"))}, serial=4, deadline=8.5)


def test_every_field_of_an_execution_is_stored_somewhere() -> None:
    """The row has a column for these, the snapshot for the others. A new field must be added to one of them."""
    columns = {"facts", "status", "events", "redrives", "redriven_at", "stopped_at", "output", "failure"}
    snapshot = {"frames", "serial", "deadline"}
    assert {field.name for field in msgspec.structs.fields(Execution)} == columns | snapshot
    known = "arn name machine_arn machine_name role_arn started_at seed input kind test_case"
    assert {field.name for field in msgspec.structs.fields(Facts)} == set(known.split())


def test_a_snapshot_comes_back() -> None:
    codec = Codec()
    snapshot = codec.decode_snapshot(codec.encode_snapshot(EXECUTION, root=True), INPUT)
    assert (snapshot.serial, snapshot.deadline, snapshot.root) == (4, 8.5, EXECUTION.frames[0])
    assert snapshot.root is not None and snapshot.root.input is INPUT


def test_the_input_is_not_stored_twice() -> None:
    large = Payload(text='"' + "x" * 10_000 + '"')
    facts = msgspec.structs.replace(FACTS, input=large)
    execution = Execution(facts, {0: Frame(0, "", "W", large)})
    assert len(Codec().encode_snapshot(execution, root=True)) < 200


def test_an_old_snapshot_is_migrated_on_read() -> None:
    old = Codec().encode_snapshot(EXECUTION, root=True)

    def second(raw: dict) -> dict:
        return {**raw, "serial": raw["serial"] + 100}

    def third(raw: dict) -> dict:
        return {**raw, "root": {**raw["root"], "state": raw["root"]["state"].lower()}}

    snapshot = Codec(schema=3, migrations={1: second, 2: third}).decode_snapshot(old, INPUT)
    assert (snapshot.serial, snapshot.root and snapshot.root.state) == (104, "w")


def test_a_newer_snapshot_is_refused() -> None:
    newer = Codec(schema=2).encode_snapshot(EXECUTION, root=True)
    with pytest.raises(ValueError, match="written by a newer treadle"):
        Codec().decode_snapshot(newer, INPUT)


def test_what_is_no_payload_is_no_part_of_an_execution() -> None:
    strange = Execution(FACTS, {0: Frame(0, "", "W", object())})  # type: ignore[arg-type]
    with pytest.raises(NotImplementedError, match="not part of an execution: object"):
        Codec().encode_snapshot(strange, root=True)
