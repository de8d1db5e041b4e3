"""How JavaScript writes values: numbers as JSONata prints them in strings, and JSON.stringify."""

from __future__ import annotations

import math
from json.encoder import encode_basestring

from treadle.asl.jsonata.values import NUMBERS, UNDEFINED, Function, Outer, Value


def js_number(value: int | float) -> str:
    """`String(value)` of JavaScript: 1e+21, 1e-7, 0.000001, no trailing .0."""
    if value.__class__ is int and -(10**21) < value < 10**21:
        return str(value)
    number = float(value)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """`digits` with the decimal point after the first `point` of them, in JavaScript's choice of notation."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def json_number(value: int | float) -> str:
    """A number inside a string: JSONata rounds to 15 significant digits first."""
    if value.__class__ is int and -(10**15) < value < 10**15:
        return str(value)
    try:
        number = float(f"{float(value):.15g}")
    except OverflowError:
        return "null"
    # The largest doubles are rounded to infinity, for which JSON has no word.
    return js_number(number) if math.isfinite(number) else "null"


def quote(text: str) -> str:
    """A JSON string literal as JSON.stringify writes it: it escapes control characters, quotes and lone surrogates."""
    quoted = encode_basestring(text)
    if quoted.isascii() or not any("\ud800" <= char <= "\udfff" for char in quoted):
        return quoted
    return "".join(f"\\u{ord(char):04x}" if "\ud800" <= char <= "\udfff" else char for char in quoted)


def stringify(value: Value, indent: int = 0, rounded: bool = True) -> str:
    """JSON.stringify, functions as empty strings; as `$string` uses it with numbers `rounded` to 15 digits."""
    parts: list[str] = []
    if value.__class__ is Outer and value:
        value = value[0]
    if not rounded and isinstance(value, (int, float)) and not isinstance(value, bool):
        return js_number(value)
    _write(value, parts, "\n" if indent else "", " " * indent)
    return "".join(parts)


def _write(value: Value, parts: list[str], line: str, indent: str) -> None:
    kind = value.__class__
    if kind is str:
        parts.append(quote(value))
    elif kind is bool:
        parts.append("true" if value else "false")
    elif kind in NUMBERS:
        parts.append(json_number(value))
    elif kind is dict:
        members = [(key, member) for key, member in value.items() if member is not UNDEFINED]
        _write_members(members, parts, line, indent)
    elif isinstance(value, list):
        _write_items(value, parts, line, indent)
    else:
        parts.append('""' if isinstance(value, Function) else "null")


def _write_members(members: list[tuple[str, Value]], parts: list[str], line: str, indent: str) -> None:
    if not members:
        parts.append("{}")
        return
    inner = line + indent
    before = "{" + inner
    colon = ": " if indent else ":"
    for key, member in members:
        parts.append(before + quote(key) + colon)
        _write(member, parts, inner, indent)
        before = "," + inner
    parts.append(line + "}")


def _write_items(items: list[Value], parts: list[str], line: str, indent: str) -> None:
    if not items:
        parts.append("[]")
        return
    inner = line + indent
    before = "[" + inner
    for item in items:
        parts.append(before)
        _write(item, parts, inner, indent)
        before = "," + inner
    parts.append(line + "]")
