"""The methods of Java's strings, lists and maps that mapping templates call, and how Java prints values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_STRINGS: dict[str, Callable[..., Any]] = {
    "length": len,
    "toString": str,
    "trim": str.strip,
    "isEmpty": lambda text: not text,
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "indexOf": str.find,
    "substring": lambda text, start, end=None: text[start:end],
    "split": lambda text, pattern: re.split(pattern, text),
    "replace": str.replace,
    "replaceAll": lambda text, pattern, new: re.sub(pattern, _replacement(new), text),
    "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
    "concat": lambda text, other: text + other,
}
_LISTS: dict[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda items: not items,
    "get": lambda items, index: items[index],
    "contains": lambda items, item: item in items,
    "add": lambda items, item: items.append(item) or True,
    "toString": lambda items: java_text(items),
}
_MAPS: dict[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda found: not found,
    "get": lambda found, key: found.get(key),
    "containsKey": lambda found, key: key in found,
    "keySet": list,
    "values": lambda found: list(found.values()),
    "entrySet": lambda found: [{"key": key, "value": value} for key, value in found.items()],
    "put": lambda found, key, value: found.update({key: value}),
    "putAll": lambda found, other: found.update(other),
    "remove": lambda found, key: found.pop(key, None),
    "toString": lambda found: java_text(found),
}


def call_method(owner: Any, name: str, arguments: list[Any], undefined: Any) -> Any:
    """What `owner.name(arguments)` gives; `undefined` where there is no such method or it does not fit."""
    if isinstance(owner, dict) and callable(owner.get(name)):
        return owner[name](*arguments)
    table = _STRINGS if isinstance(owner, str) else _LISTS if isinstance(owner, list) else _MAPS
    if not isinstance(owner, str | list | dict):
        return java_text(owner) if name == "toString" and owner is not undefined else undefined
    method = table.get(name)
    if method is None:
        # `$map.getName()` is `$map.name` in Java.
        return undefined
    try:
        return method(owner, *arguments)
    except (TypeError, IndexError, re.error):
        return undefined


def java_text(value: Any) -> str:
    """As Java's toString prints it: `{a=1, b=[x, y]}`."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case list():
            return "[" + ", ".join(java_text(each) for each in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}={java_text(each)}" for key, each in value.items()) + "}"
        case _:
            return str(value)


def _replacement(text: str) -> str:
    """Java's `$1` is Python's `\\1`."""
    return re.sub(r"\$(\d)", r"\\\1", text)
