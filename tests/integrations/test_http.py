"""Calls over HTTP: `apigateway:invoke` and `http:invoke` against a server of this test."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_world import FakeWorld, call

from treadle.aws import AwsError
from treadle.integrations import gateway, http
from treadle.values import Json, StatesError, dumps

GATEWAY = "arn:aws:states:::apigateway:invoke"
HTTP = "arn:aws:states:::http:invoke"
CONNECTION = "arn:aws:events:us-east-1:000000000000:connection/partner/0a1b"


class Server:
    """Keeps requests, answers with `reply` (the bytes of a whole HTTP response)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        self.replies: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append((method, target, headers, body.decode()))
        writer.write(self.replies.pop(0))
        await writer.drain()
        writer.close()

    def will_answer(self, body: Json, status: str = "200 OK", kind: str = "application/json", **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else dumps(body).encode()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{lines}\r\n"
        self.replies.append(head.encode() + data)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


async def test_aws_s_name_of_an_api_of_this_server_leads_to_it(server: Server) -> None:
    server.will_answer({"ok": True})
    host = "abc123.execute-api.us-east-1.amazonaws.com"
    arguments = {"ApiEndpoint": host, "Method": "GET", "Stage": "prod", "Path": "x", "AuthType": "IAM_ROLE"}
    world = FakeWorld(find_api={"abc123": server.url + "/_aws/execute-api/abc123"})
    await gateway.invoke(call(world, GATEWAY, arguments))
    method, target, headers, _ = server.requests[0]
    assert (method, target) == ("GET", "/_aws/execute-api/abc123/prod/x")
    assert "/us-east-1/execute-api/aws4_request" in headers["authorization"]


async def test_an_api_is_called_by_stage_path_and_query(server: Server) -> None:
    server.will_answer({"ok": True}, **{"X-Cache": "Miss"})
    arguments = {
        "ApiEndpoint": server.url, "Method": "POST", "Stage": "prod", "Path": "orders/a b", "RequestBody": {"id": 1},
        "QueryParameters": {"tag": ["x", "y"]}, "Headers": {"Token": ["t"]}, "AllowNullValues": True,
    }  # fmt: skip
    result = await gateway.invoke(call(FakeWorld(), GATEWAY, arguments))
    method, target, headers, body = server.requests[0]
    assert (method, target, body) == ("POST", "/prod/orders/a%20b?tag=x&tag=y", '{"id":1}')
    assert (headers["token"], headers["content-type"]) == ("t", "application/json")
    assert result == {
        "Headers": {
            "Content-Type": ["application/json"],
            "Content-Length": ["11"],
            "X-Cache": ["Miss"],
            "Connection": ["keep-alive"],
        },
        "ResponseBody": {"ok": True},
        "StatusCode": 200,
        "StatusText": "OK",
    }


async def test_a_string_is_sent_as_json_and_an_api_named_by_path_keeps_its_way(server: Server) -> None:
    server.will_answer("HelloWorld", kind="text/plain")
    arguments = {
        "ApiEndpoint": server.url + "/restapis/abc",
        "Method": "POST",
        "Stage": "s",
        "Path": "p",
        "RequestBody": "x",
    }
    result = await gateway.invoke(call(FakeWorld(), GATEWAY, arguments))
    assert (server.requests[0][1], server.requests[0][3]) == ("/restapis/abc/s/_user_request_/p", '"x"')
    assert result["ResponseBody"] == "HelloWorld"


async def test_a_refusal_of_the_api_is_named_by_its_status(server: Server) -> None:
    server.will_answer({"message": "Forbidden"}, "403 Forbidden")
    with pytest.raises(StatesError) as failure:
        await gateway.invoke(call(FakeWorld(), GATEWAY, {"ApiEndpoint": server.url, "Method": "GET"}))
    assert (failure.value.error, failure.value.cause) == ("ApiGateway.403", '{"message":"Forbidden"}')


async def test_an_api_that_cannot_be_reached_fails_the_task(server: Server) -> None:
    server.replies = [b""]
    with pytest.raises(StatesError) as failure:
        await gateway.invoke(call(FakeWorld(), GATEWAY, {"ApiEndpoint": server.url, "Method": "GET"}))
    assert failure.value.error == "ApiGateway.SdkClientException"


def connected(kind: str, secret: dict[str, Any]) -> FakeWorld:
    return FakeWorld(
        DescribeConnection={"AuthorizationType": kind, "ConnectionState": "AUTHORIZED", "SecretArn": "s"},
        GetSecretValue={"SecretString": dumps(secret)},
    )


def request(server: Server, **more: Json) -> dict[str, Json]:
    return {
        "ApiEndpoint": server.url + "/v1",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": CONNECTION},
        **more,
    }


async def test_the_connection_signs_the_request_and_wins_over_the_tasks_own_words(server: Server) -> None:
    server.will_answer({"id": 7})
    added = {
        "header_parameters": [{"key": "X-Team", "value": "c"}],
        "query_string_parameters": [{"key": "q", "value": "c"}],
        "body_parameters": [{"key": "b", "value": "c"}],
    }
    world = connected("BASIC", {"username": "u", "password": "p", "invocation_http_parameters": added})
    arguments = request(
        server, Headers={"x-team": "mine"}, QueryParameters={"q": "mine", "r": "1"}, RequestBody={"a": 1, "b": "mine"}
    )
    result = await http.invoke(call(world, HTTP, arguments))
    method, target, headers, body = server.requests[0]
    assert method == "POST"
    assert (urlsplit(target).path, parse_qs(urlsplit(target).query)) == ("/v1", {"q": ["c"], "r": ["1"]})
    assert body == '{"a":1,"b":"c"}'
    assert headers["authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert headers["x-team"] == "c"
    assert headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    assert headers["range"] == "bytes=0-262144"
    assert result["ResponseBody"] == {"id": 7}
    assert world.requests[0] == ("events", "DescribeConnection", {"Name": "partner"})


async def test_an_api_key_is_a_header(server: Server) -> None:
    server.will_answer({})
    world = connected("API_KEY", {"api_key_name": "X-Key", "api_key_value": "k"})
    await http.invoke(call(world, HTTP, request(server)))
    assert server.requests[0][2]["x-key"] == "k"


async def test_oauth_fetches_a_token_first(server: Server) -> None:
    server.will_answer({"access_token": "tok"})
    server.will_answer({})
    secret = {
        "client_parameters": {"client_id": "i", "client_secret": "s"},
        "authorization_endpoint": server.url + "/token",
        "http_method": "POST",
    }
    await http.invoke(call(connected("OAUTH_CLIENT_CREDENTIALS", secret), HTTP, request(server)))
    asked, sent = server.requests
    assert parse_qs(asked[3]) == {"grant_type": ["client_credentials"], "client_id": ["i"], "client_secret": ["s"]}
    assert sent[2]["authorization"] == "Bearer tok"


@pytest.mark.parametrize(
    ("style", "form"),
    [
        (None, "a[0]=1&a[1]=x y&o[k]=true"),
        ("REPEAT", "a=1&a=x y&o[k]=true"),
        ("COMMAS", "a=1,x y&o[k]=true"),
        ("BRACKETS", "a[]=1&a[]=x y&o[k]=true"),
    ],
)
async def test_a_body_can_be_a_form(server: Server, style: str | None, form: str) -> None:
    server.will_answer({})
    transform = {"RequestBodyEncoding": "URL_ENCODED"} | (
        {"RequestEncodingOptions": {"ArrayFormat": style}} if style else {}
    )
    world = connected("API_KEY", {"api_key_name": "X-Key", "api_key_value": "k"})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = {"a": [1, "x y"], "o": {"k": True}}
    await http.invoke(call(world, HTTP, request(server, RequestBody=body, Transform=transform, Headers=headers)))
    sent = server.requests[0]
    plain = sent[3].replace("%20", " ").replace("%5B", "[").replace("%5D", "]").replace("%2C", ",")
    assert plain == form
    assert sent[2]["content-type"] == "application/x-www-form-urlencoded"


async def test_other_statuses_than_2xx_are_errors_of_their_own(server: Server) -> None:
    server.will_answer({"detail": "secret"}, "404 Not Found")
    world = connected("API_KEY", {"api_key_name": "X-Key", "api_key_value": "k"})
    with pytest.raises(StatesError) as failure:
        await http.invoke(call(world, HTTP, request(server)))
    assert (failure.value.error, failure.value.cause) == ("States.Http.StatusCode.404", "Not Found")


async def test_binary_answers_are_not_supported(server: Server) -> None:
    server.will_answer("GIF", kind="image/gif")
    world = connected("API_KEY", {"api_key_name": "X-Key", "api_key_value": "k"})
    with pytest.raises(StatesError) as failure:
        await http.invoke(call(world, HTTP, request(server)))
    assert failure.value.error == "States.Runtime"


@pytest.mark.parametrize("header", ["Host", "X-Amz-Date", "x-forwarded-for", "Authorization"])
async def test_headers_of_the_transport_are_not_the_customers(server: Server, header: str) -> None:
    with pytest.raises(StatesError) as failure:
        await http.invoke(call(FakeWorld(), HTTP, request(server, Headers={header: "x"})))
    assert failure.value.error == "States.Runtime"
    assert f"The header '{header}' is not allowed" in str(failure.value.cause)


async def test_a_connection_that_is_missing_or_unfinished_is_told(server: Server) -> None:
    gone = FakeWorld(DescribeConnection=AwsError("ResourceNotFoundException", "Connection 'partner' does not exist."))
    unfinished = FakeWorld(DescribeConnection={"AuthorizationType": "BASIC", "ConnectionState": "AUTHORIZING"})
    for world, error in ((gone, "ResourceNotFound"), (unfinished, "InvalidConnectionState")):
        with pytest.raises(StatesError) as failure:
            await http.invoke(call(world, HTTP, request(server)))
        assert failure.value.error == f"Events.ConnectionResource.{error}"


async def test_a_text_body_cannot_be_merged_with_that_of_the_connection(server: Server) -> None:
    added = {"body_parameters": [{"key": "b", "value": "c"}]}
    secret = {"api_key_name": "X", "api_key_value": "k", "invocation_http_parameters": added}
    with pytest.raises(StatesError) as failure:
        await http.invoke(call(connected("API_KEY", secret), HTTP, request(server, RequestBody="text")))
    assert failure.value.error == "States.Runtime"


async def test_an_answer_in_chunks_is_read_whole(server: Server) -> None:
    server.replies = [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    ]
    world = connected("API_KEY", {"api_key_name": "X-Key", "api_key_value": "k"})
    assert (await http.invoke(call(world, HTTP, request(server))))["ResponseBody"] == {"a": 1}
