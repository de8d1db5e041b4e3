"""Activities, and the long poll of their workers."""

from __future__ import annotations

import asyncio

from treadle.api import settings, tags
from treadle.api.arns import check_name, read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import ACTIVITY_ALREADY_EXISTS, ACTIVITY_DOES_NOT_EXIST
from treadle.api.pages import page
from treadle.api.records import Activity


async def create(context: Context, params: Params) -> Answer:
    """CreateActivity. Idempotent by name; tags of a second request are ignored."""
    name = params["name"]
    check_name(name)
    activity = Activity(
        arn=context.arn(f"activity:{name}"),
        name=name,
        created_at=context.office.now(),
        encryption=settings.encryption(params.get("encryptionConfiguration")),
    )
    existing = context.registry.activities.get(activity.arn)
    if existing is None:
        given = tags.pairs(params.get("tags"))
        tagged = tags.put(context, activity.arn, given)
        await asyncio.gather(tagged, context.registry.activities.put(activity.arn, activity))
        existing = activity
    elif existing.encryption != activity.encryption:
        raise ACTIVITY_ALREADY_EXISTS(arn=activity.arn)
    return {"activityArn": existing.arn, "creationDate": round(existing.created_at, 3)}


async def describe(context: Context, params: Params) -> Answer:
    """DescribeActivity."""
    activity = _existing(context, params["activityArn"])
    return {
        "activityArn": activity.arn,
        "name": activity.name,
        "creationDate": round(activity.created_at, 3),
        "encryptionConfiguration": activity.encryption,
    }


async def list_activities(context: Context, params: Params) -> Answer:
    """ListActivities: those of the caller's account and region, by name."""
    entries = context.registry.activities.under(context.arn("activity:"))
    found, following = page(entries, params, "activities", context.office.now())
    shown = [{"activityArn": each.arn, "name": each.name, "creationDate": round(each.created_at, 3)} for each in found]
    return {"activities": shown, **({"nextToken": following} if following else {})}


async def delete(context: Context, params: Params) -> Answer:
    """DeleteActivity; one that does not exist is no error."""
    arn = read(params["activityArn"], "activity").text
    if context.registry.activities.get(arn) is not None:
        await asyncio.gather(context.registry.tags.delete(arn), context.registry.activities.delete(arn))
    return {}


async def get_task(context: Context, params: Params) -> Answer:
    """GetActivityTask: waits up to 60 seconds for a task; an empty answer means that none came."""
    arn = _existing(context, params["activityArn"]).arn
    task = await context.office.executions.poll_activity(arn, params.get("workerName"))
    return {} if task is None else {"taskToken": task[0], "input": task[1]}


def _existing(context: Context, text: str) -> Activity:
    activity = context.registry.activities.get(text)
    if activity is None:
        read(text, "activity")
        raise ACTIVITY_DOES_NOT_EXIST(arn=text)
    return activity
