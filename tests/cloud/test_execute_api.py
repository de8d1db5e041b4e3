"""Deployed REST APIs: who calls a stage's URL meets the integration, in the form that API Gateway gives it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class Ran:
    """What came of a function."""

    def __init__(self, payload: Any, function_error: str | None = None) -> None:
        self.payload, self.function_error = json.dumps(payload).encode(), function_error


def deploy(running: Any, path: str, verb: str, integration: dict[str, Any], *responses: dict[str, Any]) -> str:
    """The id of an API with one method, deployed to the stage `live`."""
    gateway = running.client("apigateway")
    api = gateway.create_rest_api(name="shop")
    parent = api["rootResourceId"]
    for part in path.strip("/").split("/"):
        parent = gateway.create_resource(restApiId=api["id"], parentId=parent, pathPart=part)["id"]
    place = {"restApiId": api["id"], "resourceId": parent, "httpMethod": verb}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, integrationHttpMethod="POST", **integration)
    for response in responses:
        gateway.put_method_response(**place, statusCode=response["statusCode"])
        gateway.put_integration_response(**place, **response)
    gateway.create_deployment(restApiId=api["id"], stageName="live")
    return str(api["id"])


def visit(
    running: Any,
    api: str,
    path: str,
    method: str = "GET",
    body: bytes | None = None,
    stage: str = "live",
    **headers: str,
) -> tuple[int, Any, Any]:
    """Status, body and headers of a request to the stage."""
    url = f"{running.url}/restapis/{api}/{stage}/_user_request_{path}"
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read() or b"null"), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null"), error.headers


def test_a_proxy_integration_gives_the_function_the_request_and_the_client_its_answer(running: Any) -> None:
    api = deploy(running, "/orders/{id}", "ANY", {"type": "AWS_PROXY", "uri": URI})
    answer = {"statusCode": 201, "headers": {"X-Kind": "new"}, "body": '{"ok": true}'}
    running.invoked.results[FUNCTION] = Ran(answer)
    status, body, headers = visit(running, api, "/orders/7?a=1&a=2", "PUT", b"text", **{"X-Me": "you"})
    assert (status, body, headers["x-kind"]) == (201, {"ok": True}, "new")
    function, text = running.invoked.functions[-1]
    event = json.loads(text)
    assert function == FUNCTION
    assert {name: event[name] for name in ("resource", "path", "httpMethod", "body", "isBase64Encoded")} == {
        "resource": "/orders/{id}",
        "path": "/orders/7",
        "httpMethod": "PUT",
        "body": "text",
        "isBase64Encoded": False,
    }
    assert event["pathParameters"] == {"id": "7"}
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == ({"a": "2"}, {"a": ["1", "2"]})
    assert event["headers"]["X-Me"] == "you"
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["apiId"]) == ("live", "/live/orders/7", api)


@pytest.mark.parametrize(
    "ran", [Ran({"errorMessage": "no"}, "Unhandled"), Ran("text"), Ran({"statusCode": 200, "body": {"a": 1}})]
)
def test_what_is_no_answer_of_a_proxy_integration_is_a_bad_gateway(running: Any, ran: Ran) -> None:
    api = deploy(running, "/x", "GET", {"type": "AWS_PROXY", "uri": URI})
    running.invoked.results[FUNCTION] = ran
    assert visit(running, api, "/x")[:2] == (502, {"message": "Internal server error"})


def test_templates_shape_what_a_custom_integration_is_sent(running: Any) -> None:
    template = '{"body": $input.json(\'$\'), "q": "$input.params().querystring", "one": "$input.params(\'p\')"}'
    integration = {"type": "AWS", "uri": URI, "requestTemplates": {"application/json": template}}
    api = deploy(running, "/x", "POST", integration, {"statusCode": "200"})
    running.invoked.results[FUNCTION] = Ran({"done": 1})
    status, body, _ = visit(
        running, api, "/x?p=Hello&r=2", "POST", b'{"a": [1]}', **{"Content-Type": "application/json"}
    )
    assert (status, body) == (200, {"done": 1})
    assert json.loads(running.invoked.functions[-1][1]) == {
        "body": {"a": [1]},
        "q": "{p=Hello, r=2}",
        "one": "Hello",
    }


def test_an_error_of_a_function_chooses_the_response_whose_pattern_it_matches(running: Any) -> None:
    template = {"application/json": '{"why": "$input.path(\'$.errorMessage\')"}'}
    wrong = {"statusCode": "404", "selectionPattern": "not found.*", "responseTemplates": template}
    api = deploy(running, "/x", "GET", {"type": "AWS", "uri": URI}, {"statusCode": "200"}, wrong)
    running.invoked.results[FUNCTION] = Ran({"errorMessage": "not found: 7"}, "Unhandled")
    assert visit(running, api, "/x")[:2] == (404, {"why": "not found: 7"})
    running.invoked.results[FUNCTION] = Ran({"errorMessage": "other"}, "Unhandled")
    assert visit(running, api, "/x")[:2] == (200, {"errorMessage": "other"})


def test_a_mock_answers_by_its_templates(running: Any) -> None:
    integration = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 202}'}}
    response = {
        "statusCode": "202",
        "responseTemplates": {"application/json": '{"stage": "$context.stage"}'},
        "responseParameters": {"method.response.header.X-Fixed": "'yes'"},
    }
    status, body, headers = visit(running, deploy(running, "/x", "GET", integration, response), "/x")
    assert (status, body, headers["x-fixed"]) == (202, {"stage": "live"}, "yes")


def test_a_service_integration_starts_an_execution(running: Any) -> None:
    uri = "arn:aws:apigateway:us-east-1:states:action/StartExecution"
    template = '{"stateMachineArn": "arn:m", "input": "$util.escapeJavaScript($input.body)"}'
    integration = {"type": "AWS", "uri": uri, "requestTemplates": {"application/json": template}}
    api = deploy(running, "/run", "POST", integration, {"statusCode": "200"})
    running.invoked.results["StartExecution"] = {"executionArn": "arn:e"}
    kind = {"Content-Type": "application/json"}
    assert visit(running, api, "/run", "POST", b'{"a": "b"}', **kind)[:2] == (200, {"executionArn": "arn:e"})
    asked = ("states", "StartExecution", {"stateMachineArn": "arn:m", "input": '{"a": "b"}'})
    assert running.invoked.asked[-1] == asked


@pytest.mark.parametrize(
    ("path", "method", "stage", "message"),
    [
        ("/none", "GET", "live", "Missing Authentication Token"),
        ("/x", "DELETE", "live", "Missing Authentication Token"),
        ("/x", "GET", "none", "Forbidden"),
    ],
)
def test_what_is_not_deployed_is_forbidden(running: Any, path: str, method: str, stage: str, message: str) -> None:
    api = deploy(running, "/x", "GET", {"type": "AWS_PROXY", "uri": URI})
    assert visit(running, api, path, method, stage=stage)[:2] == (403, {"message": message})


def test_a_stage_serves_what_was_deployed_until_the_next_deployment(running: Any) -> None:
    gateway = running.client("apigateway")
    template = {"application/json": '{"statusCode": 200}'}
    api = deploy(running, "/x", "GET", {"type": "MOCK", "requestTemplates": template}, {"statusCode": "200"})
    [resource] = [one["id"] for one in gateway.get_resources(restApiId=api)["items"] if one["path"] == "/x"]
    gateway.delete_method(restApiId=api, resourceId=resource, httpMethod="GET")
    assert visit(running, api, "/x")[0] == 200
    running.restart(gracefully=False)
    assert visit(running, api, "/x")[0] == 200


def test_fixed_paths_win_over_parameters_and_those_over_greedy_ones(running: Any) -> None:
    from treadle.cloud.mapping import match_path

    resources: list[dict[str, Any]] = [{"path": path} for path in ("/{proxy+}", "/a/{id}", "/a/b", "/")]
    found = {path: match_path(resources, path) for path in ("/a/b", "/a/c%20d", "/x/y", "/")}
    assert {path: None if one is None else (one[0]["path"], one[1]) for path, one in found.items()} == {
        "/a/b": ("/a/b", {}),
        "/a/c%20d": ("/a/{id}", {"id": "c d"}),
        "/x/y": ("/{proxy+}", {"proxy": "x/y"}),
        "/": ("/", {}),
    }
