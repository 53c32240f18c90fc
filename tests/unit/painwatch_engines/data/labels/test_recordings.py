from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.data.labels.recordings import (
    Domain,
    Moments,
    Stretch,
    image_name,
    one_sided,
    read_manifest,
    refusal,
    seconds_of,
    stored_face,
    weak_about,
)
from painwatch_engines.errors import DataError
from painwatch_engines.face import MARGIN, FaceMultiple, find_face
from painwatch_engines.quality import Gate

HEADER = "video,animal,from,to,label\n"


def written(folder: Path, rows: str) -> Path:
    (folder / "a.mp4").touch()
    (folder / "b.mp4").touch()
    path = folder / "manifest.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return path


def stretch(animal: str = "M1", label: str = "pain") -> Stretch:
    return Stretch(Path("/films/day 1.mp4"), animal, 0, 10, label, "m.csv:2")  # type: ignore[arg-type]


def test_a_manifest_is_read(tmp_path: Path) -> None:
    rows = "a.mp4,M1,,1:30,before\na.mp4,M1,90,1:00:00.5,AFTER\nb.mp4,M2,,,no_pain\n"
    first, second, third = read_manifest(written(tmp_path, rows))
    assert (first.video, first.animal) == (tmp_path / "a.mp4", "M1")
    assert (first.from_s, first.to_s, first.label) == (0, 90, "no_pain")
    assert (second.from_s, second.to_s, second.label) == (90, 3600.5, "pain")
    assert (third.from_s, third.to_s, third.label) == (0, math.inf, "no_pain")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("c.mp4,M,,,before\n", ":2, column video: there is no video"),
        ("a.mp4,M_1,,,before\nb.mp4,m 1,,,after\n", ':3, column animal: "m 1" and "M_1"'),
        ("a.mp4,,,,before\n", ":2, column animal: the cell is empty"),
        ("a.mp4,M,,,\n", ":2, column label: the cell is empty"),
        ("a.mp4,M,,,during\n", ':2, column label: unknown label "during"'),
        ("a.mp4,M,noon,,before\n", ':2, column from: "noon" is no time'),
        ("a.mp4,M,2:00,1:00,before\n", ":2, column to: the stretch ends before it begins"),
        ("a.mp4,M,10,20,after\na.mp4,M,0,11,before\n", ":2, column from: it overlaps the stretch of"),
        ("a.mp4,M,0,,after\na.mp4,M,0,,after\n", ":3, column from: it overlaps the stretch of"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, rows: str, told: str) -> None:
    path = written(tmp_path, rows)
    with pytest.raises(DataError) as caught:
        read_manifest(path)
    assert f"{path}{told}" in str(caught.value)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("90", 90),
        ("90.5", 90.5),
        ("1:30", 90),
        ("01:02:03", 3723),
        ("100:00:00", 360_000),
        ("1:60", None),
        ("1:75:00", None),
        ("-1", None),
        ("1h", None),
        ("", None),
        ("nan", None),
    ],
)
def test_times(word: str, seconds: float | None) -> None:
    assert seconds_of(word) == seconds


@given(
    st.integers(1, 60),
    st.integers(1, 6),
    st.floats(0, 100),
    st.sampled_from([1.0, 4.7, 25.0, 30.0]),
    st.data(),
)
def test_never_more_than_asked_for_and_evenly_drawn(per_minute, looks, from_s, fps, data) -> None:
    moments, slot_s = Moments(from_s, per_minute, looks), 60 / per_minute
    kept: list[float] = []
    looked: list[float] = []
    for frame in range(int(120 * fps)):
        t_s = from_s + frame / fps
        if moments.due(t_s):
            looked.append(t_s)
            if data.draw(st.booleans()) if len(looked) < 20 else len(looked) % 3:
                moments.kept()
                kept.append(t_s)
    slots = [math.floor((t - from_s + 1e-6) / slot_s) for t in kept]
    assert len(set(slots)) == len(slots), "two faces of one slot"
    assert len(kept) <= 2 * per_minute
    looks_of = np.bincount([math.floor((t - from_s + 1e-6) / slot_s) for t in looked])
    assert looks_of.max() <= looks


def test_when_every_look_succeeds_each_slot_gives_its_first_picture() -> None:
    moments, kept = Moments(10.0, 6, 4), []
    for frame in range(25 * 30):
        t_s = 10.0 + frame / 25
        if moments.due(t_s):
            moments.kept()
            kept.append(t_s)
    assert kept == [10.0, 20.0, 30.0]


def test_a_face_is_stored_wider_than_it_is_seen_and_its_points_move_with_it() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 255, (360, 640, 3), dtype=np.uint8)
    frame[178:183, 318:323] = (0, 0, 255)  # a red nose of five px
    pose = np.array([[320, 180, 1], [340, 150, 1], [300, 150, 1], [360, 130, 0.2], [280, 130, np.nan]], float)
    crop = find_face(pose, 640, 360, FaceMultiple(1.6))
    assert crop is not None
    stored = stored_face(frame, pose, crop, 224, 0.9)
    assert stored.image.shape == (256, 256, 3)
    assert np.isnan(stored.keypoints).any(axis=1).tolist() == [False, False, False, True, True]
    x, y = stored.keypoints[0].round().astype(int)
    assert stored.image[y, x].tolist() == [0, 0, 255]
    # The eyes' middle is the crop's; what the network sees is the stored picture less its margin.
    np.testing.assert_allclose(stored.keypoints[1:3].mean(axis=0), (256 - 1) / 2, atol=2)
    size = 256 / (crop.side * MARGIN)
    np.testing.assert_allclose(stored.keypoints[1, 0] - stored.keypoints[2, 0], 40 * size, rtol=0.01)


def test_a_face_at_the_edge_keeps_its_points_in_place() -> None:
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[1:4, 1:4] = 255
    pose = np.array([[2, 2, 1], [30, 2, 1], [2, 30, 0], [60, 2, 1], [0, 0, 0]], float)
    crop = find_face(pose, 100, 100, FaceMultiple(1.6))
    assert crop is not None
    stored = stored_face(frame, pose, crop, 112, 0.9)
    x, y = stored.keypoints[0].round().astype(int)
    assert stored.image[y, x, 0] > 200


def test_the_gate_refuses_in_few_words() -> None:
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 255, (100, 100, 3), dtype=np.uint8)
    pose = np.array([[50, 50, 1], [60, 40, 1], [40, 40, 1], [70, 30, 1], [30, 30, 1]], float)
    crop = find_face(pose, 100, 100, FaceMultiple(1.6))
    assert crop is not None
    assert refusal(sharp, crop, 96, Gate()) is None
    assert refusal(sharp // 40, crop, 96, Gate()) == "too dark"
    assert refusal(np.full_like(sharp, 120), crop, 96, Gate()) == "blur"


def test_names_of_faces_tell_where_they_are_from() -> None:
    assert image_name(stretch("M 1/b"), 12, 61.2344) == "images/M_1_b/012_day_1_000061234.jpg"


def test_animals_of_one_label_are_told() -> None:
    stretches = [stretch("M1", "pain"), stretch("M1", "no_pain"), stretch("M2", "pain")]
    (told,) = one_sided(stretches)
    assert told.startswith("M2 has only stretches of pain")


@pytest.mark.parametrize(("strain", "rendered"), [("rendered", True), ("C57BL/6", False)])
def test_a_weak_set_says_what_it_is(strain: str, rendered: bool) -> None:
    about = weak_about("films", Domain("mouse", strain, "black"), [stretch()], 1.6, "the command", ("a note",))
    assert (about.labels, about.rendered, about.margin) == ("weak", rendered, MARGIN)
    assert about.face_multiple == 1.6
    assert "1 stretches of 1 recordings" in about.source
