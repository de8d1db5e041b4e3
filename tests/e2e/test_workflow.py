"""The example's workflow through boto3: nothing is known but the endpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import example_code, example_workflow, make_function, make_machine
from .server import Server, ended, eventually


@pytest.fixture(scope="module")
def worker(server: Server) -> str:
    """The worker's live alias."""
    lambdas = server.client("lambda")
    make_function(lambdas, "worker", example_code(), Publish=True)
    alias: str = lambdas.create_alias(FunctionName="worker", Name="live", FunctionVersion="1")["AliasArn"]
    return alias


@pytest.fixture(scope="module")
def machine(server: Server, worker: str) -> str:
    return make_machine(server.client("stepfunctions"), "orders", example_workflow(worker), publish=True)


def run(server: Server, target: str, input_value: Any) -> dict[str, Any]:
    sfn = server.client("stepfunctions")
    return ended(sfn, sfn.start_execution(stateMachineArn=target, input=json.dumps(input_value))["executionArn"])


def states(server: Server, execution: str) -> list[str]:
    """The names of the states that were entered."""
    pages = server.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def test_an_order_succeeds_through_the_real_handler(server: Server, machine: str) -> None:
    told = run(server, machine, {"key": "value"})
    assert told["status"] == "SUCCEEDED"
    assert json.loads(told["output"]) == {"statusCode": 200, "event": {"key": "value"}}
    assert states(server, told["executionArn"]) == ["Invoke worker", "Is it ready?", "Done"]


def test_status_500_waits_and_asks_again(server: Server, machine: str) -> None:
    told = run(server, machine, {"failures": 1})
    assert told["status"] == "SUCCEEDED"
    assert (told["stopDate"] - told["startDate"]).total_seconds() >= 1
    round_trip = ["Invoke worker", "Is it ready?"]
    assert states(server, told["executionArn"]) == [*round_trip, "Wait", *round_trip, "Done"]


def test_an_exception_fails_with_the_functions_error_and_aws_cause(server: Server, machine: str) -> None:
    told = run(server, machine, {"raise": "no stock"})
    assert (told["status"], told["error"]) == ("FAILED", "OrderError")
    cause = json.loads(told["cause"])
    assert (cause["errorMessage"], cause["errorType"]) == ("no stock", "OrderError")
    assert set(cause) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert cause["stackTrace"][-1].startswith('  File "/var/task/handler.py", line ')


def test_version_and_alias_run_too_and_the_execution_names_them(server: Server, machine: str) -> None:
    sfn = server.client("stepfunctions")
    version = sfn.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"][0]
    routing = [{"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    by_version = run(server, version["stateMachineVersionArn"], {})
    by_alias = run(server, alias, {})
    assert by_version["status"] == by_alias["status"] == "SUCCEEDED"
    assert by_version["stateMachineVersionArn"] == by_alias["stateMachineVersionArn"] == f"{machine}:1"
    assert by_alias["stateMachineAliasArn"] == alias
    assert "stateMachineAliasArn" not in by_version


def test_what_the_function_prints_reaches_cloudwatch_logs(server: Server, machine: str) -> None:
    run(server, machine, {"marker": "seen in the log"})
    logs = server.client("logs")

    def seen() -> bool:
        events = logs.filter_log_events(logGroupName="/aws/lambda/worker")["events"]
        return any("seen in the log" in event["message"] for event in events)

    assert eventually(seen)


def test_lists_come_in_pages(server: Server, machine: str) -> None:
    sfn = server.client("stepfunctions")
    arns = {run(server, machine, {"n": n})["executionArn"] for n in range(5)}
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 2})
    found = [execution["executionArn"] for page in pages for execution in page["executions"]]
    assert arns <= set(found)
    assert len(found) == len(set(found))
    any_of_them = next(iter(arns))
    histories = sfn.get_paginator("get_execution_history")
    small = histories.paginate(executionArn=any_of_them, PaginationConfig={"PageSize": 3})
    ids = [event["id"] for page in small for event in page["events"]]
    assert ids == list(range(1, len(ids) + 1))


def test_express_answers_at_once_and_logs_every_event(server: Server) -> None:
    sfn, logs = server.client("stepfunctions"), server.client("logs")
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/quick-log-group")
    group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/quick-log-group:*"
    definition = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group}}
    logging = {"level": "ALL", "includeExecutionData": True, "destinations": [destination]}
    arn = make_machine(sfn, "quick", definition, type="EXPRESS", loggingConfiguration=logging)

    answer = sfn.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"a": 1})
    assert answer["executionArn"].startswith("arn:aws:states:us-east-1:000000000000:express:quick:")
    assert answer["billingDetails"]["billedMemoryUsedInMB"] > 0

    later = sfn.start_execution(stateMachineArn=arn, input='{"a": 2}')["executionArn"]

    def logged() -> bool:
        events = logs.filter_log_events(logGroupName="/aws/vendedlogs/states/quick-log-group")["events"]
        told = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
        ends = {one["execution_arn"] for one in told if one["type"] == "ExecutionSucceeded"}
        return {answer["executionArn"], later} <= ends

    assert eventually(logged)


@pytest.mark.parametrize(("region", "account"), [("eu-central-1", "123456789012"), ("ap-southeast-2", "999999999999")])
def test_any_region_and_any_account_have_their_own_arns(server: Server, region: str, account: str) -> None:
    sfn = server.client("stepfunctions", region, account)
    assert server.client("sts", region, account).get_caller_identity()["Account"] == account
    definition = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
    arn = make_machine(sfn, "abroad", definition)
    assert arn == f"arn:aws:states:{region}:{account}:stateMachine:abroad"
    execution = sfn.start_execution(stateMachineArn=arn, name="one")["executionArn"]
    assert execution == f"arn:aws:states:{region}:{account}:execution:abroad:one"
    assert ended(sfn, execution)["status"] == "SUCCEEDED"
    assert [one["stateMachineArn"] for one in sfn.list_state_machines()["stateMachines"]] == [arn]


def test_what_does_not_exist_is_refused_with_aws_words(server: Server) -> None:
    sfn = server.client("stepfunctions")
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.start_execution(stateMachineArn="arn:aws:states:us-east-1:000000000000:stateMachine:nowhere")
    with pytest.raises(sfn.exceptions.InvalidDefinition, match="SCHEMA_VALIDATION_FAILED"):
        make_machine(sfn, "broken", {"StartAt": "A", "States": {"A": {"Type": "Nothing"}}})
