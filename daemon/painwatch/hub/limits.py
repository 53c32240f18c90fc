"""How much of a kind may come in. Pure: the time is handed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """So many at once, and so many more a second. `most` lies above what senders keep while the hub is away: what
    was kept comes in at once when it is back, and must not be taken for a flood.
    """

    per_s: float
    most: float
    _left: float = -1.0
    _at_ns: int = 0

    def spend(self, mono_ns: int) -> bool:
        """Whether one more may come in at `mono_ns`."""
        gained = self.most if self._left < 0 else max(0, mono_ns - self._at_ns) * self.per_s / 1e9
        self._left = min(self.most, max(0.0, self._left) + gained)
        self._at_ns = mono_ns
        if self._left < 1:
            return False
        self._left -= 1
        return True
