"""What differs between two definitions, and where two executions parted."""

from treadle.tools.diff.definitions import Comparison, StateChange, compare
from treadle.tools.diff.executions import Divergence, Divergences, diverge, pairs_of
from treadle.tools.diff.picture import picture
from treadle.tools.diff.values import Change, changes, same, shown

__all__ = [
    "Change",
    "Comparison",
    "Divergence",
    "Divergences",
    "StateChange",
    "changes",
    "compare",
    "diverge",
    "pairs_of",
    "picture",
    "same",
    "shown",
]
