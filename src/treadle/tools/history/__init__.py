"""Histories of executions, made here or exported from AWS, as one value that every tool reads."""

from treadle.tools.history.exports import NoHistory, read_exports, to_bundle
from treadle.tools.history.recorded import Counts, Recorded, Status
from treadle.tools.history.visits import Attempt, Visit, decoded, event_of, visits

__all__ = [
    "Attempt",
    "Counts",
    "NoHistory",
    "Recorded",
    "Status",
    "Visit",
    "decoded",
    "event_of",
    "read_exports",
    "to_bundle",
    "visits",
]
