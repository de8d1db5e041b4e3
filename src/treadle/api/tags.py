"""Tags of state machines and activities: TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

from collections.abc import Awaitable

from treadle.api.arns import read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import RESOURCE_NOT_FOUND, TOO_MANY_TAGS
from treadle.values import Json

_MOST = 50  # tags of one resource (service quotas)


async def tag(context: Context, params: Params) -> Answer:
    arn = _taggable(context, params["resourceArn"])
    tags = {**(context.registry.tags.get(arn) or {}), **pairs(params["tags"])}
    await put(context, arn, tags)
    return {}


async def untag(context: Context, params: Params) -> Answer:
    arn, gone = _taggable(context, params["resourceArn"]), set(params["tagKeys"])
    tags = context.registry.tags.get(arn) or {}
    await put(context, arn, {key: value for key, value in tags.items() if key not in gone})
    return {}


async def list_tags(context: Context, params: Params) -> Answer:
    arn = _taggable(context, params["resourceArn"])
    tags = context.registry.tags.get(arn) or {}
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _taggable(context: Context, text: str) -> str:
    """`text`, if it names a machine or an activity that exists: versions and aliases carry no tags."""
    read(text, "stateMachine", "activity", "execution", "express", "mapRun")
    if context.registry.machines.get(text) is None and context.registry.activities.get(text) is None:
        raise RESOURCE_NOT_FOUND(arn=text)
    return text


def pairs(given: Json) -> dict[str, str]:
    """Tags as the API gives them (a list, or None) by their keys."""
    return {tag["key"]: tag.get("value") or "" for tag in given or () if tag.get("key") is not None}


def put(context: Context, arn: str, tags: dict[str, str]) -> Awaitable[None]:
    """Let `tags` be the tags of `arn`, which takes effect when this returns. Raises TooManyTags."""
    if len(tags) > _MOST:
        raise TOO_MANY_TAGS(arn=arn)
    return context.registry.tags.put(arn, tags) if tags else context.registry.tags.delete(arn)
