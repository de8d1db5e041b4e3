"""`$formatNumber`: the XPath 3.1 picture strings, step by step as the reference does it (F&O 4.7)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.functions_number import round_number
from treadle.asl.jsonata.values import UNDEFINED, Value

_DEFAULTS: Final = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "‰",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class Symbols:
    """The characters of a picture string, as options may have changed them."""

    def __init__(self, options: Value) -> None:
        names = dict(_DEFAULTS)
        if options is not UNDEFINED:
            names.update(options)
        self.decimal = names["decimal-separator"]
        self.grouping = names["grouping-separator"]
        self.exponent = names["exponent-separator"]
        self.minus = names["minus-sign"]
        self.percent = names["percent"]
        self.per_mille = names["per-mille"]
        self.zero = names["zero-digit"]
        self.digit = names["digit"]
        self.pattern = names["pattern-separator"]
        self.digits = [chr(ord(self.zero[0]) + index) for index in range(10)]
        self.active = {*self.digits, self.decimal, self.exponent, self.grouping, self.digit, self.pattern}

    def count(self, part: str, optional: bool = False) -> int:
        """How many digits `part` asks for, with the optional ones or without."""
        return sum(char in self.digits or (optional and char == self.digit) for char in part)


@dataclass(frozen=True)
class Parts:
    """A sub-picture taken apart."""

    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str
    picture: str


@dataclass(frozen=True)
class Layout:
    """What a sub-picture asks of the digits."""

    prefix: str
    suffix: str
    picture: str
    groups: list[int]
    regular: int
    integer_least: int
    scale: int
    fraction_groups: list[int]
    fraction_least: int
    fraction_most: int
    exponent_least: int


def format_number(value: Value, picture: Value, options: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise Failure("T0410", index=2, value=UNDEFINED)
    symbols = Symbols(options)
    pictures = picture.split(symbols.pattern)
    if len(pictures) > 2:
        raise Failure("D3080")
    parts = [_take_apart(part, symbols) for part in pictures]
    for part in parts:
        _validate(part, symbols)
    layouts = [_analyse(part, symbols) for part in parts]
    if len(layouts) == 1:
        layouts.append(replace(layouts[0], prefix=symbols.minus + layouts[0].prefix))
    return _format(value, layouts[0] if value >= 0 else layouts[1], symbols)


def _take_apart(picture: str, symbols: Symbols) -> Parts:
    marks = [at for at, char in enumerate(picture) if char in symbols.active and char != symbols.exponent]
    if not marks:
        raise Failure("D3086")
    prefix, suffix = picture[: marks[0]], picture[marks[-1] + 1 :]
    active = picture[len(prefix) : len(picture) - len(suffix)]
    at = picture.find(symbols.exponent, len(prefix))
    if at < 0 or at > len(picture) - len(suffix):
        mantissa, exponent = active, None
    else:
        mantissa, exponent = active[:at], active[at + 1 :]
    integer, point, fraction = mantissa.partition(symbols.decimal)
    return Parts(prefix, suffix, active, mantissa, exponent, integer, fraction if point else suffix, picture)


def _validate(parts: Parts, symbols: Symbols) -> None:
    """F&O 4.7.3. The last rule that is broken is the one reported."""
    picture, exponent = parts.picture, parts.exponent
    decimal = picture.find(symbols.decimal)
    percent = symbols.percent in picture
    per_mille = symbols.per_mille in picture
    around = (picture[decimal - 1 : decimal], picture[decimal + 1 : decimal + 2])
    first_optional = parts.integer.find(symbols.digit)
    last_optional = parts.fraction.rfind(symbols.digit)
    rules = [
        ("D3081", picture.count(symbols.decimal) > 1),
        ("D3082", picture.count(symbols.percent) > 1),
        ("D3083", picture.count(symbols.per_mille) > 1),
        ("D3084", percent and per_mille),
        ("D3085", symbols.count(parts.mantissa, True) == 0),
        ("D3086", any(char not in symbols.active for char in parts.active)),
        ("D3087", decimal >= 0 and symbols.grouping in around),
        ("D3088", decimal < 0 and parts.integer.endswith(symbols.grouping)),
        ("D3089", symbols.grouping * 2 in picture),
        ("D3090", first_optional >= 0 and symbols.count(parts.integer[:first_optional]) > 0),
        ("D3091", last_optional >= 0 and symbols.count(parts.fraction[last_optional:]) > 0),
        ("D3092", bool(exponent) and (percent or per_mille)),
        ("D3093", exponent is not None and (not exponent or symbols.count(exponent) < len(exponent))),
    ]
    broken = [code for code, is_broken in rules if is_broken]
    if broken:
        raise Failure(broken[-1])


def _group_positions(part: str, integer: str, symbols: Symbols, to_left: bool) -> list[int]:
    positions: list[int] = []
    at = part.find(symbols.grouping)
    while at >= 0:
        positions.append(symbols.count(part[:at] if to_left else part[at:], True))
        at = integer.find(symbols.grouping, at + 1)
    return positions


def regular_interval(positions: list[int]) -> int:
    """The distance between separators if it is always the same, otherwise 0."""
    if not positions:
        return 0
    factor = reduce(math.gcd, positions)
    return factor if all(index * factor in positions for index in range(1, len(positions) + 1)) else 0


def _analyse(parts: Parts, symbols: Symbols) -> Layout:
    """F&O 4.7.4."""
    groups = _group_positions(parts.integer, parts.integer, symbols, False)
    integer_least = scale = symbols.count(parts.integer)
    fraction_least, fraction_most = symbols.count(parts.fraction), symbols.count(parts.fraction, True)
    has_exponent = parts.exponent is not None
    if integer_least == 0 and fraction_most == 0:
        if has_exponent:
            fraction_least = fraction_most = 1
        else:
            integer_least = 1
    if has_exponent and integer_least == 0 and symbols.digit in parts.integer:
        integer_least = 1
    if integer_least == 0 and fraction_least == 0:
        fraction_least = 1
    return Layout(
        prefix=parts.prefix,
        suffix=parts.suffix,
        picture=parts.picture,
        groups=groups,
        regular=regular_interval(groups),
        integer_least=integer_least,
        scale=scale,
        fraction_groups=_group_positions(parts.fraction, parts.integer, symbols, True),
        fraction_least=fraction_least,
        fraction_most=fraction_most,
        exponent_least=symbols.count(parts.exponent or ""),
    )


def _format(value: int | float, layout: Layout, symbols: Symbols) -> str:
    """F&O 4.7.5."""
    if symbols.percent in layout.picture:
        value *= 100
    elif symbols.per_mille in layout.picture:
        value *= 1000
    exponent: int | None = None
    if layout.exponent_least:
        value, exponent = _scale(value, layout.scale)
    rounded = round_number(value, layout.fraction_most)
    text = _digits(rounded, layout.fraction_most, symbols)
    text = text.replace(".", symbols.decimal) if "." in text else text + symbols.decimal
    integer, _, fraction = text.strip(symbols.zero).partition(symbols.decimal)
    integer = integer.rjust(layout.integer_least, symbols.zero)
    fraction = fraction.ljust(layout.fraction_least, symbols.zero)
    text = _group_integer(integer, layout, symbols) + symbols.decimal + _group_fraction(fraction, layout, symbols)
    if symbols.decimal not in layout.picture or text.endswith(symbols.decimal):
        text = text[: -len(symbols.decimal)]
    if exponent is not None:
        digits = _digits(abs(exponent), 0, symbols).rjust(layout.exponent_least, symbols.zero)
        text += symbols.exponent + (symbols.minus if exponent < 0 else "") + digits
    return layout.prefix + text + layout.suffix


def _scale(value: int | float, scale: int) -> tuple[int | float, int]:
    """Mantissa and exponent such that the mantissa has `scale` digits before the point."""
    exponent = 0
    if value != 0 and math.isfinite(value):
        while abs(value) < 10.0 ** (scale - 1):
            value *= 10
            exponent -= 1
        while abs(value) > 10.0**scale:
            value /= 10
            exponent += 1
    return value, exponent


def _digits(value: int | float, places: int, symbols: Symbols) -> str:
    text = f"{abs(value):.{min(places, 100)}f}"
    return text if symbols.zero == "0" else re.sub(r"\d", lambda found: symbols.digits[int(found[0])], text)


def _group_integer(digits: str, layout: Layout, symbols: Symbols) -> str:
    positions = layout.groups
    if layout.regular:
        positions = [layout.regular * group for group in range((len(digits) - 1) // layout.regular, 0, -1)]
    for position in sorted(positions):
        if layout.regular or position <= len(digits):
            at = len(digits) - position - sum(1 for other in positions if other < position) * len(symbols.grouping)
            at = max(at, 0)
            digits = digits[:at] + symbols.grouping + digits[at:]
    return digits


def _group_fraction(digits: str, layout: Layout, symbols: Symbols) -> str:
    for position in layout.fraction_groups:
        digits = digits[:position] + symbols.grouping + digits[position:]
    return digits
