"""The table of built-in functions: name, implementation, signature, and how many parameters callbacks see."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from treadle.asl.jsonata import aws, dates, formats, pictures
from treadle.asl.jsonata import functions_array as arrays
from treadle.asl.jsonata import functions_number as numbers
from treadle.asl.jsonata import functions_string as strings
from treadle.asl.jsonata.callables import Native
from treadle.asl.jsonata.run import Implementation, Run
from treadle.asl.jsonata.text import json_number
from treadle.asl.jsonata.values import NUMBERS, SAFE, Function, Value
from treadle.values import loads


def clone(run: Run, value: Value) -> Value:
    """A deep copy; as it goes through JSON in the reference, numbers lose what is beyond 15 digits."""
    run.allot(1, 64)
    kind = value.__class__
    if kind is dict:
        run.allot(len(value), 64)
        return {key: clone(run, member) for key, member in value.items()}
    if isinstance(value, list):
        run.allot(len(value))
        return [clone(run, item) for item in value]
    if kind in NUMBERS:
        return value if kind is int and -SAFE <= value <= SAFE else loads(json_number(value))
    return "" if isinstance(value, Function) else value


# Functions of the run come first: time, chance, callbacks, and whatever may grow.
_IMPURE: Final[tuple[tuple[str, Implementation, str, int], ...]] = (
    ("sum", numbers.sum_of, "<a<n>:n>", 1),
    ("average", numbers.average, "<a<n>:n>", 1),
    ("string", strings.string, "<x-b?:s>", 1),
    ("pad", strings.pad, "<s-ns?:s>", 3),
    ("match", strings.match, "<s-f<s:o>n?:a<o>>", 3),
    ("contains", strings.contains, "<s-(sf):b>", 2),
    ("replace", strings.replace, "<s-(sf)(sf)n?:s>", 4),
    ("split", strings.split, "<s-(sf)n?:a<s>>", 3),
    ("join", strings.join, "<a<s>s?:s>", 2),
    ("random", aws.random, "<n?:n>", 1),
    ("map", arrays.map_items, "<af>", 2),
    ("zip", arrays.zip_arrays, "<a+>", 0),
    ("filter", arrays.filter_items, "<af>", 2),
    ("single", arrays.single, "<af?>", 2),
    ("reduce", arrays.reduce, "<afj?:j>", 3),
    ("sift", arrays.sift, "<o-f?:o>", 2),
    ("each", arrays.each, "<o-f:a>", 2),
    ("sort", arrays.sort, "<af?:a>", 2),
    ("shuffle", arrays.shuffle, "<a:a>", 1),
    ("distinct", arrays.distinct, "<x:x>", 1),
    ("toMillis", dates.to_millis, "<s-s?:n>", 2),
    ("now", dates.now, "<s?s?:s>", 2),
    ("millis", dates.millis, "<:n>", 0),
    ("clone", clone, "<(oa)-:o>", 1),
    ("partition", aws.partition, "<an:a>", 2),
    ("keys", arrays.keys, "<x-:a<s>>", 1),
    ("spread", arrays.spread, "<x-:a<o>>", 1),
    ("range", aws.number_range, "<nnn:a>", 3),
    ("uuid", aws.uuid, "<:s>", 0),
)
_PURE: Final[tuple[tuple[str, Implementation, str, int], ...]] = (
    ("count", arrays.count, "<a:n>", 1),
    ("substring", strings.substring, "<s-nn?:s>", 3),
    ("substringBefore", strings.substring_before, "<s-s:s>", 2),
    ("substringAfter", strings.substring_after, "<s-s:s>", 2),
    ("lowercase", strings.lowercase, "<s-:s>", 1),
    ("uppercase", strings.uppercase, "<s-:s>", 1),
    ("length", strings.length, "<s-:n>", 1),
    ("trim", strings.trim, "<s-:s>", 1),
    ("formatNumber", formats.format_number, "<n-so?:s>", 3),
    ("formatBase", numbers.format_base, "<n-n?:s>", 2),
    ("formatInteger", pictures.format_integer, "<n-s:s>", 2),
    ("parseInteger", pictures.parse_integer, "<s-s:n>", 2),
    ("number", numbers.number, "<(nsb)-:n>", 1),
    ("floor", numbers.floor, "<n-:n>", 1),
    ("ceil", numbers.ceil, "<n-:n>", 1),
    ("round", numbers.round_number, "<n-n?:n>", 2),
    ("abs", numbers.absolute, "<n-:n>", 1),
    ("sqrt", numbers.sqrt, "<n-:n>", 1),
    ("power", numbers.power, "<n-n:n>", 2),
    ("boolean", arrays.to_boolean, "<x-:b>", 1),
    ("not", arrays.negation, "<x-:b>", 1),
    ("lookup", arrays.lookup, "<x-s:x>", 2),
    ("exists", arrays.exists, "<x:b>", 1),
    ("reverse", arrays.reverse, "<a:a>", 1),
    ("error", arrays.error, "<s?:x>", 1),
    ("assert", arrays.assertion, "<bs?:x>", 2),
    ("type", arrays.type_of, "<x:s>", 1),
    ("encodeUrlComponent", strings.encode_url_component, "<s-:s>", 1),
    ("encodeUrl", strings.encode_url, "<s-:s>", 1),
    ("decodeUrlComponent", strings.decode_url_component, "<s-:s>", 1),
    ("decodeUrl", strings.decode_url, "<s-:s>", 1),
    ("fromMillis", dates.from_millis, "<n-s?s?:s>", 3),
    ("max", numbers.maximum, "<a<n>:n>", 1),
    ("min", numbers.minimum, "<a<n>:n>", 1),
    ("base64encode", strings.base64encode, "<s-:s>", 1),
    ("base64decode", strings.base64decode, "<s-:s>", 1),
    ("append", arrays.append, "<xx:a>", 2),
    ("merge", arrays.merge, "<a<o>:o>", 1),
    ("parse", aws.parse, "<s-:x>", 1),
    ("hash", aws.hash_text, "<ss:s>", 2),
)

# Every built-in function by name. `$eval` is missing on purpose: Step Functions does not have it.
BUILTINS: Final[Mapping[str, Native]] = MappingProxyType(
    {
        **{row[0]: Native(row[0], row[1], row[2], row[3], impure=True) for row in _IMPURE},
        **{row[0]: Native(row[0], row[1], row[2], row[3], impure=False) for row in _PURE},
    }
)
