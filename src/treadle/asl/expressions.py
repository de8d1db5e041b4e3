"""The one door to the three small languages inside a definition: JSONPath, intrinsic functions, JSONata.

Each function answers what a text is, what is wrong with it, or which variables it names.
"""

from __future__ import annotations

from treadle.asl import intrinsics, jsonpath


def is_jsonata(text: str) -> bool:
    """Whether a string is an expression rather than a literal: exactly `{%` ... `%}`."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def source(text: str) -> str:
    """The JSONata code between `{%` and `%}`."""
    return text[2:-2].strip()


def is_path(text: str) -> bool:
    """Whether `text` is a JSONPath whose root is `$`, `$$` or a variable."""
    return jsonpath.is_path(text)


def is_reference(text: str) -> bool:
    """Whether `text` is a Reference Path into the state's data: one node, root `$`."""
    try:
        return jsonpath.compile_reference(text).root == "$"
    except jsonpath.PathError:
        return False


def is_intrinsic(text: str) -> bool:
    return not text.startswith("$") and intrinsics.is_intrinsic(text)


def jsonpath_variables(text: str) -> set[str]:
    """The variables a valid path or intrinsic call names."""
    paths = (jsonpath.compile(text),) if text.startswith("$") else intrinsics.references(text)
    return {path.root for path in paths} - {"$", "$$"}


def jsonata_problem(text: str, sees: frozenset[str]) -> tuple[str, str] | None:
    """AWS's code and message for a `{% %}` string that must not stand here."""
    return None


def jsonata_variables(text: str) -> set[str]:
    """The workflow variables a valid `{% %}` string names: neither `$states` nor functions nor its own."""
    return set()
