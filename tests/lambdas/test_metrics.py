"""What functions did is counted once: the console's figures and CloudWatch's metrics are the same numbers."""

from __future__ import annotations

from treadle.api.metrics import Metrics as CloudMetrics
from treadle.api.metrics import function_metrics
from treadle.aws import Caller
from treadle.figures import merged
from treadle.lambdas.logs import Facts
from treadle.lambdas.metrics import Metrics

HOME = Caller("000000000000", "us-east-1")


async def test_figures_and_cloudwatch_are_told_the_same() -> None:
    handed = []

    class Cloud:
        in_use = True

        async def call(self, caller: Caller, service: str, operation: str, params: dict[str, object]) -> None:
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
