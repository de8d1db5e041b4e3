"""Picture strings of integers (`$formatInteger`, `$parseInteger`) and of of dates: words, Roman, letters, digits.

The subset of XPath's format-integer and format-dateTime that the reference implements. Dates themselves are in `dates`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.formats import regular_interval
from treadle.asl.jsonata.text import js_number
from treadle.asl.jsonata.values import UNDEFINED, Value, integral

_FEW: Final = (
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
)  # fmt: skip
_ORDINALS: Final = (
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
    "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth",
    "Nineteenth",
)  # fmt: skip
_DECADES: Final = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred")
_MAGNITUDES: Final = ("Thousand", "Million", "Billion", "Trillion")
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_VALUES: Final = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
# Code points of the digit zero in Unicode's decimal groups.
_DECIMAL_GROUPS: Final = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip


def to_words(value: int | float, ordinal: bool) -> str:
    """A number in English: Two Thousand and Seventeen, or Two Thousand and Seventeenth."""
    return _words(value, False, ordinal)


def _words(value: int | float, follows: bool, ordinal: bool) -> str:
    if value <= 19:
        return (" and " if follows else "") + (_ORDINALS if ordinal else _FEW)[int(value)]
    if value < 100:
        tens, rest = divmod(int(value), 10)
        words = (" and " if follows else "") + _DECADES[tens - 2]
        if rest:
            return f"{words}-{_words(rest, False, ordinal)}"
        return words[:-1] + "ieth" if ordinal else words
    if value < 1000:
        name, factor = "Hundred", 100.0
    else:
        magnitude = min(math.floor(math.log10(value) / 3), len(_MAGNITUDES))
        # Beyond quadrillions the arithmetic has to be that of doubles, as in the reference.
        name = _MAGNITUDES[magnitude - 1]
        factor = 10.0 ** (3 * magnitude)
    count = float(math.floor(value / factor))
    remainder = value - count * factor
    words = f"{', ' if follows else ''}{_words(count, False, False)} {name}"
    if remainder:
        return words + _words(remainder, True, ordinal)
    return words + "th" if ordinal else words


def _word_values() -> dict[str, int]:
    values = {word.lower(): index for words in (_FEW, _ORDINALS) for index, word in enumerate(words)}
    for index, word in enumerate(_DECADES):
        values[word.lower()] = values[word.lower()[:-1] + "ieth"] = (index + 2) * 10
    values["hundredth"] = 100
    for index, word in enumerate(_MAGNITUDES):
        values[word.lower()] = values[word.lower() + "th"] = 10 ** (3 * (index + 1))
    return values


_VALUES: Final = _word_values()


def from_words(text: str) -> Value:
    """The number that words name; nothing for other words."""
    segments: list[int] = [0]
    for part in re.split(r",\s|\sand\s|[\s\\-]", text):
        value = _VALUES.get(part)
        if value is None:
            return UNDEFINED
        if value < 100:
            top = segments.pop()
            if top >= 1000:
                segments.append(top)
                top = 0
            segments.append(top + value)
        else:
            segments.append(segments.pop() * value)
    return sum(segments)


def to_roman(value: int) -> str:
    parts: list[str] = []
    for size, numeral in _ROMAN:
        count, value = divmod(value, size)
        parts.append(numeral * count)
    return "".join(parts)


def from_roman(text: str) -> int:
    total, largest = 0, 1
    for char in reversed(text):
        value = _ROMAN_VALUES.get(char, 0)
        if value < largest:
            total -= value
        else:
            largest = value
            total += value
    return total


def to_letters(value: int, first: str) -> str:
    """Letters as spreadsheets number their columns."""
    letters = ""
    while value > 0:
        value, rest = divmod(value - 1, 26)
        letters = chr(rest + ord(first)) + letters
    return letters


def from_letters(text: str, first: str) -> int:
    total = 0
    for char in text:
        total = total * 26 + ord(char) - ord(first) + 1
    return total


@dataclass(frozen=True)
class IntegerFormat:
    """An analysed integer picture. `primary` is decimal, letters, roman, words or sequence."""

    primary: str = "decimal"
    case: str = "lower"
    ordinal: bool = False
    zero: int = 0x30
    mandatory: int = 0
    optional: int = 0
    # Separators as (position from the right, character); `regular` is their distance if it is always the same.
    separators: list[tuple[int, str]] = field(default_factory=list)
    regular: int = 0
    token: str = ""


_NAMED: Final = {
    "A": ("letters", "upper"), "a": ("letters", "lower"), "I": ("roman", "upper"), "i": ("roman", "lower"),
    "W": ("words", "upper"), "Ww": ("words", "title"), "w": ("words", "lower"),
}  # fmt: skip


def analyse_integer(picture: str) -> IntegerFormat:
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    ordinal = modifier.startswith("o")
    if primary in _NAMED:
        kind, case = _NAMED[primary]
        return IntegerFormat(kind, case, ordinal)
    return _analyse_digits(primary, ordinal)


def _analyse_digits(picture: str, ordinal: bool) -> IntegerFormat:
    zero: int | None = None
    mandatory = optional = 0
    separators: list[tuple[int, str]] = []
    for char in reversed(picture):
        group = next((group for group in _DECIMAL_GROUPS if group <= ord(char) <= group + 9), None)
        if group is not None:
            if zero not in (None, group):
                raise Failure("D3131")
            zero = group
            mandatory += 1
        elif char == "#":
            optional += 1
        else:
            separators.append((mandatory + optional, char))
    if zero is None:
        return IntegerFormat("sequence", ordinal=ordinal, token=picture)
    same = len({char for _, char in separators}) == 1
    regular = regular_interval([position for position, _ in separators]) if same else 0
    return IntegerFormat("decimal", "lower", ordinal, zero, mandatory, optional, separators, regular)


def format_analysed(value: int | float, form: IntegerFormat) -> str:
    """An integer according to its analysed picture."""
    whole = abs(value)
    match form.primary:
        case "letters":
            text = to_letters(int(whole), "A" if form.case == "upper" else "a")
        case "roman":
            text = to_roman(int(whole)) if whole < 1e6 else _too_long(whole)
            text = text.upper() if form.case == "upper" else text
        case "words":
            text = to_words(whole, form.ordinal)
            text = {"upper": text.upper(), "lower": text.lower()}.get(form.case, text)
        case "sequence":
            raise Failure("D3130", value=form.token)
        case _:
            text = _format_digits(whole, form)
    return "-" + text if value < 0 else text


def _too_long(value: int | float) -> str:
    raise Failure("D1001", value=value)


def _format_digits(value: int | float, form: IntegerFormat) -> str:
    text = js_number(value).rjust(min(form.mandatory, 10_000), "0")
    if form.zero != 0x30:
        text = "".join(chr(ord(char) + form.zero - 0x30) for char in text)
    separators = form.separators
    if form.regular:
        char = separators[0][1]
        separators = [(at, char) for at in range(form.regular, len(text), form.regular)]
    for position, char in reversed(separators):
        at = len(text) - position
        # JavaScript's substr: a position before the start cuts off what it cannot hold.
        text = (text[:at] if at > 0 else "") + char + text[at:]
    if form.ordinal:
        teen = len(text) > 1 and text[-2] == "1"
        text += "th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return text


def format_integer(value: Value, picture: Value) -> Value:
    """`$formatInteger`. The reference implementation breaks on a missing picture; here there is no result."""
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    return format_analysed(math.floor(value), analyse_integer(picture))


@dataclass(frozen=True)
class Reader:
    """How a piece of text is recognised (a JavaScript-like pattern) and understood."""

    pattern: str
    parse: Callable[[str], Value]


def integer_reader(form: IntegerFormat, width: int = -1) -> Reader:
    """The reader of an integer; `width` is the number of digits it must have, -1 for any."""
    upper = form.case == "upper"
    match form.primary:
        case "letters":
            return Reader("[A-Z]+" if upper else "[a-z]+", lambda text: from_letters(text, "A" if upper else "a"))
        case "roman":
            return Reader("[MDCLXVI]+" if upper else "[mdclxvi]+", lambda text: from_roman(text.upper()))
        case "words":
            words = "|".join([*_VALUES, "and", "[\\-, ]"])
            return Reader(f"(?:{words})+", lambda text: from_words(text.lower()))
        case "sequence":
            raise Failure("D3130", value=form.token)
        case _:
            return Reader(_digit_pattern(form, width), lambda text: _parse_digits(text, form))


def _digit_pattern(form: IntegerFormat, width: int) -> str:
    count = "+"
    if 0 < width < 10_000:
        count = f"{{{width}}}" if form.optional == 0 else f"{{{max(0, width - form.optional)},{width}}}"
    return f"[0-9]{count}" + ("(?:th|st|nd|rd)" if form.ordinal else "")


def _parse_digits(text: str, form: IntegerFormat) -> Value:
    digits = text[:-2] if form.ordinal else text
    for char in {","} if form.regular else {char for _, char in form.separators}:
        digits = digits.replace(char, "")
    if form.zero != 0x30:
        digits = "".join(chr(max(0, ord(char) - form.zero + 0x30)) for char in digits)
    number = re.match(r"\s*([-+]?[0-9]{1,300})", digits)
    return integral(int(number[1])) if number else UNDEFINED


def parse_integer(value: Value, picture: Value) -> Value:
    """`$parseInteger`."""
    if value is UNDEFINED or picture is UNDEFINED:
        return UNDEFINED
    number = integer_reader(analyse_integer(picture)).parse(value)
    return integral(number) if number.__class__ is int else number


_DEFAULT_MODIFIERS: Final = {
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1",
    "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}  # fmt: skip


@dataclass(frozen=True)
class Marker:
    """A `[...]` of a date/time picture; with an empty `component`, the literal text in `text`."""

    component: str
    text: str = ""
    modifier: str = ""
    # upper, lower or title if names are asked for instead of numbers.
    names: str = ""
    integer: IntegerFormat | None = None
    # Digits of a year, month or day; -1 for as many as there are.
    digits: int = -1
    width: int | None = None


def analyse_date(picture: str) -> list[Marker]:
    """The parts of a date/time picture string."""
    parts: list[Marker] = []
    start = at = 0
    while at < len(picture):
        if picture[at] != "[":
            at += 1
            continue
        if at > start:
            parts.append(Marker("", picture[start:at].replace("]]", "]")))
        if picture.startswith("[[", at):
            parts.append(Marker("", "["))
            at += 2
        else:
            end = picture.find("]", at)
            if end < 0:
                raise Failure("D3135")
            parts.append(_marker("".join(picture[at + 1 : end].split())))
            at = end + 1
        start = at
    if at > start:
        parts.append(Marker("", picture[start:at].replace("]]", "]")))
    return parts


def _marker(text: str) -> Marker:
    component = text[:1]
    body, comma, widths = text[1:].rpartition(",")
    presentation = body if comma else text[1:]
    least, _, most = widths.partition("-") if comma else ("", "", "")
    modifier = ""
    if not presentation:
        if component not in _DEFAULT_MODIFIERS:
            raise Failure("D3132", value=component)
        presentation = _DEFAULT_MODIFIERS[component]
    elif len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    marker = Marker(component, modifier=modifier, width=_width(most))
    if presentation[0] in "nN":
        names = "lower" if presentation[0] == "n" else "title" if presentation[1:2] == "n" else "upper"
        marker = replace(marker, names=names)
    elif component in "YMDdFWwXxHhmsf":
        marker = _numeric(marker, f"{presentation};{modifier}" if modifier else presentation, _width(least))
    if component in "Zz":
        marker = replace(marker, integer=analyse_integer(presentation))
    return marker


def _width(text: str) -> int | None:
    digits = re.match(r"\d{1,4}", text)
    return int(digits[0]) if digits else None


def _numeric(marker: Marker, picture: str, least: int | None) -> Marker:
    form = analyse_integer(picture)
    if least is not None and form.mandatory < least:
        form = replace(form, mandatory=least)
    digits = -1
    if marker.component in "YMD":
        if marker.width is not None:
            digits = marker.width
            form = replace(form, mandatory=digits)
        elif form.mandatory + form.optional >= 2:
            digits = form.mandatory + form.optional
    return replace(marker, integer=form, digits=digits)
