"""Rendered sets on disk: the animals and counts asked for, and raters who disagree as people do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.data.face_folder import UNLABELLED, load_face_folder
from painwatch_engines.data.lookalike import draw_ratspain_lookalike, draw_set, ratspain_slots
from painwatch_engines.data.simulated_raters import Panel, draw_shown
from painwatch_engines.errors import DataError


def test_the_lookalike_has_the_published_counts() -> None:
    slots = np.array(list(ratspain_slots().values()))
    assert slots[:, :3].sum(axis=0).tolist() == [541, 591, 6]
    assert slots[:, 3].sum() == 157
    assert slots.sum() == 1295


def test_a_small_lookalike_is_read_back_with_its_counts(tmp_path: Path) -> None:
    out = tmp_path / "set"
    draw_ratspain_lookalike(out, seed=3, face_px=32, share=0.01)
    data = load_face_folder(out)
    assert data.about.rendered
    assert "not validated on live animals" in " ".join(data.about.notes)
    for animal, (no, moderate, severe, unlabelled) in ratspain_slots(0.01).items():
        grades = data.grades[data.animals == animal]
        assert [(grades == g).sum() for g in (0, 1, 2, UNLABELLED)] == [no, moderate, severe, unlabelled]
    assert np.array_equal(data.labels, np.minimum(data.grades, 1))
    assert np.isfinite(data.yaw_deg).all()
    assert set(data.views) <= {"both_eyes", "one_eye"}
    side = data.read(0).shape[0]
    inside = (data.keypoints > -0.5) & (data.keypoints < side)
    seen = np.isfinite(data.keypoints[:, 0, 0])
    assert seen.all(), "the crop's rule asks for the nose"
    assert inside[:, 0].all()


def test_a_drawn_set_has_the_label_of_its_units(tmp_path: Path) -> None:
    draw_set(
        tmp_path / "set",
        animals=2,
        faces_per_animal=2,
        kinds=[("rat", "white"), ("mouse", "black")],
        seed=4,
        face_px=32,
        first_identity=20,
    )
    data = load_face_folder(tmp_path / "set")
    assert sorted(set(data.animals)) == ["mouse_black_0021", "rat_white_0020"]
    assert data.about.species == ("rat", "mouse")
    assert data.labels.tolist() == (data.units.mean(axis=1) >= 0.5).astype(int).tolist()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(DataError, match="something already"):
        draw_set(tmp_path, animals=1, faces_per_animal=1, kinds=[("rat", "white")], seed=1, face_px=32)


def test_raters_agree_on_the_obvious_and_not_on_the_borderline() -> None:
    rng = np.random.default_rng(5)
    panel = Panel(np.zeros((8, 4)))
    clear = [panel.rate(ActionUnits(1, 1, 1, 1), rng).grade for _ in range(200)]
    between = [panel.rate(ActionUnits(0.5, 0.5, 0.5, 0.5), rng).grade for _ in range(200)]
    assert clear.count(1) > 180
    assert between.count(None) > 60
    assert {0, 1} <= set(between)


def test_about_one_face_in_eight_is_left_unlabelled() -> None:
    rng = np.random.default_rng(6)
    panel = Panel.draw(rng)
    grades = [panel.rate(draw_shown(rng), rng).grade for _ in range(2000)]
    assert 0.06 < grades.count(None) / 2000 < 0.18
