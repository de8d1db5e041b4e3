"""Local folders as Lambda functions, for `treadle run` and `treadle demo`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from treadle.cli.client import Client, Complaint, Refused, pack

# Where people keep a handler: file, function, runtime.
USUAL = (
    ("handler.py", "lambda_handler", "python3.12"),
    ("lambda_function.py", "lambda_handler", "python3.12"),
    ("app.py", "lambda_handler", "python3.12"),
    ("main.py", "lambda_handler", "python3.12"),
    ("index.py", "handler", "python3.12"),
    ("handler.py", "handler", "python3.12"),
    ("index.mjs", "handler", "nodejs20.x"),
    ("index.js", "handler", "nodejs20.x"),
    ("bootstrap", "", "provided.al2023"),
)
ROLE = "arn:aws:iam::000000000000:role/treadle"


def find_handler(folder: Path) -> tuple[str, str]:
    """(handler, runtime) of the code in `folder`."""
    for file, function, runtime in USUAL:
        path = folder / file
        if path.is_file() and re.search(rf"\b{function}\b", path.read_text(errors="replace")):
            return f"{path.stem}.{function}" if function else file, runtime
    names = ", ".join(f"{file} with {function}" if function else file for file, function, _ in USUAL)
    raise Complaint(f"no Lambda handler in {folder}; looked for {names}. Name it: NAME=DIR:module.function")


def deploy(client: Client, name: str, folder: Path, handler: str | None = None) -> tuple[str, str]:
    """Create the function, or update it to the folder's code. Answers (ARN, "created" | "updated" | "found")."""
    if not folder.is_dir():
        raise Complaint(f"{folder} is no folder")
    found, runtime = find_handler(folder) if handler is None else (handler, _runtime(folder, handler))
    code = pack(folder)
    body: dict[str, Any] = {"FunctionName": name, "Runtime": runtime, "Handler": found, "Role": ROLE, "Timeout": 60}
    try:
        known = client.functions("GET", f"/functions/{name}/configuration")
    except Refused as refusal:
        if refusal.code != "ResourceNotFoundException":
            raise
        return client.functions("POST", "/functions", body | {"Code": {"ZipFile": code}})["FunctionArn"], "created"
    updated = client.functions("PUT", f"/functions/{name}/code", {"ZipFile": code})
    return updated["FunctionArn"], "found" if updated["CodeSha256"] == known["CodeSha256"] else "updated"


def _runtime(folder: Path, handler: str) -> str:
    module = handler.rpartition(".")[0].replace(".", "/")
    return (
        "nodejs20.x" if any((folder / f"{module}{end}").exists() for end in (".js", ".mjs", ".cjs")) else "python3.12"
    )
