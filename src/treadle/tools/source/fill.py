"""Templates filled with stand-ins, so that what only the deployment knows does not count as a fault."""

from __future__ import annotations

import re

from treadle.asl.fields import OPERATORS
from treadle.tools.source.nodes import Node
from treadle.values import Json

_HOLE = re.compile(r"\$\{[^}]*\}")
# In an expression: an argument of its own, part of a name, and any that does not stand in quotes.
_ARGUMENT_HOLE = re.compile(r"(?<=[(,\s])\$\{[^}]*\}(?=\s*[,)])")
_OUTSIDE_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'|\$\{[^}]*\}")
_PARTITION = re.compile(r"^arn:\$\{[^}]*\}:")
_KNOWN = {"${AWS::Region}": "us-east-1", "${AWS::AccountId}": "123456789012", "${AWS::Partition}": "aws"}
# Fields whose values are no texts -> a value that is always allowed.
_VALUES: dict[str, Json] = {
    "TimeoutSeconds": 99_999_999,
    "HeartbeatSeconds": 60,
    "Seconds": 60,
    "Timestamp": "2030-01-01T00:00:00Z",
    "MaxConcurrency": 10,
    "ToleratedFailureCount": 1,
    "ToleratedFailurePercentage": 1,
    "MaxItems": 1000,
    "MaxItemsPerBatch": 10,
    "MaxInputBytesPerBatch": 1000,
    "IntervalSeconds": 2,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
_OPERANDS: dict[str, Json] = {"number": 1, "boolean": True, "timestamp": "2030-01-01T00:00:00Z", "string": "text"}


def filled(node: Node, key: str = "") -> Json:
    """The JSON value of a definition in which every placeholder that stands for a whole value has a plausible one.

    Texts keep their placeholders, so that who reads them can tell; ARNs stay what they are.
    """
    if node.kind == "object":
        return {each.key: filled(each.node, each.key) for each in node.members}
    if node.kind == "array":
        return [filled(each, key) for each in node.items]
    if node.kind in ("placeholder", "call"):
        return _stand_in(str(node.plain()), key)
    if node.kind == "string" and "${" in node.value:
        return _text(node.value, key)
    return node.value


def _stand_in(text: str, key: str) -> Json:
    if key in _VALUES:
        return _VALUES[key]
    if key in OPERATORS:
        return _OPERANDS.get(OPERATORS[key], "$")
    return _text(text, key)


def _text(text: str, key: str) -> Json:
    if _HOLE.fullmatch(text) and key in _VALUES:
        return _VALUES[key]
    if key.endswith(".$") or (key.endswith("Path") and _HOLE.fullmatch(text)):
        return "$" if _HOLE.fullmatch(text) else _HOLE.sub("x", _ARGUMENT_HOLE.sub("1", text))
    if text.startswith("{%"):
        return _OUTSIDE_QUOTES.sub(lambda match: match[0] if match[0][0] in "\"'" else "1", text)
    if key == "Resource" and _HOLE.fullmatch(text):
        return f"arn:aws:lambda:us-east-1:123456789012:function:{text.replace(':', '-')}"
    if not text.startswith("arn:"):
        return text
    for hole, value in _KNOWN.items():
        text = text.replace(hole, value)
    return _HOLE.sub(lambda match: match[0].replace(":", "-"), _PARTITION.sub("arn:aws:", text))
