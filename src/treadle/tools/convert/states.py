"""JSONPath states as JSONata states, field by field.

JSONPath takes the input apart and puts the output together in five places; JSONata does so in Arguments and Output.
`Value` is what a state has made so far: a term of JSONata, or a template whose fields are still terms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from treadle.asl.findings import escape
from treadle.asl.intrinsics.parse import Text, parse
from treadle.asl.jsonpath import Path, PathError
from treadle.asl.jsonpath.steps import Member
from treadle.tools.convert.rules import condition
from treadle.tools.convert.terms import Impossible, Terms, literal, name
from treadle.values import Json, Pointer

INPUT, RESULT, ERROR = "$states.input", "$states.result", "$states.errorOutput"
# Errors that a JSONPath state has and its JSONata twin has not.
_LOST = (
    "States.ParameterPathFailure",
    "States.ResultPathMatchFailure",
    "States.IntrinsicFailure",
    "States.NoChoiceMatched",
)
_PATHS = {
    "TimeoutSecondsPath": "TimeoutSeconds",
    "HeartbeatSecondsPath": "HeartbeatSeconds",
    "SecondsPath": "Seconds",
    "TimestampPath": "Timestamp",
    "MaxConcurrencyPath": "MaxConcurrency",
    "ToleratedFailureCountPath": "ToleratedFailureCount",
    "ToleratedFailurePercentagePath": "ToleratedFailurePercentage",
    "ErrorPath": "Error",
    "CausePath": "Cause",
}
_OUTPUT = ("InputPath", "ResultSelector", "ResultPath", "OutputPath", "Result")


class Term(Struct, frozen=True):
    text: str


class Template(Struct, frozen=True):
    """JSONPath's template over a root."""

    value: Json
    root: str


Value: TypeAlias = Term | Template


class Issue(Struct, frozen=True):
    """What cannot be said, or was assumed, at a place of the definition."""

    pointer: Pointer
    message: str


class Conversion:
    """One state on its way; flows inside it are converted already. `issues` are what cannot be converted, `notes` what
    was taken for granted."""

    def __init__(self, state: dict[str, Json], pointer: Pointer) -> None:
        self.state, self.pointer = state, pointer
        self.issues: list[Issue] = []
        self.notes: list[Issue] = []
        self.root: str = self._try("InputPath", lambda terms: self._input(terms), INPUT)
        self.made: dict[str, Json] = {}

    def run(self) -> dict[str, Json]:
        """The fields stay in their order; Output stands where the first field was that it replaces."""
        type = self.state["Type"]
        for field, value in self.state.items():
            if field == "QueryLanguage":
                continue
            if field in _OUTPUT:
                self._arguments_of_input_path(type, field)
                self._put_output(type)
            elif field == "Parameters" and type == "Pass":
                self._put_output(type)
            else:
                self._field(type, field, value)
        return self.made

    def _field(self, type: str, field: str, value: Json) -> None:
        match field:
            case "Parameters" if type == "Map":
                self._template("ItemSelector", field, value, self.root)
            case "ItemSelector" | "Credentials":
                self._template(field, field, value, self.root)
            case "Parameters":
                self._template("Arguments", field, value, self.root)
            case "Assign":
                self._template(field, field, value, self._result_root(type))
            case "ItemsPath":
                self.made["Items"] = self._try(field, lambda terms: wrapped(terms.term(value)), "")
            case "Choices":
                self.made[field] = [self._rule(rule, f"{field}/{index}") for index, rule in enumerate(value)]
            case "Catch":
                self.made[field] = [self._catcher(each, f"{field}/{index}") for index, each in enumerate(value)]
            case "Retry":
                self._lost(value, field)
                self.made[field] = value
            case "Iterator":
                self.made["ItemProcessor"] = value
            case "ItemReader" | "ResultWriter" | "ItemBatcher":
                self.made[field] = self._part(field, value)
            case "ReaderConfig":
                self.made[field] = self._part(field, value)
            case _ if field in _PATHS:
                self.made[_PATHS[field]] = self._try(field, lambda terms: wrapped(terms.term(value)), "")
            case _:
                self.made[field] = self._literal(field, value) if field in ("Error", "Cause") else value

    def _part(self, field: str, value: dict[str, Json]) -> dict[str, Json]:
        """ItemReader, ItemBatcher and ResultWriter with what is inside them."""
        made: dict[str, Json] = {}
        for member, inside in value.items():
            place = f"{field}/{member}"
            if member == "Parameters":
                made["Arguments"] = self._made(place, inside, self.root)
            elif member == "BatchInput":
                made[member] = self._made(place, inside, self.root)
            elif member in ("MaxItemsPath", "MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"):
                text = str(inside)
                made[member.removesuffix("Path")] = self._try(place, lambda terms, t=text: wrapped(terms.term(t)), "")  # type: ignore[misc]
            elif member == "ReaderConfig":
                made[member] = self._part(place, inside)
            else:
                made[member] = inside
        return made

    # -- input and output
    def _input(self, terms: Terms) -> str:
        path = self.state.get("InputPath", "$")
        return "{}" if path is None else terms.term(path)

    def _arguments_of_input_path(self, type: str, field: str) -> None:
        """What InputPath selects is what the task, or the branches, get when there are no Parameters."""
        if field == "InputPath" and "Parameters" not in self.state and self.root != INPUT:
            if type in ("Task", "Parallel"):
                self.made["Arguments"] = wrapped(self.root)
            elif type == "Map" and "ItemsPath" not in self.state:
                self.made["Items"] = wrapped(self.root)

    def _result_root(self, type: str) -> str:
        """What `$` means in Assign: the result."""
        if type in ("Task", "Parallel", "Map"):
            return RESULT
        if type == "Pass" and ("Result" in self.state or "Parameters" in self.state):
            value = self._pass()
            return str(self._try("Assign", lambda terms: term_of(value, terms), ""))
        return self.root

    def _pass(self) -> Value:
        if "Result" in self.state:
            return Template(self._try("Result", lambda terms: _plain(self.state["Result"]), {}), self.root)
        if "Parameters" in self.state:
            return Template(self.state["Parameters"], self.root)
        return Term(self.root)

    def _put_output(self, type: str) -> None:
        if "Output" in self.made or type == "Choice":
            return  # a Choice has an Output in every rule
        value = self._output(type)
        if value is None:
            return
        unchanged = RESULT if type in ("Task", "Parallel", "Map") else INPUT
        if value != Term(unchanged):
            fields: tuple[str, ...] = ("ResultSelector", "ResultPath", "OutputPath", "InputPath")
            fields = ("Parameters", *fields) if type == "Pass" else fields
            place = next((field for field in fields if field in self.state), "Output")
            self.made["Output"] = self._try(place, lambda terms: emitted(value, terms), None)

    def _output(self, type: str) -> Value | None:
        """ResultSelector, ResultPath and OutputPath in one; None where something cannot be said."""
        state = self.state
        value: Value = Term(self.root)
        if type == "Pass":
            value = self._pass()
        elif type in ("Task", "Parallel", "Map"):
            value = Template(state["ResultSelector"], RESULT) if "ResultSelector" in state else Term(RESULT)
        keys: list[str] = []
        if type in ("Pass", "Task", "Parallel", "Map") and state.get("ResultPath", "$") != "$":
            if state["ResultPath"] is None:
                value = Term(INPUT)
            else:
                keys = self._try("ResultPath", lambda terms: _keys(state["ResultPath"]), None)
                if keys is None:
                    return None
        path = state.get("OutputPath", "$")
        if path is None:
            return Template({}, INPUT)
        made: Value | None = self._try("OutputPath", lambda terms: placed(value, keys, path, terms), None)
        return made

    # -- rules and catchers
    def _rule(self, rule: dict[str, Json], place: str) -> dict[str, Json]:
        test = {field: value for field, value in rule.items() if field not in ("Next", "Assign", "Comment")}
        made: dict[str, Json] = {
            "Condition": self._try(place, lambda terms: wrapped(condition(test, terms)), "", self.root)
        }
        for field in ("Comment", "Next"):
            if field in rule:
                made[field] = rule[field]
        if "Assign" in rule:
            made["Assign"] = self._made(f"{place}/Assign", rule["Assign"], self.root)
        output = self._output("Choice")
        if output is not None and output != Term(INPUT):
            made["Output"] = self._try("Output", lambda terms: emitted(output, terms), None)
            # The state's own Output is that of its Default.
            self.made.setdefault("Output", made["Output"])
        return made

    def _catcher(self, catcher: dict[str, Json], place: str) -> dict[str, Json]:
        self._lost([catcher], place)
        made = {field: value for field, value in catcher.items() if field not in ("ResultPath", "Assign")}
        path = catcher.get("ResultPath", "$")
        if path is None:
            made["Output"] = wrapped(INPUT)
        elif path != "$":
            made["Output"] = self._try(
                f"{place}/ResultPath", lambda terms: emitted(placed(Term(ERROR), _keys(path), "$", terms), terms), ""
            )
        if "Assign" in catcher:
            made["Assign"] = self._made(f"{place}/Assign", catcher["Assign"], ERROR)
        return made

    def _lost(self, entries: list[dict[str, Json]], place: str) -> None:
        for entry in entries:
            for lost in (each for each in entry.get("ErrorEquals", ()) if each in _LOST):
                message = f"{lost} does not happen in JSONata; it would be States.QueryEvaluationError"
                self.issues.append(Issue(f"{self.pointer}/{place}", message))

    # -- one place at a time
    def _template(self, field: str, place: str, value: Json, root: str) -> None:
        self.made[field] = self._made(place, value, root)

    def _made(self, place: str, value: Json, root: str) -> Json:
        return self._try(place, lambda terms: template(value, terms), None, root)

    def _literal(self, place: str, value: Json) -> Json:
        return self._try(place, lambda terms: _checked(value), value)

    def _try(self, place: str, make: Callable[[Terms], Any], otherwise: Any, root: str | None = None) -> Any:
        terms = Terms(getattr(self, "root", INPUT) if root is None else root)
        try:
            return make(terms)
        except Impossible as problem:
            issue = Issue(f"{self.pointer}/{place}", str(problem))
            if issue not in self.issues:
                self.issues.append(issue)
            return otherwise
        finally:
            self.notes += [
                note for text in terms.notes if (note := Issue(f"{self.pointer}/{place}", text)) not in self.notes
            ]


# -- values
def wrapped(term: str) -> str:
    return f"{{% {term} %}}"


def emitted(value: Value, terms: Terms) -> Json:
    return wrapped(value.text) if isinstance(value, Term) else template(value.value, terms.at(value.root))


def template(value: Json, terms: Terms) -> Json:
    """A payload template: `x.$` fields become expressions."""
    if isinstance(value, dict):
        made = {}
        for key, member in value.items():
            if key.endswith(".$"):
                made[key[:-2]] = _field(str(member), terms)
            else:
                made[key] = template(member, terms)
        return made
    if isinstance(value, list):
        return [template(each, terms) for each in value]
    return _checked(value)


def _field(text: str, terms: Terms) -> Json:
    """States.Array becomes an array of expressions, which nothing flattens."""
    if text.startswith("States.Array("):
        try:
            call = parse(text)
        except ValueError as problem:
            raise Impossible(str(problem)) from None
        return [
            _checked(each.value) if isinstance(each, Text) else wrapped(terms.argument(each)) for each in call.arguments
        ]
    return wrapped(terms.term(text))


def _checked(value: Json) -> Json:
    """A literal that JSONata would not read as an expression."""
    if isinstance(value, str) and (value.startswith("{%") or value.endswith("%}")):
        raise Impossible(f"the text {value!r} would be an expression in JSONata")
    return value


def _plain(value: Json) -> Json:
    """A literal as a template: keys that end in `.$` are only keys there."""
    if isinstance(value, dict):
        for key in value:
            if key.endswith(".$"):
                raise Impossible(f"the literal Result has a member {key!r}")
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def term_of(value: Value, terms: Terms) -> str:
    """A value as one term."""
    if isinstance(value, Term):
        return value.text
    return _as_term(value.value, terms.at(value.root))


def _as_term(value: Json, terms: Terms) -> str:
    if isinstance(value, dict):
        members = []
        for key, member in value.items():
            inner = terms.term(str(member)) if key.endswith(".$") else _as_term(member, terms)
            members.append(f"{literal(key.removesuffix('.$'))}: {inner}")
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_as_term(each, terms) for each in value)}]"
    return literal(value)


def placed(value: Value, keys: list[str], path: str, terms: Terms) -> Value:
    """`value` put into the raw input at `keys`, and of all that what OutputPath selects."""
    if path.startswith("$$") or (path.startswith("$") and path[1:2] not in ("", ".", "[")):
        return Term(terms.term(path))
    try:
        steps = Path(path).steps
    except PathError as problem:
        raise Impossible(f"{path} is no path: {problem}") from None
    left = list(keys)
    while left and steps and isinstance(steps[0], Member):
        if steps[0].name != left[0]:
            return Term(terms.steps(_reach(keys[: len(keys) - len(left)]), steps, path))
        left.pop(0)
        steps = steps[1:]
    if left:
        if steps:
            raise Impossible(f"{path} selects from what ResultPath changes in a way that cannot be followed")
        return Term(_merged(keys[: len(keys) - len(left)], left, term_of(value, terms)))
    return _selected(value, steps, path, terms)


def _selected(value: Value, steps: Any, path: str, terms: Terms) -> Value:
    """Follow a path into a value, as far as it is a template."""
    while steps and isinstance(value, Template) and isinstance(value.value, dict) and isinstance(steps[0], Member):
        key = steps[0].name
        if f"{key}.$" in value.value:
            value = Term(terms.at(value.root).term(value.value[f"{key}.$"]))
        elif key in value.value:
            value = Template(value.value[key], value.root)
        else:
            raise Impossible(f"{path} selects {key!r}, which is not there")
        steps = steps[1:]
    return value if not steps else Term(terms.steps(term_of(value, terms), steps, path))


def _reach(keys: list[str]) -> str:
    return ".".join([INPUT, *(name(key) for key in keys)])


def _merged(around: list[str], keys: list[str], term: str) -> str:
    """The input (what is at `around` in it) with `term` at `keys` below."""
    base = _reach([*around])
    if len(keys) == 1:
        return f"$merge([{base}, {{{literal(keys[0])}: {term}}}])"
    return f"$merge([{base}, {{{literal(keys[0])}: {_merged([*around, keys[0]], keys[1:], term)}}}])"


def _keys(path: str) -> list[str]:
    """The members that a ResultPath names."""
    try:
        steps = Path(path).steps
    except PathError as problem:
        raise Impossible(f"{path} is no path: {problem}") from None
    if not all(isinstance(step, Member) for step in steps):
        raise Impossible(f"{path} puts the result into an array")
    return [step.name for step in steps if isinstance(step, Member)]


def pointer_of(flow: Pointer, state: str) -> Pointer:
    return f"{flow}/States/{escape(state)}"
