"""Where the regions of a face lie in its crop, and how much of a map falls on each. Pure; needs no network.

Regions are discs round points that follow from the keypoints, with radii relative to the size of the face: they say
roughly where a map lies, not which hair. In the order of the Grimace Scale's units:

    eyes         round each eye
    ears         round each ear
    nose_cheek   round the point two thirds of the way from the nose to each eye: bridge of the nose and cheek
    whiskers     round the point a fifth of that way: the whisker pad
    elsewhere    all the rest of the crop: brow, neck, body, bedding, and regions whose keypoints are not seen

Where discs overlap, a pixel belongs to the one whose centre is nearest in units of its radius.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.face import face_size

ELSEWHERE = "elsewhere"

RADII: Mapping[str, float] = {"eyes": 0.15, "ears": 0.22, "nose_cheek": 0.18, "whiskers": 0.20}
"""Radius of each region / size of the face, the largest distance between two seen keypoints (face.FaceMultiple).
Chosen by looking at rendered rats from every side; NOT PUBLISHED."""

REGIONS = (*RADII, ELSEWHERE)

CHEEK_FROM_NOSE, WHISKERS_FROM_NOSE = 0.66, 0.2
"""Where those regions' centres lie on the way from the nose to an eye."""

MASK_PX = 56
"""Side of the masks that shares are counted on where no picture asks for more: a multiple of 7 cells."""

_NOSE = KEYPOINTS.index("nose")
_EYES = (KEYPOINTS.index("left_eye"), KEYPOINTS.index("right_eye"))
_EARS = (KEYPOINTS.index("left_ear"), KEYPOINTS.index("right_ear"))


@dataclass(frozen=True, slots=True)
class Disc:
    """One part of a region, in px of the crop."""

    region: str
    x: float
    y: float
    radius: float


def place_regions(keypoints: NDArray[np.floating[Any]]) -> tuple[Disc, ...]:
    """The discs that can be placed.

    Args:
        keypoints: (5, 2) px of the crop in KEYPOINTS order, also outside it; NaN where not seen.

    Returns:
        Only those whose keypoints are seen; nothing without two keypoints at least a pixel apart, for then the face has
        no size.

    Raises:
        ValueError: another shape.
    """
    if keypoints.shape != (len(KEYPOINTS), 2):
        raise ValueError(f"keypoints must have shape ({len(KEYPOINTS)}, 2), got {keypoints.shape}")
    seen = np.isfinite(keypoints).all(axis=1)
    size = face_size(keypoints[seen])
    if size < 1:
        return ()
    points = keypoints.tolist()
    nose_x, nose_y = points[_NOSE]
    centres = [("eyes", *points[eye]) for eye in _EYES if seen[eye]]
    centres += [("ears", *points[ear]) for ear in _EARS if seen[ear]]
    for eye_x, eye_y in (points[eye] for eye in _EYES if seen[_NOSE] and seen[eye]):
        for region, part in (("nose_cheek", CHEEK_FROM_NOSE), ("whiskers", WHISKERS_FROM_NOSE)):
            centres.append((region, nose_x + part * (eye_x - nose_x), nose_y + part * (eye_y - nose_y)))
    return tuple(Disc(region, x, y, RADII[region] * size) for region, x, y in centres)


def region_masks(discs: tuple[Disc, ...], side_px: int = MASK_PX) -> dict[str, NDArray[np.bool_]]:
    """Which pixels of a crop of side `side_px` belong to which region.

    Returns:
        (side_px, side_px) for each region that was placed, and for ELSEWHERE; every pixel is in exactly one.
    """
    along = np.arange(side_px)
    nearest = np.ones((side_px, side_px))
    owner = np.full((side_px, side_px), REGIONS.index(ELSEWHERE), np.int8)
    for disc in discs:
        distance = (((along - disc.x) / disc.radius) ** 2)[None, :] + (((along - disc.y) / disc.radius) ** 2)[:, None]
        owner[distance < nearest] = REGIONS.index(disc.region)
        np.minimum(nearest, distance, out=nearest)
    placed = {ELSEWHERE, *(disc.region for disc in discs)}
    return {region: owner == number for number, region in enumerate(REGIONS) if region in placed}


def attention_shares(weights: NDArray[np.floating[Any]], masks: Mapping[str, NDArray[np.bool_]]) -> dict[str, float]:
    """How much of a map lies on each region.

    Args:
        weights: (G, G), not negative; each cell's weight is spread evenly over its pixels. Any scale.
        masks: of region_masks.

    Returns:
        region -> share, summing to 1; empty for a map with nothing in it.

    Raises:
        ValueError: a map that is not a square of finite numbers of at least 0, or one finer than the masks.
    """
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or not weights.size:
        raise ValueError(f"a map must be a square, got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("a map must hold finite numbers of at least 0")
    cells, side = weights.shape[0], masks[ELSEWHERE].shape[0]
    if cells > side:
        raise ValueError(f"a map of {cells} cells is finer than masks of {side} px")
    cell = ((np.arange(side) + 0.5) * cells / side).astype(np.int64)
    pixels = np.bincount(cell, minlength=cells)
    spread = (weights / np.outer(pixels, pixels)).repeat(pixels, axis=0).repeat(pixels, axis=1)
    whole = float(spread.sum())
    if whole <= 0:
        return {}
    return {region: float(spread[mask].sum()) / whole for region, mask in masks.items()}


def crop_keypoints(
    pose: NDArray[np.floating[Any]], centre: tuple[float, float], side: float, likelihood_threshold: float, size_px: int
) -> NDArray[np.float64]:
    """Keypoints of a frame as those of a crop brought to `size_px`.

    Args:
        pose: (5, 3) x, y in px of the frame and likelihood 0..1.
        centre: of the crop in the frame, px (face.FaceCrop).
        side: of the crop in the frame, px.
        likelihood_threshold: from which a keypoint is seen.
        size_px: side of the result.

    Returns:
        (5, 2) px of the crop, NaN where not seen.
    """
    within = (pose[:, :2] - np.array(centre) + side / 2) * (size_px / side) - 0.5
    seen = (pose[:, 2:] >= likelihood_threshold) & np.isfinite(within)
    return np.where(seen, within, np.nan)
