"""When a child that lives must be ended all the same: it gets nowhere, or eats the host's memory. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from painwatch.config.models import RuntimeConfig
from painwatch.core.clock import Stamp
from painwatch.supervise.roster import Duty

START_S = 120.0
"""How long a child may take until its first step: it opens models, or compiles the virtual cage's renderer."""

LONGEST_LOOK_S = 4.0
"""At most so much standing still is counted between two looks. When it was the supervisor that slept, with the host or
in a debugger, the children had no time to step either."""

OVER_TWICE = 2
"""A ceiling is passed when it was passed in so many measurements in a row."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may: stand still, take to start, and use. Seconds and bytes; a duty without ceiling has none."""

    still_s: float = 30.0
    start_s: float = START_S
    memory_bytes: Mapping[Duty, int] = field(default_factory=dict)


def limits_of(runtime: RuntimeConfig) -> Limits:
    """As configured."""
    mib = {
        Duty.CAPTURE: runtime.memory_mb.capture,
        Duty.INFER: runtime.memory_mb.infer,
        Duty.HUB: runtime.memory_mb.hub,
        Duty.WEB: runtime.memory_mb.web,
    }
    return Limits(runtime.watchdog_s, max(START_S, runtime.watchdog_s), {d: int(v * _MIB) for d, v in mib.items()})


@dataclass(frozen=True, slots=True)
class Pulse:
    """The steps of a child's present life, how long they have stood still, and how often in a row it used too much."""

    steps: int | None = None
    still_s: float = 0.0
    looked_mono_ns: int | None = None
    over: int = 0


def looked(pulse: Pulse, steps: int | None, now: Stamp) -> Pulse:
    """The pulse after one more look at the counter."""
    since_s = 0.0 if pulse.looked_mono_ns is None else (now.mono_ns - pulse.looked_mono_ns) / 1e9
    moved = steps is not None and steps != pulse.steps
    still_s = 0.0 if moved else pulse.still_s + min(max(0.0, since_s), LONGEST_LOOK_S)
    return Pulse(pulse.steps if steps is None else steps, still_s, now.mono_ns, pulse.over)


def weighed(pulse: Pulse, rss_bytes: int, ceiling_bytes: int | None) -> Pulse:
    """The pulse after one more measurement of resident memory."""
    over = pulse.over + 1 if ceiling_bytes is not None and rss_bytes > ceiling_bytes else 0
    return Pulse(pulse.steps, pulse.still_s, pulse.looked_mono_ns, over)


def why_still(pulse: Pulse, limits: Limits) -> str:
    """Why the child is to be ended for standing still; empty if it is not."""
    if pulse.steps is None:
        return f"did not get going within {pulse.still_s:.0f} s" if pulse.still_s > limits.start_s else ""
    return f"made no progress for {pulse.still_s:.0f} s" if pulse.still_s > limits.still_s else ""


def why_over(pulse: Pulse, rss_bytes: int, ceiling_bytes: int | None) -> str:
    """Why the child is to be ended for its use of memory; empty if it is not."""
    if ceiling_bytes is None or pulse.over < OVER_TWICE:
        return ""
    return f"used {rss_bytes / _MIB:.0f} MiB, more than its ceiling of {ceiling_bytes / _MIB:.0f} MiB"
