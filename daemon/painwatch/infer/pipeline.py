"""One frame to one prediction: keypoints, domain, face, quality, score. No clock, no socket."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from painwatch.core.types import CropBox, Frame, Image, Keypoint, Prediction, Quality, Status
from painwatch.infer.keypoints import Network, Pose, estimate
from painwatch_engines.anatomy import KEYPOINTS, LABELS
from painwatch_engines.errors import EngineError
from painwatch_engines.face import CropSide, cut_face, find_face
from painwatch_engines.quality import Gate, measure_quality
from painwatch_engines.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker has opened: networks, and the sizes their cards ask for."""

    network: Network
    network_width_px: int
    classifier: Runtime
    face_size_px: int
    model: str
    """Name, version and short hash of the classifier, as written into every prediction."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says of faces."""

    side: CropSide
    likelihood_threshold: float
    gate: Gate


def look(frame: Frame, *, cage: str, out_of_domain: str, tools: Tools, settings: Settings) -> Prediction:
    """Judge one frame. `age_ms` is 0: the sender stamps it.

    Args:
        out_of_domain: why the classifier's card does not cover this cage, or "". The face is then still found and
            shown, but never scored.
    """
    blank = Prediction(
        cage=cage,
        camera=frame.camera,
        seq=frame.seq,
        time_ns=frame.wall_ns,
        mono_ns=frame.mono_ns,
        age_ms=0.0,
        status=Status.NO_FACE,
        engine=f"{tools.network.engine} + {tools.classifier.engine}",
        model=tools.model,
    )
    try:
        return _look(blank, frame, out_of_domain, tools, settings)
    except EngineError as error:
        return replace(blank, status=Status.ENGINE_ERROR, detail=f"{error.what}. {error.mend}")
    except Exception as error:
        # Whatever a model or a library does with this frame, the other cameras of the worker must not pay for it.
        what = f"this frame could not be judged ({type(error).__name__}: {error})"
        return replace(blank, status=Status.ENGINE_ERROR, detail=f"{what}. Verify the models with their cards.")


def _look(blank: Prediction, frame: Frame, out_of_domain: str, tools: Tools, settings: Settings) -> Prediction:
    image = frame.image
    height, width = image.shape[:2]
    pose = estimate(tools.network, image, tools.network_width_px)
    check_pose(pose, (width, height), settings.likelihood_threshold, tools.network.engine)
    crop = find_face(pose, width, height, settings.side, settings.likelihood_threshold)
    seen = replace(blank, keypoints=_keypoints(pose))
    if out_of_domain:
        seen = replace(seen, status=Status.OUT_OF_DOMAIN, detail=out_of_domain)
    if crop is None:
        return seen
    face = cut_face(image, crop, tools.face_size_px)
    measured = measure_quality(face)
    found = replace(
        seen,
        crop=CropBox(crop.centre_x, crop.centre_y, crop.side, crop.rule, crop.padded_fraction),
        quality=Quality(measured.sharpness, measured.brightness, measured.clipped_fraction),
    )
    if out_of_domain:
        return found
    refused = settings.gate.refuse(measured)
    if refused is not None:
        return replace(found, status=Status.LOW_QUALITY, detail=refused)
    probability, attention = score(tools.classifier, face)
    return replace(found, status=Status.OK, pain_probability=probability, attention=attention)


def check_pose(pose: Pose, size: tuple[int, int], likelihood_threshold: float, engine: str) -> None:
    """An engine that fails must not look like an animal that turns away, nor ask for a crop of any size.

    Raises:
        EngineError: not one finite point for each keypoint, or one that counts as seen and lies further beyond the
            frame than the frame is wide or high (`size`, px).
    """
    mend = "Verify the model with its card."
    if pose.shape != (len(KEYPOINTS), 3) or not np.isfinite(pose).all():
        raise EngineError("the keypoint network gave something that is not five points", engine, mend)
    seen, reach = pose[pose[:, 2] >= likelihood_threshold, :2], np.array(size)
    if (seen < -reach).any() or (seen > 2 * reach).any():
        raise EngineError("the keypoint network put a point far outside the frame", engine, mend)


def score(classifier: Runtime, face: Image) -> tuple[float, tuple[tuple[float, ...], ...]]:
    """Probability of pain of one face (size, size, 3) and the attention map, rows from the top.

    Raises:
        EngineError: the engine failed, or gave something that is not a probability (never passed on as a score).
    """
    outputs = classifier.run({"faces": face[None]})
    probability = float(outputs["probabilities"][0, LABELS.index("pain")])
    if not math.isfinite(probability) or not 0.0 <= probability <= 1.0:
        raise EngineError(
            f"the classifier gave {probability} as a probability", classifier.engine, "Verify the model with its card."
        )
    attention = np.asarray(outputs["attention"][0], dtype=float)
    if not np.isfinite(attention).all():
        raise EngineError(
            "the classifier's attention map is not finite", classifier.engine, "Verify the model with its card."
        )
    return probability, tuple(tuple(round(float(cell), 5) for cell in row) for row in attention)


def _keypoints(pose: Pose) -> tuple[Keypoint, ...]:
    return tuple(
        Keypoint(name, round(float(x), 2), round(float(y), 2), round(float(min(1.0, max(0.0, likelihood))), 4))
        for name, (x, y, likelihood) in zip(KEYPOINTS, pose, strict=True)
    )
