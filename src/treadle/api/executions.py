"""Executions: started, stopped, described, listed, redriven, and their history."""

from __future__ import annotations

import orjson
from msgspec.structs import replace

from treadle.api import aliases, pages
from treadle.api.arns import check_name, read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import (
    EITHER_MACHINE_OR_RUN,
    INVALID_INPUT,
    NO_TEST_CASE,
    NOT_REDRIVABLE,
    STATE_MACHINE_DELETING,
    STATE_MACHINE_DOES_NOT_EXIST,
    TEST_CASE_DOES_NOT_FIT,
    TYPE_NOT_SUPPORTED,
)
from treadle.api.payloads import problem
from treadle.asl.parse import parse
from treadle.runtime import mocks
from treadle.runtime.records import ExecutionRecord, Order, Revision
from treadle.runtime.redrives import redrive_status
from treadle.runtime.store import Query
from treadle.values import Json

INCLUDED = {"included": True}
WITHHELD = {"included": False}


async def start(context: Context, params: Params) -> Answer:
    """StartExecution, of a machine, a version or an alias."""
    revision = startable(context, params["stateMachineArn"])
    name, text = params.get("name"), params.get("input")
    _check(name, text)
    started = await context.office.executions.start(
        revision, name, "{}" if text is None else text, trace_header=params.get("traceHeader")
    )
    return {"executionArn": started.arn, "startDate": round(started.at, 3)}


async def start_sync(context: Context, params: Params) -> Answer:
    """StartSyncExecution: the whole Express execution in one call; its failure is an answer, not an error."""
    revision = startable(context, params["stateMachineArn"])
    if revision.kind != "EXPRESS":
        raise TYPE_NOT_SUPPORTED()
    name, text = params.get("name"), params.get("input")
    _check(name, text)
    result = await context.office.executions.start_sync(
        revision, name, "{}" if text is None else text, trace_header=params.get("traceHeader")
    )
    record = result.record
    answer: Answer = {
        "executionArn": record.arn,
        "stateMachineArn": record.machine_arn,
        "name": record.name,
        "startDate": round(record.started_at, 3),
        "stopDate": round(record.stopped_at or record.started_at, 3),
        "status": record.status,
        "billingDetails": {
            "billedMemoryUsedInMB": result.billed_mb,
            "billedDurationInMilliseconds": result.billed_ms,
        },
    }
    _add_data(answer, record, params.get("includedData"))
    answer.setdefault("outputDetails", INCLUDED if params.get("includedData") != "METADATA_ONLY" else WITHHELD)
    if record.trace_header is not None:
        answer["traceHeader"] = record.trace_header
    return answer


async def stop(context: Context, params: Params) -> Answer:
    """StopExecution. An execution that has ended stays as it is."""
    arn = read(params["executionArn"], "execution").text
    stopped_at = await context.office.executions.stop(arn, params.get("error"), params.get("cause"))
    return {"stopDate": round(stopped_at, 3)}


async def describe(context: Context, params: Params) -> Answer:
    """DescribeExecution."""
    record = describable(context, params["executionArn"])
    answer: Answer = {
        "executionArn": record.arn,
        "stateMachineArn": record.machine_arn,
        "name": record.name,
        "status": _status(record),
        "startDate": round(record.started_at, 3),
        "redriveCount": record.redrives,
    }
    if record.stopped_at is not None:
        answer["stopDate"] = round(record.stopped_at, 3)
    _add_data(answer, record, params.get("includedData"))
    _add_origin(answer, record)
    if record.trace_header is not None:
        answer["traceHeader"] = record.trace_header
    status, reason = redrive_status(record, context.office.now())
    if reason is None and _deleting(context, record.machine_arn):
        status, reason = "NOT_REDRIVABLE", DELETING
    answer["redriveStatus"] = status
    if reason is not None:
        answer["redriveStatusReason"] = reason
    return answer


async def list_executions(context: Context, params: Params) -> Answer:
    """ListExecutions of a machine, a version, an alias or a map run: the newest first."""
    machine_arn, run_arn = params.get("stateMachineArn"), params.get("mapRunArn", "")
    if (machine_arn is None) != bool(run_arn):
        raise EITHER_MACHINE_OR_RUN()
    whose = _whose(context, machine_arn) if machine_arn is not None else {"map_run_arn": read(run_arn, "mapRun").text}
    listing = f"executions {machine_arn or run_arn} {params.get('statusFilter')} {params.get('redriveFilter')}"
    now = context.office.now()
    place = pages.position(params.get("nextToken"), listing, now)
    waiting = params.get("statusFilter") == "PENDING_REDRIVE"
    if waiting and machine_arn is not None:
        # Only children of a redriven map run ever have it.
        return {"executions": []}
    query = Query(
        **whose,
        status=None if waiting else params.get("statusFilter"),
        pending_redrive=waiting,
        redriven=_REDRIVEN[params.get("redriveFilter")],
        limit=pages.size(params),
        before=None if place is None else int(place),
    )
    found = context.office.executions.list(query)
    answer: Answer = {"executions": [_listed(record) for record in found.records]}
    if found.next is not None:
        answer["nextToken"] = pages.token(listing, str(found.next), now)
    return answer


async def history(context: Context, params: Params) -> Answer:
    """GetExecutionHistory. The events are stored in their wire form and pass through unread."""
    arn = read(params["executionArn"], "execution").text
    order: Order = "reverse" if params.get("reverseOrder") else "forward"
    listing = f"history {arn} {order}"
    now = context.office.now()
    place = pages.position(params.get("nextToken"), listing, now)
    found = context.office.executions.history(arn, None if place is None else int(place), pages.size(params), order)
    body = b"[" + found.body + b"]"
    hidden = params.get("includeExecutionData") is False
    answer: Answer = {"events": _without_data(orjson.loads(body)) if hidden else orjson.Fragment(body)}
    if found.next is not None:
        answer["nextToken"] = pages.token(listing, str(found.next), now)
    return answer


async def redrive(context: Context, params: Params) -> Answer:
    """RedriveExecution."""
    record = existing(context, params["executionArn"])
    if _deleting(context, record.machine_arn):
        raise NOT_REDRIVABLE(reason=DELETING, arn=record.arn)
    redriven_at = await context.office.executions.redrive(record.arn, params.get("clientToken"))
    return {"redriveDate": round(redriven_at, 3)}


def startable(context: Context, text: str) -> Revision:
    """What to run for the ARN of a machine, a version or an alias, which may be followed by `#TEST_CASE`.

    Raises StateMachineDoesNotExist.
    """
    registry = context.registry
    machine = registry.machines.get(text)
    if machine is not None:
        if machine.status == "DELETING":
            raise STATE_MACHINE_DELETING(arn=text)
        return registry.revision(machine)
    alias = registry.aliases.get(text)
    version_arn = text if alias is None else aliases.route(alias, context.office.luck())
    version = registry.versions.get(version_arn)
    if version is None:
        plain, hash, case = text.partition("#")
        if hash:
            return _mocked(context, startable(context, plain), case)
        read(text, "stateMachine")
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=text)
    return registry.revision(version.machine, version.arn, None if alias is None else alias.arn)


def _mocked(context: Context, revision: Revision, name: str) -> Revision:
    """The revision, to be run with a test case of the mock configuration."""
    case = context.office.mocks.case(revision.name, name)
    if case is None:
        raise NO_TEST_CASE(case=name, machine=revision.name)
    problem = next(mocks.faults(case, parse(revision.definition, kind=revision.kind)), None)
    if problem is not None:
        raise TEST_CASE_DOES_NOT_FIT(case=name, machine=revision.name, problem=problem)
    return replace(revision, id=f"{revision.id}#{name}", test_case=name)


DELETING = "State machine is in DELETING status."
_DATA = ("input", "inputDetails", "output", "outputDetails")
_REDRIVEN = {None: None, "REDRIVEN": True, "NOT_REDRIVEN": False}


def _check(name: str | None, text: str | None) -> None:
    """Raises InvalidName or InvalidExecutionInput."""
    if name is not None:
        check_name(name)
    if text is not None:
        if not text:
            raise INVALID_INPUT(problem="Invalid execution input.")
        wrong = problem(text)
        if wrong is not None:
            raise INVALID_INPUT(problem=wrong)


def _deleting(context: Context, machine_arn: str) -> bool:
    machine = context.registry.machines.get(machine_arn)
    return machine is not None and machine.status == "DELETING"


def _without_data(events: list[Json]) -> list[Json]:
    """The events without inputs and outputs (GetExecutionHistory, includeExecutionData)."""
    for event in events:
        for details in event.values():
            if isinstance(details, dict):
                for name in _DATA:
                    details.pop(name, None)
    return events


def existing(context: Context, text: str) -> ExecutionRecord:
    """The execution of an ARN. Raises InvalidArn (also for Express executions) or ExecutionDoesNotExist."""
    return context.office.executions.describe(read(text, "execution").text)


def describable(context: Context, text: str) -> ExecutionRecord:
    """An existing execution, or an Express one that a Map Run has started."""
    arn = read(text, "execution", "express")
    if arn.noun == "express" and arn.label is None:
        read(text, "execution")
    return context.office.executions.describe(arn.text)


def _whose(context: Context, text: str) -> dict[str, str]:
    arn = read(text, "stateMachine")
    registry = context.registry
    if arn.qualifier is None:
        machine, whose = registry.machines.get(arn.text), "machine_arn"
    elif (version := registry.versions.get(text)) is not None:
        machine, whose = version.machine, "version_arn"
    else:
        alias = registry.aliases.get(text)
        machine, whose = (None if alias is None else registry.machines.get(alias.machine_arn)), "alias_arn"
    if machine is None:
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=text)
    if machine.kind == "EXPRESS":
        raise TYPE_NOT_SUPPORTED()
    return {whose: text}


def _status(record: ExecutionRecord) -> str:
    return "PENDING_REDRIVE" if record.pending_redrive else record.status


def _listed(record: ExecutionRecord) -> Answer:
    entry: Answer = {
        "executionArn": record.arn,
        "stateMachineArn": record.machine_arn,
        "name": record.name,
        "status": _status(record),
        "startDate": round(record.started_at, 3),
        "redriveCount": record.redrives,
    }
    if record.stopped_at is not None:
        entry["stopDate"] = round(record.stopped_at, 3)
    if record.items is not None:
        entry["itemCount"] = record.items
    _add_origin(entry, record)
    return entry


def _add_origin(answer: Answer, record: ExecutionRecord) -> None:
    if record.version_arn is not None:
        answer["stateMachineVersionArn"] = record.version_arn
    if record.alias_arn is not None:
        answer["stateMachineAliasArn"] = record.alias_arn
    if record.map_run_arn is not None:
        answer["mapRunArn"] = record.map_run_arn
    if record.redriven_at is not None:
        answer["redriveDate"] = round(record.redriven_at, 3)


def _add_data(answer: Answer, record: ExecutionRecord, included: str | None) -> None:
    """Input, output, error and cause, unless the caller wants metadata only."""
    details = WITHHELD if included == "METADATA_ONLY" else INCLUDED
    answer["inputDetails"] = details
    if record.output is not None:
        answer["outputDetails"] = details
    if details is INCLUDED:
        data = {"input": record.input, "output": record.output, "error": record.error, "cause": record.cause}
        answer.update((name, text) for name, text in data.items() if text is not None)
