"""A machine under test: a definition, compiled once, with the world it usually lives in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from treadle.asl.compile import compile
from treadle.asl.findings import MachineKind
from treadle.asl.machine import ABSENT, Diagnostic, Map, State, Task
from treadle.asl.parse import find_state, parse
from treadle.asl.references import states
from treadle.asl.resource import Resource
from treadle.engine.execution import Entry, Facts
from treadle.integrations.catalog import check_task
from treadle.integrations.mocks import Mode
from treadle.testing.answers import Answer, hidden
from treadle.testing.coverage import Coverage
from treadle.testing.exploring import Exploration, Play, explored
from treadle.testing.probe import Mark, instrument
from treadle.testing.run import Run, Watch
from treadle.testing.spans import Span, instant, seconds
from treadle.testing.stage import Stage
from treadle.testing.world import Casting, World, check_names
from treadle.values import Instant, Json, Payload, dumps, loads

__tracebackhide__ = hidden

BEGIN = "2026-01-01T00:00:00Z"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/treadle"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.-]*)\}")
# Seconds that an Express execution may take: developer guide, "Service quotas".
EXPRESS_LIMIT = 300


class Machine:
    """`Machine(definition)` of a dict or text, `Machine.load(file)`; then `run` it as often as you like.

    What is given here about the world (`mocks`, `functions`, ...) holds for every run; a run may say more, or other.
    `coverage` adds up over all runs.
    """

    def __init__(
        self,
        definition: Mapping[str, Any] | str,
        *,
        name: str = "machine",
        kind: MachineKind = "STANDARD",
        substitutions: Mapping[str, str] | None = None,
        mocks: Mapping[str, Answer] | None = None,
        functions: Mapping[str, Any] | None = None,
        activities: Mapping[str, Answer] | None = None,
        machines: Mapping[str, Machine] | None = None,
        items: Mapping[str, Iterable[Json] | Path] | None = None,
        check: Mode = "PRESENT",
    ) -> None:
        """Raises DefinitionError for what AWS would refuse, ValueError for placeholders without a value."""
        text = definition if isinstance(definition, str) else dumps(definition)
        self.name, self.kind = name, kind
        self.text = render(text, dict(functions or {}), substitutions or {})
        self.definition: Json = loads(self.text)
        self.source = parse(self.text, kind=kind, tasks=refusals)
        self.fired: list[Mark] = []
        plan = compile(self.source)
        if kind == "EXPRESS":
            plan = replace(plan, timeout=min(plan.timeout or EXPRESS_LIMIT, EXPRESS_LIMIT))
        self.plan = instrument(plan, self.fired)
        self.coverage = Coverage(self.source, name, self.text)
        self.arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{name}"
        self.cast = Casting(mocks or {}, functions or {}, activities or {}, machines or {}, items or {}, check)
        self.names = tuple(state.name for state in states(self.source.flow))
        # The states that ask the world for an answer.
        self.tasks = tuple(state.name for state in states(self.source.flow) if _asks(state))
        check_names(self.cast.mocks, self.names, "mocked state")

    def raw(self, name: str) -> dict[str, Json]:
        """A state as it is written, however deep it stands."""
        state = find_state(self.source, name)
        found = self.definition
        for step in state.pointer.split("/")[1:] if state is not None else ():
            key = step.replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found[key]
        return dict(found)

    @classmethod
    def load(cls, path: Path | str, **options: Any) -> Machine:
        """The machine in a file (JSON, or YAML by its ending), named after it."""
        file = Path(path)
        text = file.read_text("utf-8-sig")
        if file.suffix in (".yaml", ".yml"):
            from treadle.tools.source.yamltext import load_yaml

            text = dumps(load_yaml(text))
        machine = cls(text, **({"name": file.name.split(".")[0]} | options))
        machine.coverage.file = file
        return machine

    def run(self, input: Json = None, **options: Any) -> Run:
        """Run it to its end, however long that takes in modelled time. The options are those of `start`.

        The run is still RUNNING only when nothing but test code (`BY_HAND`) can let it go on.
        """
        return self.start(input, **options).finish()

    def start(
        self,
        input: Json = None,
        *,
        mocks: Mapping[str, Answer] | None = None,
        functions: Mapping[str, Any] | None = None,
        activities: Mapping[str, Answer] | None = None,
        machines: Mapping[str, Machine] | None = None,
        items: Mapping[str, Iterable[Json] | Path] | None = None,
        check: Mode | None = None,
        at: Instant | str | datetime = BEGIN,
        seed: int = 0,
        shuffle: bool = False,
        latency: Span | tuple[Span, Span] = 0.0,
        name: str = "test",
        entry: str | None = None,
        variables: Mapping[str, Json] | None = None,
        crash_after: int | None = None,
        watch: Watch | None = None,
    ) -> Run:
        """Start it and do all that happens at the first instant; the clock then stands still until it is advanced.

        `mocks` by state name; `functions`, `activities`, `machines` by theirs. `at` is when the execution starts,
        `seed` makes all luck, `shuffle` lets events of the same instant happen in an order drawn from the seed.
        `latency` is how long calls take whose answer does not say (a pair: drawn from that range).
        `items`: what the reader of a distributed Map finds, by state: a list, or the Path of a file. `entry`: begin at
        this state of the outermost flow, with `variables` assigned. `crash_after`: the server dies after this step and
        comes back (`explore_crashes` tries them all). `watch(run)` is called after each thing that happens: what it
        asserts must hold all the time.
        """
        more = Casting(
            mocks or {}, functions or {}, activities or {}, machines or {}, items or {}, check or self.cast.check
        )
        check_names(more.mocks, self.names, "mocked state")
        begin = instant(at)
        stage = Stage(begin, seed, shuffle, crash_after)
        world = World(self.cast.joined(more), seed)
        facts = self.facts(begin, seed, {} if input is None else input, name)
        first = self.entry(entry, facts.input, variables or {})
        takes = (seconds(latency[0]), seconds(latency[1])) if isinstance(latency, tuple) else seconds(latency)
        return Run(self, self.plan, facts, stage, world, takes, watch=watch).begin(first).settle()

    def entry(self, state: str | None, input: Payload, variables: Mapping[str, Json]) -> Entry | None:
        """Where to begin instead of at StartAt. Raises MockError for a state that is not in the outermost flow."""
        if state is None and not variables:
            return None
        outermost = self.plan.flows[""]
        first = state or outermost.start
        check_names([first], outermost.nodes, "state")
        return Entry(first, input, dict(variables))

    def explore(
        self, input: Json = None, seeds: int | Iterable[int] = 50, *, play: Play | None = None, **options: Any
    ) -> Exploration:
        """Run it once per seed, shuffled: each seed tries another order of what may happen at the same time.

        `play(run)` is test code that answers, or advances the clock, in every run; then it goes to its end.
        """
        chosen = range(seeds) if isinstance(seeds, int) else seeds
        return explored(
            "seed", {seed: partial(self.start, input, seed=seed, shuffle=True, **options) for seed in chosen}, play
        )

    def explore_crashes(self, input: Json = None, *, play: Play | None = None, **options: Any) -> Exploration:
        """Run it undisturbed (0), and once for each of its steps with a crash of the server after it."""
        calm = explored("crash_after", {0: partial(self.start, input, **options)}, play).runs
        steps = range(1, calm[0].stage.steps + 1)
        crashes = {step: partial(self.start, input, crash_after=step, **options) for step in steps}
        return Exploration(calm | explored("crash_after", crashes, play).runs, "crash_after")

    def facts(self, at: Instant, seed: int, input: Json, name: str) -> Facts:
        text = dumps(input)
        return Facts(
            arn=f"arn:aws:states:us-east-1:{ACCOUNT}:execution:{self.name}:{name}",
            name=name,
            machine_arn=self.arn,
            machine_name=self.name,
            role_arn=ROLE,
            started_at=at,
            seed=seed & (1 << 127) - 1,
            input=Payload(text=text),
            kind=self.kind,
        )


def _asks(state: State) -> bool:
    return isinstance(state, Task) or (isinstance(state, Map) and state.item_reader is not ABSENT)


def refusals(resource: Resource, field: str, template: Json) -> list[Diagnostic]:
    """Why AWS refuses a task. What only treadle does not perform may be mocked all the same."""
    return [found for found in check_task(resource, field, template) if found.severity == "ERROR"]


def render(text: str, functions: Mapping[str, Any], substitutions: Mapping[str, str]) -> str:
    """The definition with `${name}` filled in (Terraform, SAM): from `substitutions`, or with the ARN of the function
    that is bound under this name. `$${` is a literal `${`. Raises ValueError for what stays open."""
    values = {name: f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}" for name in functions} | dict(substitutions)
    literal = text.replace("$${", "\0")
    lacking = sorted({name for name in PLACEHOLDER.findall(literal) if name not in values})
    if lacking:
        raise ValueError(
            f"placeholders without a value: {', '.join(lacking)}."
            f" Give each one in substitutions, as {{{lacking[0]!r}: ...}}"
        )
    return PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), literal).replace("\0", "${")
