"""Built-in functions on text, without those that format numbers and dates (`formats`, `pictures`, `dates`)."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.functions_number import require_finite
from treadle.asl.jsonata.regexes import Matcher, utf16_length
from treadle.asl.jsonata.run import Run
from treadle.asl.jsonata.text import stringify
from treadle.asl.jsonata.values import MANY, NESTING, NUMBERS, UNDEFINED, Function, Sequence, Value, measure

_SPACES: Final = re.compile(r"[ \t\n\r]+")


def string(run: Run, value: Value, prettify: Value = UNDEFINED) -> Value:
    """`$string`: text as it is, anything else as JSON."""
    if value is UNDEFINED:
        return UNDEFINED
    kind = value.__class__
    if kind is str:
        return value
    if isinstance(value, Function):
        return ""
    if kind in NUMBERS and not math.isfinite(value):
        raise Failure("D3001", value=value)
    if kind is dict or isinstance(value, list):
        run.spend(measure(value, MANY, NESTING))
    if run.untidy:
        require_finite(value)
    text = stringify(value, 2 if prettify is True else 0)
    if len(text) > 100:
        run.spend(len(text) >> 3)
    return text


def concat(run: Run, left: Value, right: Value) -> str:
    """The `&` operator."""
    one = left if left.__class__ is str else "" if left is UNDEFINED else string(run, left)
    two = right if right.__class__ is str else "" if right is UNDEFINED else string(run, right)
    run.allot_text(len(one) + len(two))
    joined: str = one + two
    return joined


def substring(text: Value, start: Value, length: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    size = len(text)
    if start is UNDEFINED:
        start = 0
    if size + start < 0:
        start = 0
    if length is UNDEFINED:
        return text[math.trunc(start) :]
    if length <= 0:
        return ""
    end = start + length if start >= 0 else size + start + length
    return text[math.trunc(start) : math.trunc(end)]


def substring_before(text: Value, chars: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    at = text.find(_text(chars))
    return text[:at] if at >= 0 else text


def substring_after(text: Value, chars: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    chars = _text(chars)
    at = text.find(chars)
    return text[at + len(chars) :] if at >= 0 else text


def _text(chars: Value) -> str:
    """JavaScript searches for the text "undefined" when the argument is missing."""
    return "undefined" if chars is UNDEFINED else chars


def lowercase(text: Value) -> Value:
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(text: Value) -> Value:
    return UNDEFINED if text is UNDEFINED else text.upper()


def length(text: Value) -> Value:
    return UNDEFINED if text is UNDEFINED else len(text)


def trim(text: Value) -> Value:
    """Runs of white space become one space; none at the ends."""
    if text is UNDEFINED:
        return UNDEFINED
    result = _SPACES.sub(" ", text)
    return result[result.startswith(" ") : len(result) - (len(result) > 1 and result.endswith(" "))]


def pad(run: Run, text: Value, width: Value, char: Value = UNDEFINED) -> Value:
    """At least `width` characters: padded on the right, on the left if negative."""
    if text is UNDEFINED:
        return UNDEFINED
    if width is UNDEFINED:
        return text
    missing = math.trunc(abs(width)) - len(text)
    if missing <= 0:
        return text
    run.allot_text(missing)
    filler = " " if char is UNDEFINED or char == "" else char
    padding = (filler * (missing // len(filler) + 1))[:missing]
    return text + padding if width > 0 else padding + text


def contains(run: Run, text: Value, token: Value) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    if token.__class__ is str:
        return token in text
    if isinstance(token, Matcher):
        return token.search(text, 0, run) is not None
    return _match(run, token, [text]) is not UNDEFINED


def _match(run: Run, matcher: Value, arguments: list[Value]) -> Value:
    """Ask a matcher function; its answer must look like a match."""
    if not isinstance(matcher, Function):
        raise Failure("T1006")
    found = matcher.call(arguments, None, run)
    if found is UNDEFINED or found is None or found is False:
        return UNDEFINED
    fits = found.__class__ is dict and (
        found.get("start").__class__ in NUMBERS
        or isinstance(found.get("groups"), list)
        or isinstance(found.get("next"), Function)
    )
    if not fits:
        raise Failure("T1010")
    return found


def _matches(run: Run, matcher: Value, text: str) -> Iterator[dict[str, Any]]:
    """All matches as objects with match, start, end, groups (positions in characters)."""
    if isinstance(matcher, Matcher):
        for match in matcher.matches(text, run):
            groups = [UNDEFINED if group is None else group for group in match.groups()]
            yield {"match": match[0], "start": match.start(), "end": match.end(), "groups": groups}
        return
    found = _match(run, matcher, [text])
    while found is not UNDEFINED:
        yield found
        found = _match(run, found.get("next"), [])


def match(run: Run, text: Value, pattern: Value, limit: Value = UNDEFINED) -> Value:
    """`$match`: objects with match, index, groups."""
    if text is UNDEFINED:
        return UNDEFINED
    most = _limit(limit, "D3040")
    result = Sequence()
    if most <= 0:
        return result
    for found in _matches(run, pattern, text):
        start = utf16_length(text, found["start"]) if isinstance(pattern, Matcher) else found["start"]
        # JSON has no "nothing": a group that took no part is null in the array.
        groups = [None if group is UNDEFINED else group for group in found["groups"]]
        result.append({"match": found["match"], "index": start, "groups": groups})
        if len(result) >= most:
            break
    return result


def _limit(limit: Value, code: str) -> float:
    if limit is UNDEFINED:
        return math.inf
    if limit < 0:
        raise Failure(code, value=limit)
    return float(limit)


def replace(run: Run, text: Value, pattern: Value, replacement: Value, limit: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise Failure("D3010", value=pattern)
    most = _limit(limit, "D3011")
    if most <= 0:
        return text
    if pattern.__class__ is str:
        count = text.count(pattern) if most == math.inf else min(text.count(pattern), math.ceil(most))
        if count == 0:
            return text
        if replacement.__class__ is not str:
            raise Failure("D3012", value=replacement)
        run.allot_text(len(text) + count * max(0, len(replacement) - len(pattern)))
        return text.replace(pattern, replacement, count)
    parts: list[str] = []
    position = 0
    for done, found in enumerate(_matches(run, pattern, text)):
        if done >= most:
            break
        new = _expand(replacement, found) if replacement.__class__ is str else replacement.call([found], None, run)
        if new.__class__ is not str:
            raise Failure("D3012", value=new)
        run.allot_text(len(new) + 1000)
        parts += (text[position : found["start"]], new)
        position = found["start"] + len(found["match"])
    return "".join(parts) + text[position:]


def _expand(template: str, found: dict[str, Any]) -> str:
    """The replacement text with `$1` and the like filled in, `$$` for a dollar."""
    parts: list[str] = []
    groups = found["groups"]
    position = 0
    while (index := template.find("$", position)) >= 0:
        parts.append(template[position:index])
        position = index + 1
        char = template[position : position + 1]
        if char == "$":
            parts.append("$")
            position += 1
        elif char == "0":
            parts.append(found["match"])
            position += 1
        else:
            number = _group_number(template[position:], len(groups))
            if number is None:
                parts.append("$")
                continue
            if 0 < number <= len(groups) and groups[number - 1] is not UNDEFINED:
                parts.append(groups[number - 1])
            position += len(str(number))
    return "".join(parts) + template[position:]


def _group_number(text: str, groups: int) -> int | None:
    """The number a `$` reference starts with: as many digits as the number of groups has, fewer if it is too large."""
    most = len(str(groups)) if groups else 1
    digits = re.match(r"\d+", text[:most], re.ASCII)
    if not digits:
        return None
    number = int(digits[0])
    if most > 1 and number > groups:
        return int(digits[0][: most - 1])
    return number


def split(run: Run, text: Value, separator: Value, limit: Value = UNDEFINED) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    most = _limit(limit, "D3020")
    if most <= 0:
        return []
    if separator is UNDEFINED:
        return [text]
    if separator.__class__ is str:
        run.allot(text.count(separator) + 1 if separator else len(text), 64)
        pieces = text.split(separator) if separator else list(text)
        return pieces if most == math.inf else pieces[: math.trunc(most)]
    result: list[str] = []
    start = 0
    for found in _matches(run, separator, text):
        if len(result) >= most:
            return result
        result.append(text[start : found["start"]])
        start = found["end"]
    if len(result) < most:
        result.append(text[start:])
    return result


def join(run: Run, texts: Value, separator: Value = UNDEFINED) -> Value:
    if texts is UNDEFINED:
        return UNDEFINED
    between = "" if separator is UNDEFINED else separator
    run.allot_text(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def base64encode(text: Value) -> Value:
    """Base64 of the characters' low bytes, as `btoa` of the reference does it."""
    if text is UNDEFINED:
        return UNDEFINED
    units = text.encode("utf-16-le", "surrogatepass")[::2]
    return base64.b64encode(units).decode("ascii")


def base64decode(text: Value) -> Value:
    """The bytes as characters U+0000 to U+00FF; characters that are not Base64 are skipped."""
    if text is UNDEFINED:
        return UNDEFINED
    digits = re.sub(r"[^A-Za-z0-9+/]", "", text.split("=")[0].translate({45: "+", 95: "/"}))
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4)).decode("latin-1")


_COMPONENT: Final = "-_.!~*'()"
_RESERVED: Final = ";/?:@&=+$,#"


def encode_url_component(text: Value) -> Value:
    return _encode(text, _COMPONENT, "encodeUrlComponent")


def encode_url(text: Value) -> Value:
    return _encode(text, _COMPONENT + _RESERVED, "encodeUrl")


def _encode(text: Value, safe: str, name: str) -> Value:
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise Failure("D3140", value=text, functionName=name) from None


def decode_url_component(text: Value) -> Value:
    return _decode(text, "", "decodeUrlComponent")


def decode_url(text: Value) -> Value:
    return _decode(text, _RESERVED, "decodeUrl")


def _decode(text: Value, keep: str, name: str) -> Value:
    """Percent-decoding; escapes of the characters in `keep` stay as they are."""
    if text is UNDEFINED:
        return UNDEFINED
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Failure("D3140", value=text, functionName=name)
    kept = re.sub(r"%([0-7][0-9A-Fa-f])", lambda found: _keep(found, keep), text) if keep else text
    try:
        return unquote_to_bytes(kept).decode("utf-8")
    except UnicodeError:
        raise Failure("D3140", value=text, functionName=name) from None


def _keep(found: re.Match[str], keep: str) -> str:
    return "%25" + found[1] if chr(int(found[1], 16)) in keep else found[0]
