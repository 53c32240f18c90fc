"""Randomness that depends on time only: smooth waves and draws that repeat after a given duration."""

from __future__ import annotations

from dataclasses import dataclass

_MASK = (1 << 64) - 1


def _scramble(x: int) -> int:
    """SplitMix64's finaliser: a 64-bit number whose bits all depend on all bits of x."""
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def smoothstep(t: float) -> float:
    """0 at or below 0, 1 at or above 1, without a corner between."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


@dataclass(frozen=True, slots=True)
class Chance:
    """Random functions of time with period `duration_s`; equal seeds give equal functions."""

    seed: int
    duration_s: float

    def draw(self, channel: int, index: int, which: int = 0) -> float:
        """Uniform in 0..1 for this channel, index and use."""
        x = self.seed
        for part in (channel, index, which):
            x = _scramble(x ^ _scramble(part))
        return _scramble(x) / 2**64

    def window(self, t_s: float, length_s: float) -> tuple[int, float, int]:
        """Cut the duration into windows of about `length_s`: (index of the one at t_s, seconds into it, count)."""
        count = max(1, round(self.duration_s / length_s))
        exact = self.duration_s / count
        index = min(count - 1, int(t_s / exact))
        return index, t_s - index * exact, count

    def wave(self, channel: int, t_s: float, period_s: float) -> float:
        """Smooth noise in -1..1 that goes up or down about every `period_s` seconds."""
        index, into_s, count = self.window(t_s, period_s)
        here, there = self.draw(channel, index), self.draw(channel, (index + 1) % count)
        through = smoothstep(into_s * count / self.duration_s)
        return 2 * (here + (there - here) * through) - 1
