"""Does it hold? Live cameras for ten minutes: latency from the grab to the fused point, every camera's share, memory.

    python -m benchmarks.sustained [--cameras 8] [--minutes 10] [--rate-hz 2]

The cameras are streams of rendered clips from a server process that is not counted (but shares the machine). Latency
is the time at which this process hears of a point for which a face was scored, less that stamped right after the grab:
it holds one message more than the hub's own figure, and nothing of answers that were repeated. Exit
status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.clips import clips
from benchmarks.forms import forms
from benchmarks.streams import kind, streams
from benchmarks.watch import START_S, BenchError, Told, Watch, end_in_order, watching

LATENCY_MS, SHARE, FLAT = 500.0, 0.9, 1.10
"""The targets: 95th percentile of latency, share of the worst camera, and how much the last may be above the first."""

NOISE_MS, NOISE_MIB = 25.0, 16.0
"""Differences of two minutes that are no growth, however small the first."""

EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """At one instant after the warm-up: memory and processor seconds by kind of process, looks at each camera."""

    at_s: float
    memory_mib: dict[str, float]
    cpu_s: dict[str, float]
    looks: dict[str, int]


@dataclass(slots=True)
class Course:
    """The whole run. `latencies`: (seconds after the warm-up, ms) of each moment for which a face was scored.

    `scored`: faces; `repeated`: looks that told an earlier answer again, which are not among them.
    """

    seconds: float
    rate_hz: float
    samples: list[Sample] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    scored: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a run. `p95_ms` of all; `shares` of the looks owed, by camera; first and last are of `edge_s`."""

    p50_ms: float
    p95_ms: float
    first_p95_ms: float
    last_p95_ms: float
    first_mib: float
    last_mib: float
    shares: dict[str, float]
    core: float
    missed: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate-hz", type=float, default=2.0, help="moments a second at which each camera is judged")
    parser.add_argument("--fps", type=float, default=10.0, help="of the streams")
    parser.add_argument("--warm-up-s", type=float, default=30.0, help="not counted, after all have started")
    parser.add_argument("--cache", type=Path, default=Path("build/bench"))
    parser.add_argument("--out", type=Path, default=Path("build/bench/sustained.json"), help="and .png beside it")
    wanted = parser.parse_args()
    end_in_order()
    console, company = Console(width=120, highlight=False), machine.company()
    engine_dir = forms(wanted.cache, console.print)
    shown = clips(wanted.cache, min(4, wanted.cameras), seconds=20.0, fps=wanted.fps, say=console.print)
    seconds = 60 * wanted.minutes
    with (
        tempfile.TemporaryDirectory(prefix="pw-bench-") as name,
        streams(shown, wanted.cameras, seconds + wanted.warm_up_s + START_S, Path(name)) as sources,
        watching(sources, wanted.rate_hz, engine_dir=engine_dir) as watch,
    ):
        cold_s = watch.wait_for_all(1)
        console.print(f"all {wanted.cameras} cameras judged after {cold_s:.0f} s")
        watch.settle()
        watch.gather(lambda _: False, wanted.warm_up_s)
        course = observed(watch, seconds, wanted.rate_hz)
    found = verdict(course)
    title = (
        f"{wanted.cameras} cameras of 640 x 360 px ({kind()}, {wanted.fps:g} frames a second), {wanted.minutes:g} min"
    )
    _show(console, f"{title}, {wanted.rate_hz:g} looks a second each", course, found, company.others())
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    told = {"title": title, "engines": sorted(watch.engines), "machine": asdict(machine.state())}
    told |= {"verdict": asdict(found), "course": asdict(course)}
    wanted.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    draw(course, title, wanted.out.with_suffix(".png"))
    console.print(f"written: {wanted.out} and {wanted.out.with_suffix('.png')}", markup=False)
    try:
        watch.computed_in(engine_dir)
    except BenchError as error:
        console.print(str(error), markup=False)
        return 1
    return 1 if found.missed else 0


def observed(watch: Watch, seconds: float, rate_hz: float) -> Course:
    """What happens in the next `seconds`."""
    watch.told = Told()
    course, began = Course(seconds, rate_hz), time.monotonic()
    while (at_s := time.monotonic() - began) < seconds:
        used = watch.usage()
        memory = {name: size / 2**20 for name, size in used.memory_of.items()}
        course.samples.append(Sample(at_s, memory, used.cpu_of, dict(watch.told.looks)))
        watch.gather(lambda _: False, min(EVERY_S, seconds - at_s))
    used = watch.usage()
    memory = {name: size / 2**20 for name, size in used.memory_of.items()}
    course.samples.append(Sample(time.monotonic() - began, memory, used.cpu_of, dict(watch.told.looks)))
    course.latencies = [(at - began, ms) for at, ms in watch.told.latencies]
    course.scored, course.repeated = watch.told.scored.total(), watch.told.repeated.total()
    return course


def verdict(course: Course) -> Verdict:
    """Holds a course to the targets. Its first and last fifth, at most two minutes each, are compared."""
    edge_s = min(120.0, course.seconds / 5)
    first, last = course.samples[0], course.samples[-1]
    lasted_s = last.at_s - first.at_s
    shares = {
        name: (count - first.looks.get(name, 0)) / (course.rate_hz * lasted_s) for name, count in last.looks.items()
    }
    early = [ms for at_s, ms in course.latencies if at_s < edge_s]
    late = [ms for at_s, ms in course.latencies if at_s >= course.seconds - edge_s]
    memory = [(each.at_s, sum(each.memory_mib.values())) for each in course.samples]
    first_mib = float(np.median([mib for at_s, mib in memory if at_s < edge_s]))
    last_mib = float(np.median([mib for at_s, mib in memory if at_s >= course.seconds - edge_s]))
    everything = [ms for _, ms in course.latencies]
    p95, first_p95, last_p95 = (_p95(values) for values in (everything, early, late))
    missed = []
    if not p95 < LATENCY_MS:
        missed.append(f"95th percentile of latency {p95:.0f} ms, target below {LATENCY_MS:.0f} ms")
    missed += [f"{name} was looked at {share:.1%} of its share" for name, share in shares.items() if share < SHARE]
    if not last_p95 <= max(FLAT * first_p95, first_p95 + NOISE_MS):
        missed.append(f"latency grew from {first_p95:.0f} to {last_p95:.0f} ms")
    if not last_mib <= max(FLAT * first_mib, first_mib + NOISE_MIB):
        missed.append(f"memory grew from {first_mib:.0f} to {last_mib:.0f} MiB")
    core = (sum(last.cpu_s.values()) - sum(first.cpu_s.values())) / lasted_s
    p50 = float(np.median(everything)) if everything else float("nan")
    return Verdict(p50, p95, first_p95, last_p95, first_mib, last_mib, shares, core, tuple(missed))


def draw(course: Course, title: str, path: Path) -> None:
    """Latency and memory over the run."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(9, 6), layout="constrained")
    minutes = np.array([at_s / 60 for at_s, _ in course.latencies])
    above.plot(
        minutes,
        [ms for _, ms in course.latencies],
        ".",
        markersize=2,
        alpha=0.4,
        label="each scored face",
    )
    buckets = np.arange(0, course.seconds / 60 + 1e-9, max(1 / 6, course.seconds / 3600))
    inside = [[ms for at_s, ms in course.latencies if start <= at_s / 60 < end] for start, end in _pairs(buckets)]
    above.step(buckets[:-1], [_p95(values) for values in inside], where="post", label="95th percentile")
    above.axhline(LATENCY_MS, linestyle="--", color="grey", linewidth=1)
    above.set(ylabel="grab to fused point, ms", title=title, ylim=(0, None))
    above.legend(loc="upper right")
    for name in course.samples[0].memory_mib:
        values = [each.memory_mib.get(name, float("nan")) for each in course.samples]
        below.plot([each.at_s / 60 for each in course.samples], values, label=name)
    below.set(xlabel="minutes", ylabel="memory (PSS), MiB", ylim=(0, None))
    below.legend(loc="upper right")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _show(console: Console, title: str, course: Course, found: Verdict, others: float) -> None:
    table = Table("", "all", "first", "last", title=title, title_justify="left")
    latency = (f"{ms:.0f}" for ms in (found.p95_ms, found.first_p95_ms, found.last_p95_ms))
    table.add_row("latency, 95th percentile, ms", *latency)
    table.add_row("latency, median, ms", f"{found.p50_ms:.0f}", "", "")
    table.add_row("memory of all processes, MiB", "", f"{found.first_mib:.0f}", f"{found.last_mib:.0f}")
    table.add_row("of a core, all processes", f"{found.core:.0%}", "", "")
    shares = sorted(found.shares.values())
    if shares:
        table.add_row("share of the looks owed, worst and best", f"{shares[0]:.1%}, {shares[-1]:.1%}", "", "")
    looked = sum(course.samples[-1].looks.values())
    table.add_row("looks, of them repeated", f"{looked}, {course.repeated}", "", "")
    table.add_row("faces scored", f"{course.scored}", "", "")
    console.print(table)
    console.print(f"others used {others:.0%} of the machine meanwhile (the streams' server among them)", markup=False)
    for words in found.missed or ("all targets are met",):
        console.print(("MISSED: " if found.missed else "") + words, markup=False)


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95)) if len(values) else float("nan")


def _pairs(edges: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


if __name__ == "__main__":
    sys.exit(main())
