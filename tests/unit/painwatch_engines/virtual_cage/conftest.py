"""A small stage to put one animal on, shared by the tests of the virtual cage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import FIRST_TEST_IDENTITY, Identity, Pose
from painwatch_engines.virtual_cage.body import RestBody, build_body
from painwatch_engines.virtual_cage.cage import Furnishing, furnish, see_empty_cage
from painwatch_engines.virtual_cage.camera import Camera
from painwatch_engines.virtual_cage.coats import coat_texture
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.occluders import Occluder
from painwatch_engines.virtual_cage.picture import Moment, Stage, take_picture
from painwatch_engines.virtual_cage.posing import HEAD_HEIGHT
from painwatch_engines.virtual_cage.scenario import Scenario, load_scenario
from painwatch_engines.virtual_cage.sensor import Sensor, noise_field

LEVEL_CAMERA = Camera((6.0, 0.0, HEAD_HEIGHT), (0.2, 0.0, HEAD_HEIGHT), 30.0, 192, 192)
"""At the height of the head, looking along -x: an animal with all angles 0 looks into it."""

Photograph = Callable[..., tuple[np.ndarray, GroundTruth]]


@pytest.fixture(scope="session")
def rat() -> RestBody:
    return build_body(Identity("rat", "white", FIRST_TEST_IDENTITY))


@pytest.fixture(scope="session")
def furnishing() -> Furnishing:
    return furnish(0)


@pytest.fixture(scope="session")
def photograph(rat: RestBody, furnishing: Furnishing) -> Photograph:
    """Take one picture of the rat: photograph(pose, units=..., camera=..., occluders=...)."""
    texture = coat_texture()

    def take(
        pose: Pose,
        units: ActionUnits | None = None,
        camera: Camera = LEVEL_CAMERA,
        occluders: tuple[Occluder, ...] = (),
        body: RestBody = rat,
        light: Light | None = None,
        sensor: Sensor | None = None,
        smear_px: tuple[float, float] = (0.0, 0.0),
    ) -> tuple[np.ndarray, GroundTruth]:
        stage = Stage(
            camera,
            see_empty_cage(camera, furnishing),
            noise_field(camera.height_px, camera.width_px),
            texture,
            occluders,
        )
        moment = Moment(0.0, "baseline", pose, units or ActionUnits(), light or Light(), sensor or Sensor(), smear_px)
        return take_picture(stage, body, moment, np.random.default_rng(1))

    return take


@pytest.fixture(scope="session")
def small_demo() -> Scenario:
    """The demo scenario with pictures of a quarter of the width."""
    demo = load_scenario("demo")
    cameras = tuple(camera.model_copy(update={"width_px": 160, "height_px": 90}) for camera in demo.cameras)
    return demo.model_copy(update={"cameras": cameras})
