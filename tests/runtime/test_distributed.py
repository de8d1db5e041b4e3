"""A distributed Map through the whole runtime: its children, its results, its API, and what a restart finds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from states import machine, task
from treadle.aws import AwsError
from treadle.engine.maprun import MapRun
from treadle.integrations.integration import Call
from treadle.runtime.clock import VirtualClock
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.memory import MemoryStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.records import ExecutionRecord
from treadle.runtime.service import Service
from treadle.runtime.store import Query, Store
from treadle.testing import NEVER, Fails
from treadle.values import Json

from .fake_s3 import FakeS3
from .world import HEAD, FakeWorld, events, eventually, revision, types

PASS = {"P": {"Type": "Pass"}}
PUT = "arn:aws:states:::s3:putObject"


def each(states: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    """A distributed Map over `$.items`."""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}}
    given: dict[str, Any] = {"ItemsPath": "$.items"} if "ItemReader" not in fields else {}
    return {"Type": "Map", "ItemProcessor": machine(states) | config, **given, **fields}


class Stage:
    """A service over one store, one clock and one S3; started again at will."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.s3 = store, VirtualClock(autojump=True), FakeS3()
        self.world = FakeWorld()
        self.service: Service

    async def open(self) -> None:
        # A clock of its own: the one before jumps as soon as the process before is idle.
        self.clock = VirtualClock(self.clock.now(), autojump=True)
        performer = IntegrationPerformer(self.world, self.world.find, self.clock)  # type: ignore[arg-type]
        self.service = Service(self.store, performer, self.clock, world=self.s3)
        await self.service.open()

    async def restart(self) -> None:
        await self.service.close(grace=0)
        await self.open()

    async def start(self, states: dict[str, Any], input: Json, **fields: Any) -> str:
        started = await self.service.start(revision(machine(states, **fields)), None, json.dumps(input))
        return started.arn

    async def run(self, states: dict[str, Any], input: Json) -> ExecutionRecord:
        return await self.service.ended(await self.start(states, input))

    def the_run(self, arn: str) -> MapRun:
        (run,) = self.service.map_runs(arn)
        return run

    def children(self, arn: str, **query: Any) -> list[ExecutionRecord]:
        return self.service.list(Query(map_run_arn=self.the_run(arn).arn, **query)).records

    def written(self, arn: str, name: str) -> Json:
        run = self.the_run(arn)
        return json.loads(self.s3.objects[f"out/jobs/{run.arn.rpartition(':')[2]}/{name}"])


@pytest.fixture(params=["memory", "sqlite"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(MemoryStore() if request.param == "memory" else SqliteStore(tmp_path))
    await stage.open()
    yield stage
    await stage.service.close(grace=0)


@pytest.fixture(params=["STANDARD", "EXPRESS"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def moody(stage: Stage, *failing: int) -> None:
    """A task that fails for some inputs, as long as they are in `stage.bad`, and echoes the others."""
    bad = set(failing)
    stage.world.bad = bad  # type: ignore[attr-defined]

    def answer(call: Call) -> Json:
        if call.arguments in bad:
            raise Fails("Moody", f"not {call.arguments}")
        return call.arguments

    stage.world.answers["moody"] = answer


MOODY = {"T": task("aws-sdk:test:moody")}


# -- to its parent a Map
async def test_the_outputs_come_in_the_order_of_the_items(stage: Stage, kind: str) -> None:
    record = await stage.run({"M": each(PASS, kind)}, {"items": list(range(600))})
    assert record.status == "SUCCEEDED" and json.loads(record.output or "") == list(range(600))
    assert types(stage.service, record.arn) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


async def test_children_are_executions_of_their_own(stage: Stage) -> None:
    context = {"C": {"Type": "Pass", "Parameters": {"of.$": "$$.StateMachine", "me.$": "$$.Execution", "in.$": "$"}}}
    arn = await stage.start({"M": each(context, Label="each")}, {"items": ["a"]})
    (output,) = json.loads((await stage.service.ended(arn)).output or "")
    child = stage.children(arn)[0]
    assert output["of"] == {"Id": f"{HEAD}:stateMachine:m/each", "Name": "m/each"}
    assert output["in"] == "a" and output["me"]["Id"] == child.arn and output["me"]["Input"] == "a"
    assert child.arn == f"{HEAD}:execution:m/each:{child.name}"
    assert types(stage.service, child.arn)[0] == "ExecutionStarted"
    assert stage.service.revision_of(child.arn).map_run_arn == stage.the_run(arn).arn


async def test_the_item_selector_sees_the_parent_and_the_children_do_not(stage: Stage, kind: str) -> None:
    select = {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.who", "v.$": "$greeting"}
    states = {
        "A": {"Type": "Pass", "Assign": {"greeting": "hi"}},
        "M": each(PASS, kind, ItemSelector=select | {"from.$": "$$.Map.Item.Source"}),
    }
    record = await stage.run(states, {"items": ["x", "y"], "who": "me"})
    assert json.loads(record.output or "") == [
        {"n": "x", "i": 0, "all": "me", "v": "hi", "from": "STATE_DATA"},
        {"n": "y", "i": 1, "all": "me", "v": "hi", "from": "STATE_DATA"},
    ]


async def test_the_members_of_an_object_are_items_too(stage: Stage) -> None:
    select = {"key.$": "$$.Map.Item.Key", "value.$": "$$.Map.Item.Value.Value"}
    record = await stage.run({"M": each(PASS, ItemSelector=select)}, {"items": {"a": 1, "b": 2}})
    assert json.loads(record.output or "") == [{"key": "a", "value": 1}, {"key": "b", "value": 2}]


async def test_batches_have_so_many_items_or_so_many_bytes(stage: Stage, kind: str) -> None:
    batcher = {"MaxItemsPerBatch": 3, "BatchInput": {"day.$": "$.day"}}
    arn = await stage.start({"M": each(PASS, kind, ItemBatcher=batcher)}, {"items": [1, 2, 3, 4], "day": "today"})
    assert json.loads((await stage.service.ended(arn)).output or "") == [
        {"BatchInput": {"day": "today"}, "Items": [1, 2, 3]},
        {"BatchInput": {"day": "today"}, "Items": [4]},
    ]
    run = stage.the_run(arn)
    assert (run.children.total, run.items.total, run.items.succeeded) == (2, 4, 4)
    assert sorted(child.items or 0 for child in stage.children(arn)) == [1, 3]
    record = await stage.run(
        {"M": each(PASS, kind, ItemBatcher={"MaxInputBytesPerBatch": 30})}, {"items": ["x" * 9] * 3}
    )
    assert [len(batch["Items"]) for batch in json.loads(record.output or "")] == [1, 1, 1]


async def test_a_failed_run_is_an_error_that_can_be_caught(stage: Stage, kind: str) -> None:
    moody(stage, 2)
    caught = {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "C", "ResultPath": "$.error"}
    states = {"M": each(MOODY, kind, Catch=[caught]), "C": {"Type": "Pass"}}
    record = await stage.run(states, {"items": [1, 2, 3]})
    assert record.status == "SUCCEEDED"
    assert json.loads(record.output or "")["error"] == {
        "Error": "States.ExceedToleratedFailureThreshold",
        "Cause": "The specified tolerated failure threshold was exceeded",
    }
    assert types(stage.service, record.arn)[4:7] == ["MapRunFailed", "MapStateFailed", "MapStateExited"]


async def test_a_retry_is_a_new_run(stage: Stage) -> None:
    moody(stage, 1)
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    arn = await stage.start({"M": each(MOODY, Retry=retry)}, {"items": [1]})
    assert (await stage.service.ended(arn)).status == "FAILED"
    first, second = stage.service.map_runs(arn)
    assert first.arn != second.arn and first.started_at > second.started_at


async def test_tolerated_failures_stay_in_the_results_as_they_are(stage: Stage, kind: str) -> None:
    moody(stage, 2)
    arn = await stage.start({"M": each(MOODY, kind, ToleratedFailureCount=1)}, {"items": [1, 2, 3]})
    record = await stage.service.ended(arn)
    one, two, three = json.loads(record.output or "")
    assert (one, three) == (1, 3)
    assert (two["Error"], two["Cause"], two["Input"], two["Status"]) == ("Moody", "not 2", "2", "FAILED")
    run = stage.the_run(arn)
    assert (run.children.failed, run.children.succeeded, run.children.written) == (1, 2, 3)
    assert [child.name for child in stage.children(arn, status="FAILED")] == [two["Name"]]


async def test_an_output_that_is_too_large_fails_the_state(stage: Stage, kind: str) -> None:
    record = await stage.run(
        {"M": each({"P": {"Type": "Pass", "Result": "x" * 9000}}, kind)}, {"items": list(range(30))}
    )
    assert record.error == "States.DataLimitExceeded"


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [("COMPACT", [[1, 2], [3]]), ("FLATTEN", [1, 2, 3])],
)
async def test_results_may_be_transformed_without_being_exported(
    stage: Stage, kind: str, transformation: str, expected: Json
) -> None:
    writer = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    record = await stage.run({"M": each(PASS, kind, ResultWriter=writer)}, {"items": [[1, 2], [3]]})
    assert json.loads(record.output or "") == expected


# -- files
def lines(count: int) -> bytes:
    return b"".join(b'{"n": %d}\n' % number for number in range(count))


READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "JSONL"},
    "Parameters": {"Bucket": "in", "Key.$": "$.key"},
}
WRITER = {"Resource": PUT, "Parameters": {"Bucket": "out", "Prefix": "jobs"}}


async def test_items_come_from_a_file_and_results_go_to_files(stage: Stage, kind: str) -> None:
    moody(stage)
    stage.world.bad.add(None)  # type: ignore[attr-defined]
    stage.s3.objects["in/items.jsonl"] = lines(5)
    fails = {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 3, "Next": "F"}], "Default": "P"}}
    states = fails | {"F": {"Type": "Fail", "Error": "Three"}, "P": {"Type": "Pass"}}
    states = {"C": states["C"], "P": states["P"], "F": states["F"]}
    processor = machine({"C": states["C"]}) | {
        "States": {"C": states["C"], "P": states["P"] | {"End": True}, "F": states["F"]},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
    }
    map = {"Type": "Map", "ItemReader": READER, "ResultWriter": WRITER, "ToleratedFailurePercentage": 30}
    arn = await stage.start({"M": {**map, "ItemProcessor": processor}}, {"key": "items.jsonl"})
    record = await stage.service.ended(arn)
    run = stage.the_run(arn)
    folder = f"jobs/{run.arn.rpartition(':')[2]}"
    assert json.loads(record.output or "") == {
        "MapRunArn": run.arn,
        "ResultWriterDetails": {"Bucket": "out", "Key": f"{folder}/manifest.json"},
    }
    manifest = stage.written(arn, "manifest.json")
    size = len(stage.s3.objects[f"out/{folder}/SUCCEEDED_0.json"])
    assert manifest["ResultFiles"]["SUCCEEDED"] == [{"Key": f"{folder}/SUCCEEDED_0.json", "Size": size}]
    assert manifest["ResultFiles"]["PENDING"] == [] and manifest["MapRunArn"] == run.arn
    succeeded, (failed,) = stage.written(arn, "SUCCEEDED_0.json"), stage.written(arn, "FAILED_0.json")
    assert sorted(json.loads(entry["Output"])["n"] for entry in succeeded) == [0, 1, 2, 4]
    assert list(succeeded[0]) == [
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "RedriveCount", "RedriveStatus",
        "RedriveStatusReason", "StartDate", "StateMachineArn", "Status", "StopDate",
    ]  # fmt: skip
    assert (failed["Error"], failed["Input"]) == ("Three", '{"n":3}')
    assert events(stage.service, arn)[2]["mapStateStartedEventDetails"] == {"length": 0}


async def test_a_missing_file_fails_the_run_and_not_the_server(stage: Stage) -> None:
    record = await stage.run({"M": each(PASS, ItemReader=READER)}, {"key": "nothing"})
    assert record.error == "States.ItemReaderFailed"
    assert record.cause == (
        "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: r, Extended Request ID: h)"
    )


async def test_a_long_file_is_read_in_pieces(stage: Stage) -> None:
    stage.s3.objects["in/items.jsonl"] = lines(3000)
    writer = {**WRITER, "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSON"}}
    arn = await stage.start(
        {"M": each(PASS, "EXPRESS", ItemReader=READER, ResultWriter=writer)}, {"key": "items.jsonl"}
    )
    assert (await stage.service.ended(arn)).status == "SUCCEEDED"
    assert sorted(item["n"] for item in stage.written(arn, "SUCCEEDED_0.json")) == list(range(3000))
    assert stage.the_run(arn).pages == ()


# -- the API
async def test_express_children_can_be_listed_and_described(stage: Stage) -> None:
    moody(stage, 7)
    arn = await stage.start({"M": each(MOODY, "EXPRESS", ToleratedFailureCount=1)}, {"items": list(range(20))})
    await stage.service.ended(arn)
    run = stage.the_run(arn)
    first = stage.service.list(Query(map_run_arn=run.arn, limit=15))
    second = stage.service.list(Query(map_run_arn=run.arn, limit=15, before=first.next))
    assert (len(first.records), len(second.records), second.next) == (15, 5, None)
    (failed,) = stage.children(arn, status="FAILED")
    child = stage.service.describe(failed.arn)
    assert (child.input, child.error, child.cause, child.map_run_arn) == ("7", "Moody", "not 7", run.arn)
    with pytest.raises(AwsError, match="ExecutionDoesNotExist"):
        stage.service.describe(failed.arn.replace(failed.name, "11111111-1111-3111-8111-111111111111"))


async def test_limits_change_while_the_run_goes_on(stage: Stage, kind: str) -> None:
    stage.world.answers["hang"] = NEVER
    arn = await stage.start({"M": each({"T": task("aws-sdk:test:hang")}, kind, MaxConcurrency=1)}, {"items": [1, 2, 3]})
    await eventually(lambda: len(stage.world.calls) == 1)
    assert stage.the_run(arn).children.pending == 2
    assert await stage.service.update_map_run(stage.the_run(arn).arn, concurrency=3)
    await eventually(lambda: len(stage.world.calls) == 3)
    await stage.service.stop(arn)
    await eventually(lambda: stage.the_run(arn).status == "ABORTED" and stage.the_run(arn).phase == "over")
    assert not await stage.service.update_map_run(stage.the_run(arn).arn, concurrency=1)


async def test_stopping_the_parent_aborts_the_run_and_its_children(stage: Stage, kind: str) -> None:
    stage.world.answers["hang"] = NEVER
    states = {"M": each({"T": task("aws-sdk:test:hang")}, kind, MaxConcurrency=2)}
    arn = await stage.start(states, {"items": [1, 2, 3]})
    await eventually(lambda: len(stage.world.calls) == 2)
    await stage.service.stop(arn, "Enough", "said so")
    await eventually(lambda: stage.the_run(arn).phase == "over")
    run = stage.the_run(arn)
    assert run.status == "ABORTED" and (run.children.aborted, run.children.pending) == (2, 1)
    assert {child.status for child in stage.children(arn)} == {"ABORTED"}
    assert types(stage.service, arn)[-2:] == ["MapRunAborted", "ExecutionAborted"]


# -- redrive
async def test_a_redrive_runs_the_unsuccessful_children_again(stage: Stage, kind: str) -> None:
    moody(stage, 2)
    arn = await stage.start({"M": each(MOODY, kind, MaxConcurrency=1)}, {"items": [1, 2, 3, 4]})
    assert (await stage.service.ended(arn)).status == "FAILED"
    before = stage.the_run(arn)
    assert (before.children.succeeded, before.children.failed, before.children.pending) == (1, 1, 2)
    stage.world.bad.clear()  # type: ignore[attr-defined]
    calls = len(stage.world.calls)
    await stage.service.redrive(arn)
    record = await stage.service.ended(arn)
    assert (record.status, record.output) == ("SUCCEEDED", "[1,2,3,4]")
    run = stage.the_run(arn)
    assert (run.arn, run.redrives, run.children.succeeded) == (before.arn, 1, 4)
    assert sorted(call.arguments for call in stage.world.calls[calls:]) == [2, 3, 4]
    redriven = next(event for event in events(stage.service, arn) if event["type"] == "MapRunRedriven")
    assert redriven["mapRunRedrivenEventDetails"] == {"mapRunArn": run.arn, "redriveCount": 1}
    assert [child.redrives for child in stage.children(arn, redriven=True)] == [1]


async def test_a_run_may_be_redriven_after_a_restart_and_more_than_once(stage: Stage, kind: str) -> None:
    moody(stage, 2, 3)
    states = {"M": each(MOODY, kind, ToleratedFailureCount=1)}
    arn = await stage.start(states, {"items": [1, 2, 3, 4]})
    assert (await stage.service.ended(arn)).status == "FAILED"
    for _ in range(2):
        await stage.restart()
        await stage.service.redrive(arn)
        assert (await stage.service.ended(arn)).status == "FAILED"
    stage.world.bad.clear()  # type: ignore[attr-defined]
    await stage.service.redrive(arn)
    record = await stage.service.ended(arn)
    assert (record.status, record.output) == ("SUCCEEDED", "[1,2,3,4]")
    assert stage.the_run(arn).redrives == 3


async def test_a_stopped_run_can_be_redriven(stage: Stage, kind: str) -> None:
    stage.world.answers["hang"] = NEVER
    arn = await stage.start({"M": each({"T": task("aws-sdk:test:hang")}, kind)}, {"items": [1, 2]})
    await eventually(lambda: len(stage.world.calls) == 2)
    await stage.service.stop(arn)
    moody(stage)
    stage.world.answers["hang"] = stage.world.answers["moody"]
    await stage.service.redrive(arn)
    record = await stage.service.ended(arn)
    assert (record.status, record.output) == ("SUCCEEDED", "[1,2]")


async def test_a_child_is_redriven_with_its_run_only(stage: Stage) -> None:
    moody(stage, 1)
    arn = await stage.start({"M": each(MOODY)}, {"items": [1]})
    await stage.service.ended(arn)
    with pytest.raises(AwsError, match="ExecutionNotRedrivable"):
        await stage.service.redrive(stage.children(arn)[0].arn)


# -- restart
async def test_a_run_goes_on_after_a_restart(stage: Stage, kind: str) -> None:
    answers: dict[Json, bool] = {}

    def first(call: Call) -> Json:
        return call.arguments if call.arguments["n"] % 3 else NEVER

    def second(call: Call) -> Json:
        answers[call.arguments["n"]] = True
        return call.arguments

    stage.s3.objects["in/items.jsonl"] = lines(700)
    stage.world.answers["work"] = first
    states = {"M": each({"T": task("aws-sdk:test:work")}, kind, ItemReader=READER, MaxConcurrency=100)}
    arn = await stage.start(states, {"key": "items.jsonl"})
    done = 198  # of the first 298, one in three hangs
    await eventually(lambda: stage.the_run(arn).children.succeeded == done)
    assert stage.the_run(arn).children.running == 100
    await stage.service.close(grace=0)
    stage.world.answers["work"] = second
    await stage.open()
    record = await stage.service.ended(arn)
    assert record.status == "SUCCEEDED"
    assert [item["n"] for item in json.loads(record.output or "")] == list(range(700))
    assert len(answers) == 700 - done, "nothing that was finished is repeated"


async def test_the_end_of_a_run_is_told_again_when_the_server_stopped_before(stage: Stage, kind: str) -> None:
    arn = await stage.start({"M": each(PASS, kind)}, {"items": [1, 2]})
    stage.service.maps.rested = lambda: None  # type: ignore[method-assign]
    for drive in stage.service.maps._drives.values():
        drive.report = None
    await eventually(lambda: stage.service.map_runs(arn) and stage.the_run(arn).phase == "over")
    assert stage.service.describe(arn).status == "RUNNING"
    await stage.restart()
    assert (await stage.service.ended(arn)).output == "[1,2]"


async def test_a_run_whose_parent_was_stopped_ends_after_a_restart(stage: Stage, kind: str) -> None:
    stage.world.answers["hang"] = NEVER
    arn = await stage.start({"M": each({"T": task("aws-sdk:test:hang")}, kind)}, {"items": [1, 2]})
    await eventually(lambda: len(stage.world.calls) == 2)
    stage.service.maps.cancel = lambda *_: None  # type: ignore[method-assign,assignment]
    await stage.service.stop(arn)
    await stage.restart()
    await eventually(lambda: stage.the_run(arn).phase == "over")
    assert stage.the_run(arn).status == "ABORTED"
