"""(e) What each further live camera costs: processor, memory, how soon the first score is there, and where it ends."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import bounds, machine
from benchmarks.clips import Clip
from benchmarks.forms import computed
from benchmarks.loop import straightforward
from benchmarks.measure import line_through, ratios, spread
from benchmarks.naive import Order
from benchmarks.report import Answer, Line
from benchmarks.streams import kind, streams
from benchmarks.watch import START_S, watching

SHARE = 0.9
"""A camera that gets less of what it is owed than this has not enough."""


@dataclass(frozen=True, slots=True)
class Load:
    """The watch on so many cameras. `core`: processor seconds a second; `share`: of the looks owed to the worst one.

    `repeated_a_look`: of all looks, those that told an earlier answer again as nothing moved.
    """

    cameras: int
    core: float
    core_of: dict[str, float]
    memory_bytes: int
    memory_of: dict[str, int]
    cold_s: float
    share: float
    faces_a_look: float
    repeated_a_look: float
    p95_ms: float


def run(
    engine_dir: Path | None,
    clips: Sequence[Clip],
    counts: Sequence[int],
    repeats: int,
    seconds: float,
    rate_hz: float,
    say: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Measure the watch for `seconds` on each number of cameras, up and down again, and the loop in between."""
    loads, loop_ms = list[Load](), list[float]()
    stride = max(1, round(clips[0].fps / rate_hz))
    with straightforward() as loop, tempfile.TemporaryDirectory(prefix="pw-bench-") as name:
        for turn in range(repeats):
            for count in counts if turn % 2 == 0 else reversed(counts):
                say(f"{count} live cameras, turn {turn + 1} of {repeats}")
                order = Order((str(clips[turn % len(clips)].path),), looks=clips[0].frames // stride, stride=stride)
                done = loop.run(order)
                loop_ms.append(1e3 * done.cpu_s / done.looks)
                loads.append(measured(clips, count, seconds, rate_hz, engine_dir, Path(name)))
    return answered(clips[0], loads, loop_ms, rate_hz, seconds, eight_bit=engine_dir is not None)


def measured(
    clips: Sequence[Clip], count: int, seconds: float, rate_hz: float, engine_dir: Path | None, folder: Path
) -> Load:
    """Raises BenchError if the watch does not get on."""
    # Until all is started and settled a stream has played for a while.
    with (
        streams(clips, count, seconds + START_S, folder) as sources,
        watching(sources, rate_hz, engine_dir=engine_dir) as watch,
    ):
        cold_s = watch.wait_for_all(1)
        watch.settle()
        looks, known = dict(watch.told.looks), len(watch.told.latencies)
        faces, again = watch.told.scored.total(), watch.told.repeated.total()
        used, began = watch.usage(), time.monotonic()
        watch.gather(lambda _: False, seconds)
        after, lasted_s = watch.usage(), time.monotonic() - began
        watch.computed_in(engine_dir)
    mine = {name: watch.told.looks[name] - looks[name] for name in watch.cameras}
    core_of = {kind: (after.cpu_of[kind] - used.cpu_of.get(kind, 0.0)) / lasted_s for kind in after.cpu_of}
    latencies = [ms for _, ms in watch.told.latencies[known:]]
    return Load(
        cameras=count,
        core=(after.cpu_s - used.cpu_s) / lasted_s,
        core_of=core_of,
        memory_bytes=after.memory_bytes,
        memory_of=after.memory_of,
        cold_s=cold_s,
        share=min(mine.values()) / (rate_hz * lasted_s),
        faces_a_look=(watch.told.scored.total() - faces) / max(1, sum(mine.values())),
        repeated_a_look=(watch.told.repeated.total() - again) / max(1, sum(mine.values())),
        p95_ms=float(np.percentile(latencies, 95)) if latencies else float("nan"),
    )


def answered(
    clip: Clip,
    loads: Sequence[Load],
    loop_ms: Sequence[float],
    rate_hz: float,
    seconds: float,
    *,
    eight_bit: bool = False,
) -> Answer:
    """Slope and offset of the costs, and where the cores are full."""
    enough = [load for load in loads if load.share >= SHARE]
    cores = os.cpu_count() or 1
    kept = enough if len({load.cameras for load in enough}) > 1 else list(loads)
    slope, offset = line_through([load.cameras for load in kept], [load.core for load in kept])
    grows, base = line_through([load.cameras for load in kept], [load.memory_bytes / 2**20 for load in kept])
    short = sorted({load.cameras for load in loads} - {load.cameras for load in enough})
    loop_core = rate_hz * spread(loop_ms).median / 1e3
    faces, decode_ms = float(np.mean([load.faces_a_look for load in kept])), machine.decode_ms(clip.path)
    least_ms = clip.fps * decode_ms + rate_hz * (bounds.search_ms() + faces * bounds.face_ms() + bounds.copies_ms())
    lines = []
    for count in sorted({load.cameras for load in loads}):
        mine = [load for load in loads if load.cameras == count]
        per_camera = [1e3 * load.core / count for load in mine]
        lines.append(
            Line(
                f"{count} cameras",
                spread(per_camera),
                ratios([1e3 * loop_core] * len(mine), per_camera),
                least_ms / spread(per_camera).median,
                {
                    "of a core, all": f"{np.median([load.core for load in mine]):.0%}",
                    "worst share": f"{min(load.share for load in mine):.0%}",
                    "faces a look": f"{np.mean([load.faces_a_look for load in mine]):.0%}",
                    "repeated": f"{np.mean([load.repeated_a_look for load in mine]):.0%}",
                    "p95 ms": f"{max(load.p95_ms for load in mine):.0f}",
                    "MiB": f"{np.median([load.memory_bytes for load in mine]) / 2**20:.0f}",
                    "first look s": f"{np.median([load.cold_s for load in mine]):.1f}",
                },
            )
        )
    last = loads[int(np.argmax([load.cameras for load in loads]))]
    processes = ", ".join(f"{name} {used:.1%}" for name, used in sorted(last.core_of.items()))
    return Answer(
        key="e",
        title=(
            f"(e) Live cameras ({kind()}, {clip.fps:g} frames a second), {rate_hz:g} looks a second each, {seconds:g} s"
        ),
        unit="cpu-ms a camera and second",
        held_to=f"the loop, {1e3 * loop_core:.0f} ms",
        peak=(
            f"{least_ms:.1f} ms: {clip.fps:g} frames decoded ({decode_ms:.2f} ms), {rate_hz:g} full searches and "
            f"{rate_hz * faces:.1f} faces at the int8 peak of (a) and (b), and two copies of each frame looked at"
        ),
        lines=tuple(lines),
        notes=(
            f"A further camera: {1e3 * slope:.1f} ms a second ({slope:.1%} of a core) and {grows:.0f} MiB; "
            f"all else {offset:.1%} of a core and {base:.0f} MiB.",
            f"By that line {cores} cores are full at {(cores - offset) / slope:.0f} cameras; "
            + (f"measured short of {SHARE:.0%} at {short[0]}." if short else "no number measured fell short."),
            f"Of a core, at {last.cameras} cameras: {processes}.",
            computed(eight_bit),
        ),
        values={
            "loads": [asdict(load) for load in loads],
            "loop_ms_a_look": list(loop_ms),
            "slope": slope,
            "offset": offset,
        },
    )
