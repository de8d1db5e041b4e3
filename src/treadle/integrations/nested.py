"""`states:startExecution`: an execution of this server as a task of another one."""

from __future__ import annotations

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.aws_sdk import idempotency_token
from treadle.integrations.integration import Call, Integration, Job
from treadle.integrations.models import operation
from treadle.integrations.optimized import ask
from treadle.integrations.shapes import from_response
from treadle.integrations.wording import Headers, Reply, Wording, acting
from treadle.values import Json, StatesError, dumps, loads

_WORDING = Wording("StepFunctions", "AWSStepFunctionsException", "AWSStepFunctions")


async def start(call: Call) -> Json:
    """StartExecution. Without a given name it is this task's own: a repetition after a crash starts no second child."""
    answer = await ask(call, operation("stepfunctions", "StartExecution"), _WORDING, frozenset({"Input"}), _name)
    reply = Reply.of(answer)
    result = from_response(operation("stepfunctions", "StartExecution").output, answer, "optimized")
    return result | reply.metadata(_headers(result["ExecutionArn"], reply))


def _name(call: Call, given: dict[str, Json]) -> dict[str, Json]:
    # A null Name or Input is the same as none.
    plain = {name: value for name, value in given.items() if value is not None}
    return {"Name": idempotency_token(call)} | plain


# How AWS writes the start date into the body: Java's form of seconds with microseconds.
_DATE = "1.733332398123456E9"


def _headers(arn: str, reply: Reply) -> Headers:
    """As recorded on AWS. Our dates end at milliseconds, so the length of the body is counted with a date of AWS's."""
    body = '{"executionArn":' + dumps(arn) + ',"startDate":' + _DATE + "}"
    return reply.headers(len(body.encode()), "application/x-amz-json-1.0")


async def watch(call: Call, submitted: Json) -> Json:
    """Wait for the child; DescribeExecution's answer is the output, or the cause when it did not succeed."""
    arn = submitted["ExecutionArn"]
    await call.world.ended(arn)
    output = await describe(call, arn)
    if output["Status"] != "SUCCEEDED":
        raise StatesError("States.TaskFailed", dumps(output))
    return output


async def watch_parsed(call: Call, submitted: Json) -> Json:
    """`.sync:2`: Input and Output as JSON instead of text."""
    try:
        return _parsed(await watch(call, submitted))
    except StatesError as failure:
        if failure.error != "States.TaskFailed" or failure.cause is None:
            raise
        raise StatesError(failure.error, dumps(_parsed(loads(failure.cause)))) from None


def _parsed(output: dict[str, Json]) -> dict[str, Json]:
    return {name: loads(value) if name in ("Input", "Output") else value for name, value in output.items()}


async def describe(call: Call, arn: str) -> dict[str, Json]:
    """DescribeExecution's answer, as AWS puts it into output or cause."""
    try:
        answer = await call.world.execute(acting(call), "DescribeExecution", {"executionArn": arn}, call.role)
    except AwsError as error:
        raise _WORDING.failure(operation("stepfunctions", "DescribeExecution").api, error) from None
    shown = from_response(operation("stepfunctions", "DescribeExecution").output, answer, "optimized")
    return dict(shown)


async def stop(call: Call, submitted: Json) -> None:
    """Nobody waits any more: stop the child, as AWS does on a best-effort basis."""
    try:
        params = {"executionArn": submitted["ExecutionArn"]}
        await call.world.execute(acting(call), "StopExecution", params, call.role)
    except AwsError as refusal:
        if refusal.code not in ("ExecutionDoesNotExist", "ValidationException"):
            raise


PATTERNS = frozenset(OPTIMIZED["states"]["startExecution"])


def declare(pattern: str) -> Integration:
    """The integration for "request", "token", "sync" or "sync:2"."""
    jobs = {"sync": Job(watch, stop), "sync:2": Job(watch_parsed, stop)}
    return Integration("states:startExecution", PATTERNS, start, jobs.get(pattern))
