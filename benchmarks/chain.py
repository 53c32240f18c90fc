"""(c) The whole chain: the straightforward loop against painwatch, on the same frames of the same clips.

Both read every frame, score with the same weights and write to the same InfluxDB, whose own work is not counted. Both
look at every frame, but where nothing moved painwatch repeats its answer: such looks are counted apart, and the cost of
a face is that of all looks, divided by the faces really scored. painwatch runs as all its processes (supervisor,
captures, inference, hub, page), and all of them are counted. Starting is counted in neither. A clip is repeated for
painwatch, so that it sees the same frames again and again.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import bounds, machine
from benchmarks.clips import Clip, repeated
from benchmarks.forms import computed
from benchmarks.loop import Loop, straightforward
from benchmarks.measure import ratios, spread
from benchmarks.naive import BUCKET, Order
from benchmarks.report import Answer, Line
from benchmarks.watch import BenchError, Watch, watching
from painwatch.core.types import Status
from painwatch.store.history import open_history
from servers.influx import InfluxServer, missing

MEASURED_S = 90.0
"""The longest one measurement of painwatch may take."""

TITLES = {
    "plain": "loop, frames as DLCLive takes them by default",
    "loop": "loop, frames halved",
    "ours": "painwatch",
}
"""The three that are compared; whole frames, which cost most, only with the first number of cameras."""

TURNS = 60
"""How often painwatch's clips begin again: enough for the time in which its page starts, too."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement of one of the two. `repeated`: looks that told an earlier answer again; they scored no face.

    `scores`: probability by clip and frame, None for a look without a score; repeated ones are left out.
    """

    looks: int
    scored: int
    repeated: int
    cpu_s: float
    wall_s: float
    cold_s: float
    memory_bytes: int
    cpu_of: dict[str, float]
    scores: dict[tuple[int, int], float | None]

    @property
    def faces_a_cpu_s(self) -> float:
        return self.scored / self.cpu_s

    @property
    def cpu_ms_a_face(self) -> float:
        return 1e3 * self.cpu_s / self.scored


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The URL of an InfluxDB for both, empty where this host has none."""
    if missing():
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="pw-bench-") as folder, InfluxServer(Path(folder)) as server:
        server.query(f'CREATE DATABASE "{BUCKET.partition("/")[0]}"')
        yield server.url


def run(
    engine_dir: Path | None,
    clips: Sequence[Clip],
    counts: Sequence[int],
    repeats: int,
    looks: int,
    say: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Measure both in turn, `repeats` times for each number of cameras; the loop takes `looks` looks each time.

    `engine_dir`: where the 8-bit forms lie; None: painwatch computes in float32.
    """
    found: dict[tuple[str, int, int], Run] = {}
    with straightforward() as loop, database() as influx, tempfile.TemporaryDirectory(prefix="pw-bench-") as name:
        for count in counts:
            each, times = max(2, looks // count), TURNS
            files = [
                repeated(clip, times, Path(name) / f"{count}-{number}.mp4", frames=each)
                for number, clip in enumerate(clips[:count])
            ]
            for turn in range(repeats):
                say(f"{count} cameras, turn {turn + 1} of {repeats}: the loop")
                found["loop", count, turn] = _loop(loop, files, each, influx)
                if count == counts[0]:
                    say(f"{count} cameras, turn {turn + 1} of {repeats}: the loop on whole frames")
                    found["plain", count, turn] = _loop(loop, files, each, influx, resize=None)
                say(f"{count} cameras, turn {turn + 1} of {repeats}: painwatch")
                found["ours", count, turn] = painwatch(files, clips[0].fps, each, engine_dir, influx, 4 * looks)
            for file in files:
                file.unlink()
    return _answer(found, counts, repeats, clips[0], influx, engine_dir)


def _loop(loop: Loop, files: Sequence[Path], each: int, influx: str, resize: float | None = 0.5) -> Run:
    done = loop.run(Order(tuple(map(str, files)), looks=each * len(files), resize=resize, influx=influx))
    scores: dict[tuple[int, int], float | None] = {(clip, at): None for clip in range(len(files)) for at in range(each)}
    for clip, file in enumerate(files):
        scores |= {(clip, int(at) % each): p for at, p in done.scores[str(file)].items()}
    return Run(done.looks, done.scored, 0, done.cpu_s, done.wall_s, loop.cold_s, done.rss_bytes, {}, scores)


def painwatch(files: Sequence[Path], fps: float, each: int, engine_dir: Path | None, influx: str, looks: int) -> Run:
    """The watch on `files`, read as fast as they can be scored, until `looks` more looks after the first ones.

    Raises:
        BenchError: it does not get on.
    """
    sources = [{"kind": "file", "path": str(file), "pace": "fast"} for file in files]
    with watching(sources, fps, engine_dir=engine_dir, influx=influx) as watch:
        cold_s = watch.wait_for_all(1)
        watch.settle()
        seen, faces, again = (each.total() for each in (watch.told.looks, watch.told.scored, watch.told.repeated))
        used, began = watch.usage(), time.monotonic()
        if not watch.gather(lambda told: told.looks.total() >= seen + looks, MEASURED_S):
            raise BenchError(f"{watch.told.looks.total() - seen} looks in {MEASURED_S:.0f} s, {looks} were asked for")
        after, wall_s = watch.usage(), time.monotonic() - began
        watch.computed_in(engine_dir)
        looked, scored = watch.told.looks.total() - seen, watch.told.scored.total() - faces
        retold, cpu_s = watch.told.repeated.total() - again, after.cpu_s - used.cpu_s
        cpu_of = {kind: after.cpu_of[kind] - used.cpu_of.get(kind, 0.0) for kind in after.cpu_of}
        scores = _scores(watch, each, fps)
    return Run(looked, scored, retold, cpu_s, wall_s, cold_s, after.memory_bytes, cpu_of, scores)


def _scores(watch: Watch, each: int, fps: float) -> dict[tuple[int, int], float | None]:
    """What is stored of each clip's first turn."""
    scores: dict[tuple[int, int], float | None] = {}
    with open_history(watch.places.database) as history:
        for clip in range(len(watch.cameras)):
            points = history.points(f"cage-{clip}", 0, 2**62)
            for point in points:
                at = round((point.time_ns - points[0].time_ns) / 1e9 * fps)
                if at < each and not any(share.repeated for share in point.shares):
                    scores[clip, at] = point.pain_probability if point.status is Status.OK else None
    return scores


def _answer(
    found: dict[tuple[str, int, int], Run],
    counts: Sequence[int],
    repeats: int,
    clip: Clip,
    influx: str,
    engine_dir: Path | None,
) -> Answer:
    decode_ms = machine.decode_ms(clip.path)
    copies_ms = bounds.copies_ms()
    lines, values = [], {}
    for count in counts:
        runs = {who: [found[who, count, t] for t in range(repeats)] for who in TITLES if (who, count, 0) in found}
        costs = {who: [each.cpu_ms_a_face for each in of] for who, of in runs.items()}
        for who in runs:
            looks_a_face = sum(run.looks for run in runs[who]) / sum(run.scored for run in runs[who])
            least_ms = looks_a_face * (bounds.search_ms() + decode_ms + copies_ms) + bounds.face_ms()
            used = runs[who][-1]
            lines.append(
                Line(
                    f"{count} cameras, {TITLES[who]}",
                    spread(costs[who]),
                    ratios(costs["loop"], costs[who]),
                    least_ms / spread(costs[who]).median,
                    {
                        "faces a cpu-s": str(spread([run.faces_a_cpu_s for run in runs[who]])),
                        "looks a s": f"{used.looks / used.wall_s:.1f}",
                        "faces of looks": f"{used.scored} of {used.looks}",
                        "repeated": str(used.repeated),
                        "MiB": f"{used.memory_bytes / 2**20:.0f}",
                        "cold start s": f"{used.cold_s:.1f}",
                    },
                )
            )
            values[f"{count} {who}"] = [
                {key: value for key, value in asdict(run).items() if key != "scores"} for run in runs[who]
            ]
    agreed = _agreement(found, counts, repeats)
    plain, ours = ([found[who, counts[0], turn].cpu_ms_a_face for turn in range(repeats)] for who in ("plain", "ours"))
    by_default = ratios(plain, ours)
    return Answer(
        key="c",
        title="(c) The whole chain, clip to database",
        unit="cpu-ms a scored face",
        held_to="the loop",
        peak=(
            "what the machine's parts alone would take: a full search and a face at the int8 peak "
            f"of (a) and (b), the decoder ({decode_ms:.2f} ms) and two copies ({copies_ms:.3f} ms)"
        ),
        lines=tuple(lines),
        notes=(
            f"{'With' if influx else 'WITHOUT'} InfluxDB behind both. Memory: PSS of painwatch, resident of the loop.",
            computed(engine_dir is not None),
            f"Against the loop with frames as DLCLive takes them by default, {counts[0]} cameras: {by_default} times.",
            f"On the same frames: {agreed['both']} scored by both, {agreed['loop']} by the loop alone, "
            f"{agreed['ours']} by painwatch alone; |dp| median {agreed['median']:.3f}, 99 % {agreed['p99']:.3f}.",
            f"painwatch's time by process, last run: {_shares(found['ours', counts[-1], repeats - 1])}.",
        ),
        values={"runs": values, "agreement": agreed, "decode_ms": decode_ms, "copies_ms": copies_ms},
    )


def _agreement(found: dict[tuple[str, int, int], Run], counts: Sequence[int], repeats: int) -> dict[str, Any]:
    apart: list[float] = []
    alone = {"loop": 0, "ours": 0}
    for count in counts:
        for turn in range(repeats):
            loop, ours = found["loop", count, turn].scores, found["ours", count, turn].scores
            for at in loop.keys() & ours.keys():
                one, other = loop[at], ours[at]
                if one is not None and other is not None:
                    apart.append(abs(one - other))
                elif one is not None or other is not None:
                    alone["ours" if one is None else "loop"] += 1
    quantiles = np.quantile(apart, [0.5, 0.99]) if apart else (float("nan"), float("nan"))
    return {"both": len(apart), **alone, "median": float(quantiles[0]), "p99": float(quantiles[1])}


def _shares(run: Run) -> str:
    whole = sum(run.cpu_of.values())
    return ", ".join(
        f"{kind} {used / whole:.0%}" for kind, used in sorted(run.cpu_of.items(), key=lambda item: -item[1])
    )
