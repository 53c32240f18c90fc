"""What a soak shows: whether every process, the pace and the sinks are at the end as they were at first."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

WINDOW_S = 600.0
MOST_MIB_PER_HOUR = 10.0
MOST_LATENCY_RATIO = 1.5
LEAST_RATE_RATIO = 0.8
LEAST_SAMPLED = 0.5
"""Of the looks in the last ten minutes, a process must have been there at so many."""

MOST_WAITING_MORE = 100
"""Lines that wait for a sink in the last ten minutes beyond those in the first, a few of which are being sent."""


@dataclass(frozen=True)
class Sample:
    """One process at one time since the start."""

    at_s: float
    process: str
    pid: int
    rss_mib: float
    open_files: int
    threads: int


@dataclass(frozen=True)
class Pace:
    """The cage at one time since the start."""

    at_s: float
    latency_ms_p50: float
    latency_ms_p95: float
    points_per_s: float


@dataclass(frozen=True)
class Delivery:
    """A sink at one time since the start."""

    at_s: float
    sink: str
    waiting: int
    fault: str


@dataclass(frozen=True)
class Soaked:
    """All that was sampled."""

    samples: list[Sample] = field(default_factory=list)
    paces: list[Pace] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)


def report(soaked: Soaked, warm_up_s: float) -> int:
    """Prints the table; 1 if something was not flat."""
    warm = [sample for sample in soaked.samples if sample.at_s >= warm_up_s]
    steady = [pace for pace in soaked.paces if pace.at_s >= warm_up_s]
    if len({sample.at_s for sample in warm}) < 3 or not steady:
        raise SystemExit("too short: there is nothing after the warm-up")
    end_s = warm[-1].at_s
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, {time.strftime('%Y-%m-%d')}; {end_s / 60:.0f} min")
    print(f"{'process':24s} {'first MiB':>9s} {'last MiB':>9s} {'MiB/h':>7s} {'files':>11s} {'threads':>9s} starts")
    failed = [line for name in dict.fromkeys(s.process for s in warm) for line in flat(name, warm)]
    first = [pace for pace in steady if pace.at_s <= warm_up_s + WINDOW_S]
    last = [pace for pace in steady if pace.at_s >= end_s - WINDOW_S]
    for name in ("latency_ms_p50", "latency_ms_p95", "points_per_s"):
        before, after = (statistics.median(getattr(pace, name) for pace in part) for part in (first, last))
        print(f"{name:16s} first ten minutes {before:8.2f}, last ten {after:8.2f}, ratio {after / before:.2f}")
        if name == "latency_ms_p95" and after > MOST_LATENCY_RATIO * before:
            failed.append(f"latency p95 grew from {before:.0f} to {after:.0f} ms")
        if name == "points_per_s" and after < LEAST_RATE_RATIO * before:
            failed.append(f"moments fell from {before:.2f} to {after:.2f} a second")
    failed += [*gone(warm, end_s), *undelivered(soaked.deliveries, warm_up_s, end_s)]
    for line in failed:
        print(f"NOT FLAT: {line}")
    return 1 if failed else 0


def flat(name: str, samples: list[Sample]) -> Iterator[str]:
    """Prints a process' line; gives what is not flat about it."""
    own = [sample for sample in samples if sample.process == name]
    slope = 3600 * slope_of([(sample.at_s, sample.rss_mib) for sample in own])
    files = (own[0].open_files, own[-1].open_files, max(sample.open_files for sample in own))
    threads = (own[0].threads, own[-1].threads)
    starts = len({sample.pid for sample in own})
    print(
        f"{name:24s} {own[0].rss_mib:9.1f} {own[-1].rss_mib:9.1f} {slope:7.2f} "
        f"{files[0]:4d}>{files[1]}<{files[2]:<4d} {threads[0]:4d}>{threads[1]:<4d} {starts}"
    )
    if slope > MOST_MIB_PER_HOUR:
        yield f"{name} grows by {slope:.1f} MiB an hour"
    if files[1] > files[0] + 5:
        yield f"{name} keeps {files[1]} files open, at first {files[0]}"
    if starts > 1:
        yield f"{name} was started {starts} times"


def gone(samples: list[Sample], end_s: float) -> Iterator[str]:
    """Processes that were not there, or not to be looked at, for much of the last ten minutes."""
    last = [sample for sample in samples if sample.at_s >= end_s - WINDOW_S]
    looks = len({sample.at_s for sample in last})
    for name in dict.fromkeys(sample.process for sample in samples):
        seen = sum(sample.process == name for sample in last)
        if seen < LEAST_SAMPLED * looks or all(s.at_s < end_s for s in last if s.process == name):
            yield f"{name} was seen at {seen} of the last {looks} looks, or not at the last one"


def undelivered(deliveries: list[Delivery], warm_up_s: float, end_s: float) -> Iterator[str]:
    """Sinks with a fault at the end, and those for which more and more waits."""
    for name in dict.fromkeys(delivery.sink for delivery in deliveries):
        own = [delivery for delivery in deliveries if delivery.sink == name and delivery.at_s >= warm_up_s]
        first = [delivery.waiting for delivery in own if delivery.at_s <= warm_up_s + WINDOW_S]
        last = [delivery.waiting for delivery in own if delivery.at_s >= end_s - WINDOW_S]
        if not first or not last:
            yield f"sink {name} was not told of to the end"
            continue
        before, after = statistics.median(first), statistics.median(last)
        print(f"sink {name}: {before:.0f} lines waited in the first ten minutes, {after:.0f} in the last")
        if own[-1].fault:
            yield f"sink {name} has a fault at the end: {own[-1].fault}"
        if after > before + MOST_WAITING_MORE:
            yield f"more and more waits for sink {name}: {before:.0f} lines at first, {after:.0f} at last"


def slope_of(points: list[tuple[float, float]]) -> float:
    """Least squares slope."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else 0.0
