"""`treadle demo PROJECT`: serve, deploy the project's workflow through the AWS API, run it once, keep serving."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from treadle.cli import deploy, functions, show
from treadle.cli.background import LOG
from treadle.cli.client import Client, Complaint, Refused, Unreachable
from treadle.cli.serve import serve

NAME = "treadle-demo"


def demo(options: argparse.Namespace) -> int:
    infra = options.project / "infra"
    definition, source = infra / "step-fn-file" / "sfn.asl.json", infra / "src"
    for path in (definition, source):
        if not path.exists():
            print(
                f"treadle: {path} is missing; is {options.project} a Terraform project like examples/terraform?",
                file=sys.stderr,
            )
            return 1
    endpoint = f"http://127.0.0.1:{options.port}"
    threading.Thread(target=walk, args=(endpoint, definition, source, options), daemon=True).start()
    # What the reader should see is the walk; the server's own log goes where `treadle logs` finds it.
    return serve(options.host, options.port, options.data, options.store, log=options.data / LOG)


def walk(endpoint: str, definition: Path, source: Path, options: argparse.Namespace) -> None:
    """What a newcomer would do by hand, once the server answers."""
    client = Client(endpoint)
    try:
        await_server(client)
        worker, how = functions.deploy(client, f"{NAME}-worker", source)
        say(f"Function   {worker}  ({how})")
        names = set(deploy.PLACEHOLDER.findall(definition.read_text()))
        text = deploy.render(definition, dict.fromkeys(names, worker))
        machine, how = deploy.machine(client, f"{NAME}-workflow", text)
        say(f"Workflow   {machine}  ({how})")
        earlier = len(client.states("ListExecutions", stateMachineArn=machine)["executions"])
        arn = client.states("StartExecution", stateMachineArn=machine, input=options.input)["executionArn"]
        say(f"Execution  {arn}" + (f"  (number {earlier + 1})" if earlier else ""))
        say("")
        described = await_end(client, arn, say)
        for line in show.execution(described, deploy.all_events(client, arn)):
            say(line)
        farewell(endpoint, machine, arn)
    except (Refused, Unreachable, Complaint) as problem:
        print(f"treadle: {problem}", file=sys.stderr, flush=True)


def await_server(client: Client, patience: float = 15.0) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            client.health()
            return
        except Unreachable:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def await_end(client: Client, arn: str, tell: Callable[[str], object] | None) -> Any:
    """The execution's description once it has ended; tells what it waits for meanwhile."""
    told = time.monotonic() + 2
    pause = 0.02
    while True:
        described = client.states("DescribeExecution", executionArn=arn)
        if described["status"] != "RUNNING":
            return described
        if tell is not None and time.monotonic() > told:
            latest = client.states("GetExecutionHistory", executionArn=arn, reverseOrder=True, maxResults=1)["events"][
                0
            ]
            tell(f"    still running: {latest['type']} ...")
            told = time.monotonic() + 5
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def farewell(endpoint: str, machine: str, arn: str) -> None:
    say("")
    say("  Where to look next")
    say(f"    {endpoint}/ in a browser")
    say(f"    export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION=us-east-1")
    say("    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test")
    say(f"    aws stepfunctions get-execution-history --execution-arn {arn}")
    say(f"    aws stepfunctions start-execution --state-machine-arn {machine} --input '{json.dumps({'failures': 1})}'")
    say("    cd examples/terraform/infra && terraform init && terraform apply -var-file=dev.tfvars")
    say("")
    say("  Serving until Ctrl-C.")


def say(line: str) -> None:
    print(line, flush=True)
