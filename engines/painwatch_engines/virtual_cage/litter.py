"""What lies about in a cage and behind its walls, painted onto an empty cage before the animal is put in."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats, Floats32
from painwatch_engines.virtual_cage.cage import HALF_WIDTH, Backdrop
from painwatch_engines.virtual_cage.camera import Camera, pixels_per_unit, project
from painwatch_engines.virtual_cage.sensor import soften

NEST_COLOURS = ((0.78, 0.76, 0.70), (0.60, 0.50, 0.34), (0.42, 0.40, 0.38), (0.70, 0.72, 0.76))
PELLET_COLOURS = ((0.20, 0.12, 0.06), (0.30, 0.20, 0.10), (0.12, 0.09, 0.06))


def _in_view(screen: Floats, camera: Camera) -> bool:
    """Whether any of the projected points (N, 3) is near the picture and well in front of the lens."""
    w, h = camera.width_px, camera.height_px
    x, y, depth = screen.T
    return bool(((depth > 1.0) & (np.abs(x - w / 2) < w) & (np.abs(y - h / 2) < h)).any())


def _draw_nest(rng: np.random.Generator, camera: Camera, image: Floats32) -> None:
    """A loose heap of paper or wood strands."""
    centre = np.array([*rng.uniform(-HALF_WIDTH + 1, HALF_WIDTH - 1, 2), 0.1])
    if not _in_view(project(camera, centre[None]), camera):
        return
    count, reach = int(rng.integers(120, 420)), rng.uniform(0.6, 1.7)
    roots = centre + np.clip(rng.standard_normal((count, 3)), -2, 2) * (0.5 * reach, 0.5 * reach, 0.18 * reach)
    steps = rng.standard_normal((count, 3, 3)) * (0.16, 0.16, 0.07)
    curves = roots[:, None] + np.cumsum(np.concatenate([np.zeros((count, 1, 3)), steps], axis=1), axis=1)
    curves[..., 2] = np.abs(curves[..., 2])
    screen = project(camera, curves.reshape(-1, 3)).reshape(count, 4, 3)
    screen = screen[(screen[..., 2] > 1.0).all(axis=1)]
    colour = np.array(NEST_COLOURS[rng.integers(len(NEST_COLOURS))])
    thick = max(1, round(pixels_per_unit(camera, centre) * rng.uniform(0.015, 0.06)))
    for part in np.array_split(screen[np.argsort(-screen[:, 0, 2])], 8):
        shade = colour * rng.uniform(0.35, 1.1)
        cv2.polylines(image, list(part[..., :2].astype(np.int32)), False, tuple(shade.tolist()), thick, cv2.LINE_AA)


def _draw_crumbs(rng: np.random.Generator, camera: Camera, image: Floats32) -> None:
    """Food pellets and droppings."""
    food = rng.random() < 0.6
    count = int(rng.integers(2, 16) if food else rng.integers(5, 50))
    places = np.column_stack([rng.uniform(-HALF_WIDTH, HALF_WIDTH, (count, 2)), np.full(count, 0.05)])
    colour = np.array(PELLET_COLOURS[rng.integers(len(PELLET_COLOURS))]) * (1.0 if food else 0.5)
    size = rng.uniform(0.14, 0.26) if food else rng.uniform(0.04, 0.08)
    for place, (x, y, depth) in zip(places, project(camera, places), strict=True):
        if depth < 1.0 or not (0 <= x < camera.width_px and 0 <= y < camera.height_px):
            continue
        long = max(1, int(size * pixels_per_unit(camera, place)))
        shade = tuple((colour * rng.uniform(0.6, 1.3)).tolist())
        at, axes, angle = (int(x), int(y)), (long, max(1, int(long * 0.45))), rng.uniform(0, 180)
        cv2.ellipse(image, (at[0], at[1] + axes[1] // 2), axes, angle, 0, 360, (0.03, 0.03, 0.03), -1, cv2.LINE_AA)
        cv2.ellipse(image, at, axes, angle, 0, 360, shade, -1, cv2.LINE_AA)


def _room(rng: np.random.Generator, h: int, w: int) -> Floats32:
    """(H, W, 3) what stands behind a transparent wall: shelves, other cages, lamps, out of focus."""
    base = rng.uniform(0.03, 0.5) * np.exp(rng.normal(0, 0.1, 3))
    room = np.tile(base.astype(np.float32), (h, w, 1))
    for _ in range(int(rng.integers(4, 26))):
        size = rng.uniform(0.03, 0.5, 2) * w
        box = cv2.boxPoints(
            ((rng.uniform(0, w), rng.uniform(0, h)), tuple(size.tolist()), rng.choice([0.0, 90.0, 8.0]))
        )
        tone = np.exp(rng.uniform(-3.2, 0.0)) * np.exp(rng.normal(0, 0.14, 3))
        cv2.fillConvexPoly(room, box.astype(np.int32), tuple(np.clip(tone, 0, 1).tolist()))
    return soften(room, rng.uniform(0.002, 0.03) * w)


def strew(rng: np.random.Generator, camera: Camera, backdrop: Backdrop, strength: float) -> Backdrop:
    """The same cage, lived in: nest material, food and droppings on the floor, the room behind its walls. `strength`
    0..1 is how likely each is."""
    image = backdrop.colour.copy()
    h, w = backdrop.on_floor.shape
    clear, nest, crumbs, cast = rng.random(4) < np.array([0.4, 0.5, 0.55, 0.5]) * strength
    if clear:
        seen = np.float32(rng.uniform(0.5, 1.0))
        through = seen * _room(rng, h, w) + (1 - seen) * image
        image = np.where(backdrop.on_floor[..., None], image, through)
    if cast:
        image *= np.exp(rng.normal(0, 0.10, 3)).astype(np.float32)
    image = np.ascontiguousarray(image, dtype=np.float32)
    if crumbs:
        _draw_crumbs(rng, camera, image)
    if nest:
        for _ in range(int(rng.integers(1, 4))):
            _draw_nest(rng, camera, image)
    return replace(backdrop, colour=np.clip(image, 0, 1))
