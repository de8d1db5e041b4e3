"""Load one Step Functions endpoint: each workload checks its answers and returns figures.

    python benchmarks/load.py http://localhost:4566 [WORKLOAD ...] [--scale 1.0]

Only the standard library, raw keep-alive HTTP, so that the client costs little beside the server it loads. A wrong
answer makes the workload report `ok: false`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

ROLE = "arn:aws:iam::000000000000:role/bench"
CONNECTIONS = 32
_names = itertools.count()


class Endpoint:
    """A pool of keep-alive connections that speak AWS JSON 1.0."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self.host, self.port = place.hostname or "localhost", place.port or 80
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self.free.put_nowait(None)

    async def call(self, operation: str, **body: Any) -> Any:
        connection = await self.free.get()
        try:
            if connection is None:
                connection = await asyncio.open_connection(self.host, self.port, limit=1 << 24)
            reader, writer = connection
            writer.write(self.request(operation, json.dumps(body).encode()))
            status, text, keep = await answer(reader)
            if not keep:
                writer.close()
                connection = None
        except (ConnectionError, asyncio.IncompleteReadError):
            connection = None
            raise
        finally:
            self.free.put_nowait(connection)
        if status >= 400:
            raise RuntimeError(f"{operation}: {status} {text[:300]!r}")
        return json.loads(text) if text else {}

    def request(self, operation: str, body: bytes) -> bytes:
        head = (
            f"POST / HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: AWSStepFunctions.{operation}\r\nX-Amz-Date: 20260101T000000Z\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, "
            f"SignedHeaders=host, Signature={'0' * 64}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, body and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    fields = {k.lower(): v.strip().lower() for k, _, v in (line.partition(":") for line in head[1:]) if k}
    status, keep = int(head[0].split()[1]), fields.get("connection") != "close"
    if "chunked" in fields.get("transfer-encoding", ""):
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, b"".join(parts), keep
    if "content-length" in fields:
        return status, await reader.readexactly(int(fields["content-length"])), keep
    return status, await reader.read(), False


# -- machines
def chain(length: int) -> Any:
    """Pass states that add one member each."""
    states: dict[str, Any] = {
        f"P{i}": {"Type": "Pass", "Result": {"step": i}, "ResultPath": f"$.p{i}", "Next": f"P{i + 1}"}
        for i in range(length)
    }
    last = states[f"P{length - 1}"]
    del last["Next"]
    last["End"] = True
    return {"StartAt": "P0", "States": states}


def counter(limit: int, language: str) -> Any:
    """Choice and Pass in a loop: two transitions a round."""
    done = {"Type": "Succeed"}
    if language == "JSONata":
        test = {"Condition": f"{{% $states.input.n < {limit} %}}", "Next": "Add"}
        add = {"Type": "Pass", "Output": "{% {'n': $states.input.n + 1} %}", "Next": "Test"}
    else:
        test = {"Variable": "$.n", "NumericLessThan": limit, "Next": "Add"}
        add = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Test"}
    choice = {"Type": "Choice", "Choices": [test], "Default": "Done"}
    return {"QueryLanguage": language, "StartAt": "Test", "States": {"Test": choice, "Add": add, "Done": done}}


def mapping() -> Any:
    """An inline Map whose iterations are three Pass states."""
    inner = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "End": True}}
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "A", "States": inner}
    return {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}},
    }


async def create(to: Endpoint, name: str, definition: Any, kind: str = "STANDARD") -> str:
    unique = f"{name}-{time.time_ns()}"
    body = {"name": unique, "definition": json.dumps(definition), "roleArn": ROLE, "type": kind}
    return str((await to.call("CreateStateMachine", **body))["stateMachineArn"])


async def ended(to: Endpoint, arn: str, pause: float = 0.01) -> Any:
    while True:
        described = await to.call("DescribeExecution", executionArn=arn)
        if described["status"] != "RUNNING":
            return described
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, 0.25)


async def start(to: Endpoint, machine: str, input: Any) -> str:
    text = input if isinstance(input, str) else json.dumps(input)
    body = {"stateMachineArn": machine, "name": unique(), "input": text}
    return str((await to.call("StartExecution", **body))["executionArn"])


def unique() -> str:
    """A name for an execution; moto wants one."""
    return f"e{next(_names)}"


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


# -- workloads
Figures = dict[str, Any]


async def burst(to: Endpoint, scale: float) -> Figures:
    """Standard executions of five states, started by 32 connections, until all have ended."""
    count = int(1000 * scale)
    machine = await create(to, "burst", chain(5))
    began = time.monotonic()
    arns = await asyncio.gather(*(start(to, machine, {"i": i}) for i in range(count)))
    ends = await asyncio.gather(*(ended(to, arn, 0.05) for arn in arns))
    wall = time.monotonic() - began
    ok = all(e["status"] == "SUCCEEDED" and json.loads(e["output"])["p4"] == {"step": 4} for e in ends)
    return {"ok": ok, "per_s": count / wall}


async def loop(to: Endpoint, scale: float, language: str) -> Figures:
    rounds = int(2000 * scale)
    machine = await create(to, "loop", counter(rounds, language))
    began = time.monotonic()
    end = await ended(to, await start(to, machine, {"n": 0}))
    ok = end["status"] == "SUCCEEDED" and json.loads(end["output"]) == {"n": rounds}
    return {"ok": ok, "per_s": (2 * rounds + 2) / (time.monotonic() - began)}


async def loop_jsonpath(to: Endpoint, scale: float) -> Figures:
    """One execution that counts in JSONPath: transitions a second."""
    return await loop(to, scale, "JSONPath")


async def loop_jsonata(to: Endpoint, scale: float) -> Figures:
    """One execution that counts in JSONata: transitions a second."""
    return await loop(to, scale, "JSONata")


async def inline_map(to: Endpoint, scale: float) -> Figures:
    """One inline Map over 1,000 items of three states: items a second."""
    items = list(range(int(1000 * scale)))
    machine = await create(to, "map", mapping())
    began = time.monotonic()
    end = await ended(to, await start(to, machine, {"items": items}))
    ok = end["status"] == "SUCCEEDED" and json.loads(end["output"]) == items
    return {"ok": ok, "per_s": len(items) / (time.monotonic() - began)}


async def express(to: Endpoint, scale: float) -> Figures:
    """StartSyncExecution of five states: latency of one caller, throughput of sixteen."""
    machine = await create(to, "express", chain(5), "EXPRESS")
    latencies = []

    async def once() -> bool:
        answer = await to.call("StartSyncExecution", stateMachineArn=machine, name=unique(), input='{"i": 1}')
        return bool(answer["status"] == "SUCCEEDED")

    for _ in range(int(100 * scale)):
        began = time.monotonic()
        await once()
        latencies.append(time.monotonic() - began)
    each, began = int(60 * scale), time.monotonic()

    async def caller() -> int:
        return sum([await once() for _ in range(each)])

    done = sum(await asyncio.gather(*(caller() for _ in range(16))))
    wall = time.monotonic() - began
    return {"ok": done == 16 * each, "per_s": done / wall, "p50_ms": 1e3 * statistics.median(latencies)}


async def payload(to: Endpoint, scale: float) -> Figures:
    """Executions that carry a 200 KB document through five states."""
    count = int(100 * scale)
    machine = await create(to, "payload", chain(5))
    document = json.dumps({"rows": [{"id": i, "name": "x" * 80, "v": i * 1.5} for i in range(1800)]})
    began = time.monotonic()
    arns = await asyncio.gather(*(start(to, machine, document) for _ in range(count)))
    ends = await asyncio.gather(*(ended(to, arn, 0.05) for arn in arns))
    return {"ok": all(e["status"] == "SUCCEEDED" for e in ends), "per_s": count / (time.monotonic() - began)}


async def waits(to: Endpoint, scale: float) -> Figures:
    """1,000 executions in a Wait of five seconds: how late they end."""
    count = int(1000 * scale)
    machine = await create(to, "wait", {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": True}}})
    arns = await asyncio.gather(*(start(to, machine, {}) for _ in range(count)))
    await asyncio.sleep(5.2)
    ends = await asyncio.gather(*(ended(to, arn, 0.1) for arn in arns))
    late = [1e3 * (e["stopDate"] - e["startDate"] - 5) for e in ends]
    return {"ok": len(late) == count, "p50_late_ms": statistics.median(late), "p99_late_ms": quantile(late, 0.99)}


WORKLOADS: dict[str, Callable[[Endpoint, float], Awaitable[Figures]]] = {
    w.__name__: w for w in (burst, loop_jsonpath, loop_jsonata, inline_map, express, payload, waits)
}


async def run(url: str, names: list[str], scale: float, patience: float) -> dict[str, Figures]:
    figures: dict[str, Figures] = {}
    for name in names or list(WORKLOADS):
        try:
            figures[name] = await asyncio.wait_for(WORKLOADS[name](Endpoint(url), scale), patience)
        except Exception as problem:  # a peer that fails a workload is a result too
            figures[name] = {"ok": False, "error": f"{type(problem).__name__}: {problem}"[:200]}
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("workloads", nargs="*", choices=[*WORKLOADS, []], default=[])
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--patience", type=float, default=120.0, help="seconds for one workload")
    chosen = options.parse_args()
    for name, figures in asyncio.run(run(chosen.url, chosen.workloads, chosen.scale, chosen.patience)).items():
        print(json.dumps({"workload": name, **figures}))


if __name__ == "__main__":
    main()
