"""The figures of functions on disk: written every minute in which something was counted, and at the end.

A crash loses the last minute of them. They are figures, not state: what cannot be read is left out, and said.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from treadle.figures import Row
from treadle.lambdas.metrics import Invoked, Metrics

log = logging.getLogger("treadle.lambdas")
# Seconds between two writings.
EVERY = 60.0


class _File(Struct, array_like=True, tag="1"):
    rows: list[Row]
    latest: dict[str, list[Invoked]]


def read(path: Path, metrics: Metrics) -> None:
    """Take up what an earlier server counted."""
    try:
        found = msgspec.msgpack.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return
    except (OSError, msgspec.MsgspecError) as problem:
        log.warning("figures of functions begin anew: %s cannot be read: %s", path, problem)
        return
    metrics.series.restore(found.rows)
    for arn, invoked in found.latest.items():
        metrics.latest[arn].extend(invoked)


class Keeper:
    """Writes while it is open."""

    def __init__(self, path: Path, metrics: Metrics) -> None:
        self._path, self._metrics = path, metrics
        self._written = metrics.counted
        self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Write what is left."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._write()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self._write()

    async def _write(self) -> None:
        if self._written == self._metrics.counted:
            return
        self._written = self._metrics.counted
        latest = {arn: list(found) for arn, found in self._metrics.latest.items()}
        body = msgspec.msgpack.encode(_File(list(self._metrics.series.rows()), latest))
        try:
            await asyncio.to_thread(_replace, self._path, body)
        except OSError as problem:
            log.warning("figures of functions cannot be written: %s", problem)


def _replace(path: Path, body: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(body)
    os.replace(beside, path)
