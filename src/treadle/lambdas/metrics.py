"""What functions did since the server started: invocations, durations, errors, cold starts, throttles."""

from __future__ import annotations

from collections import defaultdict, deque

from msgspec import Struct

from treadle.figures import Series
from treadle.lambdas.logs import Facts

# The latest invocations of each function that are kept one by one.
LATEST = 100


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
        self._swept = 0.0

    def invoked(self, arn: str, at: float, request_id: str, version: str, facts: Facts) -> None:
        error = None if facts.status == "success" else facts.error or facts.status
        self.latest[arn].appendleft(
            Invoked(at, request_id, version, facts.duration, facts.init, facts.used, facts.status, error)
        )
        self.series.add(arn, at, facts.status, facts.duration / 1000, error)
        if facts.init is not None:
            self.series.add(arn, at, "cold")
        if at - self._swept > 3600:
            self._swept = at
            self.series.forget(at)

    def throttled(self, arn: str, at: float) -> None:
        self.series.add(arn, at, "throttled")

    def forget(self, arn: str) -> None:
        self.latest.pop(arn, None)
