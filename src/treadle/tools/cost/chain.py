"""How often each state of a flow is entered, when every way out of it has its share: a Markov chain that ends."""

from __future__ import annotations

from collections.abc import Mapping

_ALMOST = 1e-12


class Endless(ValueError):
    """The shares let nobody out of a loop; `state` is in it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def expected(start: str, ways: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Expected visits per state for one start. `ways[a][b]` is the share of visits of `a` that go on to `b`; what is
    missing to 1 ends. Raises Endless.

    States are eliminated one by one: what came to one goes on to those behind it, multiplied by its loops.
    """
    out = {a: {b: share for b, share in ways.get(a, {}).items() if share > 0} for a in _reached(start, ways)}
    into: dict[str, dict[str, float]] = {name: {} for name in out}
    for a, onward in out.items():
        for b, share in onward.items():
            into[b][a] = share
    begun = {name: 1.0 if name == start else 0.0 for name in out}
    gone: list[tuple[str, float, dict[str, float]]] = []
    for name in sorted(out, key=lambda each: len(out[each]) * len(into[each])):
        loop = out[name].pop(name, 0.0)
        into[name].pop(name, None)
        if loop > 1 - _ALMOST:
            raise Endless(name)
        factor = 1 / (1 - loop)
        for b, further in out[name].items():
            begun[b] += begun[name] * factor * further
            into[b].pop(name)
            for a, coming in into[name].items():
                out[a][b] = into[b][a] = out[a].get(b, 0.0) + coming * factor * further
        for a in into[name]:
            out[a].pop(name)
        gone.append((name, factor, into[name]))
    visits: dict[str, float] = {}
    for name, factor, came in reversed(gone):
        visits[name] = factor * (begun[name] + sum(part * visits[a] for a, part in came.items()))
    return visits


def _reached(start: str, ways: Mapping[str, Mapping[str, float]]) -> list[str]:
    found, waiting = {start}, [start]
    while waiting:
        for b, share in ways.get(waiting.pop(), {}).items():
            if share > 0 and b not in found:
                found.add(b)
                waiting.append(b)
    return sorted(found)
