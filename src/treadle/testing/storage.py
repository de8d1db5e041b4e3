"""An execution through the codec of the runtime and back: what a crash leaves of it."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.engine.execution import Execution
from treadle.runtime.codec import Codec


def stored_and_loaded(execution: Execution) -> Execution:
    codec, input = Codec(), execution.facts.input
    snapshot = codec.decode_snapshot(codec.encode_snapshot(execution, root=False), input)
    frames = {
        id: codec.decode_frame(codec.encode_frame(execution, frame), input) for id, frame in execution.frames.items()
    }
    return replace(execution, frames=frames, serial=snapshot.serial, deadline=snapshot.deadline)
