"""Where we are in a definition, and what we found wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from treadle.asl.jsonata import Expression
from treadle.asl.machine import Diagnostic, Language
from treadle.asl.resource import Resource
from treadle.values import Json, Pointer

MachineKind: TypeAlias = Literal["STANDARD", "EXPRESS"]
# What is known about a Task beyond the language: (resource, name of the field with its template, the template or None)
# -> findings, whose locations are relative to the state. A WARNING is ours: AWS takes it, but treadle cannot do it.
TaskCheck: TypeAlias = Callable[[Resource, str, Json], Iterable[Diagnostic]]
SCHEMA = "SCHEMA_VALIDATION_FAILED"


class DefinitionError(Exception):
    """A definition AWS would refuse. `str()` is the message of CreateStateMachine's InvalidDefinition."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return f"Invalid State Machine Definition: '{join(self.diagnostics)}'"


def join(diagnostics: Iterable[Diagnostic]) -> str:
    """`CODE: message at /path, CODE: message at /path`, as AWS writes it."""
    return ", ".join(
        f"{each.code}: {each.message}" + (f" at {each.location}" if each.location else "") for each in diagnostics
    )


class Survey:
    """One reading of one definition: what was found, the machine's language, and who knows what tasks call."""

    __slots__ = ("default", "errors", "expressions", "limits", "tasks")

    def __init__(self, default: Language = "JSONPath", tasks: TaskCheck | None = None) -> None:
        self.default = default
        self.tasks = tasks
        self.errors: list[Diagnostic] = []
        self.limits: list[Diagnostic] = []  # what AWS takes and treadle cannot do
        self.expressions: list[Expression] = []  # those found good


class Place:
    """A value's place in the definition and the rules that hold there.

    `location` is AWS's notation, `/States/Fan/Branches[0]/States/A`; `pointer` the JSON pointer of the state or flow
    around it. `language` and `kind` are those in force, `sees` the members of `$states` that exist here beside
    `input` and `context`.
    """

    __slots__ = ("kind", "language", "location", "pointer", "sees", "survey")

    def __init__(
        self,
        survey: Survey,
        location: str = "",
        pointer: Pointer = "",
        kind: MachineKind = "STANDARD",
        language: Language = "JSONPath",
        sees: frozenset[str] = frozenset(),
    ) -> None:
        self.survey = survey
        self.location = location
        self.pointer = pointer
        self.kind = kind
        self.language = language
        self.sees = sees

    def field(self, name: str, sees: frozenset[str] = frozenset()) -> Place:
        """The value of one member of the object here."""
        location = f"{self.location}/{name}"
        return Place(self.survey, location, self.pointer, self.kind, self.language, sees)

    def item(self, index: int) -> Place:
        """One element of the array here."""
        location = f"{self.location}[{index}]"
        return Place(self.survey, location, self.pointer, self.kind, self.language, self.sees)

    def state(self, name: str, language: Language) -> Place:
        """The state `name` of the flow here."""
        location = f"{self.location}/States/{name}"
        pointer = f"{self.pointer}/States/{escape(name)}"
        return Place(self.survey, location, pointer, self.kind, language, frozenset())

    def flow(self, step: str, kind: MachineKind) -> Place:
        """The flow here, found from its state by `step` ("ItemProcessor", "Branches/0")."""
        pointer = f"{self.pointer}/{step}"
        return Place(self.survey, self.location, pointer, kind, self.survey.default, frozenset())

    def refuse(self, message: str, code: str = SCHEMA, location: str | None = None) -> None:
        self.survey.errors.append(Diagnostic(code, message, (self.location if location is None else location) or "/"))


def escape(name: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
