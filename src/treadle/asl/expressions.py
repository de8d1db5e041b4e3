"""The one door to the three small languages inside a definition: JSONPath, intrinsic functions, JSONata.

Each function answers what a text is, what is wrong with it, or which variables it names.
"""

from __future__ import annotations

from treadle.asl import intrinsics, jsonata, jsonpath

UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


def is_jsonata(text: str) -> bool:
    """Whether a string is an expression rather than a literal: exactly `{%` ... `%}`."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


def source(text: str) -> str:
    """The JSONata code between `{%` and `%}`."""
    return text[2:-2].strip()


def compiled(text: str) -> jsonata.Expression:
    """A `{% %}` string, compiled. Raises JsonataError."""
    return jsonata.compile(source(text))


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


def jsonpath_variables(text: str) -> frozenset[str]:
    """The variables a valid path or intrinsic call names."""
    paths = (jsonpath.compile(text),) if text.startswith("$") else intrinsics.references(text)
    return frozenset(path.root for path in paths) - {"$", "$$"}


def jsonata_problem(text: str, sees: frozenset[str], kept: list[jsonata.Expression]) -> tuple[str, str] | None:
    """AWS's code and message for a `{% %}` string that must not stand here.

    `sees` names the members of `$states` that exist here and not everywhere. `kept` gets the expression. Variables
    nobody assigns are no problem: AWS notices them when the machine runs.
    """
    try:
        kept.append(compiled(text))
    except jsonata.JsonataError as error:
        return "INVALID_JSONATA_EXPRESSION", error.message
    found = kept[-1].references
    if found.top_level:
        return UNSUPPORTED, f"Reference to '{found.top_level[0]}' at the top level is not supported."
    for name in ("result", "errorOutput"):
        if name not in sees and any(path[:1] == (name,) for path in found.states):
            return UNSUPPORTED, f"Reference to '$states.{name}' is not supported in this field."
    return None


def jsonata_variables(text: str) -> frozenset[str]:
    """The workflow variables a valid `{% %}` string names: neither `$states` nor functions nor its own."""
    return compiled(text).references.variables
