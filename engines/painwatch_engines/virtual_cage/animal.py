"""Who the animal is and how it holds itself, apart from how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.anatomy import ActionUnits, Coat, Species

FIRST_TEST_IDENTITY = 9000
"""Identities from here on are test animals. Training data must never contain one: what a model scores on
them is then a score on animals it has not seen."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One individual. The same three values give the same animal everywhere.

    `seed` draws its proportions, coat texture and whiskers; seeds of FIRST_TEST_IDENTITY and above are
    reserved for tests.
    """

    species: Species
    coat: Coat
    seed: int

    @property
    def reserved_for_tests(self) -> bool:
        return self.seed >= FIRST_TEST_IDENTITY


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the animal is and how it holds its head. Angles in degrees, positions in units.

    `x`, `y` are the head's place over the floor. `body_yaw` is the heading of the body in the world (0 along
    +x, positive towards +y); `yaw` (positive to the animal's left), `pitch` (nose up) and `roll` turn the
    head on the body. `blink` closes both lids, 0 to 1, without being pain; `lid_asymmetry` closes the left
    lid more (positive) or the right one.
    """

    x: float = 0.0
    y: float = 0.0
    body_yaw: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    blink: float = 0.0
    lid_asymmetry: float = 0.0


def lid_closure(units: ActionUnits, pose: Pose) -> tuple[float, float]:
    """How far the (left, right) lids are closed, 0 open to 1 shut: tightening and blink together."""

    def one(asymmetry: float) -> float:
        tightened = float(np.clip(units.orbital / 2 + asymmetry, 0.0, 1.0))
        return 1.0 - (1.0 - tightened) * (1.0 - pose.blink)

    return one(pose.lid_asymmetry), one(-pose.lid_asymmetry)
