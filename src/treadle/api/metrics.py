"""CloudWatch metrics of executions and functions: summed here per minute, handed over every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from treadle.aws import AwsError, Caller
from treadle.engine.execution import Execution
from treadle.engine.history import HistoryEvent
from treadle.runtime.records import Revision

log = logging.getLogger("treadle.api")

FLUSH_SECONDS = 5.0
# Data of one PutMetricData.
MOST = 500
# Minutes that are kept while nobody has asked the cloud for anything.
KEPT = 60
TERMINAL = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
_EXECUTIONS = {
    "ExecutionStarted": "ExecutionsStarted",
    "ExecutionSucceeded": "ExecutionsSucceeded",
    "ExecutionFailed": "ExecutionsFailed",
    "ExecutionAborted": "ExecutionsAborted",
    "ExecutionTimedOut": "ExecutionsTimedOut",
    "ExecutionRedriven": "ExecutionsRedriven",
}


class Cloud(Protocol):
    @property
    def in_use(self) -> bool: ...

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> Any: ...


class Series(Struct, frozen=True, cache_hash=True):
    """One metric of one thing."""

    caller: Caller
    namespace: str
    where: tuple[str, str]  # the one dimension: name and value
    metric: str
    unit: str


class Metrics:
    """The sums that CloudWatch does not know yet. Nothing is kept on disk before it is handed over."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._sums: dict[tuple[Series, int], list[float]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, series: Series, value: float, at: float) -> None:
        """Count a value at the instant `at` (epoch seconds)."""
        spot = (series, int(at // 60))
        found = self._sums.get(spot)
        if found is None:
            self._sums[spot] = [1.0, value, value, value]
        else:
            found[0] += 1
            found[1] += value
            if value < found[2]:
                found[2] = value
            elif value > found[3]:
                found[3] = value
        if self._task is None:
            self._task = asyncio.create_task(self._keep_flushing())

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._cloud.in_use:
                await self.flush()
            elif self._sums:
                newest = max(minute for _, minute in self._sums)
                self._sums = {spot: sums for spot, sums in self._sums.items() if spot[1] > newest - KEPT}

    async def flush(self) -> None:
        """Hand everything over."""
        sums, self._sums = self._sums, {}
        groups: dict[tuple[Caller, str], list[dict[str, Any]]] = {}
        for (series, minute), found in sums.items():
            groups.setdefault((series.caller, series.namespace), []).append(_datum(series, minute, found))
        for (caller, namespace), data in groups.items():
            for first in range(0, len(data), MOST):
                params = {"Namespace": namespace, "MetricData": data[first : first + MOST]}
                try:
                    await self._cloud.call(caller, "cloudwatch", "PutMetricData", params)
                except AwsError as refusal:
                    log.warning("metrics cannot be handed over: %s", refusal)

    async def close(self) -> None:
        """Hand over what is left."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            if self._cloud.in_use:
                await self.flush()


def _datum(series: Series, minute: int, sums: list[float]) -> dict[str, Any]:
    count, total, low, high = sums
    name, value = series.where
    return {
        "MetricName": series.metric,
        "Dimensions": [{"Name": name, "Value": value}],
        "Timestamp": minute * 60,
        "Unit": series.unit,
        "StatisticValues": {"SampleCount": count, "Sum": total, "Minimum": low, "Maximum": high},
    }


class ExecutionMetrics:
    """Counts executions per machine (AWS/States); a listener of the pump."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        for event in events:
            metric = _EXECUTIONS.get(event.type)
            if metric is None:
                continue
            self._metrics.add(machine_series(revision.machine_arn, metric, "Count"), 1.0, event.at)
            if event.type in TERMINAL:
                spent = 1000 * (event.at - execution.facts.started_at)
                self._metrics.add(
                    machine_series(revision.machine_arn, "ExecutionTime", "Milliseconds"), spent, event.at
                )


@functools.lru_cache(4096)
def machine_series(arn: str, metric: str, unit: str) -> Series:
    fields = arn.split(":", 5)
    return Series(Caller(fields[4], fields[3]), "AWS/States", ("StateMachineArn", arn), metric, unit)


def function_metrics(metrics: Metrics) -> Callable[[Caller, str, str, float, float], None]:
    """Hands over what is counted per function (AWS/Lambda): a listener of lambdas.metrics.Metrics."""

    def listen(home: Caller, function: str, name: str, value: float, at: float) -> None:
        unit = "Milliseconds" if name == "Duration" else "Count"
        metrics.add(Series(home, "AWS/Lambda", ("FunctionName", function), name, unit), value, at)

    return listen
