"""The faces of one stretch of a recording."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
from av.video.frame import VideoFrame

from painwatch.capture.av_file import pictures_of
from painwatch.capture.faults import as_source_error, source_error
from painwatch.capture.picture import bgr_of
from painwatch.core.errors import SourceError, SourceFault
from painwatch.infer.keypoints import Network, estimate
from painwatch.infer.pipeline import check_pose
from painwatch_engines.data.face_folder import Face
from painwatch_engines.data.labels.recordings import Moments, Stretch, image_name, refusal, stored_face
from painwatch_engines.errors import DataError
from painwatch_engines.face import FaceMultiple, find_face
from painwatch_engines.quality import Gate

JPEG_QUALITY = 95

DAMAGED = "damaged pictures passed over"

GAP_S = 2.0
"""How much earlier than a recording's length its last picture may come."""


@dataclass(frozen=True, slots=True)
class Finder:
    """How faces are found, and how many. Lengths in px; `looks`: pictures looked at for each face wanted, at most."""

    network: Network
    network_width_px: int
    face_px: int
    face_multiple: float
    likelihood_threshold: float
    gate: Gate
    per_minute: int
    looks: int


def faces_of(
    stretch: Stretch,
    number: int,
    finder: Finder,
    folder: Path,
    skipped: Counter[str],
    progress: Callable[[float], None],
) -> Iterator[Face]:
    """The faces of one stretch, each stored below `folder` when it is given out.

    Args:
        number: of the stretch in its manifest, from 1.
        skipped: counts the pictures looked at without a face, by reason, and the damaged ones.
        progress: told the place in the stretch, s from its beginning.

    Raises:
        SourceError: if the recording cannot be read on; the faces before that have been given out.
        EngineError: if the keypoint network fails.
        DataError: if a face cannot be written.
    """
    moments = Moments(stretch.from_s, finder.per_minute, finder.looks)
    side = FaceMultiple(finder.face_multiple)
    for t_s, frame, damaged in _pictures(stretch):
        if damaged:
            skipped[DAMAGED] += damaged
        progress(t_s - stretch.from_s)
        if not moments.due(t_s):
            continue
        image = bgr_of(frame)
        height, width = image.shape[:2]
        pose = estimate(finder.network, image, finder.network_width_px)
        check_pose(pose, (width, height), finder.likelihood_threshold, finder.network.engine)
        crop = find_face(pose, width, height, side, finder.likelihood_threshold)
        if crop is None:
            skipped["no face"] += 1
            continue
        refused = refusal(image, crop, finder.face_px, finder.gate)
        if refused is not None:
            skipped[refused] += 1
            continue
        stored = stored_face(image, pose, crop, finder.face_px, finder.likelihood_threshold)
        name = image_name(stretch, number, t_s)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(target), stored.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]):
            raise DataError("the face cannot be written", str(target), "Look whether the disk is full.")
        moments.kept()
        yield Face(name, stretch.animal, stretch.label, view=crop.rule, keypoints=stored.keypoints)


def length_s(video: Path) -> float:
    """How long a recording lasts, s; inf where its container does not say.

    Raises:
        SourceError: if it cannot be opened, or holds no video.
    """
    try:
        with av.open(str(video)) as container:
            if not container.streams.video:
                raise source_error(SourceFault.CODEC, "it holds no video", str(video))
            return container.duration / 1e6 if container.duration else math.inf
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise as_source_error(error, str(video), opened=False) from None


def _pictures(stretch: Stretch) -> Iterator[tuple[float, VideoFrame, int]]:
    """Pictures of a stretch: time from the recording's start in s, picture, and damaged ones before it."""
    try:
        with av.open(str(stretch.video)) as container:
            container.streams.video[0].codec_context.thread_count = 1
            # A piece cut out of a longer recording keeps the time stamps it had there.
            begins_us = container.start_time or 0
            if stretch.from_s > 0:
                container.seek(begins_us + int(stretch.from_s * 1e6))
            t_s, ends_s = stretch.from_s, min(stretch.to_s, (container.duration or 0) / 1e6)
            for frame, damaged in pictures_of(container):
                if frame.pts is None:
                    what = "its pictures carry no times, so none can be drawn evenly"
                    mend = "put it into a container that has them (ffmpeg -i IN -c copy OUT.mp4)"
                    raise SourceError(SourceFault.CODEC, what, where=str(stretch.video), mend=mend)
                t_s = float(frame.time) - begins_us / 1e6
                if t_s >= stretch.to_s:
                    return
                if t_s >= stretch.from_s:
                    yield t_s, frame, damaged
            if t_s < ends_s - GAP_S:
                # A copy that broke off ends in silence; only its length says that there was more.
                what = f"its pictures end at {t_s:.0f} s, its length is {ends_s:.0f} s"
                raise SourceError(SourceFault.ENDED, what, where=str(stretch.video), mend="copy the recording again")
    except SourceError:
        raise
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise as_source_error(error, str(stretch.video), opened=True) from None
