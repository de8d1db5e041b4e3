"""Where commands find an execution: in files, on a treadle, in its data directory, or on AWS."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from treadle.cli.client import Client, Complaint, Refused

if TYPE_CHECKING:
    from treadle.runtime.store import Store
    from treadle.tools.history import Recorded

HERE = "http://127.0.0.1:4566"
# Children of map runs whose histories are fetched one by one.
MOST_CHILDREN = 1000


class Ask(Protocol):
    """A Step Functions operation of somebody's."""

    def __call__(self, operation: str, **params: Any) -> Any: ...


def add_places(verb: argparse.ArgumentParser) -> None:
    """The options that say where an execution's ARN is looked up."""
    default = os.environ.get("AWS_ENDPOINT_URL_SFN") or os.environ.get("AWS_ENDPOINT_URL") or HERE
    verb.add_argument("--endpoint", default=default, metavar="URL", help=f"where the execution ran (default {default})")
    verb.add_argument("--data", type=Path, metavar="DIR", help="read it from a data directory, server or no server")
    verb.add_argument("--aws", action="store_true", help="read it from AWS, with the credentials of the AWS CLI")
    verb.add_argument("--profile", metavar="NAME", help="profile of the AWS CLI for --aws")


def load(given: str | Sequence[str], options: argparse.Namespace) -> Recorded:
    """The execution of an ARN, or of the files of an export. Raises Complaint."""
    from treadle.tools.history import NoHistory, read_exports

    names = [given] if isinstance(given, str) else list(given)
    if len(names) == 1 and names[0].startswith("arn:"):
        return by_arn(names[0], options)
    try:
        return read_exports((name, _bytes(name)) for name in names)
    except NoHistory as problem:
        raise Complaint(str(problem)) from None


def _bytes(name: str) -> bytes:
    if name.startswith("arn:"):
        raise Complaint(f"{name}: give one ARN alone, or files")
    return Path(name).read_bytes()


def by_arn(arn: str, options: argparse.Namespace) -> Recorded:
    """Raises Complaint, Refused, Unreachable."""
    if options.aws:
        return _asked(arn, _aws(arn, options.profile))
    if options.data is None:
        return _asked(arn, Client(options.endpoint).states)
    from treadle.cli.background import find

    running = find(options.data)
    return _asked(arn, Client(running["endpoint"]).states) if running else asyncio.run(_stored(arn, options.data))


def _aws(arn: str, profile: str | None) -> Ask:
    """AWS itself, through botocore."""
    import botocore.session
    from botocore import xform_name
    from botocore.exceptions import BotoCoreError, ClientError

    parts = arn.split(":")
    try:
        client = botocore.session.Session(profile=profile).create_client(
            "stepfunctions", region_name=parts[3] if len(parts) > 3 else None
        )
    except BotoCoreError as problem:
        raise Complaint(f"AWS cannot be asked: {problem}") from None

    def ask(operation: str, **params: Any) -> Any:
        try:
            return _plain(getattr(client, xform_name(operation))(**params))
        except ClientError as problem:
            raise Refused(problem.response["Error"]["Code"], problem.response["Error"].get("Message", "")) from None
        except BotoCoreError as problem:
            raise Complaint(f"AWS cannot be asked: {problem}") from None

    return ask


def _plain(value: Any) -> Any:
    """botocore's answer as JSON: instants in seconds."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value.timestamp() if hasattr(value, "timestamp") else value


def _asked(arn: str, ask: Ask) -> Recorded:
    """The execution with its definition and the children of its map runs, over the API."""
    from treadle.tools.history import Counts, NoHistory, Recorded, read_exports
    from treadle.values import dumps

    described = ask("DescribeExecution", executionArn=arn)
    answers = [described, {"events": list(_pages(ask, "GetExecutionHistory", "events", executionArn=arn))}]
    try:
        ran = ask("DescribeStateMachineForExecution", executionArn=arn)
        answers.append({"definition": ran["definition"], "stateMachineArn": described["stateMachineArn"]})
    except Refused:
        pass  # a role may read executions and not machines; the definition can be given as a file
    try:
        read = read_exports((arn, dumps(answer)) for answer in answers)
    except NoHistory as problem:
        raise Complaint(str(problem)) from None
    runs: list[Counts] = []
    children: list[Recorded] = []
    if any(event.type == "MapRunStarted" for event in read.events):
        for run in _pages(ask, "ListMapRuns", "mapRuns", executionArn=arn):
            about = ask("DescribeMapRun", mapRunArn=run["mapRunArn"])
            runs.append(Counts(run["mapRunArn"], about["itemCounts"]["total"], about["executionCounts"]["total"]))
            children += list(_children(run["mapRunArn"], ask, MOST_CHILDREN - len(children)))
    if not runs:
        return read
    members = {name: getattr(read, name) for name in Recorded.__struct_fields__}
    return Recorded(**members | {"map_runs": tuple(runs), "children": tuple(children)})


def _children(map_run: str, ask: Ask, most: int) -> Iterator[Recorded]:
    """Those that have a history: Express children have none."""
    for count, listed in enumerate(_pages(ask, "ListExecutions", "executions", mapRunArn=map_run)):
        if count >= most or ":express:" in listed["executionArn"]:
            return
        yield _asked(listed["executionArn"], ask)


def _pages(ask: Callable[..., Any], operation: str, member: str, **params: Any) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = ask(operation, maxResults=1000, **params, **token)
        yield from page[member]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


async def _stored(arn: str, data: Path) -> Recorded:
    """Out of a data directory that no server uses."""
    from treadle.runtime.embedded.lock import DirectoryInUse
    from treadle.runtime.embedded.sqlite import FILE, SqliteStore

    if not (data / FILE).is_file():
        raise Complaint(f"{data} is no data directory: it has no {FILE}")
    store = SqliteStore(data)
    try:
        await store.open()
    except DirectoryInUse as problem:
        raise Complaint(f"{problem}, and does not answer: use --endpoint") from None
    try:
        return _of_store(arn, store)
    finally:
        await store.close()


def _of_store(arn: str, store: Store) -> Recorded:
    from treadle.runtime.store import Query
    from treadle.tools.history import Counts, Recorded, read_exports

    record, key = store.record(arn), store.find(arn)
    if record is None or key is None:
        raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    body = b",".join(chunk.body for chunk in store.history(key, 1, record.events))
    read = read_exports([(arn, b"[" + body + b"]")])
    revision = store.revision(record.revision)
    runs: list[Counts] = []
    children: list[Recorded] = []
    for run in store.runs.of(arn):
        runs.append(Counts(run.arn, run.items.total, run.children.total))
        found = store.records(Query(map_run_arn=run.arn, limit=MOST_CHILDREN)).records
        children += [_of_store(child.arn, store) for child in found]
    return Recorded(
        events=read.events,
        arn=arn,
        machine_arn=record.machine_arn,
        kind=record.kind,
        definition=None if revision is None else revision.definition,
        map_run=record.map_run_arn,
        map_runs=tuple(runs),
        children=tuple(children),
        source=arn,
    )
