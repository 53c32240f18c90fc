from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.anatomy import ActionUnits, shows_pain
from painwatch_engines.virtual_cage import SampledView, Studio, draw_units, sample_view
from painwatch_engines.virtual_cage.sampling import Domain

STUDIO = Studio()


def samples(domain: Domain, count: int = 40) -> list[SampledView]:
    rng = np.random.default_rng(11)
    return [
        STUDIO.sample(rng, species="rat", coat="white", identity=9000 + i % 2, width_px=96, height_px=72, domain=domain)
        for i in range(count)
    ]


def test_drawn_faces_are_in_pain_half_of_the_time() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_units(rng) for _ in range(2000)]
    assert np.mean([shows_pain(units) for units in drawn]) == pytest.approx(0.5, abs=0.05)
    table = np.array([(u.orbital, u.ear, u.nose_cheek, u.whisker) for u in drawn])
    # Some faces without pain have one unit clearly raised: no single unit gives pain away.
    assert (table[[not shows_pain(u) for u in drawn]].max(axis=1) > 1.0).mean() > 0.05


def test_the_same_generator_gives_the_same_picture_with_or_without_a_studio() -> None:
    def take(studio: Studio | None) -> np.ndarray:
        rng = np.random.default_rng(5)
        return sample_view(
            rng, species="mouse", coat="black", identity=9000, width_px=64, height_px=48, studio=studio
        ).image

    assert np.array_equal(take(None), take(STUDIO))


def test_units_asked_for_are_shown() -> None:
    units = ActionUnits(1.5, 0.0, 1.0, 2.0)
    sampled = sample_view(
        np.random.default_rng(1),
        species="rat",
        coat="agouti",
        identity=9000,
        width_px=64,
        height_px=64,
        units=units,
        studio=STUDIO,
    )
    assert sampled.truth.units == units
    assert sampled.truth.pain


def test_faces_look_at_the_camera_and_are_large() -> None:
    drawn = samples("face")
    assert np.median([abs(s.truth.yaw_deg) for s in drawn]) < 60
    height = [max(t.face_box[2] - t.face_box[0], t.face_box[3] - t.face_box[1]) for t in (s.truth for s in drawn)]
    assert 0.40 < np.median(height) / 72 < 0.80
    # The nose is in the picture nearly always.
    inside = [((s.truth.keypoints[0] >= 0) & (s.truth.keypoints[0] < (96, 72))).all() for s in drawn]
    assert np.mean(inside) > 0.9


def test_frames_show_every_side_of_the_animal() -> None:
    drawn = samples("frame", 80)
    yaws = np.abs([s.truth.yaw_deg for s in drawn])
    assert yaws.max() > 110
    assert yaws.min() < 20
    assert any(not s.truth.visible[:3].any() for s in drawn)
    assert {s.infrared for s in drawn} == {True, False}
    assert {s.occluded for s in drawn} == {True, False}


def test_identities_are_kept_apart() -> None:
    first, second = (
        STUDIO.sample(
            np.random.default_rng(3), species="rat", coat="white", identity=i, width_px=64, height_px=64, domain="face"
        )
        for i in (9000, 9001)
    )
    assert first.camera == second.camera
    assert not np.array_equal(first.truth.keypoints, second.truth.keypoints)


def test_strength_makes_pictures_harder() -> None:
    def casts(strength: float) -> float:
        """How far the colour balance spreads from picture to picture."""
        rng = np.random.default_rng(4)
        pictures = [
            STUDIO.sample(
                rng,
                species="rat",
                coat="white",
                identity=1,
                width_px=96,
                height_px=72,
                infrared=False,
                strength=strength,
            ).image.mean(axis=(0, 1))
            for _ in range(40)
        ]
        return float(np.std([picture[0] / picture[2] for picture in pictures]))

    assert casts(1.0) > 1.15 * casts(0.0)
