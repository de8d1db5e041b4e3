"""Calls that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

log = logging.getLogger("treadle.api")


class Errands:
    """Calls into the cloud that nobody waits for; kept referenced until they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, errand: Awaitable[None]) -> None:
        async def go() -> None:
            try:
                await errand
            except Exception:  # the end of an errand: nobody waits for it
                log.exception("an execution's event could not be delivered")

        task = asyncio.create_task(go())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
