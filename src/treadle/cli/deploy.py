"""A definition file and its functions, brought to a server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from treadle.cli.client import Client, Complaint, Refused

ROLE = "arn:aws:iam::000000000000:role/treadle"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")


class Deployed(NamedTuple):
    arn: str
    how: str  # "created", "updated", "found"


def render(file: Path, values: Mapping[str, str]) -> str:
    """The definition with its Terraform placeholders `${name}` filled (`$${` is a literal `${`)."""
    text = file.read_text()
    missing = sorted({name for name in PLACEHOLDER.findall(text.replace("$${", "")) if name not in values})
    if missing:
        wanted = ", ".join(missing)
        raise Complaint(
            f"{file} has placeholders without a value: {wanted}. Use --function NAME=DIR or --var NAME=VALUE"
        )
    literal = text.replace("$${", "\0")
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], literal).replace("\0", "${")


def machine(client: Client, name: str, definition: str, type: str = "STANDARD") -> Deployed:
    """Create the state machine, or update it when it differs."""
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
    try:
        known = client.states("DescribeStateMachine", stateMachineArn=arn)
    except Refused as refusal:
        if refusal.code != "StateMachineDoesNotExist":
            raise
        params: dict[str, Any] = {"name": name, "definition": definition, "roleArn": ROLE, "type": type}
        return Deployed(client.states("CreateStateMachine", **params)["stateMachineArn"], "created")
    if known["definition"] == definition:
        return Deployed(arn, "found")
    client.states("UpdateStateMachine", stateMachineArn=arn, definition=definition, roleArn=ROLE)
    return Deployed(arn, "updated")


def all_events(client: Client, arn: str) -> list[dict[str, Any]]:
    """The whole history of an execution, page by page."""
    events: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = client.states("GetExecutionHistory", executionArn=arn, maxResults=1000, **token)
        events += page["events"]
        if "nextToken" not in page:
            return events
        token = {"nextToken": page["nextToken"]}
