"""What a workflow's role must be allowed: from its definition, by the catalogue of integrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from treadle.asl.machine import ABSENT, Machine, Map, Task
from treadle.asl.references import states
from treadle.asl.resource import Resource, parse_resource
from treadle.integrations.bedrock import STORED
from treadle.integrations.job_table import ROWS as JOBS
from treadle.integrations.job_table import WATCHED
from treadle.integrations.models import Api, api, find_api
from treadle.integrations.optimized import ROWS
from treadle.tools.policy import table
from treadle.values import Json


class Setting(Struct, frozen=True):
    """Where the workflow will run, as far as it is known; `*` is anywhere. `name` is the state machine's."""

    partition: str = "aws"
    region: str = "*"
    account: str = "*"
    name: str = "*"
    logging: bool = True
    tracing: bool = True
    encryption: bool = False


class Need(Struct, frozen=True):
    """Actions on resources, and the states that need them. `open` says why the resources could not be told."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    states: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, Json]] = {}
    open: str | None = None


def needs(machine: Machine, setting: Setting) -> tuple[Need, ...]:
    """Everything, one entry for each set of resources and conditions."""
    found: list[Need] = []
    for state in states(machine.flow):
        if isinstance(state, Task):
            found += _task(state, setting)
        elif isinstance(state, Map) and state.mode == "DISTRIBUTED":
            found += _map(state, setting)
    if setting.logging:
        found.append(Need(table.LOGGING, ("*",)))
    if setting.tracing:
        found.append(Need(table.TRACING, ("*",)))
    if setting.encryption:
        found.append(Need(table.ENCRYPTION, (_arn(setting, "kms", "key/*"),), open="the key"))
    return _merged(found)


def _merged(found: Iterable[Need]) -> tuple[Need, ...]:
    groups: dict[str, Need] = {}
    for need in found:
        key = repr((sorted(need.resources), need.conditions, need.actions[0].partition(":")[0]))
        old = groups.get(key)
        if old is None:
            groups[key] = need
        else:
            actions = tuple(dict.fromkeys((*old.actions, *need.actions)))
            names = tuple(dict.fromkeys((*old.states, *need.states)))
            groups[key] = Need(actions, old.resources, names, old.conditions, old.open or need.open)
    return tuple(groups.values())


def _arn(setting: Setting, service: str, rest: str) -> str:
    return f"arn:{setting.partition}:{service}:{setting.region}:{setting.account}:{rest}"


def _task(task: Task, setting: Setting) -> Iterator[Need]:
    resource = parse_resource(task.resource)
    if resource is None or resource.kind == "activity":
        return  # workers ask; nothing is called
    who = (task.name,)
    if task.credentials is not ABSENT:
        role = task.credentials.get("RoleArn") if isinstance(task.credentials, dict) else None
        known = isinstance(role, str) and not role.startswith("{%")
        yield Need(("sts:AssumeRole",), (str(role) if known else "*",), who, open=None if known else "RoleArn")
        return  # the rest is that role's
    given = task.parameters if isinstance(task.parameters, dict) else {}
    if resource.kind == "lambda":
        function = resource.arn
        yield Need(("lambda:InvokeFunction",), _function(function), who)
        return
    match f"{resource.service}:{resource.action}":
        case "states:startExecution":
            yield from _nested(resource, given, who, setting)
        case "lambda:invoke":
            resources, unknown = _resources("lambda", "Invoke", given, setting)
            yield Need(("lambda:InvokeFunction",), resources, who, open=unknown)
        case "http:invoke":
            yield from _http(given, who, setting)
        case "apigateway:invoke":
            yield from _gateway(given, who, setting)
        case "eks:call" | "eks:runJob":
            return  # the cluster itself says what the role may do
        case "bedrock:invokeModel":
            yield from _call(resource, given, who, setting)
            yield from _stored(given, who, setting)
        case _:
            yield from _call(resource, given, who, setting)


def _stored(given: dict[str, Json], who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    """A model's request and answer in S3."""
    for field, action in zip(STORED, ("s3:GetObject", "s3:PutObject"), strict=True):
        if given.get(field) is None and f"{field}.$" not in given:
            continue
        value = given.get(field)
        uri = value.get("S3Uri") if isinstance(value, dict) else None
        known = isinstance(uri, str) and uri.startswith("s3://")
        resource = f"arn:{setting.partition}:s3:::{str(uri).removeprefix('s3://') if known else '*'}"
        yield Need((action,), (resource,), who, open=None if known else f"{field} is known at run time")


def _function(arn: str) -> tuple[str, ...]:
    """A function and its versions; what is qualified already is just that."""
    return (arn,) if ":" in arn.partition(":function:")[2] else (arn, f"{arn}:*")


def _call(resource: Resource, given: dict[str, Json], who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    """A call of an API as its model has it, with what following a job needs."""
    name = f"{resource.service}:{resource.action}"
    row = ROWS.get(name) or JOBS.get(name)
    model = find_api(resource.sdk) if resource.sdk is not None else api(row.service) if row is not None else None
    operation = row.operation if row is not None else model.operations.get(resource.action) if model else None
    if model is None or operation is None:
        service = resource.service.removeprefix("aws-sdk:")
        action = resource.action[:1].upper() + resource.action[1:]
        yield Need((f"{service}:{action}",), ("*",), who, open="its model is not known")
        return
    prefix = _prefix(model)
    resources, unknown = _resources(prefix, operation, given, setting)
    yield Need(_actions(prefix, operation), resources, who, open=unknown)
    yield from _passed_roles(prefix, given, who)
    watched = WATCHED.get(name)
    if resource.pattern == "sync" and watched is not None:
        asked = [watched.describe.operation, *([watched.stop.operation] if watched.stop is not None else [])]
        # These name jobs that do not exist yet.
        yield Need(tuple(action for each in asked for action in _actions(prefix, each)), ("*",), who)
        yield from _managed_rule(name, who, setting)


def _prefix(model: Api) -> str:
    return table.PREFIXES.get(model.name) or model.model.metadata.get("signingName") or model.name


def _actions(prefix: str, operation: str) -> tuple[str, ...]:
    return table.ACTIONS.get((prefix, operation), (f"{prefix}:{operation}",))


def _resources(
    prefix: str, operation: str, given: dict[str, Json], setting: Setting
) -> tuple[tuple[str, ...], str | None]:
    if prefix == "s3":
        return _objects(operation, given, setting)
    if prefix == "events":
        entries = given.get("Entries")
        given = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
        given = {"EventBusName": "default"} | given if "EventBusName.$" not in given else given
    for parameter, form in table.RESOURCES.get(prefix, ()):
        value = given.get(parameter)
        if isinstance(value, str) and value and not value.startswith("{%"):
            made = value if value.startswith("arn:") or _is_open(value) else _formed(form, value, setting)
            return (_function(made) if prefix == "lambda" else (made,)), None
        if value is not None or f"{parameter}.$" in given:
            return (_formed(form, "*", setting) if form != "{value}" else "*",), f"{parameter} is known at run time"
    return ("*",), None


def _is_open(value: str) -> bool:
    """A placeholder alone: what is filled in is an ARN, or is made one there."""
    return value.startswith("${") and value.endswith("}")


def _formed(form: str, value: str, setting: Setting) -> str:
    return form.format(
        partition=setting.partition,
        region=setting.region,
        account=setting.account,
        value=value,
        last=value.rstrip("/").rpartition("/")[2],
        bare=value.lstrip("/"),
    )


def _objects(operation: str, given: dict[str, Json], setting: Setting) -> tuple[tuple[str, ...], str | None]:
    bucket, key = given.get("Bucket"), given.get("Key")
    known = isinstance(bucket, str) and not bucket.startswith("{%")
    name = f"arn:{setting.partition}:s3:::{bucket if known else '*'}"
    unknown = None if known else "Bucket is known at run time"
    if "Object" not in operation and "Upload" not in operation and "Part" not in operation:
        return (name,), unknown
    if operation in ("ListObjects", "ListObjectsV2"):
        return (name,), unknown
    plain = isinstance(key, str) and not key.startswith("{%")
    return (f"{name}/{key if plain else '*'}",), unknown


def _passed_roles(prefix: str, given: dict[str, Json], who: tuple[str, ...]) -> Iterator[Need]:
    parameters, service = table.PASSED.get(prefix, ((), ""))
    condition = {"StringEquals": {"iam:PassedToService": service}}
    for path in parameters:
        value: Any = given
        for step in path.split("."):
            value = (value.get(step) or value.get(f"{step}.$")) if isinstance(value, dict) else None
        if isinstance(value, str):
            known = value.startswith(("arn:", "${"))
            yield Need(("iam:PassRole",), (value if known else "*",), who, condition, None if known else path)
    if prefix == "ecs" and "TaskDefinition" in given:
        yield Need(("iam:PassRole",), ("*",), who, condition, "the roles of the task definition")


def _managed_rule(name: str, who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    rule = table.RULES.get(name)
    if rule is not None:
        actions = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
        yield Need(actions, (_arn(setting, "events", f"rule/{rule}"),), who)


def _nested(resource: Resource, given: dict[str, Json], who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    machine = given.get("StateMachineArn")
    known = isinstance(machine, str) and not machine.startswith("{%")
    arn = str(machine) if known else _arn(setting, "states", "stateMachine:*")
    yield Need(("states:StartExecution",), (arn,), who, open=None if known else "StateMachineArn is known at run time")
    if resource.pattern in ("sync", "sync:2"):
        parts = arn.split(":")
        run = ":".join([*parts[:5], "execution", parts[6], "*"]) if len(parts) > 6 and "${" not in arn else None
        executions = run or _arn(setting, "states", "execution:*")
        yield Need(("states:DescribeExecution", "states:StopExecution"), (executions,), who)
        yield from _managed_rule("states:startExecution", who, setting)


def _http(given: dict[str, Json], who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    endpoint, method = given.get("ApiEndpoint"), given.get("Method")
    conditions: dict[str, dict[str, Json]] = {}
    if isinstance(method, str) and not method.startswith("{%"):
        conditions["StringEquals"] = {"states:HTTPMethod": method}
    if isinstance(endpoint, str) and not endpoint.startswith("{%"):
        conditions["StringLike"] = {"states:HTTPEndpoint": endpoint}
    yield Need(
        ("states:InvokeHTTPEndpoint",), (_arn(setting, "states", f"stateMachine:{setting.name}"),), who, conditions
    )
    authentication = given.get("Authentication") or given.get("InvocationConfig")
    connection = authentication.get("ConnectionArn") if isinstance(authentication, dict) else None
    known = isinstance(connection, str) and not connection.startswith("{%")
    yield Need(
        ("events:RetrieveConnectionCredentials",),
        (str(connection) if known else _arn(setting, "events", "connection/*"),),
        who,
    )
    secret = f"arn:{setting.partition}:secretsmanager:*:*:secret:events!connection/*"
    yield Need(("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"), (secret,), who)


def _gateway(given: dict[str, Json], who: tuple[str, ...], setting: Setting) -> Iterator[Need]:
    endpoint = given.get("ApiEndpoint")
    parts = [given.get("Stage"), given.get("Method"), given.get("Path")]
    stage, method, path = (
        str(each).strip("/") if isinstance(each, str) and not each.startswith("{%") else "*" for each in parts
    )
    known = isinstance(endpoint, str) and not endpoint.startswith(("{%", "${"))
    api_id = str(endpoint).removeprefix("https://").partition(".")[0] if known else "*"
    yield Need(("execute-api:Invoke",), (_arn(setting, "execute-api", f"{api_id}/{stage}/{method}/{path}"),), who)


def _map(state: Map, setting: Setting) -> Iterator[Need]:
    """A distributed Map starts executions of its own machine, and reads and writes S3."""
    who = (state.name,)
    yield Need(("states:StartExecution",), (_arn(setting, "states", f"stateMachine:{setting.name}"),), who)
    runs = _arn(setting, "states", f"execution:{setting.name}:*")
    yield Need(("states:DescribeExecution", "states:StopExecution"), (runs,), who)
    children = _arn(setting, "states", f"execution:{setting.name}/{state.label or '*'}:*")
    yield Need(("states:RedriveExecution",), (children,), who)
    reader = state.item_reader if isinstance(state.item_reader, dict) else {}
    if reader:
        operation = "ListObjectsV2" if str(reader.get("Resource")).endswith("listObjectsV2") else "GetObject"
        resources, unknown = _objects(operation, _template(reader), setting)
        yield Need(_actions("s3", operation), resources, who, open=unknown)
    writer = state.result_writer if isinstance(state.result_writer, dict) else {}
    if writer.get("Resource"):
        template = _template(writer)
        prefix = template.get("Prefix")
        plain = isinstance(prefix, str) and not prefix.startswith("{%")
        target = {**template, "Key": f"{str(prefix).rstrip('/')}/*" if plain else "*"}
        resources, unknown = _objects("PutObject", target, setting)
        actions = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
        yield Need(actions, resources, who, open=unknown)


def _template(holder: dict[str, Json]) -> dict[str, Json]:
    given = holder.get("Parameters", holder.get("Arguments"))
    return given if isinstance(given, dict) else {}
