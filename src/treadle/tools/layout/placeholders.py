"""Templates as Terraform and SAM fill them, read before they are filled.

`"Seconds": ${wait}` becomes `"Seconds": "${wait}"`; inside a string a placeholder stays as it is, except that its own
quotes are escaped. Directives (`%{ if x }`, `%{ endif }`) outside of strings are left out, so both arms stay.
"""

from __future__ import annotations

import re

_NEXT = re.compile(r'"|\$\{|%\{')
_IN_STRING = re.compile(r'\\.|"|\$\{', re.DOTALL)


def quote_placeholders(text: str) -> str:
    """The template as JSON text, as far as it can be."""
    if "${" not in text and "%{" not in text:
        return text
    parts: list[str] = []
    at = 0
    while found := _NEXT.search(text, at):
        parts.append(text[at : found.start()])
        if found.group() == '"':
            at = _copy_string(text, found.start(), parts)
            continue
        at = _end(text, found.end())
        if found.group() == "${":
            parts.append(f'"{_escape(text[found.start() : at])}"')
    parts.append(text[at:])
    return "".join(parts)


def _copy_string(text: str, start: int, parts: list[str]) -> int:
    """Copy the string literal that begins at `start`; where it ends."""
    at = start + 1
    parts.append('"')
    while found := _IN_STRING.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        if found.group() == "${" and (end := _end(text, at)) > at:
            inside = text[found.start() : end]
            # Text that is JSON already has them escaped.
            parts.append(inside if '\\"' in inside else _escape(inside))
            at = end
            continue
        parts.append(found.group())
        if found.group() == '"':
            return at
    parts.append(text[at:])
    return len(text)


def _end(text: str, at: int) -> int:
    """The place behind the brace that closes the one before `at`, or `at` when none on this line does."""
    depth, quoted = 1, False
    for i in range(at, len(text)):
        char = text[i]
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if not depth:
                return i + 1
    return at


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
