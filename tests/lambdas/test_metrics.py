"""What functions did is counted once: the console's figures and CloudWatch's metrics are the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from treadle.api.metrics import Metrics as CloudMetrics
from treadle.api.metrics import function_metrics
from treadle.aws import Caller
from treadle.figures import merged
from treadle.lambdas import figures
from treadle.lambdas.figures import Keeper
from treadle.lambdas.logs import Facts
from treadle.lambdas.metrics import Metrics

HOME = Caller("000000000000", "us-east-1")


async def test_figures_and_cloudwatch_are_told_the_same() -> None:
    handed = []

    class Cloud:
        in_use = True

        async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> None:
            handed.append((service, operation, params))

    cloud, metrics = CloudMetrics(Cloud()), Metrics()
    metrics.listeners.append(function_metrics(cloud))
    metrics.running(HOME, "f", 600.0, 2)
    metrics.invoked(HOME, "f", 600.0, "one", "$LATEST", Facts(12.0, 45.0, 128, 30, "success", None))
    metrics.invoked(HOME, "f", 601.0, "two", "$LATEST", Facts(30.0, None, 128, 30, "timeout", None))
    metrics.throttled(HOME, "f", 602.0)
    await cloud.close()

    cell = merged(metrics.series.read(600, 660, 60, lambda key: key.endswith(":function:f"))[0].values())
    assert cell.outcomes == {"success": 1, "timeout": 1, "cold": 1, "throttled": 1}
    ((service, operation, params),) = handed
    assert (service, operation, params["Namespace"]) == ("cloudwatch", "PutMetricData", "AWS/Lambda")
    data = params["MetricData"]
    assert isinstance(data, list)
    sums = {each["MetricName"]: each["StatisticValues"]["Sum"] for each in data}
    assert sums == {"ConcurrentExecutions": 2, "Invocations": 2, "Errors": 1, "Throttles": 1, "Duration": 42.0}
    assert {each["Timestamp"] for each in data} == {600}


async def test_figures_outlast_a_restart(tmp_path: Path) -> None:
    path, before = tmp_path / "figures", Metrics()
    keeper = Keeper(path, before)
    before.invoked(HOME, "f", 600.0, "one", "$LATEST", Facts(12.0, 45.0, 128, 30, "success", None))
    before.invoked(HOME, "f", 700.0, "two", "3", Facts(30.0, None, 128, 30, "error", "ValueError"))
    await keeper.close()

    after = Metrics()
    figures.read(path, after)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert [one.request_id for one in after.latest[arn]] == ["two", "one"]
    for step in (60, 3600):
        cell = merged(bucket[arn] for bucket in after.series.read(0, 3600, step, bool) if bucket)
        assert cell.outcomes == {"success": 1, "error": 1, "cold": 1}
        assert cell.errors == {"ValueError": 1}
        assert cell.percentile(1.0) == pytest.approx(0.030, rel=0.035)
    # What happens now adds to what was.
    after.invoked(HOME, "f", 601.0, "three", "3", Facts(12.0, None, 128, 30, "success", None))
    assert merged(after.series.read(600, 660, 60, bool)[0].values()).outcomes["success"] == 2


async def test_figures_that_cannot_be_read_begin_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, metrics = tmp_path / "figures", Metrics()
    path.write_bytes(b"no figures")
    caplog.set_level("WARNING", "treadle.lambdas")  # `treadle run` silences it for its process
    figures.read(path, metrics)
    assert list(metrics.series.rows()) == []
    assert "begin anew" in caplog.text
