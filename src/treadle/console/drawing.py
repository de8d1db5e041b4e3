"""Pictures of definitions, by the layout that all pictures of treadle share."""

from __future__ import annotations

from importlib import import_module

from treadle.aws import AwsError
from treadle.values import Json


def picture(definition: str) -> Json:
    """The drawing of a definition's text as JSON. Raises AwsError where it cannot be drawn."""
    try:
        layout = import_module("treadle.tools.layout")
    except ModuleNotFoundError:
        raise AwsError("NotImplemented", "This version of treadle has no layout yet.", 501) from None
    return layout.picture(definition)
