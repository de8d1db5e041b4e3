"""Versions: PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from treadle.api.arns import read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import (
    OTHER_REVISION,
    STATE_MACHINE_DELETING,
    STATE_MACHINE_DOES_NOT_EXIST,
    TOO_MANY_VERSIONS,
    VERSION_IN_USE,
)
from treadle.api.pages import page
from treadle.api.records import StateMachine, Version

_MOST = 1000  # versions of one machine (service quotas)
_INITIAL = "INITIAL"  # how AWS names the revision of a machine that was never updated


async def publish(context: Context, params: Params) -> Answer:
    """PublishStateMachineVersion. Idempotent by revision as long as that revision's version exists."""
    text = params["stateMachineArn"]
    read(text, "stateMachine")
    machine = context.registry.machines.get(text)
    if machine is None:
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=text)
    if machine.status == "DELETING":
        raise STATE_MACHINE_DELETING(arn=text)
    wanted, current = params.get("revisionId"), machine.revision or _INITIAL
    if wanted is not None and wanted != current:
        raise OTHER_REVISION(wanted=wanted, current=current)
    version = await publish_current(context, machine, params.get("description"))
    return {"creationDate": round(version.created_at, 3), "stateMachineVersionArn": version.arn}


async def publish_current(context: Context, machine: StateMachine, description: str | None) -> Version:
    """The version of the revision that `machine` has, made unless it exists.

    The machine may have changed since: only its counters are written, on top of what it is now.
    """
    registry, revision = context.registry, machine.revision or ""
    current = registry.machines.get(machine.arn)
    if current is None:
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=machine.arn)
    if revision in current.published:
        known = registry.versions.get(f"{machine.arn}:{current.published[revision]}")
        if known is not None:
            return known
    if len(registry.versions_of(machine.arn)) >= _MOST:
        raise TOO_MANY_VERSIONS(arn=machine.arn)
    number = current.numbered + 1
    version = Version(
        arn=f"{machine.arn}:{number}",
        number=number,
        machine=machine,
        created_at=context.office.now(),
        description=description,
    )
    counted = replace(current, numbered=number, published={**current.published, revision: number})
    await asyncio.gather(registry.machines.put(machine.arn, counted), registry.versions.put(version.arn, version))
    return version


async def list_versions(context: Context, params: Params) -> Answer:
    """ListStateMachineVersions, the newest first; none for a machine that does not exist."""
    text = params["stateMachineArn"]
    read(text, "stateMachine")
    entries = [(f"{10**10 - version.number:011d}", version) for version in context.registry.versions_of(text)]
    found, following = page(entries, params, f"versions {text}", context.office.now())
    shown = [{"stateMachineVersionArn": each.arn, "creationDate": round(each.created_at, 3)} for each in found]
    return {"stateMachineVersions": shown, **({"nextToken": following} if following else {})}


async def delete(context: Context, params: Params) -> Answer:
    """DeleteStateMachineVersion; its running executions go on, for they keep their revision."""
    arn = read(params["stateMachineVersionArn"], "stateMachine")
    using = [
        alias.name
        for alias in context.registry.aliases_of(arn.machine)
        if any(route.version_arn == arn.text for route in alias.routes)
    ]
    if using:
        raise VERSION_IN_USE(aliases=", ".join(using))
    if context.registry.versions.get(arn.text) is not None:
        await context.registry.versions.delete(arn.text)
    return {}
