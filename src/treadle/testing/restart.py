"""A server that dies and comes back: what a crash leaves of executions, and what is performed again after it.

docs/decisions/0004-after-a-crash.md has the rules: what had been submitted, or was taken by a worker, goes on; a call
that was under way is made again, or is lost when its integration says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from treadle.engine.commands import RunTask
from treadle.engine.events import TaskFailed
from treadle.engine.execution import Execution
from treadle.engine.step import outstanding
from treadle.integrations.catalog import find
from treadle.runtime.codec import Codec
from treadle.runtime.pump import LOST
from treadle.testing.answers import hidden

if TYPE_CHECKING:
    from treadle.testing.run import Run

__tracebackhide__ = hidden


def crash(runs: Iterable[Run]) -> None:
    """All executions of a server, the nested ones and those of Maps included."""
    for run in list(runs):
        if run.status == "RUNNING":
            restart(run)
    for run in list(runs):
        for drive in list(run.map_runs.values()):
            if drive.task.open:
                drive.restart()


def restart(run: Run) -> None:
    run.execution, run.index = stored_and_loaded(run.execution), None
    for command in list(outstanding(run.plan, run.execution)):
        if not _under_way(run, command):
            continue
        integration = find(command.node.resource)
        if integration is None or integration.after_crash == "repeat":
            run.perform(command)
        else:
            del run.open[command.task]
            run.deliver(TaskFailed(run.now, command.task, LOST))
    run.schedule(anew=True)


def _under_way(run: Run, command: RunTask) -> bool:
    """Whether a call had left whose answer is lost with the process. What test code answers is not."""
    ours = command.node.resource.kind not in ("activity", "map")
    return ours and command.phase == "started" and run.open[command.task].reply is not None


def stored_and_loaded(execution: Execution) -> Execution:
    """An execution through the codec of the runtime and back."""
    codec, input = Codec(), execution.facts.input
    snapshot = codec.decode_snapshot(codec.encode_snapshot(execution, root=False), input)
    frames = {
        id: codec.decode_frame(codec.encode_frame(execution, frame), input) for id, frame in execution.frames.items()
    }
    return replace(execution, frames=frames, serial=snapshot.serial, deadline=snapshot.deadline)
