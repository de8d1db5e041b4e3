"""The filter expressions of a path, `[?(@.price < 10 && @.isbn)]`: text -> test, and test -> predicate."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from treadle.asl.jsonpath.steps import (
    Comparison,
    Constant,
    Every,
    Exists,
    Not,
    Operand,
    PathError,
    Pattern,
    Relative,
    Some,
    Steps,
    Test,
)
from treadle.asl.jsonpath.text import char, closing, end_of_string, skip_blanks, unescape
from treadle.values import Json, loads

# What a path of a filter stands for when it leads nowhere: equal to nothing, not even to itself.
MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()

ParseSteps: TypeAlias = Callable[[str], Steps]
Reach: TypeAlias = Callable[[Json, Json], Json]
CompilePath: TypeAlias = Callable[[Relative], Reach]
_SIGNS = "<>=~!"
_FLAGS = {"i": re.I, "m": re.M, "s": re.S, "x": re.X, "u": re.I, "U": re.U, "d": 0}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def parse_test(text: str, parse_steps: ParseSteps) -> Test:
    """The expression between `[?(` and `)]`. Raises PathError."""
    reader = _Reader(text, parse_steps)
    test = reader.read_some()
    reader.skip()
    if reader.at < len(text):
        raise PathError(f"Expected end of filter expression instead of: {text[reader.at :]}")
    return test


def parse_json(text: str) -> Json:
    """A JSON literal inside a path; strings may stand in single quotes."""
    try:
        return loads(_double_quotes(text))
    except ValueError:
        raise PathError(f"Failed to parse JSON literal: {text}") from None


def _double_quotes(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in "'\"":
            end = end_of_string(text, at)
            inner = text[at + 1 : end]
            out.append(json.dumps(unescape(inner)) if text[at] == "'" else f'"{inner}"')
            at = end + 1
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


class _Reader:
    """A position in the text of one filter expression: recursive descent, `||` loosest, then `&&`, then `!`."""

    def __init__(self, text: str, parse_steps: ParseSteps) -> None:
        self.text = text
        self.at = 0
        self.parse_steps = parse_steps

    def skip(self) -> str:
        """Step over blanks; the character there."""
        self.at = skip_blanks(self.text, self.at)
        return char(self.text, self.at)

    def take(self, sign: str) -> bool:
        self.skip()
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def read_some(self) -> Test:
        tests = [self.read_every()]
        while self.take("||"):
            tests.append(self.read_every())
        return tests[0] if len(tests) == 1 else Some(tuple(tests))

    def read_every(self) -> Test:
        tests = [self.read_one()]
        while self.take("&&"):
            tests.append(self.read_one())
        return tests[0] if len(tests) == 1 else Every(tuple(tests))

    def read_one(self) -> Test:
        if self.skip() == "!" and char(self.text, skip_blanks(self.text, self.at + 1)) not in ("$", "@"):
            self.at += 1
            return Not(self.read_one())
        if self.take("("):
            test = self.read_some()
            if not self.take(")"):
                raise PathError(f"Expected ')' in filter expression: {self.text}")
            return test
        return self.read_comparison()

    def read_comparison(self) -> Test:
        left = self.read_operand()
        operator = self.read_operator()
        if operator:
            return Comparison(left, operator, self.read_operand())
        if isinstance(left, Relative):
            return Exists(left)
        raise PathError(f"Expected path node in filter expression: {self.text}")

    def read_operator(self) -> str:
        """The operator at this place in upper case, or "" when the expression ends here."""
        first = self.skip()
        start = self.at
        if not first or first in ")&|":
            return ""
        if first in _SIGNS:
            while char(self.text, self.at) and self.text[self.at] in _SIGNS:
                self.at += 1
        else:
            while self.at < len(self.text) and not self.text[self.at].isspace():
                self.at += 1
        operator = self.text[start : self.at].upper()
        if operator not in OPERATORS:
            raise PathError(f"Filter operator {operator} is not supported!")
        return operator

    def read_operand(self) -> Operand:
        first = self.skip()
        negated = first == "!"
        if negated:
            self.at += 1
            first = self.skip()
        if first in ("$", "@"):
            return self.read_path(exists=not negated)
        if negated:
            raise PathError("Unexpected character: !")
        return self.read_literal(first)

    def read_path(self, exists: bool) -> Relative:
        start = self.at
        self.at += 1
        while self.at < len(self.text):
            this = self.text[self.at]
            if this in "[(":
                self.at = closing(self.text, self.at, regex=True) + 1
            elif this.isspace() or this in _SIGNS or this in ")&|":
                break
            else:
                self.at += 1
        return Relative(self.parse_steps(self.text[start + 1 : self.at]), self.text[start] == "$", exists)

    def read_literal(self, first: str) -> Operand:
        start = self.at
        if first and first in "'\"":
            end = end_of_string(self.text, start)
            self.at = end + 1
            return Constant(unescape(self.text[start + 1 : end]))
        if first and first in "[{":
            self.at = closing(self.text, start) + 1
            return Constant(parse_json(self.text[start : self.at]))
        if first == "/":
            return self.read_pattern()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, start):
                self.at += len(word)
                return Constant(value)
        found = _NUMBER.match(self.text, start)
        if not found:
            raise PathError(f"Expected a literal or a path in filter expression at position {start}: {self.text}")
        self.at = found.end()
        return Constant(loads(found.group()))

    def read_pattern(self) -> Pattern:
        end = end_of_string(self.text, self.at)
        source, flags = self.text[self.at + 1 : end], 0
        self.at = end + 1
        while char(self.text, self.at) and self.text[self.at] in _FLAGS:
            flags |= _FLAGS[self.text[self.at]]
            self.at += 1
        try:
            re.compile(source, flags)
        except re.error as error:
            raise PathError(f"Invalid regular expression /{source}/: {error}") from None
        return Pattern(source, int(flags))


def compile_test(test: Test, compile_path: CompilePath) -> Callable[[Json, Json], bool]:
    """The predicate (item, document) of a test. A compiled path answers MISSING where it leads nowhere."""
    match test:
        case Every(tests):
            every = [compile_test(each, compile_path) for each in tests]
            return lambda item, root: all(each(item, root) for each in every)
        case Some(tests):
            some = [compile_test(each, compile_path) for each in tests]
            return lambda item, root: any(each(item, root) for each in some)
        case Not(inner):
            negated = compile_test(inner, compile_path)
            return lambda item, root: not negated(item, root)
        case Exists(path):
            reach, wanted = compile_path(path), path.exists
            return lambda item, root: (reach(item, root) is not MISSING) is wanted
        case Comparison(left, operator, right):
            compare, one, other = OPERATORS[operator], _operand(left, compile_path), _operand(right, compile_path)
            return lambda item, root: compare(one(item, root), other(item, root))


def _operand(operand: Operand, compile_path: CompilePath) -> Callable[[Json, Json], Any]:
    match operand:
        case Constant(value):
            return lambda item, root: value
        case Pattern(source, flags):
            pattern = re.compile(source, flags)
            return lambda item, root: pattern
        case Relative():
            return compile_path(operand)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Deep equality in which booleans are no numbers; 1 equals 1.0, and a number its text, as in Jayway."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    if isinstance(left, str) and _is_number(right):
        return left == str(right)
    if _is_number(left) and isinstance(right, str):
        return bool(_NUMBER.fullmatch(right)) and bool(left == loads(right))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return left is not MISSING and type(left) is type(right) and bool(left == right)


def _same_kind(left: Any, right: Any) -> bool:
    return (_is_number(left) and _is_number(right)) or type(left) is type(right)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if _is_number(left) and _is_number(right):
            return test(left, right)
        if isinstance(left, str) and isinstance(right, str):
            return test(left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass"))
        return False

    return compare


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return right in left
    return isinstance(left, list) and any(equal(each, right) for each in left)


def _within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(equal(left, each) for each in right)


def _lists(test: Callable[[list[Any], list[Any]], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: isinstance(left, list) and isinstance(right, list) and test(left, right)


def _has_size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and _is_number(right) and len(left) == int(right)


def _is_empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and isinstance(right, bool) and (not left) is right


def _matches(left: Any, right: Any) -> bool:
    pattern, value = (left, right) if isinstance(left, re.Pattern) else (right, left)
    if not isinstance(pattern, re.Pattern) or isinstance(value, re.Pattern):
        return False
    values = value if isinstance(value, list) else [value]
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in values if _is_scalar(each)]
    return any(pattern.fullmatch(text) for text in texts)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


# Jayway's operators. A left or right side that leads nowhere is MISSING.
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": lambda left, right: _same_kind(left, right) and equal(left, right),
    "!==": lambda left, right: not (_same_kind(left, right) and equal(left, right)),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "=~": _matches,
    "IN": _within,
    "NIN": lambda left, right: not _within(left, right),
    "CONTAINS": _contains,
    "ALL": _lists(lambda left, right: all(_within(each, left) for each in right)),
    "SUBSETOF": _lists(lambda left, right: all(_within(each, right) for each in left)),
    "ANYOF": _lists(lambda left, right: any(_within(each, right) for each in left)),
    "NONEOF": _lists(lambda left, right: not any(_within(each, right) for each in left)),
    "SIZE": _has_size,
    "EMPTY": _is_empty,
}
