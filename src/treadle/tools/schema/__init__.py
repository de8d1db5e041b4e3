"""The JSON schema of the Amazon States Language, for editors: made from the tables by which definitions are read."""

from treadle.tools.schema.build import schema
from treadle.tools.schema.wording import describe, describe_type

__all__ = ["describe", "describe_type", "schema"]
