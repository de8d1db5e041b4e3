"""A data directory belongs to one process: two pumps would perform every task twice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class DirectoryInUse(OSError):
    """Another process serves from the data directory."""


class DirectoryLock:
    """Held until released or until the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Raises DirectoryInUse when another process holds it."""
        file = self._path.open("ab")
        try:
            _take(file)
        except OSError as problem:
            file.close()
            raise DirectoryInUse(f"another treadle is using the data directory {self._path.parent}") from problem
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
