"""A real server process on a free port, for the tests that look at treadle from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config

T = TypeVar("T")
PATIENCE = 30.0  # seconds until something that must happen counts as missing


class Server:
    """`treadle serve` as a child process. Enter it to start; `kill` it as a power cut would."""

    def __init__(self, data: Path, port: int | None = None, options: Sequence[str] = ()) -> None:
        self.data, self.options = data, options
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.account = "000000000000"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def start(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "treadle", "serve", "--port", str(self.port), "--data", str(self.data)]
        command += self.options
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=plain_environment()
            )
        eventually(self._ready)

    def stop(self) -> None:
        """Ask the server to leave, as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self) -> None:
        """kill -9: nothing can be saved any more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/_treadle/health", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def client(self, service: str, region: str = "us-east-1", account: str | None = None) -> Any:
        """A boto3 client that knows nothing but the endpoint, and credentials of any account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="any",
            config=Config(
                inject_host_prefix=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"}, read_timeout=60
            ),
        )

    @property
    def _log_file(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with status {self.process.returncode}:\n{self.log()}")
        try:
            return self.health()["status"] == "ok"
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def plain_environment() -> dict[str, str]:
    """This process's environment without anything that AWS clients would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TREADLE_"))}


def eventually(look: Callable[[], T], patience: float = PATIENCE) -> T:
    """What `look` gives once it is true-ish; fails when that has not happened in time."""
    end = time.monotonic() + patience
    pause = 0.01
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"has not happened in {patience} s; last seen: {found!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def ended(sfn: Any, arn: str, patience: float = PATIENCE) -> dict[str, Any]:
    """The description of an execution once it has ended."""

    def look() -> dict[str, Any] | None:
        told: dict[str, Any] = sfn.describe_execution(executionArn=arn)
        return None if told["status"] == "RUNNING" else told

    found = eventually(look, patience)
    assert found is not None
    return found
