"""What functions did: invocations, durations, errors, cold starts, throttles.

The one place where they are counted: CloudWatch's metrics and the console's news are made of what listeners are told.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from treadle.aws import Caller
from treadle.figures import Series
from treadle.lambdas.logs import Facts
from treadle.lambdas.names import function_arn
from treadle.values import Instant

# The latest invocations of each function that are kept one by one.
LATEST = 100

# Hears of a value of a metric, named as CloudWatch names it: (home, function, "Errors", value, when). Milliseconds.
Listener: TypeAlias = Callable[[Caller, str, str, float, Instant], None]


class Invoked(Struct, frozen=True):
    """One invocation. `at` (its end) in seconds since the epoch, durations in milliseconds, memory in MB."""

    at: float
    request_id: str
    version: str
    duration: float
    init: float | None
    used: int | None
    status: str  # success, error, timeout
    error: str | None


class Metrics:
    """By the ARN of the function, unqualified."""

    def __init__(self) -> None:
        self.series = Series()
        self.latest: defaultdict[str, deque[Invoked]] = defaultdict(lambda: deque(maxlen=LATEST))
        self.listeners: list[Listener] = []
        self.counted = 0  # grows with everything that is counted
        self._swept = 0.0

    def invoked(self, home: Caller, name: str, at: Instant, request_id: str, version: str, facts: Facts) -> None:
        self.counted += 1
        error = None if facts.status == "success" else facts.error or facts.status
        arn = function_arn(home, name)
        self.latest[arn].appendleft(
            Invoked(at, request_id, version, facts.duration, facts.init, facts.used, facts.status, error)
        )
        self.series.add(arn, at, facts.status, facts.duration / 1000, error)
        if facts.init is not None:
            self.series.add(arn, at, "cold")
        if at - self._swept > 3600:
            self._swept = at
            self.series.forget(at)
        self._tell(home, name, "Invocations", 1.0, at)
        self._tell(home, name, "Errors", float(error is not None), at)
        self._tell(home, name, "Throttles", 0.0, at)
        self._tell(home, name, "Duration", facts.duration, at)

    def throttled(self, home: Caller, name: str, at: Instant) -> None:
        self.counted += 1
        self.series.add(function_arn(home, name), at, "throttled")
        self._tell(home, name, "Throttles", 1.0, at)

    def running(self, home: Caller, name: str, at: Instant, number: int) -> None:
        """So many invocations are on their way. Kept by nobody here."""
        self._tell(home, name, "ConcurrentExecutions", float(number), at)

    def _tell(self, home: Caller, name: str, metric: str, value: float, at: Instant) -> None:
        for listener in self.listeners:
            listener(home, name, metric, value, at)
