"""The web console's server side: the bundle at `/`, a small API below `/_treadle/api/`, live updates."""

from treadle.console.console import Console

__all__ = ["Console"]
