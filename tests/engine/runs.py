"""Runs of the test kit as tests of the engine look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.testing import BY_HAND, Machine, Run


def by_hand(definition: Mapping[str, Any], input: Any = None, **options: Any) -> Run:
    """Started, with all of its tasks left to test code: `run.open[1].succeed(...)`."""
    started = Machine(definition)
    return started.start(input, mocks=dict.fromkeys(started.tasks, BY_HAND), **options)


def chain(run: Run) -> list[tuple[int, int, str]]:
    """How the events of a history hang together."""
    return [(event.id, event.previous, event.type) for event in run.history]
