"""Pictures of definitions, by the layout that all pictures of treadle share, and definitions as YAML."""

from __future__ import annotations

from treadle.aws import AwsError
from treadle.console.answers import Definition, Rendering
from treadle.tools.convert.text import text_of, value_of
from treadle.tools.graph import to_mermaid, to_svg
from treadle.tools.layout import NoDefinition, draw, to_json
from treadle.tools.source import read
from treadle.tools.source.layout import Unformattable, format_json
from treadle.values import Json


def picture(asked: Definition) -> Json:
    """The drawing of a definition's text as JSON. Raises AwsError where it cannot be drawn."""
    try:
        return to_json(draw(asked.definition, frozenset(asked.folded)))
    except NoDefinition as problem:
        raise _undrawable(problem) from None


def render(asked: Rendering) -> str:
    """The definition in another form. Raises AwsError where it has none."""
    try:
        match asked.format:
            case "svg":
                return to_svg(draw(asked.definition), asked.theme, asked.title)
            case "mermaid":
                return to_mermaid(draw(asked.definition))
            case "yaml":
                document = read(asked.definition)
                if document.problems:
                    raise ValueError(document.problems[0].message)
                return text_of(*value_of(document), True)
            case "json":
                return format_json(asked.definition)
    except NoDefinition as problem:
        raise _undrawable(problem) from None
    except Unformattable as problem:
        raise AwsError("ValidationException", f"This cannot be formatted: {problem}") from None
    except ValueError as problem:
        raise AwsError("ValidationException", f"This is not JSON: {problem}") from None


def _undrawable(problem: NoDefinition) -> AwsError:
    return AwsError("ValidationException", f"This cannot be drawn: {problem}")
