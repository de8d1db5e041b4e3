"""What an approver's click calls: {"expenseId": ..., "decision": "APPROVED" | "REJECTED" | "SEEN", "by": ...}.

SEEN means that a human has looked: the workflow waits another day before it asks again.
"""

import json
import os

import boto3

expenses = boto3.resource("dynamodb").Table(os.environ["EXPENSES_TABLE"])
workflows = boto3.client("stepfunctions")


class NotPending(Exception):
    """There is no such expense, or it is decided already."""


def lambda_handler(event, context):
    expense, decision = event["expenseId"], event["decision"]
    if decision not in ("APPROVED", "REJECTED", "SEEN"):
        raise ValueError(f"{decision} is no decision")
    token = expenses.get_item(Key={"expenseId": expense}, ConsistentRead=True).get("Item", {}).get("token")
    if token is None:
        raise NotPending(f"{expense} does not wait for a decision")
    try:
        if decision == "SEEN":
            workflows.send_task_heartbeat(taskToken=token)
        else:
            workflows.send_task_success(taskToken=token, output=json.dumps({"decision": decision, "by": event["by"]}))
    except (workflows.exceptions.TaskTimedOut, workflows.exceptions.TaskDoesNotExist):
        raise NotPending(f"{expense} no longer waits for a decision") from None
    return {"expenseId": expense, "decision": decision}
