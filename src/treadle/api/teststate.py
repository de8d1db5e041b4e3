"""TestState: one state in isolation, with a mocked reply or the real one, shown stage by stage."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from treadle.api.context import Answer, Context, Params
from treadle.api.teststate_request import Request, read
from treadle.asl.resource import Resource
from treadle.engine.commands import RunTask
from treadle.engine.events import Event, TaskStarted, Ticked
from treadle.engine.execution import Facts
from treadle.engine.inspect import Inspection, Probe, text
from treadle.engine.step import deadline
from treadle.integrations import http
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call, Integration
from treadle.values import Json


async def test_state(context: Context, params: Params) -> Answer:
    """TestState."""
    request = read(context, params)
    facts = _facts(context, request)
    probe = Probe(request.subject, facts, context.office.now())
    tap = Tap(bool(params.get("revealSecrets")))
    if request.reply is not None:
        probe.answer(request.reply)
    elif probe.command is not None:
        await _perform(context, probe, facts, probe.command, tap)
    return _answer(probe.inspection(), params.get("inspectionLevel") or "INFO", tap)


def _facts(context: Context, request: Request) -> Facts:
    """An express execution of a machine that nobody will find."""
    office = context.office
    machine, name = office.new_id(), office.new_id()
    return Facts(
        arn=context.arn(f"express:{machine}:{name}"),
        name=name,
        machine_arn=context.arn(f"stateMachine:{machine}"),
        machine_name=machine,
        role_arn=request.role,
        started_at=office.now(),
        seed=int(office.luck() * (1 << 63)),
        input=request.subject.input,
        kind="EXPRESS",
    )


class Tap:
    """Chooses the integration of a task, and keeps what an HTTP task sent and got."""

    def __init__(self, reveal: bool) -> None:
        self._reveal = reveal
        self.data: dict[str, dict[str, str]] = {}

    def find(self, resource: Resource) -> Integration | None:
        if f"{resource.service}:{resource.action}" != http.INVOKE.name:
            return find(resource)
        return Integration(http.INVOKE.name, http.INVOKE.patterns, self.invoke)

    async def invoke(self, call: Call) -> Json:
        exchange = await http.exchange(call)
        answer, sent = exchange.answer, exchange.sent if self._reveal else http.plain(call)
        protocol = sent.url.partition(":")[0]
        self.data = {
            "request": {
                "protocol": protocol,
                "method": sent.method,
                "url": sent.url,
                "headers": _headers(list(sent.headers.items())),
                "body": sent.body,
            },
            "response": {
                "protocol": protocol,
                "statusCode": str(answer.status),
                "statusMessage": answer.reason,
                "headers": _headers(answer.headers),
                "body": answer.body.decode("utf-8", "replace"),
            },
        }
        return http.result(answer)


def _headers(pairs: list[tuple[str, str]]) -> str:
    """`[name: value, name: value]` (guide: "Testing an HTTP Task")."""
    return f"[{', '.join(f'{name}: {value}' for name, value in pairs)}]"


async def _perform(context: Context, probe: Probe, facts: Facts, command: RunTask, tap: Tap) -> None:
    """Let the task be performed for real, within the state's time limits and TestState's own."""
    office = context.office
    if office.performer is None:
        raise NotImplementedError("this server performs no tasks")
    news: asyncio.Queue[Event] = asyncio.Queue()
    performer = office.performer(tap.find)
    try:
        probe.deliver(TaskStarted(office.now(), command.task))
        performer.perform(facts, command, news.put_nowait)
        while not probe.resting:
            due = deadline(probe.execution)
            left = None if due is None else max(0.0, due - office.now())
            try:
                event = await asyncio.wait_for(news.get(), left)
            except TimeoutError:
                event = Ticked(max(office.now(), due or 0.0))
            probe.deliver(event)
    finally:
        await performer.close(0.0)


def _answer(inspection: Inspection, level: str, tap: Tap) -> Answer:
    answer: Answer = {"status": inspection.status}
    if inspection.status in ("SUCCEEDED", "CAUGHT_ERROR"):
        answer["output"] = text(inspection, inspection.output)
    told = {"error": inspection.error, "cause": inspection.cause, "nextState": inspection.next}
    answer |= {name: value for name, value in told.items() if value is not None}
    if level != "INFO":
        answer["inspectionData"] = _data(inspection, tap.data if level == "TRACE" else {})
    return answer


def _data(inspection: Inspection, exchange: Mapping[str, Mapping[str, str]]) -> Answer:
    data: Answer = {name: text(inspection, value) for name, value in inspection.stages.items()}
    data |= inspection.measures
    data |= exchange
    if inspection.handled:
        data["errorDetails"] = dict(inspection.handled)
    return data
