"""The figures of the dashboard and of functions: per span of time, from what the runtime and Lambda count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from treadle.aws import AwsError
from treadle.console.answers import STATUSES, House, Ledgers
from treadle.figures import Cell, merged
from treadle.runtime.activity import error_of
from treadle.runtime.store import Ended
from treadle.values import Json

TOP = 10


class Range(NamedTuple):
    seconds: int
    step: int


RANGES: Mapping[str, Range] = {
    "1h": Range(3600, 60),
    "6h": Range(6 * 3600, 300),
    "24h": Range(24 * 3600, 1800),
    "7d": Range(7 * 86_400, 3 * 3600),
    "30d": Range(30 * 86_400, 12 * 3600),
}


class Span(NamedTuple):
    since: float
    until: float
    step: int


def span_of(query: Mapping[str, str], now: float) -> Span:
    """The span that `range` names, its end at the end of the step that goes on. Raises ValidationException."""
    chosen = RANGES.get(query.get("range", "24h"))
    if chosen is None:
        raise AwsError("ValidationException", f"range must be one of {', '.join(RANGES)}")
    until = (now // chosen.step + 1) * chosen.step
    return Span(until - chosen.seconds, until, chosen.step)


def slid(before: float, now: float) -> list[int]:
    """The steps (seconds) that have ended meanwhile: figures of spans with such steps are others now."""
    return [chosen.step for chosen in RANGES.values() if before // chosen.step != now // chosen.step]


async def activity(house: House, ledgers: Ledgers, query: Mapping[str, str]) -> Json:
    """Ended executions of one machine, or of an account and region, over time."""
    span = span_of(query, ledgers.now())
    fits = _machines(query)
    settled, fresh = await ledgers.activity.read()
    buckets = settled.read(*span, fits)
    _add(buckets, span, [one for one in fresh if fits(one.machine_arn)])
    by_machine: dict[str, Cell] = {}
    for bucket in buckets:
        for machine, cell in bucket.items():
            by_machine.setdefault(machine, Cell()).merge(cell)
    total = merged(by_machine.values())
    running = sum(house.executions.count(arn) for arn in house.machines() if fits(arn))
    functions = merged(cell for bucket in _functions(ledgers, span, query) for cell in bucket.values())
    return {
        **span._asdict(),
        "countedTo": ledgers.activity.complete_since,
        "running": running,
        "throttled": functions.outcomes["throttled"],
        "buckets": [_bucket(span, number, bucket) for number, bucket in enumerate(buckets)],
        "total": _figures(total),
        "errors": [{"error": error, "count": number} for error, number in total.errors.most_common(TOP)],
        "machines": _machines_of(by_machine),
    }


def _machines(query: Mapping[str, str]) -> Callable[[str], bool]:
    machine = query.get("machine")
    if machine:
        return lambda arn: arn == machine
    place = f":{query.get('region', '')}:{query.get('account', '')}:"
    # Children of map runs belong to a machine with a label: NAME/LABEL.
    return lambda arn: place in arn and "/" not in arn


def _add(buckets: list[dict[str, Cell]], span: Span, fresh: Sequence[Ended]) -> None:
    """Count what ended within the last seconds."""
    for one in fresh:
        number = int((one.stopped - span.since) // span.step)
        if 0 <= number < len(buckets):
            cell = buckets[number].setdefault(one.machine_arn, Cell())
            cell.add(one.status, one.stopped - one.started, error_of(one))


def _bucket(span: Span, number: int, cells: Mapping[str, Cell]) -> Json:
    return {"at": span.since + number * span.step, **_figures(merged(cells.values()))}


def _figures(cell: Cell) -> dict[str, Json]:
    counts = {status: cell.outcomes[status] for status in STATUSES if status != "RUNNING"}
    return {"counts": counts, "p50": cell.percentile(0.5), "p95": cell.percentile(0.95)}


def _machines_of(cells: Mapping[str, Cell]) -> Json:
    """The machines with the most failures, then with the most executions."""

    def weight(item: tuple[str, Cell]) -> tuple[int, int]:
        done = item[1].outcomes
        return (-done["FAILED"] - done["TIMED_OUT"], -done.total())

    return [{"machine": arn, **_figures(cell)} for arn, cell in sorted(cells.items(), key=weight)[:TOP]]


def functions(ledgers: Ledgers, query: Mapping[str, str]) -> Json:
    """What functions did: of one by its ARN with its latest invocations, or of all in an account and region."""
    span, workers = span_of(query, ledgers.now()), ledgers.workers()
    buckets = _functions(ledgers, span, query)
    arns = sorted({arn for bucket in buckets for arn in bucket})
    wanted = query.get("function")
    latest = ledgers.functions.latest.get(wanted, ()) if wanted else ()
    return {
        **span._asdict(),
        "functions": {
            arn: {
                **_invocations(merged(bucket[arn] for bucket in buckets if arn in bucket)),
                "workers": workers.get(arn, 0),
            }
            for arn in arns
        },
        "buckets": [
            {"at": span.since + number * span.step, **_invocations(merged(bucket.values()))}
            for number, bucket in enumerate(buckets)
        ],
        "workers": workers.get(wanted, 0) if wanted else sum(workers.values()),
        "latest": [msgspec.to_builtins(one) for one in latest],
    }


def _functions(ledgers: Ledgers, span: Span, query: Mapping[str, str]) -> list[dict[str, Cell]]:
    wanted, place = query.get("function"), f":{query.get('region', '')}:{query.get('account', '')}:"
    return ledgers.functions.series.read(*span, lambda arn: arn == wanted if wanted else place in arn)


def _invocations(cell: Cell) -> dict[str, Any]:
    done = cell.outcomes
    return {
        "invocations": done["success"] + done["error"] + done["timeout"],
        "failed": done["error"] + done["timeout"],
        "cold": done["cold"],
        "throttled": done["throttled"],
        "p50": cell.percentile(0.5),
        "p95": cell.percentile(0.95),
        "errors": [{"error": error, "count": number} for error, number in cell.errors.most_common(TOP)],
    }
