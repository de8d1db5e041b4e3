"""Text -> steps: the grammar of Jayway JsonPath 2.x, which AWS Step Functions speaks."""

from __future__ import annotations

from treadle.asl.jsonpath.filters import parse_json, parse_test
from treadle.asl.jsonpath.steps import (
    Call,
    Constant,
    Filter,
    Index,
    Indices,
    Member,
    Members,
    Operand,
    PathError,
    Quote,
    Relative,
    Scan,
    Slice,
    Step,
    Steps,
    Wildcard,
)
from treadle.asl.jsonpath.text import char, closing, end_of_string, skip_blanks, unescape


def split(text: str) -> tuple[str, str]:
    """The root of a path and the rest: `$.a` -> ("$", ".a"), `$$.a` -> ("$$", ".a"), `$who.a` -> ("who", ".a").

    Raises PathError when the text does not begin with `$`.
    """
    if not text.startswith("$"):
        raise PathError("Path must start with '$'")
    if text.startswith("$$"):
        return "$$", text[2:]
    end = 1
    while end < len(text) and text[1 : end + 1].isidentifier():
        end += 1
    return (text[1:end] if end > 1 else "$"), text[end:]


def parse(rest: str) -> Steps:
    """The steps of a path, given what follows its root (`.a[0]`). Raises PathError."""
    rest = rest.rstrip()
    if rest.endswith("."):
        raise PathError("Path must not end with a '.' or '..'")
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        if rest[at] == "[":
            step, at = _read_bracket(rest, at)
        elif rest.startswith("..", at):
            step, at = _read_scan(rest, at)
        elif rest[at] == ".":
            step, at = _read_dotted(rest, at + 1)
        elif steps and isinstance(steps[-1], Scan):
            step, at = _read_dotted(rest, at)
        else:
            raise PathError(f"Illegal character at position {at + 1} expected '.' or '['")
        steps.append(step)
    return tuple(steps)


def _read_scan(text: str, at: int) -> tuple[Step, int]:
    if char(text, at + 2) == ".":
        raise PathError(f"Character '.' on position {at + 3} is not valid.")
    return Scan(), at + 2


def _read_dotted(text: str, at: int) -> tuple[Step, int]:
    """`*`, `name` or `name(...)` at `at`, behind a dot."""
    if text[at] == "*":
        return Wildcard(), at + 1
    end = at
    while end < len(text) and text[end] not in ".[(":
        if text[end] == " ":
            raise PathError(
                f"Use bracket notion ['my prop'] if your property contains blank characters. position: {at + 1}"
            )
        end += 1
    name = text[at:end]
    if not name:
        raise PathError(f"Could not parse token starting at position {at + 1}")
    if char(text, end) != "(":
        return Member(name), end
    try:
        close = closing(text, end)
    except PathError:
        raise PathError(f"Arguments to function: '{name}' are not closed properly.") from None
    return Call(name, _read_arguments(text[end + 1 : close])), close + 1


def _read_arguments(text: str) -> tuple[Operand, ...]:
    """The arguments of a path function: paths and JSON values between commas."""
    arguments: list[Operand] = []
    for part in _parts(text):
        if part[0] in "$@":
            arguments.append(Relative(parse(part[1:]), part[0] == "$"))
        else:
            arguments.append(Constant(parse_json(part)))
    return tuple(arguments)


def _parts(text: str) -> list[str]:
    """`text` cut at its outer commas, trimmed, without empty parts."""
    parts: list[str] = []
    start = at = 0
    while at < len(text):
        if text[at] in "'\"":
            at = end_of_string(text, at)
        elif text[at] in "([{":
            at = closing(text, at)
        elif text[at] == ",":
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _read_bracket(text: str, at: int) -> tuple[Step, int]:
    first = skip_blanks(text, at + 1)
    kind = char(text, first)
    if kind in ("'", '"'):
        return _read_names(text, first)
    if kind == "?":
        return _read_filter(text, at, first)
    close = text.find("]", at)
    if kind and close >= 0:
        inner = text[at + 1 : close].strip()
        if inner == "*":
            return Wildcard(), close + 1
        if kind in "-:" or kind.isdigit():
            return (_slice(inner) if ":" in inner else _indices(inner)), close + 1
    raise PathError(f"Could not parse token starting at position {at + 1}. Expected ?, ', 0-9, * ")


def _read_names(text: str, at: int) -> tuple[Step, int]:
    """`'a'` or `'a', 'b'` up to the closing bracket; `at` is the first quote."""
    quote = text[at]
    names: list[str] = []
    while True:
        if char(text, at) != quote:
            raise PathError(f"Found empty property at index {at + 1}")
        end = end_of_string(text, at)
        names.append(unescape(text[at + 1 : end]))
        at = skip_blanks(text, end + 1)
        match char(text, at):
            case "]":
                mark: Quote = "'" if quote == "'" else '"'
                return (Member(names[0], mark) if len(names) == 1 else Members(tuple(names), mark)), at + 1
            case ",":
                at = skip_blanks(text, at + 1)
            case "":
                raise PathError("Property has not been closed - missing closing ]")
            case _:
                raise PathError(
                    "Property must be separated by comma or Property must be terminated close square bracket "
                    f"at index {end + 1}"
                )


def _read_filter(text: str, at: int, mark: int) -> tuple[Step, int]:
    """`[?(...)]`; `at` is the bracket, `mark` the question mark."""
    opening = skip_blanks(text, mark + 1)
    if char(text, opening) != "(":
        raise PathError(f"Could not parse token starting at position {at + 1}. Expected ?, ', 0-9, * ")
    end = closing(text, opening, regex=True)
    close = skip_blanks(text, end + 1)
    if char(text, close) != "]":
        raise PathError("Filter must start with '[?(' and end with ')]'")
    return Filter(parse_test(text[opening + 1 : end], parse)), close + 1


def _slice(inner: str) -> Slice:
    if not set(inner) <= set("0123456789-:"):
        raise PathError(f"Failed to parse SliceOperation: {inner}")
    # Jayway splits at colons and looks at two parts: a third one (a step) has no effect there.
    bounds = [_integer(part, "SliceOperation", inner) if part else None for part in inner.split(":")[:2]]
    start, stop = bounds[0], bounds[1]
    if start is None and stop is None:
        raise PathError(f"Failed to parse SliceOperation: {inner}")
    return Slice(start, stop)


def _indices(inner: str) -> Index | Indices:
    numbers = [_integer(part.strip(), "ArrayIndexOperation", inner) for part in inner.split(",")]
    return Index(numbers[0]) if len(numbers) == 1 else Indices(tuple(numbers))


def _integer(text: str, kind: str, inner: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise PathError(f"Failed to parse token in {kind}: {inner}")
    return int(text)
