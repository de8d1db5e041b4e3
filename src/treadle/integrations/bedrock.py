"""`bedrock:invokeModel`: the request may be read from S3 (`Input`), the answer be written there (`Output`).

Rules: https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations import job_table
from treadle.integrations.aws_sdk import perform
from treadle.integrations.integration import Call, Integration
from treadle.integrations.models import operation
from treadle.integrations.optimized import perform_row
from treadle.integrations.wording import bad_parameters, sdk_failure
from treadle.values import Json

# Members of the arguments that the API's model does not have: `{"S3Uri": "s3://BUCKET/KEY"}` each.
STORED = ("Input", "Output")
_ROW = job_table.ROWS["bedrock:invokeModel"]


async def invoke_model(call: Call) -> Json:
    """The model's answer. With `Output` its Body is the URI of the object that holds it. Raises StatesError."""
    given = call.arguments
    if not isinstance(given, dict) or not any(given.get(name) is not None for name in STORED):
        return await perform_row(_ROW, call)
    source, target = _places(call, given)
    rest = {name: value for name, value in given.items() if name not in STORED}
    if source is not None:
        rest["Body"] = await _read(call, *source)
    inner = replace(call, arguments=rest)
    if target is None:
        return await perform_row(_ROW, inner)
    result = await perform_row(replace(_ROW, finish=None), inner)
    await _ask_s3(call, "PutObject", *target, Body=result["Body"].encode(), ContentType=result["ContentType"])
    return result | {"Body": given["Output"]["S3Uri"]}


def _places(call: Call, given: dict[str, Json]) -> list[tuple[str, str] | None]:
    """(bucket, key) of `Input` and of `Output`."""
    faults = []
    if given.get("Input") is not None and given.get("Body") is not None:
        faults.append("The fields 'Body' and 'Input' cannot both be given")
    found: list[tuple[str, str] | None] = []
    for name in STORED:
        value = given.get(name)
        inner = value if isinstance(value, dict) else {}
        faults += [f"The field '{key}' is not supported by Step Functions" for key in inner if key != "S3Uri"]
        place = urlsplit(str(inner.get("S3Uri")), allow_fragments=False)
        bucket, key = place.netloc, place.path[1:] + (f"?{place.query}" if place.query else "")
        found.append((bucket, key) if value is not None else None)
        if value is not None and not (place.scheme == "s3" and bucket and key):
            faults.append(f"The value for the field '{name}' must have an S3Uri of the form s3://BUCKET/KEY")
    if faults:
        raise bad_parameters(call, faults)
    return found


async def _read(call: Call, bucket: str, key: str) -> str:
    body = (await _ask_s3(call, "GetObject", bucket, key))["Body"]
    content = bytes(body.read() if hasattr(body, "read") else body)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise bad_parameters(call, [f"The object s3://{bucket}/{key} is not text in UTF-8"]) from None


async def _ask_s3(call: Call, name: str, bucket: str, key: str, **more: Json) -> Json:
    target = operation("s3", name)
    try:
        return await perform(call, target, {"Bucket": bucket, "Key": key, **more})
    except AwsError as error:
        raise sdk_failure(target.api, error) from None


INVOKE_MODEL = Integration("bedrock:invokeModel", frozenset(OPTIMIZED["bedrock"]["invokeModel"]), invoke_model)
