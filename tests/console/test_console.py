"""The console's door: who gets the page, what the small API says, what is pushed."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from treadle.aws import Caller
from treadle.console import live, statistics
from treadle.console.answers import House, Ledgers
from treadle.console.console import Console
from treadle.console.files import Bundle
from treadle.console.live import MOST, Feed

BROWSER = {"accept": "text/html,application/xhtml+xml"}
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
ROLE = "arn:aws:iam::000000000000:role/r"
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(endpoint: str, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    def send() -> Answer:
        place = urlsplit(endpoint)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    return await asyncio.to_thread(send)


async def states(endpoint: str, operation: str, **params: Any) -> Any:
    headers = {"x-amz-target": f"AWSStepFunctions.{operation}", "authorization": SIGNED.format("states")}
    answer = await ask(endpoint, "POST", "/", headers, params)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture
async def machine(endpoint: str) -> str:
    made = await states(endpoint, "CreateStateMachine", name="m", definition=PASS, roleArn=ROLE)
    return str(made["stateMachineArn"])


# -- who gets the page


def scope(method: str = "GET", path: str = "/", query: str = "", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": method, "path": path, "query_string": query.encode(), "headers": named}


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(House("1", None, dict), Bundle(tmp_path))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "claimed"),
    [
        (scope(accept="text/html,*/*", host="localhost:4566"), True),
        (scope("HEAD", accept="text/html"), True),
        (scope(path="/_treadle/console/theme.js"), True),
        (scope(path="/_treadle/api/session"), True),
        (scope(path="/_treadle/health"), False),
        # S3's ListBuckets, signed in the header or in the address, and a bucket's own host.
        (scope(accept="text/html", authorization="AWS4-HMAC-SHA256 ..."), False),
        (scope(query="X-Amz-Credential=a%2Fb&X-Amz-Signature=c", accept="text/html"), False),
        (scope(query="AWSAccessKeyId=a&Signature=b&Expires=1", accept="text/html"), False),
        (scope(query="Action=AssumeRoleWithWebIdentity", accept="text/html"), False),
        (scope(accept="text/html", host="bucket.s3.localhost:4566"), False),
        (scope(accept="text/html", host="id.execute-api.us-east-1.localhost"), False),
        # Programs do not ask for HTML.
        (scope(accept="*/*"), False),
        (scope(), False),
        (scope("POST", accept="text/html"), False),
        (scope(path="/bucket/key", accept="text/html"), False),
    ],
)
def test_only_browsers_that_look_at_the_root_get_the_page(console: Console, asked: Any, claimed: bool) -> None:
    assert console.claims(asked) is claimed


async def test_aws_requests_at_the_root_stay_awss(endpoint: str) -> None:
    buckets = await ask(endpoint, "GET", "/", {**BROWSER, "authorization": SIGNED.format("s3")})
    assert b"ListAllMyBucketsResult" in buckets.body
    assert (await states(endpoint, "ListStateMachines")) == {"stateMachines": []}


# -- the bundle


async def test_without_a_bundle_the_page_says_how_to_build_it(
    endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Bundle, "file", lambda self, name: None)
    page = await ask(endpoint, "GET", "/", BROWSER)
    assert page.status == 200
    assert b"its console was not built" in page.body
    assert b"npm run build" in page.body


async def test_a_bundle_is_served_with_a_strict_policy_and_a_fresh_nonce(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<link nonce="__CSP_NONCE__">')
    (tmp_path / "assets" / "a-1.js").write_text("let a = 1;" * 100)
    (tmp_path.parent / "secret.txt").write_text("no")
    console = Console(House("1", None, dict), Bundle(tmp_path))  # type: ignore[arg-type]

    first, second = await get(console, "/"), await get(console, "/")
    policy = first.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert first.body == f'<link nonce="{nonce}">'.encode()
    assert first.body != second.body

    script = await get(console, "/_treadle/console/assets/a-1.js", accept_encoding="gzip, br")
    assert gzip.decompress(script.body) == b"let a = 1;" * 100
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("../secret.txt", "%2e%2e/secret.txt", "assets", ""):
        assert (await get(console, f"/_treadle/console/{path}")).status == 404


async def test_a_new_build_is_served_without_a_restart(tmp_path: Path) -> None:
    console = Console(House("1", None, dict), Bundle(tmp_path))  # type: ignore[arg-type]
    assert b"not built" in (await get(console, "/")).body
    (tmp_path / "index.html").write_text("built")
    assert (await get(console, "/")).body == b"built"


async def get(console: Console, path: str, **headers: str) -> Answer:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    await console(scope(path=path, **headers), receive, send)
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, sent[1]["body"])


# -- the small API


async def test_runs_counts_by_status_and_shows_the_latest(endpoint: str, machine: str) -> None:
    for name in ("one", "two", "three"):
        await states(endpoint, "StartExecution", stateMachineArn=machine, name=name)
    question = {"machines": [machine, machine + "-unknown"], "recent": 2}
    found = (await ask(endpoint, "POST", "/_treadle/api/runs", body=question)).json["machines"]
    assert list(found) == [machine]
    assert found[machine]["counts"] == {"RUNNING": 0, "SUCCEEDED": 3, "FAILED": 0, "TIMED_OUT": 0, "ABORTED": 0}
    assert [(run["name"], run["status"]) for run in found[machine]["recent"]] == [
        ("three", "SUCCEEDED"),
        ("two", "SUCCEEDED"),
    ]


async def test_a_history_goes_on_where_it_was_left_and_cuts_long_payloads_on_demand(
    endpoint: str, machine: str
) -> None:
    text = json.dumps({"long": "x" * 5000})
    arn = (await states(endpoint, "StartExecution", stateMachineArn=machine, input=text))["executionArn"]
    path = f"/_treadle/api/history?execution={quote(arn)}"
    whole = (await ask(endpoint, "GET", path)).json
    told = await states(endpoint, "GetExecutionHistory", executionArn=arn)
    assert whole == {"events": told["events"], "next": None}

    later = (await ask(endpoint, "GET", f"{path}&after=2")).json
    assert [event["id"] for event in later["events"]] == [3, 4]
    one = (await ask(endpoint, "GET", f"{path}&after=1&limit=1")).json
    assert ([event["id"] for event in one["events"]], one["next"]) == ([2], 2)

    brief = (await ask(endpoint, "GET", f"{path}&brief=1")).json
    entered = brief["events"][1]["stateEnteredEventDetails"]
    assert entered["inputDetails"] == {"truncated": True, "length": len(text)}
    assert text.startswith(entered["input"])


async def test_session_tells_where_there_are_machines(endpoint: str, machine: str) -> None:
    session = (await ask(endpoint, "GET", "/_treadle/api/session")).json
    assert session["places"] == [{"region": "us-east-1", "account": "000000000000"}]


async def test_a_folded_container_is_a_box_that_counts_what_it_hides(endpoint: str) -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "End": True}}}
    text = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}})
    folded = (
        await ask(endpoint, "POST", "/_treadle/api/graph", body={"definition": text, "folded": ["/States/P"]})
    ).json
    boxes = {box["name"]: box for box in folded["boxes"]}
    assert set(boxes) == {"Start", "P", "End"}
    assert not boxes["P"]["container"]
    assert boxes["P"]["subtitle"].endswith("2 states")


@pytest.mark.parametrize(
    ("format", "begin"),
    [("svg", "<svg"), ("mermaid", "flowchart TD"), ("yaml", "StartAt: A\n"), ("json", '{\n  "StartAt": "A",\n')],
)
async def test_a_definition_in_other_forms(endpoint: str, format: str, begin: str) -> None:
    body = {"definition": PASS, "format": format}
    assert (await ask(endpoint, "POST", "/_treadle/api/render", body=body)).json["text"].startswith(begin)
    refused = await ask(endpoint, "POST", "/_treadle/api/render", body={"definition": "{", "format": format})
    assert refused.status == 400


async def test_actions_are_searched_and_described(endpoint: str) -> None:
    found = (await ask(endpoint, "GET", "/_treadle/api/actions?search=sqs+send&limit=1")).json["actions"]
    assert [each["resource"] for each in found] == ["arn:aws:states:::sqs:sendMessage"]
    told = (await ask(endpoint, "GET", f"/_treadle/api/actions?resource={quote(found[0]['resource'])}")).json["action"]
    assert told["required"] == {"QueueUrl": "", "MessageBody": ""}


async def test_graph_draws_what_it_gets(endpoint: str) -> None:
    drawing = (await ask(endpoint, "POST", "/_treadle/api/graph", body={"definition": PASS})).json
    assert [box["id"] for box in drawing["boxes"]] == ["/StartAt", "/States/A", "/End"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "history?execution=arn:aws:states:us-east-1:000000000000:execution:a:b", None, 400),
        ("GET", "history?execution=x&after=-1", None, 400),
        ("POST", "graph", {"definition": "{"}, 400),
        ("POST", "graph", {"other": 1}, 400),
        ("POST", "runs", ["no"], 400),
        ("GET", "nothing", None, 404),
        ("DELETE", "session", None, 404),
    ],
)
async def test_what_it_cannot_answer_is_refused(endpoint: str, method: str, path: str, body: Any, status: int) -> None:
    answer = await ask(endpoint, method, f"/_treadle/api/{path}", body=body)
    assert (answer.status, set(answer.json)) == (status, {"__type", "message"})


# -- what is pushed


async def test_an_open_page_hears_of_executions_at_once(endpoint: str, machine: str) -> None:
    arn = machine.replace(":stateMachine:", ":execution:") + ":run"
    place = urlsplit(endpoint)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"GET /_treadle/api/events?watch={quote(arn)} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    await asyncio.wait_for(reader.readuntil(b"event: hello\n"), 10)
    await states(endpoint, "StartExecution", stateMachineArn=machine, name="run")
    await asyncio.wait_for(reader.readuntil(b"event: progress\ndata: "), 10)
    progress = json.loads(await reader.readline())
    assert progress == [{"executionArn": arn, "events": 4, "status": "SUCCEEDED"}]
    await asyncio.wait_for(reader.readuntil(b"event: runs\ndata: "), 10)
    news = json.loads(await reader.readline())
    assert news["machines"] == [machine]
    assert [(run["name"], run["status"]) for run in news["executions"]] == [("run", "SUCCEEDED")]
    writer.close()


def test_a_page_that_reads_slowly_hears_of_machines_only() -> None:
    feed = Feed(set())
    for number in range(MOST + 50):
        feed.run({"executionArn": str(number), "stateMachineArn": "m"})
    ((name, told),) = feed.take()
    assert (name, told) == ("runs", {"machines": ["m"], "executions": None})
    assert feed.take() == []


async def test_an_open_page_hears_of_invocations_and_of_spans_that_slide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GATHER", 0.0)
    moments = iter([119.0, 119.5, 180.0, 180.0])  # when the page came, when the function ran, a minute later, the end
    console = Console(House("1", None, dict, Ledgers(lambda: next(moments), *[None] * 6)))  # type: ignore[arg-type]
    sent: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(message: Any) -> None:
        await sent.put(message.get("body", b""))

    gone: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    stream = asyncio.create_task(console(scope(path="/_treadle/api/events"), lambda: gone, send))
    assert await sent.get() == b""
    assert (await sent.get()).startswith(b"event: hello")
    measured = partial(console.hub.measured, Caller("1", "eu-west-1"), "f", at=119.2)
    measured(metric="Throttles", value=0.0)
    measured(metric="Invocations", value=1.0)
    assert await sent.get() == b'event: functions\ndata: ["arn:aws:lambda:eu-west-1:1:function:f"]\n\n'
    console.hub.counted()
    assert await sent.get() == b'event: figures\ndata: {"slid":[60],"counted":true}\n\n'
    gone.set_result({"type": "http.disconnect"})
    await stream


@pytest.mark.parametrize(
    ("before", "now", "slid"),
    [
        (60.0, 119.9, []),
        (119.9, 120.0, [60]),
        (299.0, 301.0, [60, 300]),
        (0.0, 43_200.0, [60, 300, 1800, 10_800, 43_200]),
    ],
)
def test_figures_slide_at_the_ends_of_their_steps(before: float, now: float, slid: list[int]) -> None:
    assert statistics.slid(before, now) == slid
