"""The world as tasks and functions touch it: this server's own services, called in-process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from treadle.api.call import Desk
from treadle.api.guard import Guard
from treadle.aws import AwsError, Caller
from treadle.cloud import Cloud
from treadle.cloud.call import call
from treadle.cloud.patterns import matches
from treadle.integrations.outside import Outside
from treadle.integrations.places import CLOUD, HERE, Calls
from treadle.lambdas import Lambda
from treadle.runtime.records import ExecutionRecord
from treadle.values import Json

VERIFICATION = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"


class World:
    """What integrations ask for (integrations.World). Its parts are put in while the server is wired."""

    def __init__(self, cloud: Cloud, calls: Calls = HERE) -> None:
        self._cloud, self._calls = cloud, calls
        self.outside = Outside(calls)
        self.guard: Guard | None = None  # enforces IAM, when asked to
        self.desk: Desk
        self.lambdas: Lambda
        self.wait_for: Callable[[str], Awaitable[ExecutionRecord]]

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        if self._leaves(caller, service, params.get("FunctionName")):
            return await self.outside.call(caller, service, operation, params, role)
        if self.guard is not None:
            await self.guard.check(caller, service, operation, params, role)
        return await self.here(caller, service, operation, params)

    def _leaves(self, caller: Caller, service: str, function: object) -> bool:
        """Whether a call is for another place. Functions that this server has are called here, wherever others are."""
        if self._calls.place(service) == CLOUD:
            return False
        return service != "lambda" or not isinstance(function, str) or not self.lambdas.has(caller, function)

    async def here(self, caller: Caller, service: str, operation: str, params: dict[str, Any]) -> Any:
        """Any operation of this server's own services. Raises AwsError."""
        match service:
            case "lambda":
                return await call(self.lambdas.handle, caller, service, operation, params)
            case "stepfunctions" | "sfn" | "states":
                return await self.execute(caller, operation, params)
            case _:
                return await self._cloud.call(caller, service, operation, params)

    async def invoke(
        self, caller: Caller, function: str, payload: bytes, role: str | None = None, **options: Any
    ) -> Any:
        if self._leaves(caller, "lambda", function):
            return await self.outside.invoke(caller, function, payload, role, **options)
        if self.guard is not None:
            await self.guard.check(caller, "lambda", "Invoke", {"FunctionName": function}, role)
        return await self.lambdas.invoke(caller, function, payload, **options)

    async def execute(self, caller: Caller, operation: str, params: dict[str, Any], role: str | None = None) -> Json:
        if self.guard is not None:
            await self.guard.check(caller, "stepfunctions", operation, params, role)
        answer = await self.desk.call(caller, operation, params)
        # A history holds events that are encoded already.
        return orjson.loads(orjson.dumps(answer)) if operation == "GetExecutionHistory" else answer

    async def ended(self, execution_arn: str) -> ExecutionRecord:
        return await self.wait_for(execution_arn)

    async def find_api(self, api_id: str) -> str | None:
        return await self._cloud.find_api(api_id)

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str] | None:
        if self._calls.place("apigateway") == CLOUD:
            return None
        return await self.outside.sign(caller, method, url, headers, body, role)

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        return await self.outside.cluster_token(caller, cluster, role)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Targets:
    """What the cloud reaches here: state machines and functions (cloud.schedules.Targets)."""

    world: World

    async def start_execution(self, caller: Caller, machine_arn: str, input_text: str, name: str) -> None:
        params = {"stateMachineArn": machine_arn, "input": input_text, "name": name}
        try:
            await self.world.execute(caller, "StartExecution", params)
        except AwsError as error:
            # The delivery of a firing that has been performed comes again after a crash.
            if error.code != "ExecutionAlreadyExists":
                raise

    async def invoke_function(self, caller: Caller, function_arn: str, payload: str) -> None:
        await self.world.lambdas.invoke(caller, function_arn, payload.encode(), kind="Event")

    async def run_function(self, caller: Caller, function_arn: str, payload: bytes) -> Any:
        return await self.world.lambdas.invoke(caller, function_arn, payload)

    async def ask(self, caller: Caller, service: str, operation: str, params: dict[str, Any]) -> Any:
        return await self.world.here(caller, service, operation, params)


class Sources:
    """What event source mappings read (lambdas.pollers.Outside): queues and streams of the built-in cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        return await self._cloud.call(caller, service, operation, params)

    async def stream(self, question: Mapping[str, Any]) -> Any:
        return await self._cloud.read_stream(question)

    def matches(self, pattern: Json, event: Json) -> bool:
        return matches(pattern, event)


class Logs:
    """CloudWatch Logs, in the built-in cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def exists(self, caller: Caller, arn: str) -> bool:
        """Whether the log group of `arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*]` exists."""
        fields = arn.split(":", 6)
        if len(fields) < 7 or fields[2] != "logs" or fields[5] != "log-group":
            return False
        name = fields[6].removesuffix(":*")
        home = Caller(fields[4] or caller.account, fields[3] or caller.region)
        found = await self._cloud.call(home, "logs", "DescribeLogGroups", {"logGroupNamePrefix": name})
        return any(group["logGroupName"] == name for group in found["logGroups"])

    async def verify(self, caller: Caller, arn: str) -> None:
        """Leave the stream that AWS leaves when it creates a subscription to a log group."""
        fields = arn.split(":", 6)
        text = "Permissions are set correctly to allow AWS CloudWatch Logs to write into your logs"
        text += " while creating a subscription."
        now = int(time.time() * 1000)
        await self.put(Caller(fields[4], fields[3]), fields[6].removesuffix(":*"), VERIFICATION, [(now, text)])

    async def put(self, caller: Caller, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Append events (epoch milliseconds, text) in the background; group and stream are made when missing."""
        await self._cloud.put_log_events(caller, group, stream, events)


async def fetch_object(cloud: Cloud, caller: Caller, bucket: str, key: str, version: str | None) -> bytes:
    """The content of an object of S3. Raises AwsError as S3 would."""
    params = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
    body = (await cloud.call(caller, "s3", "GetObject", params))["Body"]
    return bytes(body.read() if hasattr(body, "read") else body)


async def deliver(cloud: Cloud, lambdas: Lambda, caller: Caller, arn: str, body: bytes) -> None:
    """Send the record of an asynchronous invocation to a queue, a topic, a bus or another function."""
    fields, text = arn.split(":"), body.decode()
    match fields[2]:
        case "sqs":
            home = Caller(fields[4], fields[3])
            queue = await cloud.call(home, "sqs", "GetQueueUrl", {"QueueName": fields[5]})
            await cloud.call(home, "sqs", "SendMessage", {"QueueUrl": queue["QueueUrl"], "MessageBody": text})
        case "sns":
            await cloud.call(caller, "sns", "Publish", {"TopicArn": arn, "Message": text})
        case "events":
            record = orjson.loads(body)
            told = {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {record['requestContext']['condition']}",
                "Detail": text,
                "EventBusName": arn,
            }
            await cloud.call(caller, "events", "PutEvents", {"Entries": [told]})
        case "lambda":
            await lambdas.invoke(caller, arn, body, kind="Event")
        case service:
            raise AwsError("InvalidParameterValueException", f"{service} is not a destination: {arn}")
