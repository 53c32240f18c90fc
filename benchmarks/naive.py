"""The straightforward loop: what a user would write to watch cages, in one process and without a framework.

OpenCV reads each camera in turn, DeepLabCut-live finds the points, a square is cut around the face, PyTorch scores it
and influxdb-client writes the look. Settings are those a careful user arrives at: frames halved for the network (as it
was trained; four times faster than whole ones), one thread of PyTorch (two cost more of the processor), inference mode,
the client's own batching writer (each look written by itself costs more).

    python -m benchmarks.naive      reads one order as JSON from each line of its input, answers with one line each
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions

from benchmarks.trained import eager, eager_module, model_folder
from painwatch_engines import zoo
from painwatch_engines.face import FaceMultiple, cut_face, find_face
from painwatch_engines.models.dlclive_seam import dlclive_class

_point: Any = Point  # the client tells no types of it
LIKELIHOOD = 0.9
BUCKET = "painwatch/autogen"


@dataclass(frozen=True, slots=True)
class Order:
    """One measurement: `looks` at the frames of `clips` in turn, at one of `stride` frames of each, and how.

    `influx`: the URL to write to, empty for nowhere; `batching`: the client's batching writer, else one request a look.
    `dynamic`: DeepLabCut-live follows the animal and looks at no more than its surroundings.
    """

    clips: tuple[str, ...]
    looks: int
    stride: int = 1
    threads: int = 1
    resize: float | None = 0.5
    dynamic: bool = False
    influx: str = ""
    batching: bool = True


@dataclass(slots=True)
class Done:
    """What became of an order: processor seconds of all threads of the process, and the scores by clip and frame."""

    looks: int = 0
    scored: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    rss_bytes: int = 0
    scores: dict[str, dict[int, float]] = field(default_factory=dict)


class Models:
    """Everything that is opened once. Opening takes some ten seconds, most of them imports."""

    def __init__(self) -> None:
        folder = model_folder()
        self.classify = eager(eager_module(folder.model))
        self.side = FaceMultiple(folder.card.input.face_multiple)  # type: ignore[union-attr]
        self.size_px = folder.card.input.size_px  # type: ignore[union-attr]
        self._live: dict[tuple[float | None, bool], Any] = {}

    def live(self, resize: float | None, dynamic: bool, frame: Any) -> Any:
        """A started `DLCLive`."""
        if (resize, dynamic) not in self._live:
            live = dlclive_class()(
                str(zoo.path("keypoints") / "model.pt"),
                model_type="pytorch",
                device="cpu",
                resize=resize,
                dynamic=(dynamic, 0.5, 10),
            )
            live.init_inference(frame)
            self._live[resize, dynamic] = live
        return self._live[resize, dynamic]


def watch(order: Order, models: Models) -> Done:
    """The loop itself, and what it cost; opening files and the first look are not counted."""
    torch.set_num_threads(order.threads)
    cameras = [cv2.VideoCapture(clip) for clip in order.clips]
    _, first = cameras[0].read()
    live = models.live(order.resize, order.dynamic, first)
    live.get_pose(first)
    models.classify(np.zeros((1, models.size_px, models.size_px, 3), np.uint8))
    done = Done(scores={clip: {} for clip in order.clips})
    with _writer(order) as write:
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        for number in range(order.looks):
            index = number % len(cameras)
            for _ in range(order.stride - 1):
                cameras[index].grab()
            there, frame = cameras[index].read()
            if not there:
                break
            done.looks += 1
            pose = live.get_pose(frame)
            crop = find_face(pose, frame.shape[1], frame.shape[0], models.side, LIKELIHOOD)
            point = _point("looks").tag("camera", str(index)).time(time.time_ns())
            if crop is None:
                write(point.field("status", "no_face"))
                continue
            face = cut_face(np.asarray(frame, np.uint8), crop, models.size_px)
            probability = float(models.classify(face[None])[0])
            write(point.field("status", "ok").field("pain_probability", probability))
            done.scored += 1
            at = int(cameras[index].get(cv2.CAP_PROP_POS_FRAMES)) - 1
            done.scores[order.clips[index]][at] = probability
    # What waits in the batching writer is sent as it is closed.
    done.cpu_s, done.wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    for camera in cameras:
        camera.release()
    done.rss_bytes = _rss_bytes()
    return done


@contextmanager
def _writer(order: Order) -> Iterator[Any]:
    if not order.influx:
        yield lambda point: point
        return
    with InfluxDBClient(url=order.influx, token="none", org="-") as client:
        options = WriteOptions() if order.batching else SYNCHRONOUS
        with client.write_api(write_options=options) as api:
            yield lambda point: api.write(bucket=BUCKET, record=point)


def _rss_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024


def main(lines: Sequence[str] | Any = sys.stdin) -> None:
    # What libraries print must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    models = Models()
    answers.write(json.dumps({"ready_s": time.monotonic()}) + "\n")
    answers.flush()
    for line in lines:
        told = json.loads(line)
        order = Order(**{**told, "clips": tuple(told["clips"])})
        answers.write(json.dumps(asdict(watch(order, models))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
