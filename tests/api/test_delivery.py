"""Logs, status events and metrics of executions: what is told, to whom, and when nothing is."""

import asyncio
import json
from typing import Any

import pytest

from treadle.api.delivery import Deliveries
from treadle.api.metrics import Metrics
from treadle.aws import Caller
from treadle.engine.execution import Execution, Facts, Failure
from treadle.engine.history import HistoryEvent
from treadle.runtime.records import Revision
from treadle.values import Payload

GROUP = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/states/mine:*"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:m"
EXECUTION = "arn:aws:states:eu-west-1:111122223333:execution:m:e"


class Cloud:
    def __init__(self, rules: bool = True) -> None:
        self.in_use = True
        self.rules = rules
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.logged: list[tuple[Caller, str, dict[str, Any]]] = []
        self.published: list[dict[str, Any]] = []

    def listens(self, caller: Caller) -> bool:
        return self.rules

    async def call(self, caller: Caller, service: str, operation: str, params: dict[str, Any]) -> None:
        self.calls.append((operation, params))

    async def put_log_events(self, caller: Caller, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        assert stream.startswith("states/m/")
        self.logged += [(caller, group, json.loads(text)) for _, text in events]

    async def publish(self, caller: Caller, entries: list[dict[str, Any]]) -> None:
        self.published += entries


EVENTS = [
    HistoryEvent(1, 0, 100.0, "ExecutionStarted", {"input": Payload({"a": 1}), "roleArn": "r"}),
    HistoryEvent(2, 0, 100.0, "FailStateEntered", {"input": Payload({"a": 1}), "name": "F"}),
    HistoryEvent(3, 2, 102.5, "ExecutionFailed", {"error": "E", "cause": "c"}),
]


def told(cloud: Cloud, kind: str = "STANDARD", **logging: Any) -> Cloud:
    """Let an execution that failed be delivered."""
    facts = Facts(EXECUTION, "e", MACHINE, "m", "role", 100.0, 1, Payload({"a": 1}), kind)  # type: ignore[arg-type]
    failed = Execution(facts, {}, "FAILED", events=3, stopped_at=102.5, failure=Failure("E", "c"))
    settings = {"destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}], **logging} if logging else None
    revision = Revision(id="r1", machine_arn=MACHINE, name="m", definition="", role_arn="role", logging=settings)

    async def deliver() -> None:
        metrics = Metrics(cloud)
        deliveries = Deliveries(cloud, metrics, lambda arn: b"", lambda arn: None)
        deliveries(failed, revision, EVENTS)
        await deliveries.errands.settle()
        await metrics.flush()
        await deliveries.close()
        await metrics.close()

    asyncio.run(deliver())
    return cloud


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("ALL", ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_the_level_chooses_what_is_logged(level: str, types: list[str]) -> None:
    cloud = told(Cloud(), level=level)
    assert [body["type"] for _, _, body in cloud.logged] == types


def test_a_log_event_is_all_strings_and_goes_to_the_groups_own_account() -> None:
    caller, group, body = told(Cloud(), level="FATAL").logged[0]
    assert (caller, group) == (Caller("111122223333", "eu-west-1"), "/aws/vendedlogs/states/mine")
    assert body == {
        "id": "3",
        "type": "ExecutionFailed",
        "details": {"error": "E", "cause": "c"},
        "previous_event_id": "2",
        "event_timestamp": "102500",
        "execution_arn": EXECUTION,
        "redrive_count": "0",
    }


def test_execution_data_is_logged_only_when_asked_for() -> None:
    without = told(Cloud(), level="ALL").logged[0][2]["details"]
    with_data = told(Cloud(), level="ALL", includeExecutionData=True).logged[0][2]["details"]
    assert without == {"roleArn": "r"}
    assert with_data == {"roleArn": "r", "input": '{"a":1}'}


def test_each_change_of_status_is_an_event_on_the_default_bus() -> None:
    started, failed = told(Cloud()).published
    assert started["Source"] == "aws.states"
    assert started["Resources"] == [EXECUTION]
    assert json.loads(started["Detail"])["status"] == "RUNNING"
    detail = json.loads(failed["Detail"])
    assert (detail["status"], detail["startDate"], detail["stopDate"]) == ("FAILED", 100_000, 102_500)
    assert (detail["error"], detail["cause"], detail["redriveStatus"]) == ("E", "c", "REDRIVABLE")


def test_nobody_is_told_of_express_workflows_or_while_no_rule_listens() -> None:
    assert told(Cloud(), kind="EXPRESS").published == []
    assert told(Cloud(rules=False)).published == []


def test_metrics_are_sums_per_machine() -> None:
    ((operation, params),) = told(Cloud()).calls
    assert (operation, params["Namespace"]) == ("PutMetricData", "AWS/States")
    values = {
        datum["MetricName"]: datum.get("Value") or datum["StatisticValues"]["Sum"] for datum in params["MetricData"]
    }
    assert values == {"ExecutionsStarted": 1, "ExecutionsFailed": 1, "ExecutionTime": 2500.0}
