"""A project's `demo.yaml`: what `treadle demo` deploys and then shows, step by step. The format is in docs/demo.md."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import botocore.session
import jmespath
import msgspec
import yaml
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, UnknownServiceError
from jmespath.exceptions import JMESPathError
from msgspec import Struct

from treadle.cli import deploy, functions, show
from treadle.cli.client import Client, Complaint, Refused, Unreachable
from treadle.values import Json

FILE = "demo.yaml"
BLOB = "fileb://"  # as the AWS CLI marks a parameter that is a file's content
PATIENCE = 60.0  # seconds until a call's `until` counts as never


class Call(Struct, frozen=True, forbid_unknown_fields=True, rename={"parameters": "with"}):
    """An AWS call, `service:Operation` in botocore's names. `keep`, `until`, `show`: JMESPath, as in `aws --query`."""

    call: str
    parameters: dict[str, Json] = {}
    keep: dict[str, str] = {}  # value's name -> where the answer has it
    known: str | None = None  # the error that means: an earlier demo did it
    until: str | None = None  # call again until the answer has it
    say: str | None = None
    show: str | None = None


class Function(Struct, frozen=True, forbid_unknown_fields=True):
    """A folder of Lambda code; `function` is the name of the value that becomes its ARN."""

    function: str
    name: str
    source: str
    environment: dict[str, str] = {}


class Machine(Struct, frozen=True, forbid_unknown_fields=True):
    """A definition, its placeholders filled from the values; `machine` names the value that becomes its ARN."""

    machine: str
    name: str
    definition: str
    type: str = "STANDARD"


class Start(Struct, frozen=True, forbid_unknown_fields=True):
    """Starts an execution and shows it when it has ended, which must be with `status`."""

    start: str
    input: Json = {}
    status: str = "SUCCEEDED"
    say: str | None = None


class Watch(Struct, frozen=True, forbid_unknown_fields=True):
    """Waits for the end of an execution that something else started, and shows it."""

    watch: str
    status: str = "SUCCEEDED"
    say: str | None = None


Step: TypeAlias = Call | Function | Machine | Start | Watch
KINDS: dict[str, type[Call | Function | Machine | Start | Watch]] = {
    "call": Call,
    "function": Function,
    "machine": Machine,
    "start": Start,
    "watch": Watch,
}


class Project(NamedTuple):
    """What the file says. `values` are known from the start; steps add to them."""

    folder: Path
    values: dict[str, Json]
    deploy: list[Step]
    walk: list[Step]
    next: list[str]  # commands to try afterwards


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    walk: list[dict[str, Json]]
    values: dict[str, Json] = {}
    deploy: list[dict[str, Json]] = []
    next: list[str] = []


def read(folder: Path) -> Project:
    """The project's `demo.yaml`. Raises Complaint when it cannot be used."""
    file = folder / FILE
    if not file.exists():
        return _plain(folder)
    try:
        document = msgspec.convert(yaml.safe_load(file.read_text("utf-8")), _Document)
        to_deploy, to_walk = ([_step(item) for item in items] for items in (document.deploy, document.walk))
    except (yaml.YAMLError, msgspec.ValidationError) as problem:
        raise Complaint(f"{file}: {problem}") from None
    return Project(folder, document.values, to_deploy, to_walk, document.next)


def _plain(folder: Path) -> Project:
    """A project without the file: one workflow, whose placeholders are all its one function."""
    definition, source = Path("infra/step-fn-file/sfn.asl.json"), "infra/src"
    for path in (folder / definition, folder / source):
        if not path.exists():
            raise Complaint(f"{path} is missing, and so is {folder / FILE}; what is there to show?")
    names = sorted(set(deploy.PLACEHOLDER.findall((folder / definition).read_text("utf-8"))))
    worker = names[0] if names else "worker"
    return Project(
        folder,
        {name: f"${{{worker}}}" for name in names if name != worker},
        [
            Function(worker, "treadle-demo-worker", source),
            Machine("state_machine_arn", "treadle-demo-workflow", str(definition)),
        ],
        [Start("${state_machine_arn}", {"key": "value"})],
        ["aws stepfunctions start-execution --state-machine-arn ${state_machine_arn}"],
    )


def _step(item: dict[str, Json]) -> Step:
    kind = next((KINDS[name] for name in item if name in KINDS), None)
    if kind is None:
        raise msgspec.ValidationError(f"a step is one of {', '.join(KINDS)}; this one has only {', '.join(item)}")
    return msgspec.convert(item, kind)


class Walker:
    """Performs steps against one endpoint; owns the values that they leave behind."""

    def __init__(self, endpoint: str, project: Project, region: str = "us-east-1") -> None:
        self.client, self.project = Client(endpoint), project
        # `run` makes names unique: an order of this demo is not an order of the last one.
        self.values: dict[str, Json] = {"run": f"{time.time_ns() // 1_000_000:x}", **project.values}
        self._endpoint, self._region = endpoint, region
        self._clients: dict[str, Any] = {}

    def perform(self, step: Step) -> None:
        """Raises Refused, Unreachable or Complaint."""
        match step:
            case Call():
                self._call(step)
            case Function():
                self._deploy_function(step)
            case Machine():
                self._deploy_machine(step)
            case Start():
                self._start(step)
            case Watch():
                self._introduce(step.say)
                self._show(self._text(step.watch), step.status)

    def fill(self, value: Json) -> Json:
        """The value with its `${name}`s filled in; a text that is nothing but one `${name}` becomes what it names."""
        match value:
            case str():
                if whole := deploy.PLACEHOLDER.fullmatch(value):
                    return self._value(whole[1])
                return deploy.PLACEHOLDER.sub(lambda found: str(self._value(found[1])), value)
            case dict():
                return {name: self.fill(item) for name, item in value.items()}
            case list():
                return [self.fill(item) for item in value]
            case _:
                return value

    def _text(self, value: str) -> str:
        return str(self.fill(value))

    def _value(self, name: str) -> Json:
        if name not in self.values:
            raise Complaint(
                f"{self.project.folder / FILE}: nothing is called {name}; there are {', '.join(self.values)}"
            )
        return self.values[name]

    def _deploy_function(self, step: Function) -> None:
        environment = {name: self._text(value) for name, value in step.environment.items()}
        folder = self.project.folder / step.source
        arn, how = functions.deploy(self.client, self._text(step.name), folder, environment=environment)
        say(f"Function   {arn}  ({how})")
        self.values[step.function] = arn

    def _deploy_machine(self, step: Machine) -> None:
        values = {name: self._text(value) for name, value in self.values.items() if isinstance(value, str)}
        definition = deploy.render(self.project.folder / step.definition, values)
        arn, how = deploy.machine(self.client, self._text(step.name), definition, step.type)
        say(f"Workflow   {arn}  ({how})")
        self.values[step.machine] = arn

    def _start(self, step: Start) -> None:
        self._introduce(step.say)
        machine = self._text(step.start)
        earlier = len(self.client.states("ListExecutions", stateMachineArn=machine)["executions"])
        given = step.input if isinstance(step.input, str) else json.dumps(self.fill(step.input))
        arn = self.client.states("StartExecution", stateMachineArn=machine, input=given)["executionArn"]
        say(f"Execution  {arn}" + (f"  (number {earlier + 1})" if earlier else ""))
        say("")
        self._show(arn, step.status)

    def _show(self, arn: str, status: str) -> None:
        self.values |= {"execution_arn": arn, "execution_name": arn.rsplit(":", 1)[1]}
        described = await_end(self.client, arn, say)
        for line in show.execution(described, deploy.all_events(self.client, arn)):
            say(line)
        if described["status"] != status:
            raise Complaint(f"this execution should have ended {status}")

    def _introduce(self, text: str | None) -> None:
        if text is not None:
            say("")
            say(show.paint(self._text(text), "1"))

    def _call(self, step: Call) -> None:
        answer = self._answer(step)
        for name, path in step.keep.items():
            self.values[name] = self._search(path, answer)
        if step.show is None:
            if step.say is not None:
                say(self._text(step.say))
            return
        self._introduce(step.say)
        found = self._search(step.show, answer)
        for line in (found if isinstance(found, str) else json.dumps(found, indent=2)).splitlines():
            say(f"    {line}")

    def _search(self, path: str, answer: Json) -> Json:
        try:
            return jmespath.search(self._text(path), answer)
        except JMESPathError as problem:
            raise Complaint(f"{self.project.folder / FILE}: {path}: {problem}") from None

    def _answer(self, step: Call) -> Json:
        """What the call answers, once it has what `until` asks for; {} when an earlier demo did the same."""
        service, _, operation = step.call.partition(":")
        ask = self._operation(service, operation)
        parameters = self._files(self.fill(step.parameters))
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = ask(**parameters)
            except ClientError as refusal:
                error = refusal.response["Error"]
                if error["Code"] == step.known:
                    return {}
                raise Refused(error["Code"], f"{error['Message']} ({step.call})") from None
            except ParamValidationError as problem:
                raise Complaint(f"{self.project.folder / FILE}: {step.call}: {problem}") from None
            except BotoCoreError as problem:
                raise Unreachable(str(problem)) from None
            answer = json.loads(json.dumps(answer, default=_plain_value))
            if step.until is None or self._search(step.until, answer):
                return answer
            if time.monotonic() > end:
                raise Complaint(f"{step.call} has not answered {step.until} for {PATIENCE:.0f} s")
            time.sleep(0.2)

    def _operation(self, service: str, operation: str) -> Callable[..., dict[str, Any]]:
        if service not in self._clients:
            self._clients[service] = _aws(service, self._endpoint, self._region)
        method: Callable[..., dict[str, Any]] | None = getattr(self._clients[service], xform_name(operation), None)
        if method is None:
            raise Complaint(f"{self.project.folder / FILE}: {service} has no operation {operation}")
        return method

    def _files(self, value: Json) -> Json:
        """The parameters with the content of the files that they name."""
        match value:
            case dict():
                return {name: self._files(item) for name, item in value.items()}
            case str() if value.startswith(BLOB):
                return (self.project.folder / value.removeprefix(BLOB)).read_bytes()
            case _:
                return value


def _plain_value(item: Any) -> Json:
    """What botocore answers beyond JSON, as the AWS CLI prints it: bodies as text, times in ISO 8601."""
    if isinstance(item, bytes):
        return item.decode(errors="replace")
    return item.isoformat() if isinstance(item, datetime) else item.read().decode(errors="replace")


def _aws(service: str, endpoint: str, region: str) -> Any:
    session = botocore.session.get_session()
    try:
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
        )
    except UnknownServiceError:
        raise Complaint(f"{FILE}: AWS has no service {service}") from None


def await_end(client: Client, arn: str, tell: Callable[[str], object] | None) -> Any:
    """The execution's description once it has ended; tells what it waits for meanwhile."""
    told = time.monotonic() + 2
    pause = 0.02
    while True:
        described = client.states("DescribeExecution", executionArn=arn)
        if described["status"] != "RUNNING":
            return described
        if tell is not None and time.monotonic() > told:
            latest = client.states("GetExecutionHistory", executionArn=arn, reverseOrder=True, maxResults=1)
            tell(f"    still running: {latest['events'][0]['type']} ...")
            told = time.monotonic() + 5
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def say(line: str) -> None:
    print(line, flush=True)
