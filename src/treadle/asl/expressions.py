"""The one door to the three small languages inside a definition: JSONPath, intrinsic functions, JSONata.

Each function answers what is wrong with a text (None: nothing) or which variables it names.
"""

from __future__ import annotations


def is_jsonata(text: str) -> bool:
    """Whether a string is an expression rather than a literal: exactly `{%` ... `%}`."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def source(text: str) -> str:
    """The JSONata code between `{%` and `%}`."""
    return text[2:-2].strip()


def is_path(text: str) -> bool:
    """Whether `text` is a JSONPath whose root is `$`, `$$` or a variable."""
    return text.startswith("$")


def is_reference(text: str) -> bool:
    """Whether `text` is a Reference Path into the state's data: one node, root `$`."""
    return text.startswith("$") and not text.startswith("$$")


def is_intrinsic(text: str) -> bool:
    return text.startswith("States.")


def jsonata_problem(text: str, sees: frozenset[str]) -> tuple[str, str] | None:
    """AWS's code and message for a `{% %}` string that must not stand here."""
    return None
