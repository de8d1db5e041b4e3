"""The Velocity Template Language as far as API Gateway's mapping templates use it.

References (`$a.b.c('x')[0]`, `${a}`, `$!a`), #set, #if/#elseif/#else, #foreach and comments. What an undefined
reference prints is its own text, as in Velocity. A template that cannot be understood is a TemplateError.
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from treadle.cloud.velocity_methods import call_method, java_text

_TOKEN = re.compile(
    r"\s*(==|!=|<=|>=|&&|\|\||\.\.|[<>!+\-*/%()\[\]{},:=]|and\b|or\b|not\b|eq\b|ne\b|gt\b|ge\b|lt\b|le\b)"
)
_NUMBER = re.compile(r"\s*(\d+(\.\d+)?)")
_STRING = re.compile(r"\s*('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")")
_WORD = re.compile(r"\s*(true|false|null)\b")
_REFERENCE = re.compile(r"\$(!?)(\{?)([A-Za-z_][A-Za-z0-9_\-]*)")
_TARGET = re.compile(r"\s*\$!?\{?([A-Za-z_][A-Za-z0-9_\-]*(?:\.[A-Za-z_][A-Za-z0-9_\-]*)*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_DIRECTIVE = re.compile(r"#\{?(set|if|elseif|else|end|foreach|stop|break)\}?(?![A-Za-z])")
_COMMENT = re.compile(r"##[^\n]*\n?|#\*.*?\*#", re.S)
_BLANK = re.compile(r"[ \t]*\n")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||", "or"), ("&&", "and"), ("==", "!=", "eq", "ne"), ("<", ">", "<=", ">=", "lt", "gt", "le", "ge"), ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip
_WORDS = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "not": "!"}
_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "-": operator.sub, "*": operator.mul, "%": operator.mod,
}  # fmt: skip


class TemplateError(Exception):
    """The template cannot be read, or asks for something that is not there to be asked."""


class _Undefined:
    """What a reference to nothing gives."""


UNDEFINED = _Undefined()
# What a piece of a template does: given the variables, the value or the text it stands for.
Piece = Callable[[dict[str, Any]], Any]


def render(template: str, variables: Mapping[str, Any]) -> str:
    """The text of `template`. Values are JSON, or functions: those of `$input` and `$util`."""
    parser = _Parser(template)
    whole = parser.block(())
    if parser.spot < len(template):
        raise TemplateError(f"unexpected {template[parser.spot : parser.spot + 20]!r}")
    return str(whole(dict(variables)))


class _Parser:
    """One pass over the text; every method returns what it read as a function of the variables."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spot = 0

    def block(self, ends: tuple[str, ...]) -> Piece:
        """Everything up to one of the directives `ends`, which is left unread."""
        pieces: list[Piece] = []
        while self.spot < len(self.text):
            if self.match(_COMMENT):
                continue
            directive = _DIRECTIVE.match(self.text, self.spot)
            if directive is not None:
                if directive[1] in ends:
                    break
                self.spot = directive.end()
                pieces.append(self.directive(directive[1]))
            elif _REFERENCE.match(self.text, self.spot):
                pieces.append(self.shown())
            else:
                pieces.append(self.literal())
        return lambda given: "".join(piece(given) for piece in pieces)

    def literal(self) -> Piece:
        """Text up to the next mark."""
        end = self.spot + 1
        while end < len(self.text) and self.text[end] not in "$#":
            end += 1
        text, self.spot = self.text[self.spot : end], end
        return lambda given: text

    def directive(self, name: str) -> Piece:
        match name:
            case "set":
                return self.assignment()
            case "if":
                return self.condition()
            case "foreach":
                return self.loop()
            case _:
                raise TemplateError(f"unexpected #{name}")

    def assignment(self) -> Piece:
        self.expect("(")
        if (target := self.match(_TARGET)) is None:
            raise TemplateError("#set wants a variable")
        self.expect("=")
        value, (*owners, name) = self.expression(), target[1].split(".")
        self.expect(")")
        self.match(_BLANK)

        def assign(given: dict[str, Any]) -> str:
            place = given
            for owner in owners:
                place = place.setdefault(owner, {})
            place[name] = value(given)
            return ""

        return assign

    def condition(self) -> Piece:
        branches: list[tuple[Piece, Piece]] = []
        last: Piece = lambda given: ""  # noqa: E731
        self.expect("(")
        while True:
            test = self.expression()
            self.expect(")")
            self.match(_BLANK)
            branches.append((test, self.block(("elseif", "else", "end"))))
            name = self.ending()
            if name == "elseif":
                self.expect("(")
                continue
            if name == "else":
                last = self.block(("end",))
                self.ending()
            break

        def choose(given: dict[str, Any]) -> str:
            for test, then in branches:
                if is_true(test(given)):
                    return str(then(given))
            return str(last(given))

        return choose

    def ending(self) -> str:
        found = self.match(_DIRECTIVE)
        if found is None:
            raise TemplateError("#end is missing")
        self.match(_BLANK)
        return found[1]

    def loop(self) -> Piece:
        self.expect("(")
        target = self.match(re.compile(r"\s*\$!?\{?([A-Za-z_][A-Za-z0-9_\-]*)\}?\s+in\b"))
        if target is None:
            raise TemplateError("#foreach wants '$variable in list'")
        items, name = self.expression(), target[1]
        self.expect(")")
        self.match(_BLANK)
        body = self.block(("end",))
        self.ending()

        def repeat(given: dict[str, Any]) -> str:
            found = items(given)
            values = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
            outer, text = {key: given.get(key, UNDEFINED) for key in (name, "foreach", "velocityCount")}, []
            for index, value in enumerate(values):
                place = {"index": index, "count": index + 1, "hasNext": index + 1 < len(values), "first": index == 0}
                given |= {name: value, "foreach": place, "velocityCount": index + 1}
                text.append(body(given))
            given |= outer
            return "".join(text)

        return repeat

    def shown(self) -> Piece:
        """A reference in the text: its value, or its own text when it has none."""
        start = self.spot
        quiet = self.text.startswith("$!", start)
        value = self.reference()
        source = "" if quiet else self.text[start : self.spot]

        def show(given: dict[str, Any]) -> str:
            found = value(given)
            return source if found is None or found is UNDEFINED else java_text(found)

        return show

    def reference(self) -> Piece:
        found = self.match(_REFERENCE)
        if found is None:
            raise TemplateError(f"not a reference: {self.text[self.spot : self.spot + 20]!r}")
        name = found[3]
        piece: Piece = lambda given: given.get(name, UNDEFINED)  # noqa: E731
        while (further := self.access(piece)) is not None:
            piece = further
        if found[2] and not self.match(re.compile(r"\}")):
            raise TemplateError(f"${{{name} is not closed")
        return piece

    def access(self, owner: Piece) -> Piece | None:
        """`.member`, `.method(...)` or `[index]` behind a reference."""
        if self.text.startswith("[", self.spot):
            self.spot += 1
            index = self.expression()
            self.expect("]")
            return lambda given: _item(owner(given), index(given))
        if not self.text.startswith(".", self.spot) or (name := _NAME.match(self.text, self.spot + 1)) is None:
            return None
        self.spot = name.end()
        if not self.text.startswith("(", self.spot):
            return lambda given: _item(owner(given), name[0])
        self.spot += 1
        arguments = self.sequence(")")
        return lambda given: call_method(owner(given), name[0], [argument(given) for argument in arguments], UNDEFINED)

    def sequence(self, end: str) -> list[Piece]:
        found: list[Piece] = []
        while not self.take(end):
            if found:
                self.expect(",")
            found.append(self.expression())
        return found

    def expression(self, level: int = 0) -> Piece:
        if level == len(_LEVELS):
            return self.operand()
        left = self.expression(level + 1)
        while (sign := self.take(*_LEVELS[level])) is not None:
            left = _combined(_WORDS.get(sign, sign), left, self.expression(level + 1))
        return left

    def operand(self) -> Piece:
        if self.take("!", "not"):
            inner = self.operand()
            return lambda given: not is_true(inner(given))
        if self.take("-"):
            negative = self.operand()
            return lambda given: -negative(given)
        if self.take("("):
            grouped = self.expression()
            self.expect(")")
            return grouped
        if self.take("["):
            return self.list()
        if self.take("{"):
            return self.map()
        return self.plain()

    def list(self) -> Piece:
        if self.take("]"):
            return lambda given: []
        first = self.expression()
        if self.take(".."):
            last = self.expression()
            self.expect("]")
            return lambda given: [*range(first(given), last(given) + 1)]
        rest: list[Piece] = []
        if not self.take("]"):
            self.expect(",")
            rest = self.sequence("]")
        return lambda given: [one(given) for one in (first, *rest)]

    def map(self) -> Piece:
        pairs: list[tuple[Piece, Piece]] = []
        while not self.take("}"):
            if pairs:
                self.expect(",")
            key = self.expression()
            self.expect(":")
            pairs.append((key, self.expression()))
        return lambda given: {java_text(key(given)): value(given) for key, value in pairs}

    def plain(self) -> Piece:
        if (number := self.match(_NUMBER)) is not None:
            value = float(number[1]) if number[2] else int(number[1])
            return lambda given: value
        if (word := self.match(_WORD)) is not None:
            meant = {"true": True, "false": False, "null": None}[word[1]]
            return lambda given: meant
        if (string := self.match(_STRING)) is not None:
            text = string[1][1:-1]
            if string[1][0] == "'":
                return lambda given: text
            inner = _Parser(text.replace('""', '"')).block(())
            return lambda given: inner(given)
        self.match(re.compile(r"\s+"))
        return self.reference()

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.spot)
        if found is not None:
            self.spot = found.end()
        return found

    def take(self, *signs: str) -> str | None:
        found = _TOKEN.match(self.text, self.spot)
        if found is None or found[1] not in signs:
            return None
        self.spot = found.end()
        return found[1]

    def expect(self, sign: str) -> None:
        if self.take(sign) is None:
            raise TemplateError(f"{sign!r} is missing before {self.text[self.spot : self.spot + 20]!r}")


def is_true(value: Any) -> bool:
    """Velocity's truth: only null, undefined and false are false."""
    return value is not None and value is not UNDEFINED and value is not False


def _combined(sign: str, left: Piece, right: Piece) -> Piece:
    if sign == "||":
        return lambda given: is_true(left(given)) or is_true(right(given))
    if sign == "&&":
        return lambda given: is_true(left(given)) and is_true(right(given))

    def combine(given: dict[str, Any]) -> Any:
        one, other = left(given), right(given)
        if sign == "+":
            numbers = all(isinstance(each, int | float) for each in (one, other))
            return one + other if numbers else java_text(one) + java_text(other)
        if sign == "/":
            return one // other if isinstance(one, int) and isinstance(other, int) else one / other
        return _OPERATIONS[sign](one, other)

    return combine


def _item(owner: Any, key: Any) -> Any:
    if isinstance(owner, dict):
        return owner.get(key if isinstance(key, str) else java_text(key), UNDEFINED)
    if isinstance(owner, list) and isinstance(key, int) and -len(owner) <= key < len(owner):
        return owner[key]
    return UNDEFINED
