"""Tags of state machines and activities: TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

from treadle.api.arns import read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import RESOURCE_NOT_FOUND, TOO_MANY_TAGS
from treadle.values import Json

_MOST = 50  # tags of one resource (service quotas)


async def tag(context: Context, params: Params) -> Answer:
    arn = _taggable(context, params["resourceArn"])
    tags = {**(context.registry.tags.get(arn) or {}), **_pairs(params["tags"])}
    await _put(context, arn, tags)
    return {}


async def untag(context: Context, params: Params) -> Answer:
    arn, gone = _taggable(context, params["resourceArn"]), set(params["tagKeys"])
    tags = context.registry.tags.get(arn) or {}
    await _put(context, arn, {key: value for key, value in tags.items() if key not in gone})
    return {}


async def list_tags(context: Context, params: Params) -> Answer:
    arn = _taggable(context, params["resourceArn"])
    tags = context.registry.tags.get(arn) or {}
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


async def replace(context: Context, arn: str, given: Json) -> None:
    """The tags a new resource is made with."""
    await _put(context, arn, _pairs(given or []))


def _taggable(context: Context, text: str) -> str:
    """`text`, if it names a machine or an activity that exists: versions and aliases carry no tags."""
    read(text, "stateMachine", "activity", "execution", "express", "mapRun")
    if context.registry.machines.get(text) is None and context.registry.activities.get(text) is None:
        raise RESOURCE_NOT_FOUND(arn=text)
    return text


def _pairs(given: Json) -> dict[str, str]:
    return {tag["key"]: tag.get("value") or "" for tag in given if tag.get("key") is not None}


async def _put(context: Context, arn: str, tags: dict[str, str]) -> None:
    if len(tags) > _MOST:
        raise TOO_MANY_TAGS(arn=arn)
    if tags:
        await context.registry.tags.put(arn, tags)
    elif context.registry.tags.get(arn) is not None:
        await context.registry.tags.delete(arn)
