"""java.util.Random, bit for bit: AWS's seeded random numbers come from it."""

from __future__ import annotations

_MASK = (1 << 48) - 1


class JavaRandom:
    """The linear congruential generator that the documentation of java.util.Random prescribes."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ 0x5DEECE66D) & _MASK

    def _next(self, bits: int) -> int:
        self._state = (self._state * 0x5DEECE66D + 0xB) & _MASK
        return self._state >> (48 - bits)

    def random(self) -> float:
        """nextDouble(): a double in [0, 1)."""
        return ((self._next(26) << 27) + self._next(27)) / (1 << 53)

    def below(self, bound: int) -> int:
        """nextInt(bound): an integer from 0 to `bound` - 1; wider bounds than 31 bits are scaled from a double."""
        if bound >= 1 << 31:
            return int(self.random() * bound)
        if bound & (bound - 1) == 0:
            return (bound * self._next(31)) >> 31
        while True:
            bits = self._next(31)
            value = bits % bound
            if bits - value + bound - 1 < 1 << 31:
                return value
