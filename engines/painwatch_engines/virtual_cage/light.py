"""The lamps over a cage, and how fur, skin and eyes reflect them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from painwatch_engines.virtual_cage.arrays import Floats
from painwatch_engines.virtual_cage.paint import WHITE


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp far away in `direction` (world axes), perhaps a second one, and light from everywhere; infrared is
    seen as grey.

    key, ambient, second_key: relative strengths, 0 to about 1. warmth: -0.3 (blue) to 0.3 (yellow); green: -0.1
    (magenta) to 0.1. softness: 0 (a point, whose light ends sharply where a surface turns away) to 0.5 (a wide
    ceiling panel).
    """

    direction: tuple[float, float, float] = (0.5, 0.3, 0.9)
    key: float = 0.75
    ambient: float = 0.55
    warmth: float = 0.0
    infrared: bool = False
    green: float = 0.0
    second_direction: tuple[float, float, float] = (-0.6, -0.4, 0.7)
    second_key: float = 0.0
    softness: float = 0.30

    @property
    def on_floor(self) -> float:
        """How bright a level white surface is."""
        return self.key * 0.55 + self.second_key * 0.45 + self.ambient


@njit(cache=True, fastmath=True)
def reflect(
    normal: Floats,
    view: Floats,
    lamps: Floats,
    keys: Floats,
    softness: float,
    ambient: float,
    shelter: float,
    gloss: float,
    furry: float,
    facing: float,
    coat: int,
    translucent: bool,
) -> tuple[float, float]:
    """Diffuse factor and highlight of one point; all vectors are unit length, `lamps` (2, 3) point to the lights."""
    diffuse, glint = ambient * (0.55 + 0.45 * normal[2]), 0.0
    for i in range(2):
        if keys[i] <= 0:
            continue
        nl = normal[0] * lamps[i, 0] + normal[1] * lamps[i, 1] + normal[2] * lamps[i, 2]
        wrapped = max(0.0, (nl + softness) / (1 + softness))
        if translucent:
            wrapped = 0.5 * wrapped + 0.5 * (abs(nl) + softness) / (1 + softness)
        diffuse += keys[i] * wrapped**1.2
        if gloss > 0:
            h0, h1, h2 = lamps[i, 0] + view[0], lamps[i, 1] + view[1], lamps[i, 2] + view[2]
            along = normal[0] * h0 + normal[1] * h1 + normal[2] * h2
            glint += keys[i] * max(0.0, along / (np.sqrt(h0 * h0 + h1 * h1 + h2 * h2) + 1e-9)) ** 60
    diffuse *= shelter
    # Hair tips catch the light along the outline.
    halo = 0.05 if coat == WHITE else 0.14 * (0.45 + 0.3 * normal[2])
    diffuse += halo * furry * (1 - facing) ** 3 * (keys[0] + keys[1] + ambient)
    # A wet eye mirrors the bright ceiling where it looks up at it.
    sky = 0.05 * ambient * max(0.0, 2 * facing * normal[2] - view[2]) ** 3
    return diffuse, gloss * (glint * 1.45 + sky + 0.03 * (1 - facing) ** 2)
