"""`treadle demo PROJECT`: serve, deploy the project through the AWS API, show it at work, keep serving."""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time

from msgspec import structs

from treadle.cli import terraform
from treadle.cli.background import LOG
from treadle.cli.client import Client, Complaint, Refused, Unreachable
from treadle.cli.serve import serve
from treadle.cli.walk import Project, Start, Walker, read, say


def demo(options: argparse.Namespace) -> int:
    project = read(options.project)
    if options.input is not None:
        try:
            given = json.dumps(json.loads(options.input))
        except ValueError as problem:
            raise Complaint(f"--input is no JSON: {problem}") from None
        walk = [structs.replace(step, input=given) if isinstance(step, Start) else step for step in project.walk]
        project = project._replace(walk=walk)
    endpoint = f"http://127.0.0.1:{options.port}"
    threading.Thread(target=perform, args=(endpoint, project, options.terraform), daemon=True).start()
    # What the reader should see is the walk; the server's own log goes where `treadle logs` finds it.
    return serve(options.host, options.port, options.data, options.store, log=options.data / LOG)


def perform(endpoint: str, project: Project, with_terraform: bool) -> None:
    """What a newcomer would do by hand, once the server answers."""
    walker = Walker(endpoint, project)
    try:
        await_server(walker.client)
        if with_terraform:
            walker.values |= terraform.apply(project.folder / "infra", endpoint)
        else:
            for step in project.deploy:
                walker.perform(step)
        for step in project.walk:
            walker.perform(step)
        farewell(endpoint, project, walker)
    except (Refused, Unreachable, Complaint, OSError) as problem:
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


def farewell(endpoint: str, project: Project, walker: Walker) -> None:
    say("")
    say("  Where to look next")
    arn = walker.values.get("execution_arn")
    say(f"    {endpoint}/{f'#/executions/{arn}' if arn else ''} in a browser")
    say(f"    export AWS_ENDPOINT_URL={endpoint} AWS_DEFAULT_REGION=us-east-1")
    say("    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test")
    if arn:
        say(f"    aws stepfunctions get-execution-history --execution-arn {arn}")
    for line in project.next:
        say(f"    {walker.fill(line)}")
    say(f"    cd {project.folder / 'infra'} && terraform init && terraform apply -var-file=dev.tfvars")
    say("")
    say("  Serving until Ctrl-C.")
