"""An answer is never told again over a face that changed, on rendered animals that hold still but for their faces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from painwatch.core.types import CropBox, Frame, Prediction, Status
from painwatch.infer.keypoints import reduce_for
from painwatch.infer.stillness import Judged, cells_of, repeated
from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.face import FaceMultiple, find_face
from painwatch_engines.virtual_cage import GroundTruth, View, load_scenario, open_view, world_at
from painwatch_engines.virtual_cage.picture import Moment, take_picture
from painwatch_engines.virtual_cage.view import LIGHTS, SENSORS

CALM, TIGHTENED, IN_PAIN = ActionUnits(0, 0, 0, 0), ActionUnits(1, 0, 0, 0), ActionUnits(2, 2, 2, 2)
WIDTH_PX = 320
SECOND = 10**9


def shown(view: View, t_s: float, units: ActionUnits, seed: int) -> tuple[np.ndarray, GroundTruth]:
    """The animal as it holds itself at `t_s`, with these units; `seed` draws the noise."""
    state = world_at(view.scenario, t_s)
    pose = replace(state.pose, blink=0.0)
    moment = Moment(state.t_s, state.segment, pose, units, LIGHTS[state.light], SENSORS[state.light], (0.0, 0.0))
    return take_picture(view.stage, view.body, moment, np.random.default_rng(seed))


def taken(image: np.ndarray, at_ns: int) -> Frame:
    return Frame("cam", at_ns, at_ns, at_ns, image)


@pytest.mark.parametrize("scenario", ["night_mouse", "four_cameras"])
def test_a_face_that_changes_is_judged_anew_and_one_that_does_not_is_not(scenario: str) -> None:
    watched = load_scenario(scenario)
    seen = 0
    for name in watched.camera_names[:2]:
        view = open_view(watched, name)
        for t_s in np.linspace(2, watched.duration_s - 2, 5):
            image, truth = shown(view, float(t_s), CALM, 1)
            pose = np.column_stack([truth.keypoints, truth.visible])
            crop = find_face(pose, image.shape[1], image.shape[0], FaceMultiple(1.6))
            if crop is None:
                continue
            seen += 1
            box = CropBox(crop.centre_x, crop.centre_y, crop.side, crop.rule, crop.padded_fraction)
            calm = Prediction("cage", "cam", 1, SECOND, 1, 0.0, Status.OK, pain_probability=0.1, crop=box)
            last = Judged(calm, cells_of(reduce_for(image, WIDTH_PX)), ())
            for units, same in ((CALM, True), (TIGHTENED, False), (IN_PAIN, False)):
                now, _ = shown(view, float(t_s), units, 2)
                cells = cells_of(reduce_for(now, WIDTH_PX))
                again = repeated(last, taken(now, SECOND + SECOND // 5), cells, (), 2 * SECOND)
                assert (again is not None) == same, f"{name} at {t_s} s: {units}"
    assert seen >= 4
