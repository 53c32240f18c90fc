"""How well keypoints are placed, and how well their likelihood tells seen from unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import Figure
from painwatch_engines.data.pictures import FrameSet
from painwatch_engines.face import LIKELIHOOD_THRESHOLD, FaceMultiple, find_face

_COLUMNS: tuple[tuple[str, list[int]], ...] = (
    ("all", list(range(len(KEYPOINTS)))),
    *((name, [k]) for k, name in enumerate(KEYPOINTS)),
)


def score_keypoints(
    poses: NDArray[np.floating[Any]], truth: FrameSet, scale: float, crop: FaceMultiple
) -> list[Figure]:
    """Figures of predicted poses.

    Args:
        poses: (N, 5, 3) in px of the set's images.
        truth: the set; points that are not labelled count nowhere.
        scale: px of the full frame for each px of the set's images.
        crop: side of the crop for the figure on crops.
    """
    return [*_errors(poses, truth, scale), *_likelihoods(poses, truth), *_crops(poses, truth, scale, crop)]


def _errors(poses: NDArray[np.floating[Any]], truth: FrameSet, scale: float) -> Iterator[Figure]:
    distance = scale * np.linalg.norm(poses[..., :2] - truth.keypoints, axis=-1)
    seen = truth.visible & truth.labelled
    for name, column in _COLUMNS:
        errors = distance[:, column][seen[:, column]]
        if len(errors):
            of = f"visible points, {name}"
            yield Figure(name="median error", value=_short(np.median(errors)), n=len(errors), of=of, unit="px")
            p95 = _short(np.percentile(errors, 95))
            yield Figure(name="95th percentile of error", value=p95, n=len(errors), of=of, unit="px")


def _likelihoods(poses: NDArray[np.floating[Any]], truth: FrameSet) -> Iterator[Figure]:
    called = poses[..., 2] >= LIKELIHOOD_THRESHOLD
    for name, column in _COLUMNS:
        counted = truth.labelled[:, column]
        said, seen = called[:, column][counted], truth.visible[:, column][counted]
        parts = (
            ("recall at likelihood 0.9", said[seen], f"visible points, {name}"),
            ("called seen at likelihood 0.9", said[~seen], f"points not visible, {name}"),
            ("precision at likelihood 0.9", seen[said], f"points called seen, {name}"),
        )
        for figure, outcomes, of in parts:
            if len(outcomes):
                yield Figure(name=figure, value=_short(outcomes.mean()), n=len(outcomes), of=of)


def _crops(poses: NDArray[np.floating[Any]], truth: FrameSet, scale: float, side: FaceMultiple) -> Iterator[Figure]:
    """How often the published rule places a crop from the poses where it does from the truth, and where."""
    height, width = (round(scale * pixels) for pixels in truth.images.shape[1:3])
    to_frame = np.array([scale, scale, 1.0])
    exact = np.concatenate([truth.keypoints, truth.visible[..., None].astype(np.float32)], axis=-1)
    wanted = [find_face(pose * to_frame, width, height, side) for pose in exact]
    found = [find_face(pose * to_frame, width, height, side) for pose in poses]
    facing = [there is not None for there in wanted]
    if any(facing):
        hits = [got is not None for got, there in zip(found, facing, strict=True) if there]
        yield Figure(name="crop placed", value=_short(np.mean(hits)), n=len(hits), of="frames with a face by the rule")
    if not all(facing):
        false = [got is not None for got, there in zip(found, facing, strict=True) if not there]
        yield Figure(
            name="crop placed", value=_short(np.mean(false)), n=len(false), of="frames without a face by the rule"
        )
    offsets = [
        np.hypot(got.centre_x - there.centre_x, got.centre_y - there.centre_y) / there.side
        for got, there in zip(found, wanted, strict=True)
        if got is not None and there is not None
    ]
    if offsets:
        middle = _short(np.percentile(offsets, 90))
        yield Figure(
            name="90th percentile of the crop's offset", value=middle, n=len(offsets), of="crops", unit="sides"
        )


def _short(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
