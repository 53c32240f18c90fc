"""One frame to one prediction: keypoints, domain, face, quality, score. No clock, no socket.

A look computes nothing by a network itself: it asks, and infer.batches answers the asks of many looks together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from painwatch.core.types import CropBox, Frame, Image, Keypoint, Prediction, Quality, RegionShare, Status
from painwatch.infer.answers import NoveltyLimit, read_outputs
from painwatch.infer.asks import Ask, Asking
from painwatch.infer.keypoints import Network, Pose, in_full_frame, reduce_for
from painwatch.infer.memory import Memory
from painwatch.infer.search import HowToSearch, search
from painwatch.infer.stillness import Basis, Judged, cells_of, repeated
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.errors import EngineError
from painwatch_engines.explain.regions import MASK_PX, attention_shares, crop_keypoints, place_regions, region_masks
from painwatch_engines.face import CropSide, FaceCrop, cut_face, find_face
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
    unit_names: tuple[str, ...] = ()
    """The action units that the classifier scores, in the order of its output."""
    novelty_limit: NoveltyLimit | None = None
    """From when a face is too unlike the classifier's training faces to be scored; None if its card sets no limit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration says of faces."""

    side: CropSide
    likelihood_threshold: float
    gate: Gate
    full_search_ns: int | None = None
    """A whole frame is searched this often at least; None: always, and nothing is tracked."""
    still_floor_ns: int = 0
    """The answer to a picture is repeated for less than this while nothing changes; 0: never."""


def look(
    frame: Frame,
    *,
    cage: str,
    out_of_domain: str,
    tools: Tools,
    settings: Settings,
    memory: Memory | None = None,
) -> Asking[Prediction]:
    """Judge one frame. `age_ms` is 0: the sender stamps it.

    Args:
        out_of_domain: why the classifier's card does not cover this cage, or "". The face is then still found and
            shown, but never scored.
        memory: of the frame's camera, which this changes; None: nothing is known of it.
    """
    memory = Memory() if memory is None else memory
    blank = Prediction(
        cage=cage,
        camera=frame.camera,
        seq=frame.seq,
        time_ns=frame.wall_ns,
        mono_ns=frame.mono_ns,
        age_ms=0.0,
        status=Status.NO_FACE,
        model=tools.model,
    )
    try:
        picture = reduce_for(frame.image, tools.network_width_px)
        cells = cells_of(picture)
        basis = _basis(blank, frame, out_of_domain, tools, _engines(tools))
        if (again := repeated(memory.judged, frame, cells, basis, settings.still_floor_ns)) is not None:
            return again
        said = yield from _look(blank, frame, picture, out_of_domain, tools, settings, memory)
    except EngineError as error:
        said = replace(blank, status=Status.ENGINE_ERROR, detail=f"{error.what}. {error.mend}")
    except Exception as error:
        # Whatever a model or a library does with this frame, the other cameras of the worker must not pay for it.
        what = f"this frame could not be judged ({type(error).__name__}: {error})"
        said = replace(blank, status=Status.ENGINE_ERROR, detail=f"{what}. Verify the models with their cards.")
    # Only now: an engine may have failed on this very frame, and another have computed it.
    said = replace(said, engine=_engines(tools, said.engine))
    if said.status is Status.ENGINE_ERROR:
        memory.forget()
    else:
        memory.judged = Judged(said, cells, _basis(blank, frame, out_of_domain, tools, said.engine))
    return said


def _engines(tools: Tools, network: str = "") -> str:
    return f"{network or tools.network.engine} + {tools.classifier.engine}"


def _basis(blank: Prediction, frame: Frame, out_of_domain: str, tools: Tools, engines: str) -> Basis:
    return blank.cage, frame.image.shape, out_of_domain, tools.model, tools.network_width_px, engines


def _look(
    blank: Prediction,
    frame: Frame,
    picture: Image,
    out_of_domain: str,
    tools: Tools,
    settings: Settings,
    memory: Memory,
) -> Asking[Prediction]:
    image = frame.image
    height, width = image.shape[:2]
    how = HowToSearch(settings.likelihood_threshold, settings.full_search_ns)
    pose, memory.tracked = yield from search(picture, memory.tracked, frame.wall_ns, how)
    pose = in_full_frame(pose, picture, image)
    check_pose(pose, (width, height), settings.likelihood_threshold, tools.network.engine)
    crop = find_face(pose, width, height, settings.side, settings.likelihood_threshold)
    # By the time that this face is scored, the network may have computed other frames with another engine.
    seen = replace(blank, keypoints=_keypoints(pose), engine=tools.network.engine)
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
    outputs = yield Ask("classifier", face)
    answers = read_outputs(outputs, tools.classifier.engine, tools.unit_names, tools.novelty_limit)
    found = replace(found, novelty=answers.novelty)
    if tools.novelty_limit is not None:
        unlike = tools.novelty_limit.refuse(answers.novelty)
        if unlike is not None:
            return replace(found, status=Status.OUT_OF_DOMAIN, detail=unlike)
    if answers.units and all(unit.score is None for unit in answers.units):
        # Of such a face a model that judges by action units knows nothing, whatever probability it is left with.
        return replace(found, status=Status.LOW_QUALITY, detail="no action unit of this face can be scored")
    return replace(
        found,
        status=Status.OK,
        pain_probability=answers.pain_probability,
        attention=answers.attention,
        looked_at=looked_at(answers.attention, pose, crop, settings.likelihood_threshold),
        units=answers.units,
    )


def check_pose(pose: Pose, size: tuple[int, int], likelihood_threshold: float, engine: str) -> None:
    """An engine that fails must not look like an animal that turns away, nor ask for a crop of any size.

    Raises:
        EngineError: not one finite point for each keypoint, or one that counts as seen and lies further beyond the
            frame than the frame is wide or high (`size`, px).
    """
    mend = "Verify the model with its card."
    if pose.shape != (len(KEYPOINTS), 3) or not np.isfinite(pose).all():
        raise EngineError("the keypoint network gave something that is not five points", engine, mend)
    width, height = size
    for x, y, likelihood in pose.tolist():
        if likelihood >= likelihood_threshold and not (-width <= x <= 2 * width and -height <= y <= 2 * height):
            raise EngineError("the keypoint network put a point far outside the frame", engine, mend)


def looked_at(
    attention: tuple[tuple[float, ...], ...], pose: Pose, crop: FaceCrop, likelihood_threshold: float
) -> tuple[RegionShare, ...]:
    """The attention by regions of the face; nothing for a model without a map."""
    if not attention:
        return ()
    points = crop_keypoints(pose, (crop.centre_x, crop.centre_y), crop.side, likelihood_threshold, MASK_PX)
    shares = attention_shares(np.array(attention), region_masks(place_regions(points)))
    return tuple(RegionShare(region, round(share, 4)) for region, share in shares.items())


def _keypoints(pose: Pose) -> tuple[Keypoint, ...]:
    return tuple(
        Keypoint(name, round(x, 2), round(y, 2), round(min(1.0, max(0.0, likelihood)), 4))
        for name, (x, y, likelihood) in zip(KEYPOINTS, pose.tolist(), strict=True)
    )
