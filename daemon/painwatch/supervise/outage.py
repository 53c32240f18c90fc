"""How long the hub has been of no use, over however many restarts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from painwatch.core.clock import Stamp

TOLD_AFTER_S = 60.0
"""A hub that is down for this long cannot tell anyone itself any more."""

WELL_AFTER_S = 10.0
"""A hub that has been up and getting on for this long is back; one that comes and goes is not."""


@dataclass(frozen=True, slots=True)
class Outage:
    """`since_mono_ns`: when the hub was last well, None while it is. `told`: whether people know of it."""

    since_mono_ns: int | None = None
    told: bool = False


def looked(outage: Outage, up_for_s: float | None, now: Stamp) -> Outage:
    """The outage after one more look; `up_for_s`: since the hub's start, None if it is not up or gets nowhere."""
    if up_for_s is not None and up_for_s >= WELL_AFTER_S:
        return Outage()
    return outage if outage.since_mono_ns is not None else Outage(now.mono_ns)


def to_tell_s(outage: Outage, now: Stamp) -> float | None:
    """For how long the hub has been down if people are to be told now, else None."""
    if outage.since_mono_ns is None or outage.told:
        return None
    down_s = (now.mono_ns - outage.since_mono_ns) / 1e9
    return down_s if down_s >= TOLD_AFTER_S else None


def told(outage: Outage) -> Outage:
    """People have been told; once is enough."""
    return replace(outage, told=True)
