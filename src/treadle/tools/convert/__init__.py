"""JSONPath definitions as JSONata ones."""

from treadle.tools.convert.machine import Converted, to_jsonata
from treadle.tools.convert.states import Issue

__all__ = ["Converted", "Issue", "to_jsonata"]
