"""Colours of the animal, linear RGB 0..1, and the texture of its coat."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from painwatch_engines.anatomy import Coat
from painwatch_engines.virtual_cage.animal import Identity
from painwatch_engines.virtual_cage.arrays import Floats, Floats32

BACK, BELLY, BARE, IRIS, LID_RIM, STAIN = range(6)
"""Rows of a palette."""

PALETTES: dict[Coat, Floats] = {
    "white": np.array(
        [
            (0.80, 0.765, 0.695),
            (0.77, 0.735, 0.67),
            (0.76, 0.42, 0.36),
            (0.26, 0.035, 0.05),
            (0.50, 0.25, 0.235),
            (0.62, 0.50, 0.30),
        ]
    ),
    "black": np.array(
        [
            (0.030, 0.028, 0.030),
            (0.050, 0.045, 0.045),
            (0.190, 0.140, 0.135),
            (0.006, 0.005, 0.006),
            (0.018, 0.016, 0.016),
            (0.055, 0.040, 0.028),
        ]
    ),
    "agouti": np.array(
        [
            (0.125, 0.094, 0.060),
            (0.36, 0.32, 0.26),
            (0.36, 0.22, 0.19),
            (0.007, 0.005, 0.005),
            (0.035, 0.025, 0.020),
            (0.16, 0.12, 0.075),
        ]
    ),
}

WHISKER_COLOURS: dict[Coat, Floats] = {
    "white": np.array((0.85, 0.83, 0.80)),
    "black": np.array((0.17, 0.165, 0.165)),
    "agouti": np.array((0.26, 0.245, 0.22)),
}

COAT_CODES: dict[Coat, int] = {"white": 0, "black": 1, "agouti": 2}
"""Coats as the shading kernels know them."""

NEAR_INFRARED: dict[Coat, float] = {"white": 0.10, "black": 0.07, "agouti": 0.30}
"""How far fur moves towards full reflectance at 850 nm, where pigment absorbs less than in visible light."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One individual's colours. palette: rows as above; stained: share of the coat that is stained, 0..1; worn:
    how uneven the coat is, about 1; whiskers: (3,)."""

    palette: Floats
    stained: float
    worn: float
    whiskers: Floats


def coat_look(identity: Identity) -> Look:
    """What sets `identity` apart from others of its coat: tone, warmth, skin, eyes, stains."""
    rng = np.random.default_rng((identity.seed, COAT_CODES[identity.coat], 77))
    palette = PALETTES[identity.coat].copy()
    white = identity.coat == "white"
    tone = np.exp(np.clip(rng.standard_normal(), -2, 2) * (0.05 if white else 0.22))
    warmth = rng.uniform(-0.3, 1.0) * (0.09 if white else 0.12)
    palette[[BACK, BELLY]] *= tone * np.array([1 + 0.4 * warmth, 1.0, 1 - warmth])
    palette[BARE] *= np.exp(np.clip(rng.standard_normal(2), -2, 2) @ np.array([[0.12] * 3, [0.06, -0.05, -0.05]]))
    if white:
        # From a deep ruby to a light pink.
        palette[IRIS] = palette[IRIS] * rng.uniform(0.6, 1.5) + rng.uniform(0, 0.10) * np.array([1.0, 0.5, 0.5])
    glassy = np.exp(np.clip(rng.standard_normal(), -2, 2) * (0.08 if white else 0.3))
    stained = float(rng.uniform(0, 0.6) if rng.random() < 0.5 else 0.0)
    return Look(
        np.clip(palette, 0.003, 0.9), stained, float(rng.uniform(0.6, 1.8)), WHISKER_COLOURS[identity.coat] * glassy
    )


def in_near_infrared(look: Look, coat: Coat) -> Look:
    """The same animal under an infrared lamp: fur and skin bright, eyes dark."""
    palette = look.palette.copy()
    lift = NEAR_INFRARED[coat]
    fur = [BACK, BELLY, STAIN]
    palette[fur] = palette[fur] + lift * (0.55 - 0.5 * palette[fur])
    palette[BARE] = 0.5 * palette[BARE] + 0.5 * (0.62 if coat == "white" else 0.34)
    palette[IRIS] = 0.05 if coat == "white" else 0.012
    palette[LID_RIM] = 0.6 * palette[LID_RIM] + 0.25 * palette[BACK]
    return Look(np.clip(palette, 0.003, 0.9), 0.6 * look.stained, look.worn, look.whiskers)


def coat_texture() -> Floats32:
    """(512, 512) streaks along the hair over soft patches, standard deviation about 0.8, the same for all."""
    rng = np.random.default_rng(7)
    border = cv2.BORDER_REFLECT
    streaks = cv2.GaussianBlur(
        rng.standard_normal((512, 512)).astype(np.float32), (0, 0), sigmaX=7, sigmaY=0.8, borderType=border
    )
    patches = cv2.GaussianBlur(rng.standard_normal((512, 512)).astype(np.float32), (0, 0), 16, borderType=border)
    return np.asarray(streaks / streaks.std() * 0.6 + patches / patches.std() * 0.5, dtype=np.float32)
