"""CloudWatch's metrics: sums per minute, as CloudWatch keeps them, not every value ever put. Cloud process only.

Moto lists all values and walks through that list for every question; it would grow for ever, and forgets what a
namespace is when dimensions are given. Periods are aligned as AWS aligns them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from treadle.cloud.tape import REAL_DATETIME, TAPE

# Buckets that a series keeps: fifteen days of minutes, as AWS keeps them; or three hours of seconds.
KEPT = 21_600
# Different values that a bucket remembers, for percentiles.
DISTINCT = 150
STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")

Dimensions: TypeAlias = tuple[tuple[str, str], ...]
Key: TypeAlias = tuple[str, str, Dimensions, str]  # namespace, name, sorted dimensions, unit


class Bucket(msgspec.Struct):
    """What was put into one minute (or second). `values` counts single values; a sum put as such has none."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: dict[float, float] = {}

    def add(self, other: Bucket) -> None:
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        for value, count in other.values.items():
            if value in self.values or len(self.values) < DISTINCT:
                self.values[value] = self.values.get(value, 0.0) + count

    def statistic(self, name: str) -> float | None:
        """ "Sum", "p99", ...; None for a percentile of what was put as sums."""
        match name:
            case "SampleCount":
                return self.count
            case "Sum":
                return self.total
            case "Average":
                return self.total / self.count if self.count else None
            case "Minimum":
                return self.low
            case "Maximum":
                return self.high
        return self._percentile(float(name[1:])) if knows(name) else None

    def _percentile(self, rank: float) -> float | None:
        position = rank / 100 * sum(self.values.values())
        for value in sorted(self.values):
            position -= self.values[value]
            if position <= 1e-9:
                return value
        return None


def knows(statistic: str) -> bool:
    return statistic in STATISTICS or _PERCENTILE.fullmatch(statistic) is not None


def put(backend: Any, namespace: str, data: Iterable[Mapping[str, Any]]) -> None:
    """PutMetricData, after its parameters were checked."""
    series = series_of(backend)
    for datum in data:
        told = datum.get("Timestamp")
        moment = TAPE.now() if told is None else epoch(told)
        step = 1 if str(datum.get("StorageResolution", 60)) == "1" else 60
        key = (namespace, datum["MetricName"], dimensions(datum.get("Dimensions")), datum.get("Unit") or "None")
        buckets = series.setdefault(key, {})
        start = int(moment // step * step)
        if start not in buckets and len(buckets) >= KEPT:
            for old in sorted(buckets)[: KEPT // 10]:
                del buckets[old]
        buckets.setdefault(start, Bucket()).add(_bucket(datum))


def series_of(backend: Any) -> dict[Key, dict[int, Bucket]]:
    """Every metric of an account and region: start of the bucket (epoch seconds) -> what is in it."""
    found: dict[Key, dict[int, Bucket]] | None = getattr(backend, "treadle_metrics", None)
    if found is None:
        found = backend.treadle_metrics = {}
    return found


def dimensions(given: Any) -> Dimensions:
    """In any order they are the same."""
    return tuple(sorted((one["Name"], one["Value"]) for one in given or ()))


def epoch(moment: Any) -> float:
    """Seconds; moto's dates are naive and mean UTC."""
    if not isinstance(moment, REAL_DATETIME):
        return float(moment)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def date(moment: float) -> Any:
    return REAL_DATETIME.fromtimestamp(moment, datetime.UTC)


class Metric(msgspec.Struct, frozen=True):
    """One metric as a question names it; without a unit all units count."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str | None = None

    def read(self, backend: Any, start: float, end: float) -> Bucket | None:
        """Everything from `start` up to `end` (exclusive); None when there is nothing."""
        whole: Bucket | None = None
        for buckets in self._series(backend):
            step = _grain(start, end)
            times = range(int(start // step * step), math.ceil(end), step)
            near = times if len(times) < len(buckets) else buckets
            for moment in near:
                if start <= moment < end and (bucket := buckets.get(moment)) is not None:
                    whole = whole or Bucket()
                    whole.add(bucket)
        return whole

    def span(self, backend: Any) -> tuple[int, int] | None:
        """The first and the last bucket."""
        moments = [moment for buckets in self._series(backend) for moment in buckets]
        return (min(moments), max(moments)) if moments else None

    def _series(self, backend: Any) -> Iterator[dict[int, Bucket]]:
        plain = (self.namespace, self.name, self.dimensions)
        for key, buckets in series_of(backend).items():
            if key[:3] == plain and self.unit in (None, key[3]):
                yield buckets
        yield from self._provided(backend, plain)

    def _provided(self, backend: Any, plain: tuple[str, str, Dimensions]) -> Iterator[dict[int, Bucket]]:
        """Metrics that moto's services compute when asked (the sizes of buckets)."""
        if self.namespace != "AWS/S3":
            return
        for datum in backend.aws_metric_data:
            where = tuple(sorted((one.name, one.value) for one in datum.dimensions))
            if (datum.namespace, datum.name, where) == plain and self.unit in (None, datum.unit):
                value = float(datum.value)
                yield {int(epoch(datum.timestamp)): Bucket(1.0, value, value, value, {value: 1.0})}


def _grain(start: float, end: float) -> int:
    """Every second matters in short spans only: seconds are not kept for long."""
    return 1 if end - start <= 3 * 3600 else 60


def _bucket(datum: Mapping[str, Any]) -> Bucket:
    if stats := datum.get("StatisticValues"):
        count, total, low, high = (float(stats[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
        return Bucket(count, total, low, high)
    values = [float(value) for value in datum.get("Values") or [datum.get("Value", 0)]]
    counts = [float(count) for count in datum.get("Counts") or [1.0] * len(values)]
    made = Bucket()
    for value, count in zip(values, counts, strict=True):
        made.add(Bucket(count, value * count, value, value, {value: count}))
    return made


# -- the API
def patch_metrics() -> None:
    """Answer from the sums; see the module's first lines."""
    from moto.cloudwatch.models import CloudWatchBackend, MetricDatum
    from moto.cloudwatch.responses import CloudWatchResponse

    def put_metric_data(self: Any, namespace: str, metric_data: Any) -> None:
        for number, datum in enumerate(metric_data):
            self._validate_parameters_put_metric_data(datum, number + 1)
        put(self, namespace, metric_data)

    def get_all_metrics(self: Any) -> list[Any]:
        """One for every metric: ListMetrics asks."""
        found = []
        for namespace, name, where, unit in series_of(self):
            told = [{"Name": key, "Value": value} for key, value in where]
            found.append(MetricDatum(namespace, name, 0.0, told, None, unit))
        return [*found, *self.aws_metric_data]

    CloudWatchBackend.put_metric_data = put_metric_data
    CloudWatchBackend.get_all_metrics = get_all_metrics
    CloudWatchResponse.get_metric_statistics = _get_metric_statistics
    CloudWatchResponse.get_metric_data = _get_metric_data


def _get_metric_statistics(self: Any) -> Any:
    from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
    from moto.core.responses import ActionResult

    plain, extended = self._get_param("Statistics", []), self._get_param("ExtendedStatistics", [])
    if not plain and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    start, end = epoch(self._get_param("StartTime")), epoch(self._get_param("EndTime"))
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    where = dimensions(self._get_param("Dimensions", []))
    metric = Metric(self._get_param("Namespace"), self._get_param("MetricName"), where, self._get_param("Unit"))
    unit = next((key[3] for key in series_of(self.cloudwatch_backend) if key[:3] == _plain(metric)), None)
    points = []
    for moment, bucket in _periods(self.cloudwatch_backend, metric, start, end, self._get_int_param("Period")):
        point: dict[str, Any] = {"Timestamp": date(moment), "Unit": metric.unit or unit}
        point |= {name: bucket.statistic(name) for name in plain}
        if extended:
            told = {name: bucket.statistic(name) for name in extended}
            point["ExtendedStatistics"] = {name: value for name, value in told.items() if value is not None}
        points.append(point)
    return ActionResult({"Label": metric.name, "Datapoints": points})


def _plain(metric: Metric) -> tuple[str, str, Dimensions]:
    return metric.namespace, metric.name, metric.dimensions


def _get_metric_data(self: Any) -> Any:
    from moto.cloudwatch.exceptions import ValidationError
    from moto.core.responses import ActionResult

    from treadle.cloud.metric_math import MathError, evaluate

    params = self._get_params()
    start, end = epoch(params["StartTime"]), epoch(params["EndTime"])
    if start > end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    queries = params.get("MetricDataQueries", [])
    found: dict[str, dict[float, float]] = {}
    for query in queries:
        if "MetricStat" in query:
            metric, period, statistic = read_stat(query["MetricStat"])
            pairs = _periods(self.cloudwatch_backend, metric, start, end, period)
            values = ((moment, bucket.statistic(statistic)) for moment, bucket in pairs)
            found[query["Id"]] = {moment: value for moment, value in values if value is not None}
        elif "Expression" not in query:
            # AWS also returns the empty line.
            raise ValidationError("The parameter MetricDataQueries.member.1.MetricStat is required.\n")
    try:
        for query in queries:
            if "Expression" in query:
                moments = sorted({moment for series in found.values() for moment in series})
                points: dict[float, float] = {}
                for moment in moments:
                    value = evaluate(query["Expression"], {id: series.get(moment) for id, series in found.items()})
                    points |= {} if value is None else {moment: value}
                found[query["Id"]] = points
    except MathError as problem:
        raise ValidationError(f"Error in expression '{query['Id']}': {problem}") from None
    newest = params.get("ScanBy") != "TimestampAscending"
    told = [_result(query, found[query["Id"]], newest) for query in queries if query.get("ReturnData", True)]
    return ActionResult({"MetricDataResults": told})


def _result(query: Mapping[str, Any], series: Mapping[float, float], newest_first: bool) -> dict[str, Any]:
    moments = sorted(series, reverse=newest_first)
    stat = query.get("MetricStat")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or (f"{stat['Metric']['MetricName']} {stat['Stat']}" if stat else query["Id"]),
        "Timestamps": [date(moment) for moment in moments],
        "Values": [series[moment] for moment in moments],
        "StatusCode": "Complete",
    }


def read_stat(stat: Mapping[str, Any]) -> tuple[Metric, int, str]:
    """Metric, period in seconds and statistic of a MetricStat."""
    told = stat["Metric"]
    metric = Metric(told["Namespace"], told["MetricName"], dimensions(told.get("Dimensions")), stat.get("Unit"))
    return metric, int(stat["Period"]), stat["Stat"]


def _periods(backend: Any, metric: Metric, start: float, end: float, period: int) -> Iterator[tuple[float, Bucket]]:
    """Start and content of every period that has something; periods begin at multiples of themselves."""
    span = metric.span(backend)
    if span is None:
        return
    moment = max(start // period * period, span[0] // period * period)
    while moment < end and moment <= span[1]:
        bucket = metric.read(backend, max(moment, start // 60 * 60), min(moment + period, end))
        if bucket is not None:
            yield moment, bucket
        moment += period
