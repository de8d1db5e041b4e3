"""How long fuzzing lasts, and how long one example may.

The suite runs the same few examples every time. TREADLE_FUZZ=50 runs fifty times as many, other ones each time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, settings

EFFORT = int(os.environ.get("TREADLE_FUZZ", "1"))


def examples(count: int) -> settings:
    """`count` examples in the suite, more in a long run."""
    return settings(
        max_examples=count * EFFORT,
        derandomize=EFFORT == 1,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Hang(BaseException):
    """Something has taken too long. No `except Exception` may swallow it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises Hang inside code that runs longer, wherever it is in Python."""

    def strike(number: int, frame: FrameType | None) -> None:
        raise Hang(f"not finished after {seconds} s")

    before = signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
