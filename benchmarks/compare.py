"""Treadle beside its peers in one run: the same load, the same machine, ratios.

    python benchmarks/compare.py [--rounds 3] [--scale 1.0] [WORKLOAD ...]

Treadle runs durably (SQLite, synchronous=FULL); moto and ministack keep everything in memory. The peers are installed
from PyPI into a virtual environment of their own below benchmarks/.peers. Prints a table of medians and writes
benchmarks/results.json.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import load

HERE = Path(__file__).parent
PEERS = HERE / ".peers"
VERSIONS = {"moto": "moto[server]==5.2.5", "ministack": "ministack==1.5.33"}
# Workload -> (figure, unit, whether more is better).
FIGURES = {
    "burst": ("per_s", "executions/s", True),
    "loop_jsonpath": ("per_s", "transitions/s", True),
    "loop_jsonata": ("per_s", "transitions/s", True),
    "inline_map": ("per_s", "items/s", True),
    "express": ("per_s", "calls/s", True),
    "payload": ("per_s", "executions/s", True),
    "waits": ("p99_late_ms", "ms late (p99)", False),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(server: str, port: int, data: str) -> list[str]:
    peer = str(PEERS / "bin" / "python")
    match server:
        case "treadle":
            return [sys.executable, "-m", "treadle", "serve", "--port", str(port), "--data", data]
        case "moto":
            return [peer, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        case _:
            return [peer, "-m", "ministack"]


@contextlib.contextmanager
def serving(server: str) -> Iterator[tuple[str, int, float]]:
    """(URL, pid, seconds until it answered)."""
    port = free_port()
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "MINISTACK_PORT": str(port),
        "SFN_EXECUTE_STATE_MACHINE": "true",
    }
    # Peers are installed with their bytecode; ours is written by the first start, whatever the environment says.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(PEERS / "bytecode")
    with tempfile.TemporaryDirectory() as data:
        began = time.monotonic()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen(command(server, port, data), env=environment, **quiet)  # type: ignore[call-overload]
        try:
            url = f"http://127.0.0.1:{port}"
            while not answers(url):
                if child.poll() is not None or time.monotonic() - began > 60:
                    raise RuntimeError(f"{server} does not start")
                time.sleep(0.01)
            ready = time.monotonic() - began
            if server == "moto":
                configure_moto(url)
            yield url, child.pid, ready
        finally:
            child.kill()
            child.wait()


def answers(url: str) -> bool:
    headers = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"}
    scope = "Credential=test/20260101/us-east-1/states/aws4_request"
    headers["Authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, b"{}", headers), timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def configure_moto(url: str) -> None:
    """By default moto's executions stay RUNNING for ever."""
    settings = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/config", settings)).close()


def memory(pid: int) -> float:
    """Resident megabytes of the server's process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def install_peers() -> None:
    if not (PEERS / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *VERSIONS.values()], check=True)


def measure(server: str, names: list[str], scale: float) -> dict[str, Any]:
    with serving(server) as (url, pid, ready):
        figures = asyncio.run(load.run(url, names, scale, 120.0))
        return {"ready_s": ready, "memory_mb": memory(pid), **figures}


def middle(runs: list[dict[str, Any]], workload: str) -> float | None:
    """The median of a workload's figure; None when any run failed it."""
    if not all(run[workload].get("ok") for run in runs):
        return None
    return statistics.median(run[workload][FIGURES[workload][0]] for run in runs)


def table(results: dict[str, list[dict[str, Any]]], names: list[str]) -> Iterator[str]:
    servers = list(results)
    yield "| workload | " + " | ".join(servers) + " | ratio to the best peer |"
    yield "|---|" + "---:|" * (len(servers) + 1)
    for name in names:
        _, unit, more = FIGURES[name]
        values = {server: middle(runs, name) for server, runs in results.items()}
        peers = [v for server, v in values.items() if server != "treadle" and v is not None]
        ours, ratio = values["treadle"], ""
        if peers and ours:
            best = max(peers) if more else min(peers)
            ratio = f"{ours / best if more else best / ours:.1f}x"
        shown = [("-" if v is None else f"{v:,.1f}") for v in values.values()]
        yield f"| {name}, {unit} | " + " | ".join(shown) + f" | {ratio} |"
    for figure, unit in (("ready_s", "s until ready"), ("memory_mb", "MB after the load")):
        shown = [f"{statistics.median(r[figure] for r in runs):,.2f}" for runs in results.values()]
        yield f"| {unit} | " + " | ".join(shown) + " | |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("workloads", nargs="*", default=[])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--servers", default="treadle,ministack,moto")
    chosen = options.parse_args()
    names = chosen.workloads or list(FIGURES)
    servers = chosen.servers.split(",")
    if servers != ["treadle"]:
        install_peers()
    results: dict[str, list[dict[str, Any]]] = {server: [] for server in servers}
    for server in servers:
        with serving(server):
            pass  # not measured: what comes first is cold
    for _ in range(chosen.rounds):
        for server in servers:  # in turn, so that a noisy minute hits all of them
            results[server].append(measure(server, names, chosen.scale))
            (HERE / "results.json").write_text(json.dumps(results, indent=1))
    print("\n".join(table(results, names)))


if __name__ == "__main__":
    main()
