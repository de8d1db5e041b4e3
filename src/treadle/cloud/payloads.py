"""What a target of an EventBridge rule receives: the event, a part of it, a constant, or a filled-in template.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from treadle.values import Json, dumps

_MISSING = object()
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
_PLACE = re.compile(r"<([^<>]+)>")


def payload_for(target: Mapping[str, Json], event: Json, rule_arn: str, ingested: str) -> str:
    """The text delivered to `target`: Input, InputPath or InputTransformer applied to `event`."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if transformer := target.get("InputTransformer"):
        return _fill(transformer, event, rule_arn, ingested)
    if path := target.get("InputPath"):
        found = at_path(event, path)
        return dumps(None if found is _MISSING else found)
    return dumps(event)


def at_path(value: Json, path: str) -> Json:
    """The member of `value` at the JSON path `path` (names and indices only), or a marker when there is none."""
    spot = 1
    while spot < len(path):
        step = _STEP.match(path, spot)
        if step is None:
            return _MISSING
        name, index, quoted = step.groups()
        try:
            value = value[int(index)] if index else value[name or quoted]
        except (KeyError, IndexError, TypeError):
            return _MISSING
        spot = step.end()
    return value


def _fill(transformer: Mapping[str, Json], event: Json, rule_arn: str, ingested: str) -> str:
    values = {name: at_path(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values["aws.events.rule-arn"] = rule_arn
    values["aws.events.rule-name"] = rule_arn.rpartition("/")[2]
    values["aws.events.event.ingestion-time"] = ingested
    values["aws.events.event.json"] = event
    values["aws.events.event"] = {name: member for name, member in event.items() if name != "detail"}
    template: str = transformer["InputTemplate"]
    is_json = template.lstrip()[:1] in ("{", "[", '"', "<")
    pieces: list[str] = []
    spot, quoted = 0, False
    for place in _PLACE.finditer(template):
        if place[1] not in values:
            continue
        between = template[spot : place.start()]
        pieces.append(between)
        quoted ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        pieces.append(_shown(values[place[1]], bare=quoted or not is_json))
        spot = place.end()
    return "".join(pieces) + template[spot:]


def _shown(value: Json, bare: bool) -> str:
    """Strings stand without quotes inside a quoted text, with quotes elsewhere. What the event lacks is empty."""
    if value is _MISSING:
        return "" if bare else '""'
    text: str = dumps(value)
    if not bare:
        return text
    # Within quotes an object is shown as text, its own quotes escaped so that the whole remains JSON.
    return text[1:-1] if text.startswith('"') else text.replace("\\", "\\\\").replace('"', '\\"')
