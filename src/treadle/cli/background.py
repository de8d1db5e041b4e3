"""The server in the background: start, stop, status, logs. Its pid and address lie in the data directory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from treadle.cli.client import Client, Refused, Unreachable

LOG = "server.log"
RECORD = "server.json"
PATIENCE = 15.0  # seconds until a server must be ready, or gone


def start(host: str, port: int, data: Path, store: str, more: Sequence[str] = ()) -> int:
    """Start `treadle serve` with these and `more` options, and wait until it is ready."""
    running = find(data)
    if running is not None:
        print(f"treadle already runs at {running['endpoint']} (pid {running['pid']})")
        return 0
    data.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "treadle",
        "serve",
        "--host",
        host,
        "--port",
        str(port),
        "--data",
        str(data),
        "--store",
        store,
        *more,
    ]
    with (data / LOG).open("ab") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.poll() is not None:
            print(f"treadle: the server did not start; see {data / LOG}:", file=sys.stderr)
            sys.stderr.writelines(tail(data / LOG, 5))
            return 1
        running = find(data)
        if running is not None:
            print(f"treadle runs at {running['endpoint']} (pid {running['pid']}), data in {data}")
            return 0
        time.sleep(0.05)
    child.kill()
    print(f"treadle: the server was not ready after {PATIENCE:.0f} s; see {data / LOG}", file=sys.stderr)
    return 1


def stop(data: Path) -> int:
    running = find(data)
    if running is None:
        print("treadle is not running")
        return 0
    os.kill(running["pid"], signal.SIGTERM)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not alive(running["pid"]):
            print("treadle has stopped")
            return 0
        time.sleep(0.05)
    print(f"treadle: pid {running['pid']} does not stop; its log is {data / LOG}", file=sys.stderr)
    return 1


def status(data: Path, as_json: bool) -> int:
    running = find(data)
    if running is None:
        print(json.dumps({"status": "stopped"}) if as_json else f"treadle is not running (data in {data})")
        return 1
    health = running["health"]
    if as_json:
        print(json.dumps({**health, "endpoint": running["endpoint"], "pid": running["pid"], "data": str(data)}))
        return 0
    print(f"treadle {health['version']} runs at {running['endpoint']} (pid {running['pid']}), data in {data}")
    for name, value in health.items():
        if name not in ("status", "version") and not isinstance(value, dict):
            print(f"  {name.replace('_', ' ')}: {value}")
    return 0


def logs(data: Path, lines: int, follow: bool) -> int:
    file = data / LOG
    if not file.exists():
        print(f"treadle: there is no log in {data}; `treadle start` writes one", file=sys.stderr)
        return 1
    sys.stdout.writelines(tail(file, lines))
    if follow:
        with file.open(errors="replace") as log:
            log.seek(0, os.SEEK_END)
            while True:
                line = log.readline()
                if line:
                    print(line, end="", flush=True)
                else:
                    time.sleep(0.2)
    return 0


def tail(file: Path, lines: int) -> list[str]:
    with file.open(errors="replace") as log:
        return list(deque(log, maxlen=lines))


def find(data: Path) -> dict[str, Any] | None:
    """The server that runs on this data directory: endpoint, pid and health; None when there is none."""
    try:
        record = json.loads((data / RECORD).read_text())
    except (OSError, ValueError):
        return None
    if not alive(record["pid"]):
        return None
    try:
        return {**record, "health": Client(record["endpoint"], timeout=5).health()}
    except (Unreachable, Refused):
        return None


def announce(data: Path, endpoint: str) -> None:
    """Leave pid and address where `find` looks."""
    (data / RECORD).write_text(json.dumps({"pid": os.getpid(), "endpoint": endpoint}))


def withdraw(data: Path) -> None:
    with contextlib.suppress(OSError):
        (data / RECORD).unlink()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
