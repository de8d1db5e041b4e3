"""The API: whatever is sent, an answer of AWS's kind, soon; and what is refused leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.values import Json

from . import requests
from .bounds import EFFORT, examples
from .client import SIGNED, Client, Headers, Reply, opened

UNDOING = {
    "CreateStateMachine": ("DeleteStateMachine", "stateMachineArn"),
    "CreateActivity": ("DeleteActivity", "activityArn"),
    "CreateStateMachineAlias": ("DeleteStateMachineAlias", "stateMachineAliasArn"),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with opened(tmp_path_factory.mktemp("data")) as client:
        yield client


def check(reply: Reply) -> None:
    """An answer as a client of AWS expects it."""
    if reply.status is None:
        return
    assert reply.status < 500, reply
    assert reply.headers["x-amzn-requestid"]
    assert int(reply.headers["content-length"]) == len(reply.body)
    if reply.status >= 400:
        refusal = reply.json
        assert refusal["__type"] and isinstance(refusal["message"], str), refusal


def placed(value: Json, known: dict[str, str]) -> Json:
    """The parameters with real ARNs and tokens in them."""
    if isinstance(value, dict):
        return {key: placed(member, known) for key, member in value.items()}
    if isinstance(value, list):
        return [placed(member, known) for member in value]
    return known.get(value, value) if isinstance(value, str) else value


@examples(600)
@given(requests.calls())
def test_operations(client: Client, call: tuple[str, Any]) -> None:
    operation, params = call
    before = client.inventory()
    reply = client.call(operation, placed(params, client.known))
    check(reply)
    if reply.status is None:
        return
    if reply.status >= 400:
        assert client.inventory() == before, "a refused call has left something behind"
    elif operation in UNDOING:
        undo, name = UNDOING[operation]
        check(client.call(undo, {name: reply.json[name]}))
        client.mend()
    elif operation.startswith(("Delete", "Update", "Stop", "Send", "Get", "Untag", "Publish")):
        client.mend()


@examples(300)
@given(requests.targets, requests.hostile_bodies, requests.odd_headers)
def test_hostile_bodies(client: Client, target: bytes, body: bytes, headers: Headers) -> None:
    before = client.inventory()
    reply = client.send(body, [(b"authorization", SIGNED), (b"x-amz-target", target), *headers])
    check(reply)
    if reply.status is not None and reply.status >= 400:
        assert client.inventory() == before


@examples(200)
@given(
    requests.calls(),
    st.integers(0, 1 << 20),
    st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"\\", b",", b"}"])),
)
def test_mutilated_bodies(client: Client, call: tuple[str, Any], at: int, inserted: bytes) -> None:
    operation, params = call
    body = requests.mutilated(json.dumps(placed(params, client.known)).encode(), at, inserted)
    reply = client.send(body, [(b"authorization", SIGNED), (b"x-amz-target", f"AWSStepFunctions.{operation}".encode())])
    check(reply)
    client.mend()


@pytest.mark.parametrize("path", ["/", "/_treadle/nothing", "/%", "/%00", "/?Action=%ff", "/a" * 5000, "/_treadle/"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "NONSENSE"])
def test_other_ways_in(client: Client, method: str, path: str) -> None:
    """Step Functions only answers to POST with a target."""
    reply = client.send(b"{}", [(b"authorization", SIGNED)], method, path)
    assert reply.status is not None and reply.status < 500, reply


def test_the_world_is_still_whole(client: Client) -> None:
    """After all that: the server goes on, and nothing is broken."""
    client.mend()
    assert client.ask("DescribeExecution", executionArn=client.known["EXECUTION"])["status"] == "SUCCEEDED"
    assert not client.server.service.pump._broken, "an execution has met a bug"
    assert EFFORT >= 1
