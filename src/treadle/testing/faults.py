"""Faults to inject: answers that let a task go wrong in the ways AWS services do."""

from __future__ import annotations

from treadle.integrations.models import api, find_api
from treadle.testing.answers import NEVER, Answer, Beats, Call, Depends, Fails
from treadle.testing.spans import Span
from treadle.values import dumps

# Service -> (the prefix of its optimized integration's errors, the exception of too many requests).
_THROTTLES = {
    "lambda": ("Lambda", "TooManyRequestsException"),
    "dynamodb": ("DynamoDB", "ProvisionedThroughputExceededException"),
    "sns": ("SNS", "ThrottledException"),
    "sqs": ("SQS", "RequestThrottled"),
    "states": ("StepFunctions", "ExecutionLimitExceededException"),
    "events": ("EventBridge", "ThrottlingException"),
    "glue": ("Glue", "ConcurrentRunsExceededException"),
    "athena": ("Athena", "TooManyRequestsException"),
    "batch": ("Batch", "TooManyRequestsException"),
    "ecs": ("ECS", "ThrottlingException"),
}
# How an SDK's own model may call being throttled, best first.
_NAMES = ("Throttling", "TooManyRequests", "LimitExceeded", "ProvisionedThroughputExceeded")


def timeout() -> Answer:
    """No answer: the state's TimeoutSeconds or HeartbeatSeconds decides."""
    return NEVER


def lost_heartbeat(every: Span, beats: int = 1) -> Answer:
    """So many heartbeats, and then silence."""
    return Beats(every, beats, NEVER)


def function_timeout(seconds: float = 3.0) -> Answer:
    """The function reaches its own time limit."""
    message = f"RequestId: 00000000-0000-0000-0000-000000000000 Error: Task timed out after {seconds:.2f} seconds"
    return Fails("Sandbox.Timedout", dumps({"errorMessage": message, "errorType": "Sandbox.Timedout"}))


def crash(status: int = 1) -> Answer:
    """The function's process ends in the middle of its work."""
    message = f"RequestId: 00000000-0000-0000-0000-000000000000 Error: Runtime exited with error: exit status {status}"
    return Fails("Runtime.ExitError", dumps({"errorMessage": message, "errorType": "Runtime.ExitError"}))


def oversize(size: int = 262_145) -> Answer:
    """A result of so many bytes: one more than a payload may have."""
    text = "x" * (size - len('{"data":""}'))
    return Depends(lambda call: {"data": text})


def throttle(message: str = "Rate exceeded") -> Answer:
    """Too many requests, under the name that the called service gives it."""

    def answer(call: Call) -> Answer:
        return Fails(throttled(call), f"{message} (Service: {call.resource.service}; Status Code: 429)")

    return Depends(answer)


def throttled(call: Call) -> str:
    """The error name of an exceeded rate, as an integration shows it."""
    resource = call.resource
    if resource.kind == "lambda":
        return "Lambda.TooManyRequestsException"
    if resource.sdk is not None:
        model = find_api(resource.sdk)
        if model is not None:
            shapes = [shape.name for shape in api(model.name).model.error_shapes]
            for wanted in _NAMES:
                for name in shapes:
                    if name.startswith(wanted):
                        return f"{model.client}.{model.exception(name)}"
            return f"{model.client}.{model.client}Exception"
    prefix, name = _THROTTLES.get(resource.service, (resource.service.capitalize(), "ThrottlingException"))
    return f"{prefix}.{name}"
