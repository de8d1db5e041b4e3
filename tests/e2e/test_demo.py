"""`treadle demo`: what `make run` does, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .conftest import EXAMPLE
from .server import PATIENCE, eventually, free_port, plain_environment

PROJECT = EXAMPLE.parent


@contextmanager
def demo(data: Path, port: int) -> Iterator[str]:
    """What the demo has printed once it says that it keeps serving; ends it with Ctrl-C afterwards."""
    out = data.with_suffix(".out")
    command = [sys.executable, "-m", "treadle", "demo", str(PROJECT), "--port", str(port), "--data", str(data)]
    with out.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=plain_environment())
    try:
        eventually(lambda: "Serving until Ctrl-C" in out.read_text() or process.poll() is not None)
        assert process.poll() is None, out.read_text()
        yield out.read_text()
    finally:
        process.send_signal(2)
        assert process.wait(PATIENCE) in (0, 130), out.read_text()


def test_the_demo_deploys_runs_and_says_where_to_look_next(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path / "data", port) as printed:
        assert re.search(r"Function +arn:aws:lambda:\S+:treadle-demo-worker +\(created\)", printed)
        assert re.search(r"Workflow +arn:aws:states:\S+:treadle-demo-workflow +\(created\)", printed)
        for state in ("Invoke worker", "Is it ready?", "Done"):
            assert re.search(rf"{re.escape(state)}.*\d", printed), printed
        assert "SUCCEEDED" in printed
        assert '"statusCode"' in printed
        assert f"AWS_ENDPOINT_URL=http://127.0.0.1:{port}" in printed
    with demo(tmp_path / "data", port) as printed:
        assert "(created)" not in printed
        assert "(number 2)" in printed
        assert "SUCCEEDED" in printed
