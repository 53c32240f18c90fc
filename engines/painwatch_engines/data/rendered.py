"""Pictures of rendered animals, split by the animal and reproducible from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from rich.progress import track

from painwatch_engines.anatomy import ActionUnits, Coat, Species
from painwatch_engines.data.pictures import FrameSet, Share
from painwatch_engines.face import FaceCrop, FaceMultiple, find_face
from painwatch_engines.virtual_cage.sampling import SampledView, Studio

FRAME_SIZE = (640, 360)
"""Width and height of the rendered frames, px: a camera's substream."""

FACE_SIDES_PX = (70.0, 260.0)
"""Sides of the face crops that a live camera delivers, px."""

FACE_MULTIPLE = 1.6
"""Side of the crop as a multiple of the face's size (face.FaceMultiple): the least that keeps ears, cheeks and most
of the whiskers of rendered rats inside, judged by looking at crops from every side."""

KINDS: tuple[tuple[Species, Coat], ...] = (
    ("rat", "white"),
    ("rat", "black"),
    ("rat", "agouti"),
    ("mouse", "white"),
    ("mouse", "black"),
    ("mouse", "agouti"),
)


def render_frames(
    count: int,
    seed: int,
    identities: Share,
    network_width_px: int,
    kinds: Sequence[tuple[Species, Coat]] = KINDS,
) -> FrameSet:
    """Frames of whole cages by day and by infrared, reduced to the width the network sees.

    Two thirds show the cage as its cameras do, one third a nearer face.
    """
    rng, studio = np.random.default_rng(seed), Studio()
    width, height = FRAME_SIZE
    scale = network_width_px / width
    small = (network_width_px, round(height * scale))
    images = np.empty((count, small[1], small[0], 3), np.uint8)
    keypoints = np.empty((count, 5, 2), np.float32)
    visible = np.empty((count, 5), np.bool_)
    animals = np.empty(count, np.int64)
    for i in track(range(count), description="rendering frames"):
        species, coat = kinds[int(rng.integers(len(kinds)))]
        animals[i] = int(rng.integers(identities.first, identities.last + 1))
        view = studio.sample(
            rng,
            species=species,
            coat=coat,
            identity=int(animals[i]),
            width_px=width,
            height_px=height,
            domain="frame" if rng.random() < 2 / 3 else "face",
        )
        images[i] = cv2.resize(view.image, small, interpolation=cv2.INTER_AREA)
        # The middle of the first pixel is at 0 before and after: halves shift with the scale.
        keypoints[i] = (view.truth.keypoints + 0.5) * scale - 0.5
        visible[i] = view.truth.visible
    return FrameSet(images, keypoints, visible, np.ones_like(visible), animals)


def crop_of(view: SampledView, times: float) -> FaceCrop | None:
    """The crop at a picture's exact keypoints, or None where the animal does not face the camera."""
    pose = np.column_stack([view.truth.keypoints, view.truth.visible.astype(np.float64)])
    height, width = view.image.shape[:2]
    return find_face(pose, width, height, FaceMultiple(times))


def draw_face(
    rng: np.random.Generator,
    studio: Studio,
    species: Species,
    coat: Coat,
    identity: int,
    units: ActionUnits | None = None,
    infrared: bool | None = None,
) -> tuple[SampledView, FaceCrop]:
    """A picture, near or far, with a face whose side lies within FACE_SIDES_PX, and its crop at the exact keypoints."""
    while True:
        near = rng.random() < 0.7
        height = int(np.exp(rng.uniform(np.log(100), np.log(320)))) if near else FRAME_SIZE[1]
        view = studio.sample(
            rng,
            species=species,
            coat=coat,
            identity=identity,
            width_px=height * 3 // 2 if near else FRAME_SIZE[0],
            height_px=height,
            units=units,
            domain="face" if near else "frame",
            infrared=infrared,
        )
        crop = crop_of(view, FACE_MULTIPLE)
        if crop is not None and FACE_SIDES_PX[0] <= crop.side <= FACE_SIDES_PX[1]:
            return view, crop


def disturbed(crop: FaceCrop, rng: np.random.Generator, jitter: float, context: float) -> FaceCrop:
    """The crop moved by 3 % of its side and resized by 6 % (standard deviations at jitter 1), widened by `context`."""
    shift = jitter * rng.normal(0, 0.03, 2) * crop.side
    side = crop.side * float(np.exp(jitter * rng.normal(0, 0.06))) * context
    return FaceCrop(crop.centre_x + shift[0], crop.centre_y + shift[1], side, crop.rule, crop.padded_fraction)
