"""Pictures of definitions, by the layout that all pictures of treadle share."""

from __future__ import annotations

from treadle.aws import AwsError
from treadle.tools.layout import NoDefinition, draw, to_json
from treadle.values import Json


def picture(definition: str) -> Json:
    """The drawing of a definition's text as JSON. Raises AwsError where it cannot be drawn."""
    try:
        return to_json(draw(definition))
    except NoDefinition as problem:
        raise AwsError("ValidationException", f"This cannot be drawn: {problem}") from None
