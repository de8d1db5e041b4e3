"""Folders with real Lambda code, as tests name them. `treadle.testing.workshop` runs them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class Folder(Struct, frozen=True):
    """A folder with a function's code, to bind to a name: `functions={"worker": Folder("src")}`.

    Without `handler` ("module.function") it is looked for where people keep it. Real code runs in real time: the
    modelled clock stands still meanwhile. `environment` and `timeout` (seconds) are the function's.
    """

    path: Path | str
    handler: str | None = None
    environment: dict[str, str] = {}
    timeout: int = 60
    memory: int = 128
    runtime: str | None = None
