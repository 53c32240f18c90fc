"""When an answer is told again: never across a change that a person would see, nor for longer than is allowed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from painwatch.core.types import CropBox, Frame, Prediction, Status
from painwatch.infer.stillness import REPEATABLE, Judged, cells_of, repeated, still

MS = 1_000_000
BASIS = ("cage", (180, 320, 3), "engine")
SCENE = np.random.default_rng(3).integers(40, 200, (45, 80, 3)).astype(np.float32).repeat(4, axis=0).repeat(4, axis=1)


def picture(noise: float = 0.0, seed: int = 0, scene: np.ndarray = SCENE) -> np.ndarray:
    noisy = scene + np.random.default_rng(seed).normal(0, noise, scene.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def taken(image: np.ndarray, at_ms: float) -> Frame:
    return Frame("cam", 1 + int(at_ms), 10**18 + int(at_ms * MS), int(at_ms * MS), image)


def judged(status: Status = Status.OK, crop: CropBox | None = None) -> Judged:
    frame = taken(picture(), 0)
    score = 0.7 if status is Status.OK else None
    prediction = Prediction(
        "cage", "cam", frame.seq, frame.wall_ns, 0, 3.0, status, pain_probability=score, crop=crop, engine="a + b"
    )
    return Judged(prediction, cells_of(frame.image), BASIS)


def told(
    image: np.ndarray, at_ms: float = 500, last: Judged | None = None, basis: Any = BASIS, floor_ms: float = 2000
) -> Prediction | None:
    last = judged() if last is None else last
    return repeated(last, taken(image, at_ms), cells_of(image), basis, int(floor_ms * MS))


def test_the_answer_is_told_again_and_says_how_old_it_is() -> None:
    again = told(picture(2, seed=1))
    assert again is not None
    assert again.repeated_ms == 500
    assert (again.seq, again.time_ns, again.mono_ns, again.age_ms) == (501, 10**18 + 500 * MS, 500 * MS, 0)
    assert (again.status, again.pain_probability, again.engine) == (Status.OK, 0.7, "a + b")


@pytest.mark.parametrize("noise", [0, 1, 3, 6, 10])
def test_noise_is_no_change(noise: float) -> None:
    quiet = sum(still(cells_of(picture(noise, seed)), cells_of(picture(noise, 99))) for seed in range(20))
    assert quiet >= 18


@given(st.integers(0, 300), st.integers(0, 160), st.floats(0, 6), st.sampled_from([-60, 60]))
@settings(max_examples=50)
def test_a_thing_that_comes_into_sight_is_a_change(x: int, y: int, noise: float, brighter: int) -> None:
    scene = SCENE.copy()
    scene[y : y + 20, x : x + 20] += brighter
    assert told(picture(noise, 1, scene)) is None


def test_a_change_is_what_the_medians_of_all_cells_say() -> None:
    some, face, told_still = np.random.default_rng(11), (slice(2, 6), slice(3, 9)), 0
    for _ in range(3000):
        then = some.uniform(60, 180, (9, 16)).astype(np.float32)
        now = then + some.normal(some.uniform(-1.5, 1.5), some.uniform(0.1, 3), then.shape).astype(np.float32)
        now[some.integers(0, 9, 3), some.integers(0, 16, 3)] += some.uniform(0, 25, 3).astype(np.float32)
        changes = np.abs(now - then)
        usual = max(0.6, float(np.median(changes)))
        changed = changes > 10 * usual
        changed_finely = changed.copy()
        changed_finely[face] = changes[face] > 6 * usual
        quiet = abs(float(np.median(now - then))) <= 1 and usual <= 2
        assert still(now, then) == (quiet and changed.sum() < 2)
        assert still(now, then, face) == (quiet and not changed[face].any() and changed_finely.sum() < 2)
        told_still += still(now, then, face)
    assert 300 < told_still < 2700


def test_a_cell_is_the_mean_of_its_colours() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (45, 80, 3), np.uint8)
    means = colours.astype(np.float32).mean(axis=2)
    np.testing.assert_array_equal(cells_of(colours.repeat(4, axis=0).repeat(4, axis=1)), means)


def test_a_small_change_counts_within_the_face_and_not_beside_it() -> None:
    face = judged(crop=CropBox(160, 90, 60, "one_eye", 0.0))
    for (x, y), same in (((156, 88), False), ((20, 20), True)):
        scene = SCENE.copy()
        scene[y : y + 8, x : x + 8] += 5
        assert (told(picture(0, 0, scene), last=face) is not None) == same


@pytest.mark.parametrize("contrast", [12, 18])
def test_a_dim_scene_of_which_nothing_is_as_it_was_is_a_change(contrast: int) -> None:
    now, then = (np.random.default_rng(seed).integers(20, 20 + contrast, (45, 80)) for seed in (1, 2))
    assert not still(now.astype(np.float32), then.astype(np.float32))


def test_an_eye_of_one_cell_that_closes_is_a_change() -> None:
    scene = SCENE.copy()
    scene[88:92, 160:164] += 40
    assert told(picture(0, 0, scene), last=judged(crop=CropBox(160, 90, 60, "one_eye", 0.0))) is None
    assert told(picture(0, 0, scene)) is not None


def test_light_that_goes_on_is_a_change() -> None:
    assert told(picture(0, 0, SCENE + 3)) is None


@pytest.mark.parametrize(
    "wanted",
    [
        {"at_ms": 2000},
        {"at_ms": 0},
        {"at_ms": -500},
        {"basis": ("cage", (180, 320, 3), "another engine")},
        {"floor_ms": 0},
        {"last": judged(Status.ENGINE_ERROR)},
    ],
    ids=["too old", "the same moment", "the clock was set back", "another basis", "never", "a fault"],
)
def test_an_answer_is_not_told_again(wanted: dict[str, Any]) -> None:
    assert told(picture(), **wanted) is None


def test_nothing_is_told_of_a_camera_that_was_never_judged_or_of_another_size() -> None:
    frame = taken(picture(), 500)
    assert repeated(None, frame, cells_of(frame.image), BASIS, 2000 * MS) is None
    assert repeated(judged(), frame, cells_of(frame.image[:90]), BASIS, 2000 * MS) is None


@given(
    st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=30),
    st.integers(0, 3000),
    st.sampled_from(sorted(REPEATABLE)),
)
@settings(max_examples=30, deadline=None)
def test_no_answer_is_ever_older_than_the_floor(looks: list[tuple[int, bool]], floor_ms: int, status: Status) -> None:
    last, at_ms = judged(status), 0
    scenes = {False: picture(), True: picture(0, 0, 255 - SCENE)}
    shown = False
    for after_ms, changes in looks:
        at_ms, shown = at_ms + after_ms, shown != changes
        image = scenes[shown]
        again = told(image, at_ms, last, floor_ms=floor_ms)
        if again is None:
            frame = taken(image, at_ms)
            last = Judged(replace(last.prediction, time_ns=frame.wall_ns), cells_of(image), BASIS)
        else:
            assert not changes
            assert 0 < again.repeated_ms < floor_ms
            assert again.pain_probability == last.prediction.pain_probability
