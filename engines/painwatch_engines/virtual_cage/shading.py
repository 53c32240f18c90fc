"""Light on the animal: one pass over the pixels of the z-buffer."""

from __future__ import annotations

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Ints32
from painwatch_engines.virtual_cage.body import EAR, FUR, OCCLUDER, EyeShape
from painwatch_engines.virtual_cage.coats import Look
from painwatch_engines.virtual_cage.crevices import crevice_darkening
from painwatch_engines.virtual_cage.geometry import unit
from painwatch_engines.virtual_cage.light import Light, reflect
from painwatch_engines.virtual_cage.paint import (
    BARE,
    eyeball_normal,
    paint_coat,
    paint_ear,
    paint_eye,
    paint_muzzle,
    ramp,
)
from painwatch_engines.virtual_cage.raster import DepthBuffer


@njit(cache=True, fastmath=True)
def _blend_vertices(table: Floats, a: int, b: int, c: int, l1: float, l2: float, out: Floats) -> None:
    for k in range(3):
        out[k] = (1 - l1 - l2) * table[a, k] + l1 * table[b, k] + l2 * table[c, k]


@njit(cache=True, fastmath=True)
def _paint_skin(
    at: Floats,
    eye: Floats,
    eye_axes: Floats,
    eye_radius: float,
    lids: Floats,
    head: Floats,
    palette: Floats,
    coat: int,
    stained: float,
    worn: float,
    texture: Floats32,
    bulging: float,
    colour: Floats,
    normal: Floats,
) -> tuple[float, float, float]:
    """Colour and surface of furred skin at rest position `at`: returns shelter, gloss, furry."""
    x, y, z = at[0], at[1], at[2]
    paint_coat(x, y, z, palette, coat, stained, worn, texture, colour)
    shelter, gloss, furry = 1.0, 0.0, 1.0
    if x > 0.3:
        shelter, gloss, furry = paint_muzzle(x, y, z, palette, coat, bulging, colour)
    shelter *= 1 - 0.28 * ramp(-0.45, -0.75, x) * ramp(-1.6, -0.9, x) - 0.12 * ramp(-0.9, -1.4, x)
    side = 1.0 if y > 0 else -1.0
    d0, d1, d2 = x - eye[0], y * side - eye[1], z - eye[2]
    u = (d0 * eye_axes[1, 0] + d1 * eye_axes[1, 1] + d2 * eye_axes[1, 2]) / eye_radius
    v = (d0 * eye_axes[2, 0] + d1 * eye_axes[2, 1] + d2 * eye_axes[2, 2]) / eye_radius
    if u * u + v * v < 9 and x > 0 and x < 0.6:
        closed = lids[0] if side > 0 else lids[1]
        dim, shine, hair, ball = paint_eye(u, v, closed, palette, colour)
        shelter *= dim
        gloss = gloss * (1 - ball) + shine
        furry *= hair
        if ball > 0:
            eyeball_normal(u, v, side, eye_axes, head, ball, normal)
    shelter *= 1 - 0.30 * ramp(-0.18, -0.45, z) * ramp(-1.0, 0.2, x)
    ear_root = ((x + 0.30) / 0.16) ** 2 + ((abs(y) - 0.33) / 0.16) ** 2 + ((z - 0.30) / 0.14) ** 2
    return shelter * (1 - 0.25 * np.exp(-ear_root)), gloss, furry


@njit(cache=True, fastmath=True)
def shade(
    triangles: Ints32,
    materials: Ints32,
    paint: Floats,
    normals: Floats,
    front: Ints32,
    weights: Floats32,
    crevice: Floats32,
    image: Floats32,
    rotation: Floats,
    focal_px: float,
    eye: Floats,
    eye_axes: Floats,
    eye_radius: float,
    lids: Floats,
    head: Floats,
    lamps: Floats,
    keys: Floats,
    softness: float,
    ambient: float,
    coat: int,
    texture: Floats32,
    palette: Floats,
    stained: float,
    worn: float,
    bulging: float,
) -> None:
    """Write linear RGB into `image` (H, W, 3) wherever `front` (H, W) names a triangle."""
    h, w = front.shape
    at, normal, view, colour = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for y in range(h):
        for x in range(w):
            t = front[y, x]
            if t < 0:
                continue
            material = materials[t]
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            l1, l2 = weights[y, x, 0], weights[y, x, 1]
            _blend_vertices(paint, a, b, c, l1, l2, at)
            _blend_vertices(normals, a, b, c, l1, l2, normal)
            normal /= np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2 + 1e-12)
            vx, vy = (x - w / 2) / focal_px, (y - h / 2) / focal_px
            length = np.sqrt(vx * vx + vy * vy + 1)
            for k in range(3):
                view[k] = -(rotation[0, k] * vx + rotation[1, k] * vy + rotation[2, k]) / length
            facing = normal[0] * view[0] + normal[1] * view[1] + normal[2] * view[2]
            inner = facing > 0
            if facing < 0:
                if material == EAR:
                    normal *= -1
                    facing = -facing
                else:
                    facing = 0.0
            shelter, gloss, furry = 1.0, 0.0, 0.0
            if material == FUR:
                shelter, gloss, furry = _paint_skin(
                    at,
                    eye,
                    eye_axes,
                    eye_radius,
                    lids,
                    head,
                    palette,
                    coat,
                    stained,
                    worn,
                    texture,
                    bulging,
                    colour,
                    normal,
                )
            elif material == EAR:
                furry = 0.25
                paint_ear(at[0], at[1], at[2], inner, palette, texture, colour)
            elif material == OCCLUDER:
                # An occluder's vertices carry their colour where the animal's carry texture positions.
                colour[:] = at
            else:
                colour[:] = palette[BARE] * 0.95
            diffuse, highlight = reflect(
                normal,
                view,
                lamps,
                keys,
                softness,
                ambient,
                shelter * crevice[y, x],
                gloss,
                furry,
                facing,
                coat,
                material == EAR,
            )
            for k in range(3):
                image[y, x, k] = colour[k] * diffuse + highlight


def shade_animal(
    image: Floats32,
    buffer: DepthBuffer,
    triangles: Ints32,
    materials: Ints32,
    paint: Floats,
    normals: Floats,
    rotation: Floats,
    focal_px: float,
    px_per_unit: float,
    eye: EyeShape,
    lids: tuple[float, float],
    head_axes: Floats,
    light: Light,
    coat_code: int,
    texture: Floats32,
    look: Look,
    bulging: float,
) -> None:
    """Shade everything in `buffer` into `image` (H, W, 3 linear RGB) in place. `bulging` is 0..1: how far whisker
    pads and cheeks stand out."""
    lamps = unit(np.array([light.direction, light.second_direction], dtype=np.float64))
    # A lid never shuts to nothing: a slit remains, as it does in a tightly squeezed eye.
    closed = np.array(lids) * 0.94
    shade(
        triangles,
        materials,
        paint,
        normals,
        buffer.triangle,
        buffer.weights,
        crevice_darkening(buffer.depth, px_per_unit),
        image,
        rotation,
        focal_px,
        eye.centre,
        np.stack([eye.outwards, eye.forwards, eye.upwards]),
        eye.radius,
        closed,
        head_axes,
        lamps,
        np.array([light.key, light.second_key]),
        light.softness,
        light.ambient,
        coat_code,
        texture,
        look.palette,
        look.stained,
        look.worn,
        bulging,
    )
