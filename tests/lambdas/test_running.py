"""Functions run in real worker processes: results, environment, reuse, limits, every way to fail."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from treadle.aws import AwsError, Caller

from .kit import ECHO, Client, base64_zip, eventually, one, opened


def code(body: str, before: str = "") -> dict[str, str]:
    """A Python function whose handler has this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {"app.py": f"{before}\ndef handler(event, context):\n{lines}\n"}


async def test_a_function_returns_what_its_handler_returns(client: Client) -> None:
    await client.create("echo")
    event = {"text": "žluťoučký 🐎", "numbers": [1, 2.5, None, True]}
    assert await client.result("echo", event) == event


async def test_an_invocation_says_what_ran(client: Client) -> None:
    await client.create("echo")
    done = await client.invoke("echo", 1, log_tail=True)
    assert (done.status, done.payload, done.function_error, done.executed_version) == (200, b"1", None, "$LATEST")
    tail = base64.b64decode(done.log_tail or "").decode()
    assert re.fullmatch(
        f"START RequestId: {done.request_id} Version: \\$LATEST\n"
        f"END RequestId: {done.request_id}\n"
        f"REPORT RequestId: {done.request_id}\tDuration: [0-9.]+ ms\tBilled Duration: \\d+ ms\t"
        "Memory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: [0-9.]+ ms\t\n",
        tail,
    )


async def test_over_http_the_answer_is_in_headers_and_body(client: Client) -> None:
    await client.create("echo")
    response = await client.send("POST", one("echo", "/invocations"), [1], headers={"x-amz-log-type": "Tail"})
    assert (response.status, response.body) == (200, b"[1]")
    assert response.headers["x-amz-executed-version"] == "$LATEST"
    assert b"START RequestId" in base64.b64decode(response.headers["x-amz-log-result"])
    assert "x-amz-function-error" not in response.headers


async def test_the_environment_is_lambdas_and_nothing_of_the_server(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SECRET", "hush")
    body = "import os, tempfile\nreturn {**os.environ, 'cwd': os.getcwd(), 'tmp': tempfile.gettempdir()}"
    await client.create("env", code(body), Environment={"Variables": {"COLOUR": "red"}}, MemorySize=256)
    seen = await client.result("env")
    assert seen["COLOUR"] == "red"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "env"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/env"
    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == ("us-east-1", "us-east-1")
    assert (seen["AWS_ACCESS_KEY_ID"], seen["AWS_ENDPOINT_URL"]) == ("000000000000", "http://127.0.0.1:4566")
    assert seen["_HANDLER"] == "app.handler"
    assert seen["LAMBDA_TASK_ROOT"] == seen["cwd"]
    assert seen["TMPDIR"] == seen["tmp"]
    assert "SERVER_SECRET" not in seen


async def test_nothing_of_the_server_shows_in_proc(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "hush")
    await client.create("spy", code("return open('/proc/self/environ').read()"))
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc here")
    assert "hush" not in await client.result("spy")


async def test_the_context_is_complete(client: Client) -> None:
    body = (
        "return [context.function_name, context.function_version, context.memory_limit_in_mb,"
        " context.invoked_function_arn, 0 < context.get_remaining_time_in_millis() <= 7000,"
        " context.log_group_name, context.client_context.custom]"
    )
    await client.create("who", code(body), Timeout=7)
    context = base64.b64encode(b'{"custom": {"a":\n1}}').decode()
    done = await client.invoke("who", client_context=context)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:who"
    assert json.loads(done.payload) == ["who", "$LATEST", "128", arn, True, "/aws/lambda/who", {"a": 1}]


async def test_a_worker_is_reused(client: Client) -> None:
    await client.create("count", code("calls.append(1)\nreturn [os.getpid(), len(calls)]", "import os\ncalls = []"))
    first, second = await client.result("count"), await client.result("count")
    assert second == [first[0], first[1] + 1]


async def test_workers_of_a_changed_function_are_replaced(client: Client) -> None:
    await client.create("f", code("return os.environ['WORD']", "import os"), Environment={"Variables": {"WORD": "old"}})
    assert await client.result("f") == "old"
    await client.ok("PUT", one("f", "/configuration"), {"Environment": {"Variables": {"WORD": "new"}}})
    assert await client.result("f") == "new"


async def test_calls_at_the_same_time_get_workers_of_their_own(client: Client) -> None:
    await client.create("slow", code("time.sleep(0.3)\nreturn os.getpid()", "import os, time"))
    pids = await asyncio.gather(*(client.result("slow") for _ in range(4)))
    assert len(set(pids)) == 4


async def test_beyond_the_limit_calls_queue(tmp_path: Path) -> None:
    client = await opened(tmp_path, most_workers=2)
    await client.create("slow", code("time.sleep(0.1)\nreturn os.getpid()", "import os, time"))
    pids = await asyncio.gather(*(client.result("slow") for _ in range(6)))
    assert len(set(pids)) == 2
    # Another function gets the place of an idle worker.
    await client.create("other")
    assert await client.result("other", 1) == 1
    await client.server.close()


async def test_reserved_concurrency_throttles(client: Client) -> None:
    await client.create("one", code("time.sleep(0.4)", "import time"))
    await client.ok("PUT", "/2017-10-31/functions/one/concurrency", {"ReservedConcurrentExecutions": 1})
    first = asyncio.create_task(client.invoke("one"))
    await asyncio.sleep(0)
    with pytest.raises(AwsError, match=r"Rate Exceeded\.") as caught:
        await client.invoke("one")
    assert (caught.value.code, caught.value.status) == ("TooManyRequestsException", 429)
    assert caught.value.extra == {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
    assert (await first).function_error is None


async def test_idle_workers_end(tmp_path: Path) -> None:
    client = await opened(tmp_path, idle_time=0.2)
    await client.create("pid", code("return os.getpid()", "import os"))
    pid = await client.result("pid")
    await eventually(lambda: not alive(pid))
    assert await client.result("pid") != pid
    await client.server.close()


async def test_giving_up_waiting_does_not_stop_the_function(client: Client, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    await client.create("write", code(f"time.sleep(0.3)\nopen({str(mark)!r}, 'w').close()", "import time"))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.invoke("write"), 0.15)
    await eventually(mark.exists)


async def test_boto3_in_a_function_speaks_to_this_server(client: Client) -> None:
    body = (
        "sfn = boto3.client('stepfunctions')\n"
        "keys = boto3.Session().get_credentials()\n"
        "return [sfn.meta.endpoint_url, sfn.meta.region_name, keys.access_key]"
    )
    client.caller = Caller("111122223333", "eu-central-1")
    await client.create("sdk", code(body, "import boto3"))
    assert await client.result("sdk") == ["http://127.0.0.1:4566", "eu-central-1", "111122223333"]


async def test_a_package_may_bring_its_own_copy_of_a_library(client: Client) -> None:
    files = {**code("return boto3.WHOSE", "import boto3"), "boto3/__init__.py": "WHOSE = 'mine'\n"}
    await client.create("own", files)
    assert await client.result("own") == "mine"


async def test_layers_are_on_the_path_in_order(client: Client) -> None:
    arns = []
    for number, files in enumerate(({"python/word.py": "WORD = 1"}, {"python/word.py": "WORD = 2"})):
        body = {"Content": {"ZipFile": base64_zip(files)}}
        answer = await client.ok("POST", f"/2018-10-31/layers/words{number}/versions", body)
        arns.append(answer["LayerVersionArn"])
    await client.create("layered", code("return word.WORD", "import word"), Layers=arns)
    assert await client.result("layered") == 2


# Versions and aliases


async def test_a_version_keeps_its_code_and_an_alias_points_to_it(client: Client) -> None:
    await client.create("f", code("return 'first'"), Publish=True)
    body = {"Name": "live", "FunctionVersion": "1"}
    await client.ok("POST", one("f", "/aliases"), body)
    await client.ok("PUT", one("f", "/code"), {"ZipFile": base64_zip(code("return 'second'"))})
    latest, live = await client.invoke("f"), await client.invoke("f:live")
    assert (latest.payload, latest.executed_version) == (b'"second"', "$LATEST")
    assert (live.payload, live.executed_version) == (b'"first"', "1")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f:1"
    assert (await client.invoke(arn)).payload == b'"first"'


async def test_an_alias_with_weights_splits_calls(client: Client) -> None:
    await client.create("f", code("return 1"), Publish=True)
    await client.ok("PUT", one("f", "/code"), {"ZipFile": base64_zip(code("return 2"))})
    await client.ok("POST", one("f", "/versions"), {})
    split = {"Name": "live", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}
    await client.ok("POST", one("f", "/aliases"), split)
    seen = {(await client.invoke("f:live")).executed_version for _ in range(60)}
    assert seen == {"1", "2"}


# Failures of functions

FAILURES: list[tuple[str, dict[str, str], dict[str, Any], dict[str, Any]]] = [
    (
        "an exception",
        code("raise ValueError('no good')"),
        {},
        {
            "errorMessage": "no good",
            "errorType": "ValueError",
            "requestId": "ID",
            "stackTrace": [
                "  File \"/var/task/app.py\", line 3, in handler\n    raise ValueError('no good')\n",
            ],
        },
    ),
    (
        "an exception class of its own",
        code("raise Custom('mine')", "class Custom(Exception):\n    pass"),
        {},
        {"errorMessage": "mine", "errorType": "Custom"},
    ),
    (
        "a timeout",
        code("time.sleep(60)", "import time"),
        {"Timeout": 1},
        {
            "errorType": "Sandbox.Timedout",
            "errorMessage": "RequestId: ID Error: Task timed out after 1.00 seconds",
        },
    ),
    (
        "an exit",
        code("sys.exit(1)", "import sys"),
        {},
        {
            "errorType": "Runtime.ExitError",
            "errorMessage": "RequestId: ID Error: Runtime exited with error: exit status 1",
        },
    ),
    (
        "an exit without a reason",
        code("os._exit(0)", "import os"),
        {},
        {
            "errorType": "Runtime.ExitError",
            "errorMessage": "RequestId: ID Error: Runtime exited without providing a reason",
        },
    ),
    (
        "a crash",
        code("os.kill(os.getpid(), signal.SIGSEGV)", "import os, signal"),
        {},
        {
            "errorType": "Runtime.ExitError",
            "errorMessage": "RequestId: ID Error: Runtime exited with error: signal: segmentation fault",
        },
    ),
    (
        "a result that is not JSON",
        code("return {1, 2}"),
        {},
        {
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
            "errorType": "Runtime.MarshalError",
            "requestId": "ID",
            "stackTrace": [],
        },
    ),
    (
        "a missing module",
        code("pass", "import nowhere_to_be_found"),
        {},
        {
            "errorMessage": "Unable to import module 'app': No module named 'nowhere_to_be_found'",
            "errorType": "Runtime.ImportModuleError",
            "requestId": "",
            "stackTrace": [],
        },
    ),
    (
        "a missing handler",
        ECHO,
        {"Handler": "app.absent"},
        {"errorMessage": "Handler 'absent' missing on module 'app'", "errorType": "Runtime.HandlerNotFound"},
    ),
    (
        "a malformed handler name",
        ECHO,
        {"Handler": "app"},
        {
            "errorMessage": "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
            "errorType": "Runtime.MalformedHandlerName",
        },
    ),
    (
        "a syntax error",
        {"app.py": "def handler(:\n"},
        {},
        {
            "errorMessage": "Syntax error in module 'app': invalid syntax (app.py, line 1)",
            "errorType": "Runtime.UserCodeSyntaxError",
            "stackTrace": ['  File "/var/task/app.py" Line 1\n    def handler(:\n'],
        },
    ),
    (
        "an exception while it is loaded",
        code("pass", "raise KeyError('at start')"),
        {},
        {"errorMessage": "'at start'", "errorType": "KeyError"},
    ),
    (
        "an exit while it is loaded",
        code("pass", "import os\nos._exit(7)"),
        {},
        {
            "errorType": "Runtime.ExitError",
            "errorMessage": "RequestId: ID Error: Runtime exited with error: exit status 7",
        },
    ),
    (
        "a response that is too large",
        code("return 'x' * 6_300_000"),
        {},
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size (6300002 bytes) exceeded maximum allowed payload size "
            "(6291556 bytes).",
        },
    ),
]


@pytest.mark.parametrize(("files", "settings", "expected"), [row[1:] for row in FAILURES], ids=[r[0] for r in FAILURES])
async def test_a_failing_function_answers_as_lambda_does(
    client: Client, files: dict[str, str], settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    await client.create("f", files, **settings)
    done = await client.invoke("f")
    assert (done.status, done.function_error) == (200, "Unhandled")
    answer = json.loads(done.payload.replace(done.request_id.encode(), b"ID"))
    assert {key: answer[key] for key in expected} == expected


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is watched through /proc")
async def test_beyond_its_memory_a_function_is_killed(client: Client) -> None:
    await client.create("hog", code("hold = bytearray(b'x' * 400_000_000)\ntime.sleep(5)", "import time"), Timeout=6)
    done = await client.invoke("hog", log_tail=True)
    expected = f"RequestId: {done.request_id} Error: Runtime exited with error: signal: killed"
    assert json.loads(done.payload) == {"errorType": "Runtime.ExitError", "errorMessage": expected}
    assert b"Status: error\tError Type: Runtime.OutOfMemory" in base64.b64decode(done.log_tail or "")


async def test_after_a_failure_the_next_call_gets_a_new_worker(client: Client) -> None:
    await client.create("f", code("return os._exit(1) if event == 'die' else os.getpid()", "import os"))
    first = await client.result("f")
    await client.failure("f", "die")
    assert await client.result("f") != first


async def test_large_events_and_results_pass(client: Client) -> None:
    await client.create("echo")
    text = "x" * 5_000_000
    assert await client.result("echo", text) == text


async def test_workers_come_back_after_their_starter_died(client: Client) -> None:
    body = "if event:\n    os.kill(os.getppid(), 9)\n    time.sleep(2)\nreturn os.getpid()"
    await client.create("f", code(body, "import os, time"))
    assert (await client.failure("f", True))["errorMessage"].endswith("signal: killed")
    assert await client.result("f") > 0


async def test_a_killed_function_leaves_no_process_behind(client: Client, tmp_path: Path) -> None:
    body = "child = subprocess.Popen(['sleep', '60'])\nopen(event, 'w').write(str(child.pid))\nos._exit(1)"
    await client.create("f", code(body, "import os, subprocess"))
    note = tmp_path / "note"
    await client.failure("f", str(note))
    await eventually(lambda: not alive(int(note.read_text())))


# Failures of calls


async def test_calls_lambda_refuses(client: Client) -> None:
    await client.create("f")
    await client.create("java", Runtime="java21")
    arn = "arn:aws:lambda:us-east-1:000000000000:function"
    for name, payload, more, code_, message in (
        ("g", b"1", {}, "ResourceNotFoundException", f"Function not found: {arn}:g:$LATEST"),
        ("f:7", b"1", {}, "ResourceNotFoundException", f"Function not found: {arn}:f:7"),
        ("f", b"{oops", {}, "InvalidRequestContentException", "Could not parse request body into json"),
        ("f", b" " * 6_291_457, {}, "RequestTooLargeException", "Request must be smaller than 6291456 bytes"),
        ("f", b" " * 1_048_577, {"kind": "Event"}, "RequestTooLargeException", "Request must be smaller than 1048576"),
        ("java", b"1", {}, "InvalidParameterValueException", "the runtime java21 is not run"),
    ):
        with pytest.raises(AwsError) as caught:
            await client.server.invoke(client.caller, name, payload, **more)
        assert caught.value.code == code_
        assert message in caught.value.message


async def test_an_error_over_http_has_lambdas_form(client: Client) -> None:
    response = await client.send("POST", one("absent", "/invocations"), {})
    assert response.status == 404
    assert response.headers["x-amzn-errortype"] == "ResourceNotFoundException"
    message = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:absent:$LATEST"
    assert json.loads(response.body) == {"Type": "User", "Message": message}


async def test_a_dry_run_only_looks(client: Client) -> None:
    await client.create("f", code("raise Exception"))
    headers = {"x-amz-invocation-type": "DryRun"}
    assert (await client.send("POST", one("f", "/invocations"), {}, headers=headers)).status == 204


# Other runtimes


async def test_a_bootstrap_runs(client: Client) -> None:
    script = f"""#!{sys.executable}
import json, os, urllib.request as http
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    event = http.urlopen(api + "next")
    answer = json.dumps([os.environ["_HANDLER"], json.load(event)]).encode()
    http.urlopen(api + event.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", answer)
"""
    files = {"bootstrap": script}
    await client.create("own", files, Runtime="provided.al2023", Handler="any.thing", executable=True)
    assert [await client.result("own", n) for n in (1, 2)] == [["any.thing", 1], ["any.thing", 2]]


async def test_a_missing_bootstrap_is_told(client: Client) -> None:
    await client.create("own", {"readme": "-"}, Runtime="provided.al2023")
    assert (await client.failure("own"))["errorType"] == "Runtime.ExitError"
    await client.server.close()
    assert "/var/task/bootstrap: No such file or directory" in client.sink.text


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
class TestNode:
    """The same contract for JavaScript."""

    FILES = {
        "app.js": """
exports.echo = async (event, context) => { console.log("saw\\nit", event); return [event, context.functionName]; };
exports.callback = (event, context, callback) => setTimeout(() => callback(null, event), 5);
exports.fails = async () => { throw new TypeError("no good"); };
exports.late = () => { setTimeout(() => { throw new Error("too late"); }, 5); };
exports.exits = async () => process.exit(3);
""",
        "modern.mjs": "export const handler = async (event) => ({ modern: event });",
        "broken.js": "exports.handler = async ( => 1",
    }

    async def run(self, client: Client, handler: str) -> Any:
        await client.create("js", self.FILES, Runtime="nodejs20.x", Handler=handler)
        done = await client.invoke("js", {"a": 1})
        return json.loads(done.payload.replace(done.request_id.encode(), b"ID"))

    async def test_handlers(self, client: Client) -> None:
        assert await self.run(client, "app.echo") == [{"a": 1}, "js"]
        await client.server.close()
        line = next(text for _, _, text in client.sink.events if "saw" in text)
        assert re.fullmatch(r"[\dT:.-]+Z\t[0-9a-f-]{36}\tINFO\tsaw\nit \{ a: 1 \}\n", line)

    @pytest.mark.parametrize(
        ("handler", "expected"),
        [
            ("app.callback", {"a": 1}),
            ("modern.handler", {"modern": {"a": 1}}),
            ("app.fails", {"errorType": "TypeError", "errorMessage": "no good"}),
            ("app.late", {"errorType": "Error", "errorMessage": "too late"}),
            (
                "app.exits",
                {
                    "errorType": "Runtime.ExitError",
                    "errorMessage": "RequestId: ID Error: Runtime exited with error: exit status 3",
                },
            ),
            ("broken.handler", {"errorType": "Runtime.UserCodeSyntaxError"}),
            ("absent.handler", {"errorType": "Runtime.ImportModuleError"}),
            ("app.absent", {"errorType": "Runtime.HandlerNotFound"}),
        ],
    )
    async def test_results_and_failures(self, client: Client, handler: str, expected: dict[str, Any]) -> None:
        answer = await self.run(client, handler)
        assert {key: answer[key] for key in expected} == expected


# Events


async def test_an_event_is_accepted_and_run(client: Client, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    await client.create("f", code("open(event, 'w').close()"))
    response = await client.send(
        "POST", one("f", "/invocations"), str(mark), headers={"x-amz-invocation-type": "Event"}
    )
    assert (response.status, response.body) == (202, b"")
    await eventually(mark.exists)


async def test_a_failing_event_is_tried_three_times_and_then_reported(tmp_path: Path) -> None:
    sent: list[tuple[str, Any]] = []

    async def deliver(caller: Caller, arn: str, body: bytes) -> None:
        sent.append((arn, json.loads(body)))

    client = await opened(tmp_path, deliver=deliver, retry_delays=(0.0,))
    dead = "arn:aws:sqs:us-east-1:000000000000:dead"
    await client.create(
        "f", code("print('try', context.aws_request_id)\nraise OSError"), DeadLetterConfig={"TargetArn": dead}
    )
    failed = {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:failed"}}}
    await client.ok("PUT", "/2019-09-25/functions/f/event-invoke-config", failed)
    done = await client.invoke("f", {"n": 1}, kind="Event")
    await eventually(lambda: len(sent) == 2)
    await client.server.close()
    assert client.sink.text.count(f"try {done.request_id}") == 3
    assert sent[0] == (dead, {"n": 1})
    assert sent[1][1]["requestContext"] == {
        "requestId": done.request_id,
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert sent[1][1]["responsePayload"]["errorType"] == "OSError"


# Logs


async def test_logs_arrive_in_order_in_the_functions_group(client: Client) -> None:
    body = "print('plain')\nlogging.getLogger().error('two\\nlines')\nprint('no end', end='')\nraise ValueError('bad')"
    await client.create("f", code(body, "import logging\nprint('loading')"))
    await client.failure("f")
    await client.server.close()
    groups, streams = {event[0] for event in client.sink.events}, {event[1] for event in client.sink.events}
    assert groups == {"/aws/lambda/f"}
    assert len(streams) == 1 and re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", streams.pop())
    texts = [text for _, _, text in client.sink.events]
    shapes = ["INIT_START", "loading\n", "START ", "plain\n", "[ERROR]\t", "no end", "[ERROR] ValueError: bad", "END "]
    assert [text.startswith(shape) for text, shape in zip(texts, [*shapes, "REPORT "], strict=True)] == [True] * 9
    assert texts[4].endswith("two\nlines\n")


async def test_json_logs(client: Client) -> None:
    logging = {"LogFormat": "JSON", "LogGroup": "/my/group"}
    await client.create("f", code("logging.getLogger().warning('hi')", "import logging"), LoggingConfig=logging)
    done = await client.invoke("f")
    await client.server.close()
    init, *events = [json.loads(text) for _, _, text in client.sink.events]
    assert init["type"] == "platform.initStart"
    assert {group for group, _, _ in client.sink.events} == {"/my/group"}
    assert events[0]["record"] == {"requestId": done.request_id, "version": "$LATEST"}
    assert (events[1]["level"], events[1]["message"], events[1]["requestId"]) == ("WARNING", "hi", done.request_id)
    assert (events[2]["type"], events[2]["record"]["status"]) == ("platform.report", "success")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
