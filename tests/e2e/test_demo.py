"""`treadle demo`: what `make run` does, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from treadle.cli.walk import FILE

from .conftest import EXAMPLE
from .server import PATIENCE, eventually, free_port, plain_environment

PROJECT = EXAMPLE.parent
EXAMPLES = sorted(file.parent for file in PROJECT.parent.glob(f"*/{FILE}"))


@contextmanager
def demo(
    data: Path, port: int, project: Path = PROJECT, *options: str, patience: float = PATIENCE, **environment: str
) -> Iterator[str]:
    """What the demo has printed once it says that it keeps serving; ends it with Ctrl-C afterwards."""
    out = data.with_suffix(".out")
    command = [
        sys.executable,
        "-m",
        "treadle",
        "demo",
        str(project),
        "--port",
        str(port),
        "--data",
        str(data),
        *options,
    ]
    with out.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env=plain_environment() | environment
        )
    try:
        ends = re.compile("Serving until Ctrl-C|^treadle: ", re.MULTILINE)
        eventually(lambda: ends.search(out.read_text()) or process.poll(), patience)
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


@pytest.mark.parametrize("project", EXAMPLES, ids=lambda project: project.name)
def test_an_example_shows_what_it_promises_and_again_on_the_data_of_the_first_time(
    tmp_path: Path, project: Path
) -> None:
    """The walk of a demo stops with a complaint where an execution or an answer is not what it should be."""
    port = free_port()
    for how in ("created", "found"):
        with demo(tmp_path / "data", port, project) as printed:
            assert "Serving until Ctrl-C" in printed, printed
            assert f"({how})" in printed
