"""Minutes of UTC, the step in which cages are summed up and welfare is judged. Pure."""

from __future__ import annotations

MINUTE_NS = 60_000_000_000


def expected_looks(sample_rate_hz: float) -> int:
    """Looks that a whole minute should have; at least 1, however rarely the cage is sampled."""
    return max(1, round(60 * sample_rate_hz))


def minute_of(time_ns: int) -> int:
    """Start of the minute that holds `time_ns`."""
    return time_ns // MINUTE_NS * MINUTE_NS
