"""A whole JSONPath definition as a JSONata one."""

from __future__ import annotations

from msgspec import Struct

from treadle.tools.convert.states import Conversion, Issue, pointer_of
from treadle.values import Json, Pointer


class Converted(Struct, frozen=True):
    """`definition` is None when something could not be converted (and everything had to be). `issues` says where and
    why, `notes` what was taken for granted, `kept` which states stay JSONPath."""

    definition: dict[str, Json] | None
    issues: tuple[Issue, ...]
    notes: tuple[Issue, ...]
    states: int  # that were converted
    kept: tuple[str, ...] = ()


def to_jsonata(definition: dict[str, Json], partial: bool = False) -> Converted:
    """`definition` must be one that AWS takes. With `partial`, states that cannot be converted stay as they are and the
    others say `QueryLanguage: JSONata` for themselves."""
    trial = _Flows(definition.get("QueryLanguage", "JSONPath"), False)
    flow = trial.flow(definition, "")
    if not trial.issues:
        flow = {"QueryLanguage": "JSONata"} | {name: value for name, value in flow.items() if name != "QueryLanguage"}
        if "Comment" in flow:
            flow = {"Comment": flow.pop("Comment")} | flow
        return Converted(flow, (), tuple(trial.notes), trial.count)
    if not partial:
        return Converted(None, tuple(trial.issues), tuple(trial.notes), trial.count)
    found = _Flows(definition.get("QueryLanguage", "JSONPath"), True)
    flow = found.flow(definition, "")
    return Converted(flow, tuple(trial.issues), tuple(found.notes), found.count, tuple(found.kept))


class _Flows:
    def __init__(self, language: Json, partial: bool) -> None:
        self.language, self.partial = language, partial
        self.issues: list[Issue] = []
        self.notes: list[Issue] = []
        self.kept: list[str] = []
        self.count = 0

    def flow(self, flow: Json, pointer: Pointer) -> dict[str, Json]:
        made = dict(flow)
        states = flow["States"].items()
        made["States"] = {name: self.state(name, state, pointer_of(pointer, name)) for name, state in states}
        return made

    def state(self, name: str, state: dict[str, Json], pointer: Pointer) -> dict[str, Json]:
        inner = self._inner(state, pointer)
        if state.get("QueryLanguage", self.language) == "JSONata":
            return inner if self.partial else {field: inner[field] for field in inner if field != "QueryLanguage"}
        work = Conversion(inner, pointer)
        made = work.run()
        self.issues += work.issues
        if work.issues and self.partial:
            self.kept.append(name)
            return inner
        self.notes += work.notes
        self.count += 1
        return {"Type": made.pop("Type"), "QueryLanguage": "JSONata"} | made if self.partial else made

    def _inner(self, state: dict[str, Json], pointer: Pointer) -> dict[str, Json]:
        """A state with the flows inside it converted."""
        made = dict(state)
        if "Branches" in state:
            branches = enumerate(state["Branches"])
            made["Branches"] = [self.flow(flow, f"{pointer}/Branches/{index}") for index, flow in branches]
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                made[field] = self.flow(state[field], f"{pointer}/{field}")
        return made
