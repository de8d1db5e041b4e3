"""The test kit: run any machine in this process, with a virtual clock and a world made of answers.

    from treadle.testing import Machine, Fails, by_attempt

    order = Machine.load("order.asl.json")
    run = order.run({"id": 7}, mocks={"Charge": by_attempt(Fails("CardRefused"), {"paid": True})})
    assert run.status == "SUCCEEDED"

Names are imported when they are asked for: pytest loads the plugin of this package in every project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.testing import faults as faults
    from treadle.testing.answers import BY_HAND as BY_HAND
    from treadle.testing.answers import NEVER as NEVER
    from treadle.testing.answers import Beats as Beats
    from treadle.testing.answers import Call as Call
    from treadle.testing.answers import Fails as Fails
    from treadle.testing.answers import after as after
    from treadle.testing.answers import by_attempt as by_attempt
    from treadle.testing.answers import by_item as by_item
    from treadle.testing.answers import in_turn as in_turn
    from treadle.testing.answers import payload as payload
    from treadle.testing.answers import sometimes as sometimes
    from treadle.testing.answers import submits as submits
    from treadle.testing.coverage import Coverage as Coverage
    from treadle.testing.exploring import Exploration as Exploration
    from treadle.testing.folders import Folder as Folder
    from treadle.testing.localmocks import local_mocks as local_mocks
    from treadle.testing.machine import Machine as Machine
    from treadle.testing.recording import record as record
    from treadle.testing.recording import record_history as record_history
    from treadle.testing.run import Run as Run
    from treadle.testing.run import Stuck as Stuck
    from treadle.testing.world import MockError as MockError

_HOMES = {
    "answers": "BY_HAND NEVER Beats Call Fails after by_attempt by_item in_turn payload sometimes submits",
    "coverage": "Coverage",
    "exploring": "Exploration",
    "folders": "Folder",
    "localmocks": "local_mocks",
    "machine": "Machine",
    "recording": "record record_history",
    "run": "Run Stuck",
    "world": "MockError",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}
__all__ = [*sorted(_HOME), "faults"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "faults":
        return import_module("treadle.testing.faults")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"treadle.testing.{_HOME[name]}"), name)
    globals()[name] = value
    return value
