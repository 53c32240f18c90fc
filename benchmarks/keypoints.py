"""(a) Keypoints: `DLCLive.get_pose` against the search of the watch, the same network on the same frames.

A careful user halves the frames (`resize=0.5`): that is the width the network was trained at. `dynamic` is the
library's own way to look at no more than the surroundings of the animal; it is timed as well, with what it misses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import machine
from benchmarks.clips import Clip, Image
from benchmarks.forms import WIDER
from benchmarks.measure import Case, Spread, interleaved, ratios, spread
from benchmarks.ours import AsWatched, Watching, engine_of, full_search
from benchmarks.report import Answer, Line
from painwatch_engines import zoo
from painwatch_engines.face import FaceMultiple, find_face
from painwatch_engines.models.dlclive_seam import dlclive_class
from painwatch_engines.runtime import PlanCache

LIKELIHOOD = 0.9
HELD_TO = "DLCLive, halved"
FULL, TRACKED, WATCHED = "painwatch, full search", "painwatch, tracked search", "painwatch, as it watches"
FULL_8, TRACKED_8 = f"{FULL}, 8 bits", f"{TRACKED}, 8 bits"
EQUAL = 0.95
"""Ways that agree with the full search on whether there is a face in fewer frames than this do something else."""

Pose = NDArray[np.floating[Any]]
Finder = Callable[[Image, int], Pose]
"""A frame and the number of its clip to (5, 3)."""


@dataclass(slots=True)
class Kept:
    """The poses that a case gave, by clip and frame."""

    poses: dict[tuple[int, int], Pose] = field(default_factory=dict)


def run(
    clips: list[Clip], rounds: int, frames_a_round: int, *, watched_at_hz: float, eight_bit: PlanCache | None = None
) -> Answer:
    """Time every way on the same consecutive frames, clip after clip, and hold what they find to the truth.

    `eight_bit`: where the network's 8-bit form lies, to time that too.
    """
    images = [clip.images() for clip in clips]
    shown = [(at, index) for at, clip in enumerate(images) for index in range(len(clip))]
    needed = min(len(shown), rounds * frames_a_round)
    watching = Watching(len(clips) + 1, watched_at_hz)
    watched = AsWatched(watching, repeats=True)
    finders: dict[str, Finder] = dict(_dlclive(images[0][0])) | {
        FULL: full_search(),
        TRACKED: AsWatched(watching, repeats=False),
        WATCHED: watched,
    }
    if eight_bit is not None:
        finders[FULL_8] = full_search(eight_bit)
        finders[TRACKED_8] = AsWatched(watching, repeats=False, eight_bit=eight_bit)
    kept = {name: Kept() for name in finders}
    cases = {
        name: _case(finder, images, shown[:needed], frames_a_round, kept[name]) for name, finder in finders.items()
    }
    samples = interleaved(cases, max(1, needed // frames_a_round))
    costs = {name: [sample.cpu_ms for sample in each] for name, each in samples.items()}
    walls = {name: spread([sample.wall_ms for sample in each]) for name, each in samples.items()}
    work = _operations(finders[HELD_TO], images[0][0])
    float32, int8 = machine.gflops("float32"), machine.gflops("int8")
    peaks = {HELD_TO: float32, FULL: float32, FULL_8: int8}
    truth = [clip.truth() for clip in clips]
    full = kept[FULL].poses
    lines = [
        Line(
            name,
            spread(cost),
            ratios(costs[HELD_TO], cost),
            work / 1e9 / (spread(cost).median / 1e3) / peaks[name] if name in peaks else None,
            {"by the clock, ms": str(walls[name])} | _judged(kept[name].poses, full, truth),
        )
        for name, cost in costs.items()
    ]
    agreed = {name: _agreement(each.poses, full) for name, each in kept.items()}
    theirs = [name for name in costs if name.startswith("DLCLive") and agreed[name] >= EQUAL]
    best = min(theirs, key=lambda name: spread(costs[name]).median)
    against_best = ratios(costs[best], costs[TRACKED])
    return Answer(
        key="a",
        title=f"(a) Keypoints of 640 x 360 px frames, {needed} consecutive frames of {len(clips)} clips",
        unit="cpu-ms a frame",
        held_to=HELD_TO,
        peak=(
            f"ONNX Runtime's best, one thread, float32 {float32:.0f}, int8 {int8:.0f} GFLOP/s; of the "
            f"{work / 1e9:.2f} GFLOP of a full search"
        ),
        lines=tuple(lines),
        notes=(
            f"Against the fastest of the library's own ways that agrees on a face in {EQUAL:.0%} of the frames or more "
            f"({best}), the tracked search: {against_best} times.",
            *_in_8_bits(costs, best),
            f"As it watches, it searches nothing where nothing moves: {watched.repeated} of {needed} answers repeated.",
            f"Engine: {engine_of()}. Truth: the renderer's; errors of visible points seen at {LIKELIHOOD} or above.",
            "The parts of ours that follow the network (crop, quality) are counted in the tracked ways.",
        ),
        values={
            "samples_cpu_ms": costs,
            "gflop": work / 1e9,
            "peak_gflops": {"float32": float32, "int8": int8},
            "against_best": _plain(against_best),
            "repeated": watched.repeated,
        },
    )


def _in_8_bits(costs: dict[str, list[float]], best: str) -> tuple[str, ...]:
    if TRACKED_8 not in costs:
        return ()
    return (f"The same in 8 bits: {ratios(costs[best], costs[TRACKED_8])} times. {WIDER}",)


def _dlclive(frame: Image) -> Iterator[tuple[str, Finder]]:
    default = torch.get_num_threads()
    for name, threads, options in (
        (HELD_TO, 1, {"resize": 0.5}),
        (f"DLCLive, halved, {max(2, default)} threads", max(2, default), {"resize": 0.5}),
        ("DLCLive, halved, dynamic", 1, {"resize": 0.5, "dynamic": (True, 0.5, 10)}),
        ("DLCLive, whole frames", 1, {}),
    ):
        live = dlclive_class()(str(zoo.path("keypoints") / "model.pt"), model_type="pytorch", device="cpu", **options)
        live.init_inference(frame)
        yield name, _finder(live, threads)


def _operations(find: Finder, frame: Image) -> int:
    """Multiplications and additions of one call, a multiply-add as two, as PyTorch counts them."""
    with FlopCounterMode(display=False) as counter:
        find(frame, 0)
    return int(counter.get_total_flops())


def _finder(live: Any, threads: int) -> Finder:
    def find(frame: Image, clip: int) -> Pose:  # noqa: ARG001
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        return np.asarray(live.get_pose(frame))

    return find


def _case(find: Finder, images: list[list[Image]], shown: list[tuple[int, int]], count: int, kept: Kept) -> Case:
    def run_round(turn: int) -> int:
        if turn < 0:
            # Of a camera of its own: what is remembered of the others begins with the first round.
            find(images[0][0], len(images))
            return 1
        mine = shown[turn * count : (turn + 1) * count]
        for clip, index in mine:
            kept.poses[clip, index] = find(images[clip][index], clip)
        return len(mine)

    return run_round


def _judged(
    poses: dict[tuple[int, int], Pose],
    full: dict[tuple[int, int], Pose],
    truth: list[tuple[NDArray[np.float64], NDArray[np.bool_]]],
) -> dict[str, str]:
    """Errors against the truth, how far from the full search, and how many faces are found."""
    errors: list[float] = []
    apart: list[float] = []
    for (clip, index), pose in poses.items():
        places, visible = truth[clip]
        seen = (pose[:, 2] >= LIKELIHOOD) & visible[index]
        errors += list(np.hypot(*(pose[seen, :2] - places[index][seen]).T))
        other = full[clip, index]
        both = (pose[:, 2] >= LIKELIHOOD) & (other[:, 2] >= LIKELIHOOD)
        apart += list(np.hypot(*(pose[both, :2] - other[both, :2]).T))
    return {
        "error px, median / 95 %": f"{np.median(errors):.1f} / {np.percentile(errors, 95):.1f}" if errors else "",
        "from full search px, median / 95 %": f"{np.median(apart):.2f} / {np.percentile(apart, 95):.1f}"
        if apart
        else "",
        "faces": f"{sum(map(_has_face, poses.values()))} of {len(poses)}",
        "agrees on a face": f"{_agreement(poses, full):.1%}",
    }


def _agreement(poses: dict[tuple[int, int], Pose], full: dict[tuple[int, int], Pose]) -> float:
    return float(np.mean([_has_face(pose) == _has_face(full[at]) for at, pose in poses.items()]))


def _has_face(pose: Pose) -> bool:
    return find_face(pose, 640, 360, FaceMultiple(1.6), LIKELIHOOD) is not None


def _plain(found: Spread) -> dict[str, float]:
    return {"median": found.median, "low": found.low, "high": found.high, "n": found.n}
