"""The AWS CLI, with nothing but AWS_ENDPOINT_URL and credentials of any account."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import example_code, example_workflow, make_function, zipped
from .server import Server, eventually, plain_environment

AWS = shutil.which("aws")
pytestmark = pytest.mark.skipif(AWS is None, reason="the AWS CLI is missing: pip install awscli")
ROLE = "arn:aws:iam::111122223333:role/any"


@pytest.fixture
def aws(server: Server, tmp_path: Path) -> Any:
    """Runs one CLI command and gives its answer, parsed."""
    settings = {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }

    def call(*arguments: str) -> Any:
        done = subprocess.run(
            [str(AWS), *arguments, "--output", "json"],
            env=plain_environment() | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return call


def test_a_workflow_from_creation_to_history(aws: Any, server: Server) -> None:
    worker = make_function(server.client("lambda", "eu-west-1", "111122223333"), "cli-worker", example_code())
    definition = json.dumps(example_workflow(worker))
    create = ["--name", "cli", "--role-arn", ROLE, "--definition", definition]
    machine = aws("stepfunctions", "create-state-machine", *create)["stateMachineArn"]
    assert machine == "arn:aws:states:eu-west-1:111122223333:stateMachine:cli"
    start = ["--state-machine-arn", machine, "--input", '{"key": "value"}']
    execution = aws("stepfunctions", "start-execution", *start)["executionArn"]

    def described() -> Any:
        told = aws("stepfunctions", "describe-execution", "--execution-arn", execution)
        return told if told["status"] != "RUNNING" else None

    told = eventually(described)
    assert (told["status"], json.loads(told["output"])["event"]) == ("SUCCEEDED", {"key": "value"})
    history = aws("stepfunctions", "get-execution-history", "--execution-arn", execution)["events"]
    assert (history[0]["type"], history[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")


def test_a_function_is_created_from_a_file_and_invoked(aws: Any, tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(zipped("def lambda_handler(event, context):\n    return event['n'] * 2\n"))
    create = ["--function-name", "twice", "--runtime", "python3.12", "--role", ROLE]
    aws("lambda", "create-function", *create, "--handler", "handler.lambda_handler", "--zip-file", "fileb://code.zip")
    (tmp_path / "payload.json").write_text('{"n": 21}')
    told = aws("lambda", "invoke", "--function-name", "twice", "--payload", "fileb://payload.json", "answer.json")
    assert told["StatusCode"] == 200
    assert json.loads((tmp_path / "answer.json").read_text()) == 42
