"""Terraform, unchanged: apply, no changes (even after kill -9), use it, update, no changes, destroy. Two projects.

The example is what a newcomer deploys; the fixture `wide` holds what else stands around workflows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from e2e.server import Server, ended, eventually

from .conftest import init_arguments
from .project import NO_CHANGES, Project

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "terraform"
UPDATE = ("-var", "team=blue", "-var", "memory_size=256", "-var", "seconds=2")


def run(sfn: Any, target: str, input_value: Any) -> dict[str, Any]:
    return ended(sfn, sfn.start_execution(stateMachineArn=target, input=json.dumps(input_value))["executionArn"])


def assert_no_changes(project: Project, *arguments: str) -> None:
    status, printed = project.plan(*arguments)
    assert status == NO_CHANGES, printed[printed.find("Terraform will perform") :][:6000]


def test_the_example_from_init_to_destroy(server: Server, tmp_path: Path) -> None:
    project = Project(EXAMPLE, tmp_path / "example", server, server.account, root="infra")
    variables = "-var-file=dev.tfvars"
    project.init(init_arguments())
    project.apply(variables)
    assert_no_changes(project, variables)

    outputs, sfn = project.outputs(), server.client("stepfunctions")
    machine = outputs["state_machine_arn"]
    for target in (machine, outputs["state_machine_alias_arn"], f"{machine}:1"):
        told = run(sfn, target, {"key": "value"})
        assert told["status"] == "SUCCEEDED"
        assert json.loads(told["output"]) == {"statusCode": 200, "event": {"key": "value"}}
    failed = run(sfn, machine, {"raise": "x"})
    assert (failed["status"], failed["error"]) == ("FAILED", "OrderError")
    assert json.loads(failed["cause"])["errorMessage"] == "x"
    looped = run(sfn, machine, {"failures": 1})
    assert looped["status"] == "SUCCEEDED"
    assert 10 <= (looped["stopDate"] - looped["startDate"]).total_seconds() < 12

    project.edit("infra/main.tf", "memory_size        = 128", "memory_size        = 256")
    project.edit("infra/step-fn-file/sfn.asl.json", '"Seconds": 10', '"Seconds": 1')
    project.edit("infra/src/handler.py", 'return {"statusCode": 200', 'return {"statusCode": 201')
    project.edit("infra/provider.tf", "ManagedBy   =", 'Owner       = "orders"\n      ManagedBy   =')
    project.apply(variables)
    assert_no_changes(project, variables)
    assert json.loads(run(sfn, machine, {"failures": 1})["output"])["statusCode"] == 201
    assert json.loads(run(sfn, f"{machine}:2", {})["output"])["statusCode"] == 201

    project.destroy(variables)
    assert sfn.list_state_machines()["stateMachines"] == []
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("s3").list_buckets()["Buckets"] == []


def test_what_stands_around_workflows(server: Server, tmp_path: Path) -> None:
    account, region = "123456789012", "eu-central-1"
    project = Project(HERE / "fixtures" / "wide", tmp_path / "wide", server, account)
    project.init(init_arguments())
    project.apply()
    server.kill()
    server.start()
    assert_no_changes(project)

    outputs, sfn = project.outputs(), server.client("stepfunctions", region, account)
    told = run(sfn, outputs["live_arn"], {"customer": "ada", "amount": 20})
    assert told["status"] == "SUCCEEDED", told
    answer = json.loads(told["output"])
    assert answer == {"price": 40, "currency": "EUR", "version": "1"}
    assert_messages_arrived(server, outputs, region, account)
    sync = sfn.start_sync_execution(stateMachineArn=outputs["express_arn"], input='{"amount": 1}')
    assert json.loads(sync["output"]) == {"total": 2}

    project.apply(*UPDATE)
    assert_no_changes(project, *UPDATE)
    answer = json.loads(run(sfn, outputs["live_arn"], {"customer": "bob", "amount": 1})["output"])
    assert answer["version"] == "2"
    routes = sfn.describe_state_machine_alias(stateMachineAliasArn=outputs["canary_arn"])["routingConfiguration"]
    assert [route["weight"] for route in routes] == [90, 10]

    project.destroy(*UPDATE)
    assert sfn.list_state_machines()["stateMachines"] == []
    assert sfn.list_activities()["activities"] == []


def assert_messages_arrived(server: Server, outputs: dict[str, Any], region: str, account: str) -> None:
    """The item is kept, the event has started the rule's machine, the express workflow has logged."""
    sfn, logs = server.client("stepfunctions", region, account), server.client("logs", region, account)
    items = server.client("dynamodb", region, account).scan(TableName=outputs["table"])["Items"]
    assert {item["customer"]["S"] for item in items} == {"nobody", "ada"}

    def started_by_rule() -> Any:
        return sfn.list_executions(stateMachineArn=outputs["plain_arn"])["executions"]

    execution = ended(sfn, eventually(started_by_rule)[0]["executionArn"])
    assert json.loads(execution["output"]) == {"sum": 21}

    def logged() -> bool:
        events = logs.filter_log_events(logGroupName=outputs["express_log_group"])["events"]
        return any('"ExecutionSucceeded"' in event["message"] for event in events)

    assert eventually(logged)
