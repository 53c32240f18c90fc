"""Drawing on pictures: where the face was found, the face itself, and what the classifier attended to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import CropBox, Image, Keypoint

FACE_PX = 224

_SKY_BLUE = (233, 180, 86)  # BGR; Okabe & Ito's palette, told apart by every kind of colour vision
_YELLOW = (66, 228, 240)
_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)

_WIDEST_CROP = 4.0
"""In multiples of the frame's longer side; a crop beyond that would be all padding and much memory."""


def shrink(image: Image, width_px: int) -> tuple[Image, float]:
    """The picture at most `width_px` wide, and by what it was scaled (1 if it was not)."""
    height, width = image.shape[:2]
    if width <= width_px:
        return image.copy(), 1.0
    scale = width_px / width
    size = (width_px, max(1, round(height * scale)))
    return cast("Image", cv2.resize(image, size, interpolation=cv2.INTER_AREA)), scale


def draw_found(
    image: Image, keypoints: Sequence[Keypoint], crop: CropBox | None, threshold: float, scale: float = 1.0
) -> None:
    """Draws into `image` the square around the face and the keypoints; below `threshold` a keypoint is hollow.

    Args:
        keypoints, crop: px of the full frame, of which `image` is the `scale`-fold.
    """
    thick = max(2, round(image.shape[1] / 320))
    if crop is not None and crop.side > 0:
        half = crop.side / 2
        corner = _scaled(crop.centre_x - half, crop.centre_y - half, scale)
        opposite = _scaled(crop.centre_x + half, crop.centre_y + half, scale)
        cv2.rectangle(image, corner, opposite, _BLACK, thick + 2, cv2.LINE_AA)
        cv2.rectangle(image, corner, opposite, _SKY_BLUE, thick, cv2.LINE_AA)
    radius = max(3, round(image.shape[1] / 160))
    for point in keypoints:
        at = _scaled(point.x, point.y, scale)
        if point.likelihood >= threshold:
            cv2.circle(image, at, radius + 1, _BLACK, -1, cv2.LINE_AA)
            cv2.circle(image, at, radius, _YELLOW, -1, cv2.LINE_AA)
        else:
            cv2.circle(image, at, radius, _BLACK, 3, cv2.LINE_AA)
            cv2.circle(image, at, radius, _YELLOW, 1, cv2.LINE_AA)


def write_corner(image: Image, text: str) -> None:
    """Writes `text` (ASCII) into the lower left corner on a dark ground."""
    size = max(0.4, image.shape[1] / 1280)
    (width, height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    bottom, pad = image.shape[0], round(8 * size)
    cv2.rectangle(image, (0, bottom - height - base - 2 * pad), (width + 2 * pad, bottom), _BLACK, -1)
    cv2.putText(image, text, (pad, bottom - base - pad), cv2.FONT_HERSHEY_SIMPLEX, size, _WHITE, 1, cv2.LINE_AA)


def cut_face(image: Image, crop: CropBox, size_px: int = FACE_PX) -> Image:
    """The face as a square of `size_px`; beyond the picture its edge is repeated.

    Raises:
        ValueError: a crop that is no square of a sensible size.
    """
    height, width = image.shape[:2]
    if not 1 <= crop.side <= _WIDEST_CROP * max(height, width):
        raise ValueError(f"a crop of {crop.side} px in a picture of {width} x {height} px")
    along = np.arange(round(crop.side)) + 0.5 - crop.side / 2
    columns = np.clip(np.rint(crop.centre_x + along).astype(np.int64), 0, width - 1)
    rows = np.clip(np.rint(crop.centre_y + along).astype(np.int64), 0, height - 1)
    face = image[np.ix_(rows, columns)]
    shrinks = face.shape[0] > size_px
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast("Image", cv2.resize(face, (size_px, size_px), interpolation=how))


def draw_attention(face: Image, attention: Sequence[Sequence[float]]) -> Image:
    """`face` under its attention map: the more a place weighed, the brighter and the less transparent the colour.

    The colours (inferno) are perceptually uniform and rise in lightness, so they hold in grey and for every kind of
    colour vision. The map is scaled to its own maximum.

    Raises:
        ValueError: a map that is not a rectangle of finite numbers.
    """
    weights: NDArray[np.float32] = np.asarray(attention, dtype=np.float32)
    if weights.ndim != 2 or weights.size == 0 or not np.isfinite(weights).all():
        raise ValueError("an attention map must be a rectangle of finite numbers")
    peak = float(weights.max())
    relative = weights / peak if peak > 0 else np.zeros_like(weights)
    size = (face.shape[1], face.shape[0])
    smooth = np.clip(cv2.resize(relative, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    colours = cv2.applyColorMap(np.rint(smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    weight = (0.15 + 0.55 * smooth)[..., None]
    mixed: Image = np.rint(face * (1 - weight) + colours * weight).astype(np.uint8)
    return mixed


def jpeg(image: Image, quality: int = 82) -> bytes:
    """The picture as a JPEG file."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    return bytes(data)


def _scaled(x: float, y: float, scale: float) -> tuple[int, int]:
    far = 30_000  # what OpenCV's drawing takes; a point that far out is not on the picture anyway
    place = ((value + 0.5) * scale - 0.5 for value in (x, y))
    across, down = (round(min(max(value, -far), far)) for value in place)
    return across, down
