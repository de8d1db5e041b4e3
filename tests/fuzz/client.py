"""The assembled server in this process, and the smallest client that can ask it anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from treadle.api.server import Server, assemble

from .bounds import within

SOON = 10.0
HEAD = "arn:aws:states:us-east-1:000000000000"
ROLE = "arn:aws:iam::000000000000:role/r"
SIGNED = b"AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0"
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
ASK = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": f"{HEAD}:activity:known", "End": True}}})
FAIL = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "c"}}})

Headers = Sequence[tuple[bytes, bytes]]


class Reply(Struct):
    """`status` is None when the server left a caller who hung up without an answer."""

    status: int | None
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks the application as a web server would. Knows what the test world contains, and mends it."""

    def __init__(self, server: Server, runner: asyncio.Runner) -> None:
        self.server, self._runner = server, runner
        self.token = ""  # of a task that waits
        self.known: dict[str, str] = {}  # placeholder in a generated text -> what it stands for

    def send(self, body: bytes, headers: Headers, method: str = "POST", path: str = "/") -> Reply:
        """One request; the client hangs up soon after. Raises Hang."""
        with within(SOON):
            return self._runner.run(self._send(body, headers, method, path))

    def call(self, operation: str, params: Any) -> Reply:
        headers = [(b"x-amz-target", f"AWSStepFunctions.{operation}".encode()), (b"authorization", SIGNED)]
        return self.send(json.dumps(params).encode(), [*headers, (b"content-type", b"application/x-amz-json-1.0")])

    def ask(self, operation: str, **params: Any) -> Any:
        """The answer to a call that must succeed."""
        reply = self.call(operation, params)
        assert reply.status == 200, (operation, params, reply)
        return reply.json

    async def _send(self, body: bytes, headers: Headers, method: str, path: str) -> Reply:
        plain, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": plain,
            "raw_path": plain.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(name.lower(), value) for name, value in headers],
        }
        incoming = [{"type": "http.request", "body": body}]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if incoming:
                return incoming.pop()
            await asyncio.sleep(0.02)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.server.app(scope, receive, send)
        if not sent:
            return Reply(None, {}, b"")
        shown = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], shown, b"".join(message.get("body", b"") for message in sent[1:]))

    def mend(self) -> None:
        """See to it that everything the generated ARNs name exists again."""
        machine, express = f"{HEAD}:stateMachine:known", f"{HEAD}:stateMachine:express"
        self.ask("CreateActivity", name="known")
        for name, definition, kind in (
            ("known", PASS, "STANDARD"),
            ("express", PASS, "EXPRESS"),
            ("asking", ASK, "STANDARD"),
            ("failing", FAIL, "STANDARD"),
        ):
            arn = f"{HEAD}:stateMachine:{name}"
            if self.call("DescribeStateMachine", {"stateMachineArn": arn}).status != 200:
                self.ask("CreateStateMachine", name=name, definition=definition, type=kind, roleArn=ROLE)
            else:
                self.ask("UpdateStateMachine", stateMachineArn=arn, definition=definition, roleArn=ROLE)
        versions = self.ask("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
        if not versions:
            self.ask("PublishStateMachineVersion", stateMachineArn=machine)
            versions = self.ask("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
        routing = [{"stateMachineVersionArn": versions[0]["stateMachineVersionArn"], "weight": 100}]
        if self.call("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{machine}:live"}).status != 200:
            self.ask("CreateStateMachineAlias", name="live", routingConfiguration=routing)
        for name in ("known", "asking", "failing"):
            self.call("StartExecution", {"stateMachineArn": f"{HEAD}:stateMachine:{name}", "name": "known"})
        self.known = {
            "MACHINE": machine,
            "EXPRESS": express,
            "VERSION": routing[0]["stateMachineVersionArn"],
            "ALIAS": f"{machine}:live",
            "ACTIVITY": f"{HEAD}:activity:known",
            "EXECUTION": f"{HEAD}:execution:known:known",
            "WAITING": f"{HEAD}:execution:asking:known",
            "FAILED": f"{HEAD}:execution:failing:known",
            "TOKEN": self._waiting_token(),
        }

    def _waiting_token(self) -> str:
        """A task that waits for an answer, from an execution of its own."""
        beating = self.call("SendTaskHeartbeat", {"taskToken": self.token}) if self.token else None
        if beating is None or beating.status != 200:
            self.ask("StartExecution", stateMachineArn=f"{HEAD}:stateMachine:asking")
            self.token = self.ask("GetActivityTask", activityArn=f"{HEAD}:activity:known").get("taskToken", "")
        return self.token

    def inventory(self) -> Any:
        """Everything the listings show, but for what changes by itself."""
        machine = f"{HEAD}:stateMachine:known"
        return [
            self._listed("ListStateMachines", maxResults=1000),
            self._listed("ListActivities", maxResults=1000),
            self._listed("ListStateMachineVersions", stateMachineArn=machine),
            self._listed("ListStateMachineAliases", stateMachineArn=machine),
            self._listed("ListTagsForResource", resourceArn=machine),
            self._listed("DescribeStateMachine", stateMachineArn=machine),
            [
                self._listed("ListExecutions", stateMachineArn=f"{HEAD}:stateMachine:{name}", maxResults=10)
                for name in ("known", "asking", "failing")
            ],
        ]

    def _listed(self, operation: str, **params: Any) -> Any:
        """The answer without its next token, which tells the time."""
        return {key: value for key, value in self.call(operation, params).json.items() if key != "nextToken"}


@contextmanager
def opened(data: Path) -> Iterator[Client]:
    """A server with a store in memory."""
    with asyncio.Runner() as runner:
        assembled = assemble(data, "http://localhost:4566", store="memory")
        client = Client(runner.run(assembled.__aenter__()), runner)
        try:
            client.mend()
            yield client
        finally:
            runner.run(assembled.__aexit__(None, None, None))
