"""What the rooms hand to each other. Immutable; a missing number is None, never 0.

Times named `*_ns` are UTC nanoseconds since 1970 unless they say `mono`, which are monotonic nanoseconds of the
host that wrote them. Probabilities lie in 0..1. Pixels are those of the full frame, x to the right, y down, the
centre of the top-left pixel at (0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from painwatch.core.limits import Count, Duration, Finite, Line, Name, Share, Text

Image = NDArray[np.uint8]
"""uint8, shape (height, width, 3), BGR."""


class Status(StrEnum):
    """What became of one look at an animal. A score exists only with OK."""

    OK = "ok"
    NO_FRAME = "no_frame"
    NO_FACE = "no_face"
    LOW_QUALITY = "low_quality"
    STALE = "stale"
    ENGINE_ERROR = "engine_error"
    OUT_OF_DOMAIN = "out_of_domain"


class CameraPhase(StrEnum):
    """Where a camera's capture process stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


class ProcessPhase(StrEnum):
    """Where a supervised child stands."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera, stamped right after the grab. `seq` counts from 1 and never repeats in a run."""

    camera: str
    seq: int
    wall_ns: int
    mono_ns: int
    image: Image


class Keypoint(msgspec.Struct, frozen=True):
    """Where a body part was put, px of the full frame, and how likely it is there (0..1)."""

    name: Name
    x: Finite
    y: Finite
    likelihood: Finite


class CropBox(msgspec.Struct, frozen=True):
    """The square cut around a face, px of the full frame; may reach beyond it (`padded_fraction` of its area)."""

    centre_x: Finite
    centre_y: Finite
    side: Finite
    rule: Name
    padded_fraction: Finite


class Quality(msgspec.Struct, frozen=True):
    """What the quality gate measured on a face; units in `painwatch_engines.quality`."""

    sharpness: Finite
    brightness: Finite
    clipped_fraction: Finite


class UnitScore(msgspec.Struct, frozen=True):
    """One action unit of a face: severity 0 (absent) to 2 (obvious), None where it cannot be scored on this face."""

    name: Name
    score: float | None

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 2.0:
            raise ValueError(f"the score of an action unit must lie in 0..2, got {self.score}")


class RegionShare(msgspec.Struct, frozen=True):
    """How much of the classifier's attention lay on a region of the face, 0..1; the shares of a face sum to 1."""

    region: Name
    share: Finite


AttentionRow = Annotated[tuple[Finite, ...], Meta(max_length=64)]


class Prediction(msgspec.Struct, frozen=True, tag="prediction"):
    """One look of one camera at its cage. `pain_probability` is set if and only if status is OK.

    `age_ms` is the frame's age at send, so that a receiver on another host needs no common clock. `attention` is
    the classifier's map over the face, rows from the top, each row left to right, summing to 1; `looked_at` is the
    same by regions of the face. `units` are those of a model that scores action units. `novelty`: how unlike the
    model's training faces this face is, where the model says so; above the limit of its card the face is
    OUT_OF_DOMAIN. `overrun`: the share of the looks that this camera was owed in the last minute and that were not
    taken for want of time, 0..1. `repeated_ms`: where it is above 0 the picture showed no change, and this is the
    answer to the one that was judged so long before.
    """

    cage: Name
    camera: Name
    seq: Count
    time_ns: Count
    mono_ns: Count
    age_ms: Duration
    status: Status
    detail: Text = ""
    pain_probability: float | None = None
    keypoints: Annotated[tuple[Keypoint, ...], Meta(max_length=100)] = ()
    crop: CropBox | None = None
    quality: Quality | None = None
    attention: Annotated[tuple[AttentionRow, ...], Meta(max_length=64)] = ()
    engine: Text = ""
    model: Line = ""
    looked_at: Annotated[tuple[RegionShare, ...], Meta(max_length=30)] = ()
    units: Annotated[tuple[UnitScore, ...], Meta(max_length=30)] = ()
    novelty: Finite | None = None
    overrun: Share = 0.0
    repeated_ms: Duration = 0.0

    def __post_init__(self) -> None:
        if (self.status is Status.OK) != (self.pain_probability is not None):
            raise ValueError(f"a score exists only with status ok, got {self.status} and {self.pain_probability}")
        if self.pain_probability is not None and not 0.0 <= self.pain_probability <= 1.0:
            raise ValueError(f"pain_probability must lie in 0..1, got {self.pain_probability}")
        if self.units and self.status is not Status.OK:
            raise ValueError(f"action units exist only with status ok, got {self.status}")
        if self.repeated_ms > 0 and self.status in (Status.NO_FRAME, Status.STALE, Status.ENGINE_ERROR):
            raise ValueError(f"only what was seen can be repeated, not {self.status}")
        if any(len(row) != len(self.attention[0]) for row in self.attention):
            raise ValueError("the rows of a map of attention must be of one length")


class CameraState(msgspec.Struct, frozen=True, tag="camera_state"):
    """What a capture process says of itself, once a second and at every change.

    `fault` is a SourceFault value or empty; `detail` is in plain words and carries no credential. `frames` and
    `frames_per_s` count the pictures that came, also those that nobody asked for; `dropped` those that came faster than
    they could be taken (live sources only). `since_ns`: when this phase began.
    """

    cage: Name
    camera: Name
    phase: CameraPhase
    time_ns: Count
    since_ns: Count
    fault: Name = ""
    detail: Text = ""
    frames: Count = 0
    dropped: Count = 0
    reconnects: Count = 0
    frames_per_s: Duration = 0.0
    width_px: Count = 0
    height_px: Count = 0


class ProcessState(msgspec.Struct, frozen=True, tag="process_state"):
    """What the supervisor says of one child. `reason`: why it last ended; `last_lines`: the end of its log."""

    name: Name
    phase: ProcessPhase
    time_ns: Count
    since_ns: Count
    pid: Count | None = None
    restarts: Count = 0
    reason: Text = ""
    last_lines: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    cpu_percent: Finite | None = None
    rss_bytes: Count | None = None


class Tick(msgspec.Struct, frozen=True, tag="tick"):
    """The passing of event time when no camera speaks; part of the recorded input, so replay sees it too."""

    time_ns: Count


class CameraShare(msgspec.Struct, frozen=True):
    """What one camera brought to a fused point. `repeated`: its picture showed no change, and its last answer was told
    again."""

    camera: str
    status: Status
    pain_probability: float | None = None
    repeated: bool = False


class FusedPoint(msgspec.Struct, frozen=True, tag="fused_point"):
    """One cage at one moment. `pain` and `pain_probability` are set if and only if status is OK.

    `time_ns` is the earliest capture time among the frames that were paired. `units`: each action unit's mean over
    the cameras that scored it. `model`: what scored it, empty without a score.
    """

    cage: str
    time_ns: int
    status: Status
    shares: tuple[CameraShare, ...]
    pain_probability: float | None = None
    pain: bool | None = None
    units: tuple[UnitScore, ...] = ()
    model: str = ""

    def __post_init__(self) -> None:
        scored = self.status is Status.OK
        if scored != (self.pain_probability is not None) or scored != (self.pain is not None):
            raise ValueError("a fused point has a score if and only if its status is ok")

    @property
    def repeated(self) -> bool:
        """Whether it is scored, and by no face of this moment: by repeated answers alone."""
        scored = [share for share in self.shares if share.status is Status.OK]
        return bool(scored) and all(share.repeated for share in scored)


class MinuteSummary(msgspec.Struct, frozen=True, tag="minute"):
    """One cage over one minute of event time, after Kobayashi et al. 2025.

    pain_probability = pain / (pain + no_pain), None when nothing was scored. expected = 60 s times the cage's sample
    rate. skipped = expected - scored, never below 0. coverage = scored / expected, at most 1. `by_status` counts the
    fused points of each status; moments of which nothing at all was heard are in `skipped` alone. `faces` counts the
    faces really scored, of all cameras, `repeated` the scored moments that only repeat what was scored before, as
    nothing moved; `units` are means over the scored moments; `models` are those that scored.
    """

    cage: str
    start_ns: int
    pain: int
    no_pain: int
    skipped: int
    expected: int
    coverage: float
    pain_probability: float | None
    by_status: dict[str, int]
    faces: int = 0
    units: tuple[UnitScore, ...] = ()
    models: tuple[str, ...] = ()
    repeated: int = 0


def as_plain(message: Any) -> Any:
    """The message as dicts, lists and scalars, for JSON."""
    return msgspec.to_builtins(message)
