"""Video clips of a scenario with a table of the truth, for demonstrations and for end-to-end tests."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.virtual_cage.arrays import Image
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.scenario import CameraSpec, Scenario, ScenarioError
from painwatch_engines.virtual_cage.view import open_view

TABLE_NAME = "ground_truth.csv"

COLUMNS: tuple[str, ...] = (
    "camera",
    "frame",
    "t_s",
    "segment",
    "pain",
    "orbital",
    "ear",
    "nose_cheek",
    "whisker",
    "yaw_deg",
    "pitch_deg",
    "roll_deg",
    "box_x0",
    "box_y0",
    "box_x1",
    "box_y1",
    *(f"{name}_{what}" for name in KEYPOINTS for what in ("x", "y", "visible")),
)
"""Columns of ground_truth.csv, one row per frame and camera. frame: index in the clip from 0; t_s: time within
the scenario's round; pain and *_visible: 1 or 0; action units 0..2; angles of the head relative to the camera
(0, 0, 0 looks into it); box and keypoints in pixels, also outside the picture. Left and right are the animal's."""

Progress = Callable[[int, int], None]
"""Called with pictures done and pictures in all."""


class ClipError(OSError):
    """Clips could not be written: says where and why."""


def table_row(camera: str, frame: int, truth: GroundTruth) -> list[str | int]:
    """One row of ground_truth.csv, in the order of COLUMNS."""
    units = truth.units
    numbers = (units.orbital, units.ear, units.nose_cheek, units.whisker)
    angles = (truth.yaw_deg, truth.pitch_deg, truth.roll_deg)
    row: list[str | int] = [camera, frame, f"{truth.t_s:.3f}", truth.segment, int(truth.pain)]
    row += [f"{value:.4f}" for value in numbers]
    row += [f"{value:.2f}" for value in (*angles, *truth.face_box)]
    for (x, y), visible in zip(truth.keypoints.tolist(), truth.visible.tolist(), strict=True):
        row += [f"{x:.2f}", f"{y:.2f}", int(visible)]
    return row


def _codec() -> str:
    """H.264 where this build of FFmpeg can write it, MPEG-4 part 2 otherwise."""
    try:
        av.codec.Codec("libx264", "w")
    except av.codec.codec.UnknownCodecError:
        return "mpeg4"
    return "libx264"


def _add_stream(container: OutputContainer, camera: CameraSpec, rate: Fraction) -> VideoStream:
    codec = _codec()
    # One thread: the bytes then do not depend on the machine's number of cores.
    options = {"threads": "1"} | ({"crf": "23", "preset": "veryfast"} if codec == "libx264" else {})
    stream = container.add_stream(codec, rate=rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = camera.width_px, camera.height_px
    even = camera.width_px % 2 == 0 and camera.height_px % 2 == 0
    stream.pix_fmt = "yuv420p" if even else "yuv444p"
    if codec == "mpeg4":
        stream.bit_rate = 4 * camera.width_px * camera.height_px
    return stream


@contextmanager
def _writer(path: Path, camera: CameraSpec, rate: Fraction) -> Iterator[Callable[[Image, int], None]]:
    """A function that appends (image, index) to the clip at `path`."""
    with av.open(str(path), "w") as container:
        stream = _add_stream(container, camera, rate)

        def append(image: Image, index: int) -> None:
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))

        yield append
        container.mux(stream.encode(None))


def _write(
    scenario: Scenario, paths: dict[str, Path], table: Path, start_s: float, frames: int, progress: Progress | None
) -> None:
    rate = Fraction(scenario.fps).limit_denominator(1001)
    views = {name: open_view(scenario, name) for name in paths}
    with ExitStack() as stack:
        rows = csv.writer(stack.enter_context(table.open("w", newline="", encoding="utf-8")))
        rows.writerow(COLUMNS)
        writers = {
            name: stack.enter_context(_writer(path, scenario.camera_named(name), rate)) for name, path in paths.items()
        }
        for index in range(frames):
            for done, (name, append) in enumerate(writers.items(), start=index * len(writers) + 1):
                rendered = views[name].render(start_s + index / scenario.fps)
                append(rendered.image, index)
                rows.writerow(table_row(name, index, rendered.truth))
                if progress is not None:
                    progress(done, frames * len(writers))


def render_clips(
    scenario: Scenario,
    out_dir: Path,
    *,
    cameras: Sequence[str] | None = None,
    duration_s: float | None = None,
    start_s: float = 0.0,
    progress: Progress | None = None,
) -> list[Path]:
    """Write <camera>.mp4 for every camera (or those named) and ground_truth.csv; returns all their paths.

    `duration_s` defaults to one round of the scenario. Raises ScenarioError for an unknown camera or an empty
    duration, ClipError if `out_dir` cannot be written; what was begun is then removed.
    """
    names = scenario.camera_names if cameras is None else tuple(dict.fromkeys(cameras))
    for name in names:
        scenario.camera_named(name)
    frames = round((scenario.duration_s if duration_s is None else duration_s) * scenario.fps)
    if frames < 1 or not names:
        raise ScenarioError(
            f"nothing to render: {len(names)} cameras, {frames} frames at {scenario.fps:g} fps; "
            f"name a camera and give a duration of at least {1 / scenario.fps:g} s"
        )
    paths = {name: out_dir / f"{name}.mp4" for name in names}
    table = out_dir / TABLE_NAME
    made = [*paths.values(), table]
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        _write(scenario, paths, table, start_s, frames, progress)
    except (OSError, av.error.FFmpegError) as error:
        for path in made:
            try:
                path.unlink(missing_ok=True)
            except OSError:
                break  # the folder itself is out of reach; the first error says so
        raise ClipError(
            f"cannot write clips to {out_dir}: {error}; give a folder that can be written and has room"
        ) from error
    return made
