"""Plain Python functions as Lambda handlers: called in the test's own process, failing as Lambda reports failures."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable
from typing import Any, TypeAlias

from treadle.testing.answers import Fails, Payload
from treadle.values import Json, dumps, loads

Handler: TypeAlias = Callable[[Any, Any], Any]


class Context:
    """What a handler receives as its second argument."""

    function_version = "$LATEST"
    memory_limit_in_mb = 128
    identity = None
    client_context = None

    def __init__(self, name: str, arn: str, request_id: str) -> None:
        self.function_name, self.invoked_function_arn, self.aws_request_id = name, arn, request_id
        self.log_group_name, self.log_stream_name = f"/aws/lambda/{name}", "test"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def call_handler(handler: Handler, event: bytes, context: Context) -> Payload:
    """What the function returns. Raises Fails with Lambda's error type and cause when it raises."""
    try:
        made = handler(loads(event), context)
    except Fails:
        raise
    except Exception as problem:  # theirs: a failing handler is what the workflow is to deal with
        frames = traceback.extract_tb(problem.__traceback__)[1:]
        where = [line for frame in traceback.format_list(frames) for line in [frame]]
        raise failure(type(problem).__name__, str(problem), context, where) from problem
    if isinstance(made, Payload):
        return made
    try:
        return Payload(loads(dumps(made)))
    except TypeError as problem:
        text = f"Unable to marshal response: {problem}"
        raise failure("Runtime.MarshalError", text, context, []) from problem


def failure(error: str, message: str, context: Context, where: list[str]) -> Fails:
    told = {"errorMessage": message, "errorType": error, "requestId": context.aws_request_id, "stackTrace": where}
    return Fails(error, dumps(told))


def request_id(*parts: object) -> str:
    """Always the same for the same call, so that runs can be repeated to the letter."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def function_name(text: str) -> str:
    """The bare name in a name, partial ARN or ARN, without version or alias."""
    fields = text.split(":")
    if "function" in fields:
        place = fields.index("function")
        return fields[place + 1] if len(fields) > place + 1 else text
    return fields[0]


def plain(value: Json) -> Json:
    """`value` as JSON decodes it: what a test passes in cannot be changed from outside afterwards."""
    return loads(dumps(value))
