"""One server for the tests that only look, and workflows to look at."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .server import Server

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "terraform" / "infra"
ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


def zipped(code: str, name: str = "handler.py") -> bytes:
    """A deployment package with one module."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr(name, code)
    return package.getvalue()


def make_function(client: Any, name: str, code: str, **more: Any) -> str:
    """Create a Python function and give its ARN."""
    params = {
        "Runtime": "python3.12",
        "Handler": "handler.lambda_handler",
        "Role": ROLE,
        "Code": {"ZipFile": zipped(code)},
    }
    arn: str = client.create_function(FunctionName=name, **params, **more)["FunctionArn"]
    return arn


def make_machine(client: Any, name: str, definition: dict[str, Any], **more: Any) -> str:
    """Create a state machine and give its ARN."""
    params = {"definition": json.dumps(definition), "roleArn": ROLE}
    arn: str = client.create_state_machine(name=name, **params, **more)["stateMachineArn"]
    return arn


def example_workflow(worker: str, seconds: int = 1) -> dict[str, Any]:
    """The definition of examples/terraform with its worker, and a shorter wait."""
    text = (EXAMPLE / "step-fn-file" / "sfn.asl.json").read_text().replace("${worker_arn}", worker)
    definition: dict[str, Any] = json.loads(text)
    definition["States"]["Wait"]["Seconds"] = seconds
    return definition


def example_code() -> str:
    return (EXAMPLE / "src" / "handler.py").read_text()
