"""What tracking the face saves and costs, against searching every whole frame and against DeepLabCut-live's get_pose.

    .venv/bin/painwatch virtual render test_pain -o FOLDER
    .venv/bin/python tests/benchmarks/keypoint_search.py FOLDER [FOLDER ...] [--every 2]

All three get the same reduced frames, one after the other, in processor time of this thread. FOLDER may also be a clip
without a truth. The virtual animals are rendered: the figures say nothing about live animals.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from painwatch.infer.keypoints import CompiledNetwork, in_full_frame, reduce_for
from painwatch.infer.search import HowToSearch, Tracked, search
from painwatch.infer.stillness import cells_of, still
from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import FrameInput, load_model_folder
from painwatch_engines.face import LIKELIHOOD_THRESHOLD, FaceMultiple, find_face
from painwatch_engines.models.dlclive_seam import open_dlclive
from painwatch_engines.runtime import open_runtime

WAYS = ("get_pose", "whole frames", "tracked")


@dataclass
class Clip:
    """What was found in one clip; lists have an entry for each frame looked at."""

    name: str
    cpu_s: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    gate_s: list[float] = field(default_factory=list)
    faces: dict[str, list[bool]] = field(default_factory=lambda: {way: [] for way in WAYS})
    errors: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    apart: list[float] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    still: list[bool] = field(default_factory=list)
    gained: list[bool] = field(default_factory=list)
    """Of each face that only tracking found, whether the truth has the nose and an eye to be seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1, help="look at every n-th frame")
    parser.add_argument("--most", type=int, default=None, help="looks for each clip at most")
    arguments = parser.parse_args()
    folder = load_model_folder(zoo.path("keypoints"))
    assert isinstance(folder.card.input, FrameInput)
    assert folder.dlclive_model is not None
    network, width_px = CompiledNetwork(open_runtime(folder.model)), folder.card.input.network_width_px
    live = open_dlclive(folder.dlclive_model)
    live.init_inference(np.zeros((180, width_px, 3), np.uint8))
    clips = []
    for given in arguments.folders:
        for path, truth in clips_of(given):
            clips.append(measure(path, truth, network, live, width_px, arguments.every, arguments.most))
            report(clips[-1].name, clips[-1:])
    report("all", clips)


class Tracking:
    """The search as the watch does it, of one camera."""

    def __init__(self, network: CompiledNetwork, asked: Counter[str]) -> None:
        self._network, self._asked = network, asked
        self._how = HowToSearch(LIKELIHOOD_THRESHOLD, 10 * 10**9)
        self._tracked: Tracked | None = None

    def pose(self, picture: np.ndarray, time_ns: int) -> np.ndarray:
        searching = search(picture, self._tracked, time_ns, self._how)
        ask = next(searching)
        while True:
            self._asked["x".join(map(str, ask.picture.shape[1::-1]))] += 1
            answer = self._network.poses(ask.picture[None])
            try:
                ask = searching.send({"poses": answer})
            except StopIteration as done:
                pose, self._tracked = done.value
                return np.asarray(pose)


def one_pose(network: CompiledNetwork, picture: np.ndarray) -> np.ndarray:
    return np.asarray(network.poses(picture[None])[0])


def clips_of(given: Path) -> Iterator[tuple[Path, list[dict[str, str]]]]:
    if given.is_file():
        yield given, []
        return
    rows: dict[str, list[dict[str, str]]] = {}
    with (given / "ground_truth.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            rows.setdefault(row["camera"], []).append(row)
    yield from ((given / f"{camera}.mp4", truth) for camera, truth in rows.items())


def measure(
    path: Path,
    truth: list[dict[str, str]],
    network: CompiledNetwork,
    live: Any,
    width_px: int,
    every: int,
    most: int | None,
) -> Clip:
    clip = Clip(f"{path.parent.name}/{path.stem}")
    tracking = Tracking(network, clip.asked)
    last: np.ndarray | None = None
    for index, image, time_ns in pictures(path, every):
        if len(clip.still) == most:
            break
        picture = reduce_for(image, width_px)
        works: dict[str, Callable[[], np.ndarray]] = {
            "get_pose": partial(live.get_pose, picture),
            "whole frames": partial(one_pose, network, picture),
            "tracked": partial(tracking.pose, picture, time_ns),
        }
        poses = {}
        for shift in range(len(WAYS)):
            way = WAYS[(index + shift) % len(WAYS)]
            began = time.thread_time()
            found = works[way]()
            clip.cpu_s[way].append(time.thread_time() - began)
            poses[way] = in_full_frame(np.array(found, np.float64), picture, image)
        began = time.thread_time()
        cells = cells_of(picture)
        clip.still.append(last is not None and still(cells, last))
        clip.gate_s.append(time.thread_time() - began)
        last = cells
        compare(clip, poses, image, truth[index] if truth else None)
    return clip


def pictures(path: Path, every: int) -> Iterator[tuple[int, np.ndarray, int]]:
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % every == 0:
                yield index, frame.to_ndarray(format="bgr24"), round(float(frame.time or 0.0) * 1e9)


def compare(clip: Clip, poses: dict[str, np.ndarray], image: np.ndarray, row: dict[str, str] | None) -> None:
    height, width = image.shape[:2]
    for way, pose in poses.items():
        clip.faces[way].append(find_face(pose, width, height, FaceMultiple(1.6)) is not None)
    whole, near = poses["whole frames"], poses["tracked"]
    if clip.faces["whole frames"][-1] and clip.faces["tracked"][-1]:
        seen = whole[:, 2] >= LIKELIHOOD_THRESHOLD
        clip.apart.extend(np.hypot(*(whole[seen, :2] - near[seen, :2]).T))
    if row is None:
        return
    if clip.faces["tracked"][-1] and not clip.faces["whole frames"][-1]:
        eye = row["left_eye_visible"] == "1" or row["right_eye_visible"] == "1"
        clip.gained.append(row["nose_visible"] == "1" and eye)
    # Of points that are to be seen, where all ways see a face: else the ways are compared on different frames.
    if all(clip.faces[way][-1] for way in WAYS):
        for index, name in enumerate(KEYPOINTS):
            if row[f"{name}_visible"] == "1":
                place = np.array([float(row[f"{name}_x"]), float(row[f"{name}_y"])])
                for way, pose in poses.items():
                    clip.errors[way].append(float(np.hypot(*(pose[index, :2] - place))))


def report(name: str, clips: list[Clip]) -> None:
    looks = sum(len(clip.still) for clip in clips)
    cpu_s = {way: np.concatenate([clip.cpu_s[way] for clip in clips]) for way in WAYS}
    print(f"\n{name}: {looks} looks")
    for way in WAYS:
        faces = sum(sum(clip.faces[way]) for clip in clips)
        errors = [error for clip in clips for error in clip.errors[way]]
        told = f", error median {np.median(errors):.2f} px, p95 {np.percentile(errors, 95):.2f}" if errors else ""
        ratio = cpu_s["get_pose"].mean() / cpu_s[way].mean()
        print(f"  {way:13s} {cpu_s[way].mean() * 1e3:6.2f} ms CPU a look ({ratio:.2f}x); {faces} faces{told}")
    lost, gained = [], 0
    for clip in clips:
        pairs = list(zip(clip.faces["whole frames"], clip.faces["tracked"], strict=True))
        lost += runs([whole and not near for whole, near in pairs])
        gained += sum(near and not whole for whole, near in pairs)
    longest = max(lost, default=0)
    print(f"  tracked against whole frames: {sum(lost)} faces lost (longest in a row {longest}), {gained} gained")
    if true := [mark for clip in clips for mark in clip.gained]:
        print(f"  of {len(true)} gained, {sum(true)} are to be seen in truth")
    apart = np.array([value for clip in clips for value in clip.apart])
    if apart.size:
        p50, p95, p99 = np.percentile(apart, [50, 95, 99])
        print(f"  {apart.size} points seen: apart by median {p50:.2f} px, p95 {p95:.2f}, p99 {p99:.2f}")
    asked: Counter[str] = sum((clip.asked for clip in clips), Counter())
    print("  asked a look:", ", ".join(f"{size} {count / looks:.3f}" for size, count in asked.most_common()))
    gate_ms = np.mean(np.concatenate([clip.gate_s for clip in clips])) * 1e3
    unchanged = np.mean(np.concatenate([clip.still for clip in clips]))
    print(f"  {unchanged:.1%} show no change since the look before; the gate costs {gate_ms:.2f} ms")


def runs(marks: list[bool]) -> list[int]:
    """Lengths of the runs of True."""
    lengths, current = [], 0
    for mark in [*marks, False]:
        if mark:
            current += 1
        elif current:
            lengths.append(current)
            current = 0
    return lengths


if __name__ == "__main__":
    main()
