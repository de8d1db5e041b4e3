"""Who called what, when and from where: every API call that AWS's CloudTrail would tell of, kept for a while on disk.

`calls` knows what is told of a call, `trail` keeps it, `records` words it as CloudTrail does, `lookup` is LookupEvents.
"""

from treadle.audit.calls import Call
from treadle.audit.lookup import lookup_events
from treadle.audit.trail import Trail

__all__ = ["Call", "Trail", "lookup_events"]
