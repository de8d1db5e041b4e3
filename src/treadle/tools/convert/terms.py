"""JSONPaths and intrinsic calls as JSONata: where both mean the same, and nowhere else.

JSONata flattens: an array of one is easily mistaken for its element, and arrays inside arrays are joined. So what may
hold arrays is kept together by `[]` and by `$each`, which look odd and are exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from math import floor

from msgspec import Struct

from treadle.asl.intrinsics.functions import split_template
from treadle.asl.intrinsics.parse import Argument, Call, Literal, Text, parse, unescape
from treadle.asl.jsonpath import Path, PathError
from treadle.asl.jsonpath.steps import (
    Comparison,
    Constant,
    Every,
    Exists,
    Filter,
    Index,
    Member,
    Not,
    Operand,
    Relative,
    Slice,
    Some,
    Step,
    Steps,
    Test,
    Wildcard,
    render,
)
from treadle.values import Json

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})
# A term that can be gone further from without parentheses.
_SIMPLE = re.compile(r"(?:[\w.$\[\]-]|`[^`]*`)+")
_ALGORITHMS = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")


class Impossible(ValueError):
    """JSONata has no way to say it exactly. `str()` says what."""


class Terms(Struct):
    """Where `$` points to, and what was assumed on the way."""

    root: str
    notes: list[str] = []

    def at(self, root: str) -> Terms:
        return Terms(root, self.notes)

    def term(self, text: str) -> str:
        """The value of a field that ends in `.$` or `Path`: a path, or an intrinsic call."""
        if text.startswith("$"):
            try:
                return self.path(Path(text))
            except PathError as problem:
                raise Impossible(f"{text} is no path: {problem}") from None
        try:
            return self.call(parse(text))
        except ValueError as problem:
            raise problem if isinstance(problem, Impossible) else Impossible(str(problem)) from None

    def path(self, path: Path) -> str:
        root = {"$": self.root, "$$": "$states.context"}.get(path.root, f"${path.root}")
        return self.steps(root, path.steps, path.text)

    def steps(self, at: str, steps: Steps, text: str) -> str:
        for index, step in enumerate(steps):
            if isinstance(step, Member | Index):
                at = into(at, step)
            else:
                return self._many(at, step, steps[index + 1 :], text)
        return at

    def _many(self, at: str, step: Step, rest: Steps, text: str) -> str:
        """From here on the path has a list of matches."""
        if not all(isinstance(each, Member | Index) for each in rest):
            raise Impossible(f"{text}: one [*], slice or filter can be converted, not several")
        if isinstance(step, Wildcard):
            self.note(f"{text}: {at} is taken to be an array")
            if not rest:
                return at
            chosen = at
        elif isinstance(step, Slice):
            self.note(f"{text}: {at} is taken to be an array")
            chosen = self._slice(at, step)
        elif isinstance(step, Filter):
            self.note(f"{text}: {at} is taken to be an array")
            chosen = f"$filter({at}, function($v) {{ {self._test(step.test, text)} }})"
        else:
            raise Impossible(f"{text}: {render((step,))} has no counterpart in JSONata")
        if not rest:
            return f"[{chosen}[]]"
        return f"[$map({chosen}, function($v) {{ {self.steps('$v', rest, text)} }})[]]"

    def _slice(self, at: str, step: Slice) -> str:
        def edge(index: int) -> str:
            return str(index) if index >= 0 else f"$count({at}) - {-index}"

        tests = []
        if step.start:
            tests.append(f"$i >= {edge(step.start)}")
        if step.stop is not None:
            tests.append(f"$i < {edge(step.stop)}")
        return f"$filter({at}, function($v, $i) {{ {' and '.join(tests) or 'true'} }})"

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # -- filters
    def _test(self, test: Test, text: str) -> str:
        match test:
            case Every(tests):
                return " and ".join(f"({self._test(each, text)})" for each in tests)
            case Some(tests):
                return " or ".join(f"({self._test(each, text)})" for each in tests)
            case Not(inner):
                return f"$not({self._test(inner, text)})"
            case Exists(path):
                found = f"$exists({self._operand(path, text)})"
                return found if path.exists else f"$not({found})"
            case Comparison(left, operator, right):
                return self._comparison(left, operator, right, text)
        raise Impossible(f"{text}: this filter has no counterpart in JSONata")

    def _comparison(self, left: Operand, operator: str, right: Operand, text: str) -> str:
        one, other = self._operand(left, text), self._operand(right, text)
        if operator == "==":
            return f"{one} = {other}"
        kind = next((_kind(each.value) for each in (left, right) if isinstance(each, Constant)), None)
        if operator in ("<", "<=", ">", ">=") and kind in ("number", "string"):
            paths = [word for word, each in ((one, left), (other, right)) if not isinstance(each, Constant)]
            return guarded(paths, kind, f"{one} {operator} {other}")
        raise Impossible(f"{text}: the comparison {operator} in this filter has no exact counterpart in JSONata")

    def _operand(self, operand: Operand, text: str) -> str:
        if isinstance(operand, Constant) and not isinstance(operand.value, dict | list):
            return literal(operand.value)
        if isinstance(operand, Relative) and all(isinstance(each, Member | Index) for each in operand.steps):
            return self.steps(self.root if operand.from_root else "$v", operand.steps, text)
        raise Impossible(f"{text}: this filter has no counterpart in JSONata")

    # -- intrinsics
    def argument(self, argument: Argument) -> str:
        match argument:
            case Literal() | Text():
                return literal(argument.value)
            case Path():
                return self.path(argument)
            case Call():
                return self.call(argument)

    def call(self, call: Call) -> str:
        made = _CALLS.get(call.name)
        if made is None:
            raise Impossible(f"{call.text}: {call.name} has no exact counterpart in JSONata")
        return made(self, call)


def into(at: str, step: Member | Index) -> str:
    """One step further from a term that has one value."""
    base = at if _SIMPLE.fullmatch(at) else f"({at})"
    return f"{base}[{step.index}]" if isinstance(step, Index) else f"{base}.{name(step.name)}"


def name(text: str) -> str:
    """A member's name in a path of JSONata."""
    if _NAME.fullmatch(text) and text not in _WORDS:
        return text
    if "`" in text:
        raise Impossible(f"JSONata cannot name the member {text!r}, which has a backtick")
    return f"`{text}`"


def literal(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if "%}" in text:
        raise Impossible(f"{text} has the end of a JSONata expression in it")
    return text


def guarded(terms: list[str], kind: str, then: str, otherwise: str = "false") -> str:
    """`then` where all terms are of a type; JSONPath's comparisons are false for others, JSONata's fail."""
    tests = " and ".join(f'$type({term}) = "{kind}"' for term in dict.fromkeys(terms))
    return f"({tests} ? {then} : {otherwise})" if tests else then


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number" if isinstance(value, int | float) else "null"


def _array(terms: Terms, call: Call) -> str:
    """An array whose elements may be arrays themselves: a constructor would join them."""
    if not call.arguments:
        return "[]"
    words = [terms.argument(each) for each in call.arguments]
    if all(isinstance(each, Literal | Text) for each in call.arguments):
        return f"[{', '.join(words)}]"
    members = ", ".join(f'"{index}": {word}' for index, word in enumerate(words))
    return f"[$each({{{members}}}, function($v) {{ $v }})[]]"


def _format(terms: Terms, call: Call) -> str:
    first, *rest = call.arguments
    if not isinstance(first, Text):
        raise Impossible(f"{call.text}: a template that is only known when it runs")
    pieces = split_template(first.raw, unescape)
    if len(pieces) - 1 != len(rest):
        raise Impossible(f"{call.text}: {len(pieces) - 1} places for {len(rest)} arguments")
    words = [literal(pieces[0])] if pieces[0] else []
    for argument, piece in zip(rest, pieces[1:], strict=True):
        words.append(_text(terms, argument))
        words += [literal(piece)] if piece else []
    if len(words) == 1 and rest:
        return f"$string({words[0]})"
    return " & ".join(words) or '""'


def _text(terms: Terms, argument: Argument) -> str:
    word = terms.argument(argument)
    if isinstance(argument, Path):
        terms.note(f"{argument.text} is taken to be a text, a number or a boolean")
    return f"({word})" if isinstance(argument, Call) and not _SIMPLE.fullmatch(word) and "(" not in word[:1] else word


def _split(terms: Terms, call: Call) -> str:
    """Java's tokens: cut at every one of the characters, without the empty pieces."""
    whole, marks = call.arguments
    if not isinstance(marks, Text) or not marks.value:
        raise Impossible(f"{call.text}: the characters to split at are only known when it runs")
    signs = "".join("\\" + each if not each.isalnum() and each != " " else each for each in dict.fromkeys(marks.value))
    if any(each in "/\n\t\r" for each in marks.value):
        raise Impossible(f"{call.text}: cannot split at these characters")
    return f'[$filter($split({terms.argument(whole)}, /[{signs}]/), function($v) {{ $v != "" }})[]]'


def _item(terms: Terms, call: Call) -> str:
    array, index = call.arguments
    if isinstance(index, Literal) and isinstance(index.value, int) and index.value >= 0:
        return into(terms.argument(array), Index(index.value))
    raise Impossible(
        f"{call.text}: an index that is only known when it runs may be negative, which means something else"
    )


def _contains(terms: Terms, call: Call) -> str:
    array, wanted = (terms.argument(each) for each in call.arguments)
    return f"$count($filter({array}, function($v) {{ $v = {wanted} }})) > 0"


def _hash(terms: Terms, call: Call) -> str:
    data, algorithm = call.arguments
    if not isinstance(algorithm, Text) or algorithm.value not in _ALGORITHMS:
        raise Impossible(f"{call.text}: the algorithm is only known when it runs")
    return f"$hash({terms.argument(data)}, {literal(algorithm.value)})"


def _merge(terms: Terms, call: Call) -> str:
    one, other, deep = call.arguments
    if not isinstance(deep, Literal) or deep.value is not False:
        raise Impossible(f"{call.text}: deep merging")
    return f"$merge([{terms.argument(one)}, {terms.argument(other)}])"


def _random(terms: Terms, call: Call) -> str:
    if len(call.arguments) > 2:
        raise Impossible(f"{call.text}: JSONata's random numbers follow another sequence from a seed")
    first, end = (terms.argument(each) for each in call.arguments)
    return f"$floor($random() * ({end} - {first})) + {first}"


def _plain(function: str) -> Callable[[Terms, Call], str]:
    def make(terms: Terms, call: Call) -> str:
        return f"{function}({', '.join(terms.argument(each) for each in call.arguments)})"

    return make


def _whole(terms: Terms, call: Call, argument: Argument) -> str:
    """A number that the call rounds (halves upwards) and JSONata does not."""
    if isinstance(argument, Literal) and isinstance(argument.value, float):
        return literal(floor(argument.value + 0.5))
    if not isinstance(argument, Literal):
        terms.note(f"{call.text}: {terms.argument(argument)} is taken to be a whole number")
    return terms.argument(argument)


def _add(terms: Terms, call: Call) -> str:
    return " + ".join(_whole(terms, call, each) for each in call.arguments)


def _partition(terms: Terms, call: Call) -> str:
    items, size = call.arguments
    return f"$partition({terms.argument(items)}, {_whole(terms, call, size)})"


def _range(terms: Terms, call: Call) -> str:
    return f"$range({', '.join(_whole(terms, call, each) for each in call.arguments)})"


_CALLS: dict[str, Callable[[Terms, Call], str]] = {
    "States.Array": _array,
    "States.ArrayPartition": _partition,
    "States.ArrayContains": _contains,
    "States.ArrayRange": _range,
    "States.ArrayGetItem": _item,
    "States.ArrayLength": _plain("$count"),
    "States.ArrayUnique": _plain("$distinct"),
    "States.Base64Encode": _plain("$base64encode"),
    "States.Base64Decode": _plain("$base64decode"),
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.StringToJson": _plain("$parse"),
    "States.JsonToString": _plain("$string"),
    "States.MathRandom": _random,
    "States.MathAdd": _add,
    "States.StringSplit": _split,
    "States.UUID": _plain("$uuid"),
    "States.Format": _format,
}
