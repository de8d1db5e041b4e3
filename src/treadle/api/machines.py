"""State machines: made, changed, described, listed, deleted."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from treadle.api import settings, tags, versions
from treadle.api.arns import Arn, check_name, check_role, read
from treadle.api.context import Answer, Context, Office, Params
from treadle.api.definitions import variables
from treadle.api.errors import (
    LABELED_ARN,
    NOTHING_TO_UPDATE,
    QUALIFIED_ARN,
    STATE_MACHINE_ALREADY_EXISTS,
    STATE_MACHINE_DELETING,
    STATE_MACHINE_DOES_NOT_EXIST,
    VERSION_DESCRIPTION,
)
from treadle.api.pages import page
from treadle.api.records import AWS_KEY, NO_LOGGING, Content, StateMachine
from treadle.engine.execution import Kind
from treadle.runtime.store import Query
from treadle.values import Json

_BATCH = 1000  # executions stopped at a time
_CONTENT = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


async def create(context: Context, params: Params) -> Answer:
    """CreateStateMachine. Idempotent by everything but role and tags, which are then ignored."""
    name, publish = params["name"], bool(params.get("publish"))
    kind: Kind = params.get("type") or "STANDARD"
    check_name(name)
    check_role(params["roleArn"])
    _check_description(params)
    content = Content(
        definition=params["definition"],
        role_arn=params["roleArn"],
        logging=await settings.logging(context, params.get("loggingConfiguration")),
        tracing=settings.tracing(params.get("tracingConfiguration")),
        encryption=settings.encryption(params.get("encryptionConfiguration")),
    )
    references = await variables(context, content.definition, kind)
    now = context.office.now()
    machine = StateMachine(
        arn=context.arn(f"stateMachine:{name}"),
        name=name,
        kind=kind,
        content=content,
        created_at=now,
        updated_at=now,
        variables=references,
        born=(publish, params.get("versionDescription")),
    )
    existing = context.registry.machines.get(machine.arn)
    if existing is None:
        tagged = tags.put(context, machine.arn, tags.pairs(params.get("tags")))
        await asyncio.gather(tagged, context.registry.machines.put(machine.arn, machine))
        for destination in (content.logging or {}).get("destinations", []):
            await context.office.verify_delivery(context.caller, destination["cloudWatchLogsLogGroup"]["logGroupArn"])
    else:
        machine = _same(existing, machine)
    answer: Answer = {"stateMachineArn": machine.arn, "creationDate": round(machine.created_at, 3)}
    if publish:
        version = await versions.publish_current(context, machine, params.get("versionDescription"))
        answer["stateMachineVersionArn"] = version.arn
    return answer


async def update(context: Context, params: Params) -> Answer:
    """UpdateStateMachine. Makes a revision only when something changes."""
    if not any(params.get(name) is not None for name in _CONTENT):
        raise NOTHING_TO_UPDATE()
    _check_description(params)
    machine = existing(context, params["stateMachineArn"])
    arn, references = machine.arn, None
    changes = await _changes(context, params)
    if "definition" in changes:
        references = await variables(context, changes["definition"], machine.kind)
    # What was awaited may have let another update pass: only what is read from here on is true.
    machine, now = existing(context, arn), context.office.now()
    content = replace(machine.content, **changes)
    if content != machine.content:
        references = references if "definition" in changes else machine.variables
        revision = context.office.new_id()
        machine = replace(machine, content=content, updated_at=now, revision=revision, variables=references)
        await context.registry.machines.put(arn, machine)
    answer: Answer = {"updateDate": round(now, 3)}
    if machine.revision is not None:
        answer["revisionId"] = machine.revision
    if params.get("publish"):
        version = await versions.publish_current(context, machine, params.get("versionDescription"))
        answer["stateMachineVersionArn"] = version.arn
    return answer


async def describe(context: Context, params: Params) -> Answer:
    """DescribeStateMachine: a machine, one of its versions, or the machine of a distributed Map by its label."""
    arn = read(params["stateMachineArn"], "stateMachine")
    machine, created_at, extra = _described(context, arn)
    answer: Answer = {
        "stateMachineArn": arn.text,
        "name": machine.name,
        "status": machine.status,
        "type": machine.kind,
        "creationDate": round(created_at, 3),
        **_content(machine, params.get("includedData")),
        **extra,
    }
    return answer


async def describe_for_execution(context: Context, params: Params) -> Answer:
    """DescribeStateMachineForExecution: the revision an execution was started with."""
    revision = context.office.executions.revision_of(read(params["executionArn"], "execution").text)
    hidden = params.get("includedData") == "METADATA_ONLY"
    answer: Answer = {
        "stateMachineArn": revision.machine_arn,
        "name": revision.name,
        "definition": "{}" if hidden else revision.definition,
        "roleArn": revision.role_arn,
        "updateDate": round(revision.updated_at, 3),
        "loggingConfiguration": revision.logging or NO_LOGGING,
        "tracingConfiguration": {"enabled": revision.tracing},
        "encryptionConfiguration": revision.encryption or AWS_KEY,
    }
    optional = {
        "mapRunArn": revision.map_run_arn,
        "label": revision.label,
        "revisionId": revision.revision_id,
        "variableReferences": None if hidden else revision.variable_references,
    }
    return answer | {name: value for name, value in optional.items() if value}


async def list_machines(context: Context, params: Params) -> Answer:
    """ListStateMachines: those of the caller's account and region, by name."""
    entries = context.registry.machines.under(context.arn("stateMachine:"))
    machines, following = page(entries, params, "machines", context.office.now())
    shown = [
        {"stateMachineArn": each.arn, "name": each.name, "type": each.kind, "creationDate": round(each.created_at, 3)}
        for each in machines
    ]
    return {"stateMachines": shown, **({"nextToken": following} if following else {})}


async def delete(context: Context, params: Params) -> Answer:
    """DeleteStateMachine, with its versions, aliases and tags. Its running executions are stopped."""
    arn = read(params["stateMachineArn"], "stateMachine")
    if arn.label is not None:
        raise LABELED_ARN(arn=arn.text)
    if arn.qualifier is not None:
        raise QUALIFIED_ARN(arn=arn.text)
    machine = context.registry.machines.get(arn.text)
    if machine is not None and machine.status == "ACTIVE":
        await context.registry.machines.put(arn.text, replace(machine, status="DELETING"))
        await remove(context.office, arn.text)
    return {}


async def remove(office: Office, machine_arn: str) -> None:
    """Stop what runs of a machine, forget what hangs on it, and the machine last: that makes it repeatable."""
    registry, executions = office.registry, office.executions
    while running := executions.list(Query(machine_arn=machine_arn, status="RUNNING", limit=_BATCH)).records:
        await asyncio.gather(*(executions.stop(record.arn) for record in running))
    gone = [registry.aliases.delete(alias.arn) for alias in registry.aliases_of(machine_arn)]
    gone += [registry.versions.delete(version.arn) for version in registry.versions_of(machine_arn)]
    await asyncio.gather(*gone, registry.tags.delete(machine_arn))
    await registry.machines.delete(machine_arn)
    registry.forget(machine_arn)


async def finish_deletions(office: Office) -> None:
    """After a restart: remove the machines whose deletion was under way."""
    for machine in [each for each in office.registry.machines.all.values() if each.status == "DELETING"]:
        await remove(office, machine.arn)


def existing(context: Context, text: str) -> StateMachine:
    """The machine of an unqualified ARN. Raises InvalidArn, StateMachineDoesNotExist or StateMachineDeleting."""
    machine = context.registry.machines.get(text)
    if machine is None:
        read(text, "stateMachine")
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=text)
    if machine.status == "DELETING":
        raise STATE_MACHINE_DELETING(arn=text)
    return machine


def _content(machine: StateMachine, included: str | None) -> Answer:
    """The content as it is shown; optional members only where AWS has them."""
    content, hidden = machine.content, included == "METADATA_ONLY"
    answer: Answer = {
        "definition": "{}" if hidden else content.definition,
        "roleArn": content.role_arn,
        "loggingConfiguration": content.logging,
        "tracingConfiguration": content.tracing,
        "encryptionConfiguration": content.encryption,
    }
    if machine.revision is not None:
        answer["revisionId"] = machine.revision
    if machine.variables and not hidden:
        answer["variableReferences"] = machine.variables
    return answer


def _described(context: Context, arn: Arn) -> tuple[StateMachine, float, Answer]:
    """The machine as it is or was, when that came to be, and what is shown beside it."""
    if arn.label is not None:
        machine = context.registry.machines.get(arn.machine)
        if machine is not None:
            return machine, machine.created_at, {"label": arn.label}
    elif arn.qualifier is None:
        machine = context.registry.machines.get(arn.text)
        if machine is not None:
            return machine, machine.created_at, {}
    elif (version := context.registry.versions.get(arn.text)) is not None:
        extra = {} if version.description is None else {"description": version.description}
        return version.machine, version.created_at, extra
    raise STATE_MACHINE_DOES_NOT_EXIST(arn=arn.text)


def _same(existing: StateMachine, wanted: StateMachine) -> StateMachine:
    """The machine that exists already, if creating it again may pass as the same request."""
    if existing.status == "DELETING":
        raise STATE_MACHINE_DELETING(arn=existing.arn)
    alike = replace(wanted.content, role_arn=existing.content.role_arn)
    if (existing.content, existing.kind, existing.born) != (alike, wanted.kind, wanted.born):
        raise STATE_MACHINE_ALREADY_EXISTS(arn=existing.arn)
    return existing


async def _changes(context: Context, params: Params) -> dict[str, Json]:
    """The members of Content that an update names."""
    changes: dict[str, Json] = {}
    if params.get("definition") is not None:
        changes["definition"] = params["definition"]
    if params.get("roleArn") is not None:
        check_role(params["roleArn"])
        changes["role_arn"] = params["roleArn"]
    if params.get("loggingConfiguration") is not None:
        changes["logging"] = await settings.logging(context, params["loggingConfiguration"])
    if params.get("tracingConfiguration") is not None:
        changes["tracing"] = settings.tracing(params["tracingConfiguration"])
    if params.get("encryptionConfiguration") is not None:
        changes["encryption"] = settings.encryption(params["encryptionConfiguration"])
    return changes


def _check_description(params: Params) -> None:
    if params.get("versionDescription") is not None and not params.get("publish"):
        raise VERSION_DESCRIPTION()
