"""An engine that stands in for another is told as a fault of the machine, and never as a state of the animal."""

from __future__ import annotations

import re

from msgspec.structs import replace

from fixtures.fake_hub import Story, camera_live
from painwatch.core.live import CameraLive
from painwatch.core.types import Prediction, Status
from painwatch.web.engines import about_overrun, about_stand_in, judging
from painwatch.web.wording import SILENT_AFTER_S

CPU, FALLEN = "onnxruntime-cpu", "onnxruntime-cpu (instead of tensorrt-fp16)"


def look(engine: str, status: Status = Status.OK) -> Prediction:
    score = 0.2 if status is Status.OK else None
    return Prediction("cage-1", "left", 1, 0, 0, 0.0, status, pain_probability=score, engine=engine, model="small 1")


def live(prediction: Prediction | None) -> CameraLive:
    return camera_live("left", "cage-1", Story(), 1_800_000_000_000_000_000, prediction)


def test_where_the_first_engine_computes_there_is_nothing_to_say() -> None:
    assert about_stand_in([look(f"{CPU} + {CPU}"), look("deeplabcut-live + onnxruntime-cpu")]) == ""
    assert about_stand_in([]) == ""


def test_an_engine_that_stands_in_is_told_once_in_plain_words() -> None:
    said = about_stand_in([look(f"{FALLEN} + {FALLEN}"), look(f"{FALLEN} + {CPU}")])
    assert said == (
        "Technical: onnxruntime-cpu computes in place of tensorrt-fp16. "
        "Judging goes on, perhaps more slowly; the worker's log says why."
    )
    assert not re.search(r"pain|sign|animal", said)


def test_several_that_failed_are_all_named() -> None:
    said = about_stand_in([look(f"{CPU} (instead of tensorrt, onnxruntime-cuda) + {FALLEN}")])
    assert f"{CPU} computes in place of tensorrt, onnxruntime-cuda; {CPU} computes in place of tensorrt-fp16." in said


def test_where_every_engine_failed_none_is_said_to_judge_on() -> None:
    assert about_stand_in([look(f"{FALLEN} + {CPU}", Status.ENGINE_ERROR)]) == ""


def test_cameras_for_which_there_is_no_time_are_told_the_worst_first() -> None:
    def late(name: str, overrun: float) -> CameraLive:
        return replace(live(replace(look(CPU), overrun=overrun)), name=name)

    told = [late("left", 0.34), late("right", 0.0), late("top", 0.5), late("side", 0.019), live(None)]
    said = about_overrun(told, 0.1)
    assert said.startswith(
        "Technical: no time for 50 % of the looks at top, 34 % of the looks at left in the last minute."
    )
    assert about_overrun(told, SILENT_AFTER_S + 0.1) == about_overrun(told, None) == about_overrun(told[1:2], 0.1) == ""
    assert not re.search(r"pain|sign|animal", said)


def test_only_what_judges_now_is_told_each_engine_once() -> None:
    now = [live(look(CPU)), live(look(CPU, Status.NO_FACE)), live(look(FALLEN)), live(look("")), live(None)]
    assert [each.engine for each in judging(now, 0.1)] == [CPU, FALLEN]
    assert judging(now, SILENT_AFTER_S + 0.1) == judging(now, None) == ()
    assert judging([replace(now[0], predictions_per_s=0.0)], 0.1) == ()
