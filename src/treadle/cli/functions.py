"""Local folders as Lambda functions, for `treadle run` and `treadle demo`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from treadle.cli.client import Client, Complaint, Refused
from treadle.lambdas.folders import NoHandlerError, find_handler, pack

ROLE = "arn:aws:iam::000000000000:role/treadle"


def deploy(
    client: Client, name: str, folder: Path, handler: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Create the function, or update it to the folder's code. Answers (ARN, "created" | "updated" | "found")."""
    try:
        found, runtime = find_handler(folder, handler)
    except NoHandlerError as problem:
        raise Complaint(str(problem)) from None
    code = pack(folder)
    body: dict[str, Any] = {"FunctionName": name, "Runtime": runtime, "Handler": found, "Role": ROLE, "Timeout": 60}
    body["Environment"] = {"Variables": dict(environment or {})}
    try:
        known = client.functions("GET", f"/functions/{name}/configuration")
    except Refused as refusal:
        if refusal.code != "ResourceNotFoundException":
            raise
        return client.functions("POST", "/functions", body | {"Code": {"ZipFile": code}})["FunctionArn"], "created"
    if known.get("Environment", {}).get("Variables", {}) != body["Environment"]["Variables"]:
        client.functions("PUT", f"/functions/{name}/configuration", {"Environment": body["Environment"]})
    updated = client.functions("PUT", f"/functions/{name}/code", {"ZipFile": code})
    return updated["FunctionArn"], "found" if updated["CodeSha256"] == known["CodeSha256"] else "updated"
