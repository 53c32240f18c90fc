"""One camera of a scenario, ready to be asked for pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from painwatch_engines.virtual_cage.arrays import Floats, Image
from painwatch_engines.virtual_cage.body import RestBody, build_body
from painwatch_engines.virtual_cage.cage import furnish, see_empty_cage
from painwatch_engines.virtual_cage.camera import project
from painwatch_engines.virtual_cage.coats import coat_texture
from painwatch_engines.virtual_cage.geometry import rotation
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.picture import Moment, Stage, take_picture
from painwatch_engines.virtual_cage.posing import FACE_AHEAD, HEAD_HEIGHT
from painwatch_engines.virtual_cage.scenario import LightKind, Scenario
from painwatch_engines.virtual_cage.sensor import Sensor, noise_field
from painwatch_engines.virtual_cage.world import world_at

LIGHTS: dict[LightKind, Light] = {"day": Light(), "infrared_night": Light(infrared=True)}
SENSORS: dict[LightKind, Sensor] = {
    "day": Sensor(),
    # At night the camera turns up its gain, and with it its noise.
    "infrared_night": Sensor(exposure=1.6, noise=0.02, vignette=0.3),
}
WHITE_AT_NIGHT = 0.6
"""A white coat fills the sensor under an infrared lamp: the camera then opens less."""
SHUTTER_S: dict[LightKind, float] = {"day": 1 / 60, "infrared_night": 1 / 30}
"""For how long a frame is exposed."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """image: (H, W, 3) uint8 BGR; truth: what is true of it."""

    image: Image
    truth: GroundTruth


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Renders one camera of one scenario; the same time gives the same bytes."""

    scenario: Scenario
    camera_name: str
    stage: Stage
    body: RestBody

    def render(self, t_s: float) -> Rendered:
        """The picture at `t_s` seconds; time wraps round at the scenario's duration."""
        state = world_at(self.scenario, t_s)
        half = SHUTTER_S[state.light] / 2
        way = self._head_px(state.t_s + half) - self._head_px(state.t_s - half)
        moment = Moment(
            state.t_s,
            state.segment,
            state.pose,
            state.units,
            LIGHTS[state.light],
            self._sensor(state.light),
            (float(way[0]), float(way[1])),
        )
        camera = self.scenario.camera_names.index(self.camera_name)
        rng = np.random.default_rng((self.scenario.seed, camera, round(state.t_s * 1000)))
        return Rendered(*take_picture(self.stage, self.body, moment, rng))

    def _sensor(self, light: LightKind) -> Sensor:
        sensor = SENSORS[light]
        bright = light == "infrared_night" and self.body.identity.coat == "white"
        return replace(sensor, exposure=sensor.exposure * WHITE_AT_NIGHT) if bright else sensor

    def _head_px(self, t_s: float) -> Floats:
        """Where the head is in the picture (x, y) at `t_s`."""
        pose = world_at(self.scenario, t_s).pose
        ahead = rotation(pose.body_yaw + pose.yaw, pose.pitch)[:, 0]
        face = np.array([pose.x, pose.y, HEAD_HEIGHT]) + FACE_AHEAD * ahead
        return np.asarray(project(self.stage.camera, face[None])[0, :2])


def open_view(scenario: Scenario, camera_name: str) -> View:
    """The view of that camera; ScenarioError if the scenario has no such camera."""
    camera = scenario.camera_named(camera_name).camera
    stage = Stage(
        camera,
        see_empty_cage(camera, furnish(scenario.seed)),
        noise_field(camera.height_px, camera.width_px),
        coat_texture(),
        scenario.occluders,
    )
    return View(scenario, camera_name, stage, build_body(scenario.animal.individual))
