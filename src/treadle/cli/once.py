"""`treadle run FILE`: one execution of a definition in this process, on a store that is thrown away afterwards."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

from treadle.cli import deploy, functions, show
from treadle.cli.calls import chosen
from treadle.cli.client import Client, Complaint, Refused
from treadle.cli.definitions import invalid
from treadle.cli.walk import await_end


def run_once(options: argparse.Namespace) -> int:
    """0 when the execution succeeds, 1 when it does not."""
    from treadle.api.server import serve

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s  %(message)s")
    logging.getLogger("treadle.lambdas").setLevel(logging.ERROR)
    text, calls = input_text(options.input), chosen(options)
    folders = [function_option(given) for given in options.function]
    outcome: list[int] = []

    async def main(data: Path) -> None:
        endpoint: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        server = asyncio.create_task(
            serve("127.0.0.1", 0, data, store="memory", calls=calls, ready=endpoint.set_result)
        )
        await asyncio.wait((server, asyncio.ensure_future(endpoint)), return_when=asyncio.FIRST_COMPLETED)
        try:
            if endpoint.done():
                outcome.append(await asyncio.to_thread(walk, Client(endpoint.result()), options, text, folders))
        finally:
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)

    with tempfile.TemporaryDirectory(prefix="treadle-run-") as data:
        asyncio.run(main(Path(data)))
    return outcome[0] if outcome else 1


def walk(client: Client, options: argparse.Namespace, text: str, folders: list[tuple[str, Path, str | None]]) -> int:
    values = dict(variable_option(given) for given in options.var)
    for name, folder, handler in folders:
        values[name], _ = functions.deploy(client, name, folder, handler)
    definition = deploy.render(options.file, values)
    try:
        machine = deploy.machine(client, options.file.name.split(".")[0] or "run", definition, options.type).arn
    except Refused as problem:
        raise invalid(options.file, problem) if problem.code == "InvalidDefinition" else problem from None
    if options.type == "EXPRESS":
        described, events = client.states("StartSyncExecution", stateMachineArn=machine, input=text), []
    else:
        arn = client.states("StartExecution", stateMachineArn=machine, input=text)["executionArn"]
        described = await_end(client, arn, None if options.json else tell)
        events = deploy.all_events(client, arn)
    if options.json:
        print(json.dumps(as_json(described, events), indent=2, ensure_ascii=False))
    else:
        print(f"\n  {options.file}\n")
        print("\n".join(show.execution(described, events)))
    return 0 if described["status"] == "SUCCEEDED" else 1


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def as_json(described: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": described["status"]}
    for member in ("output", "error", "cause"):
        if member in described:
            answer[member] = described[member]
    if "output" in answer:
        answer["output"] = json.loads(answer["output"])
    answer["seconds"] = round(described["stopDate"] - described["startDate"], 3)
    answer["states"] = [
        {"name": v.name, "type": v.type, "seconds": None if v.seconds is None else round(v.seconds, 3)}
        for v in show.passed(events)
    ]
    return answer


def input_text(given: str) -> str:
    """The input as JSON text: given as such, as @FILE, or as - for standard input."""
    try:
        text = sys.stdin.read() if given == "-" else Path(given[1:]).read_text() if given.startswith("@") else given
    except OSError as problem:
        raise Complaint(f"the input cannot be read: {problem}") from None
    try:
        json.loads(text)
    except ValueError as problem:
        raise Complaint(f"the input is no JSON: {problem}") from None
    return text


def function_option(given: str) -> tuple[str, Path, str | None]:
    """NAME=DIR[:HANDLER]"""
    name, separator, place = given.partition("=")
    if not separator or not place:
        raise Complaint(f"--function {given}: write NAME=DIR or NAME=DIR:module.function")
    folder, _, handler = place.partition(":")
    return name, Path(folder), handler or None


def variable_option(given: str) -> tuple[str, str]:
    name, separator, value = given.partition("=")
    if not separator:
        raise Complaint(f"--var {given}: write NAME=VALUE")
    return name, value
