"""How training faces are cut, drawn and shared."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from fixtures.toy_faces import write_toy_set
from painwatch_engines.models.settings import Augmentation
from painwatch_engines.training.faces import Batches, Cut, Pictures, disturbed_face, epoch_order, judged_face

PLAIN = Augmentation(resize_px=64, flip=False)


def ramp(side: int) -> np.ndarray:
    """A picture whose red tells the column and whose green tells the row, both 0..250."""
    values = np.linspace(0, 250, side).round().astype(np.uint8)
    picture = np.zeros((side, side, 3), np.uint8)
    picture[..., 2], picture[..., 1] = values[None, :], values[:, None]
    return picture


def test_a_face_is_judged_without_the_margin_it_was_stored_with() -> None:
    face = judged_face(ramp(96), Cut(face_px=64, margin=1.5))
    assert face.shape == (64, 64, 3)
    assert np.array_equal(face, ramp(96)[16:80, 16:80])
    assert np.array_equal(judged_face(ramp(64), Cut(64, 1.0)), ramp(64))


def test_a_crop_shows_the_face_as_large_as_live_where_there_is_a_margin() -> None:
    # One px of the stored picture is one px of the crop: 250 / 95 of red to a px, wherever the crop lies.
    rng = np.random.default_rng(0)
    starts = set()
    for _ in range(20):
        face = disturbed_face(ramp(96), Cut(64, 1.5, PLAIN, wider=1.2), rng)
        assert int(face[0, -1, 2]) - int(face[0, 0, 2]) == pytest.approx(63 * 250 / 95, abs=1)
        starts.add((int(face[0, 0, 2]), int(face[0, 0, 1])))
    assert len(starts) > 15


@pytest.mark.parametrize("margin", [1.0, 1.5])
def test_where_no_crop_is_asked_for_none_is_drawn_from_the_margin(margin: float) -> None:
    rng, stored = np.random.default_rng(0), ramp(round(64 * margin))
    live = judged_face(stored, Cut(64, margin))
    assert all(np.array_equal(disturbed_face(stored, Cut(64, margin, PLAIN, 1.0), rng), live) for _ in range(5))


def test_without_a_margin_the_picture_is_made_wider_as_published() -> None:
    # 256 px wide and 224 cut out: the crop spans 223 / 255 of the picture.
    face = disturbed_face(ramp(224), Cut(224, 1.0, PLAIN, wider=256 / 224), np.random.default_rng(0))
    assert face.shape == (224, 224, 3)
    assert int(face[0, -1, 2]) - int(face[0, 0, 2]) == pytest.approx(250 * 223 / 255, abs=3)


def test_every_second_face_is_mirrored_and_none_without_leave() -> None:
    rng = np.random.default_rng(0)
    flip = Augmentation(resize_px=64, flip=True)
    rises = [disturbed_face(ramp(64), Cut(64, 1.0, flip), rng)[0, :2, 2].astype(int) for _ in range(100)]
    assert 35 <= sum(b > a for a, b in rises) <= 65
    assert all(np.array_equal(disturbed_face(ramp(64), Cut(64, 1.0, PLAIN), rng), ramp(64)) for _ in range(5))


def test_a_face_is_turned_by_up_to_the_setting() -> None:
    rng = np.random.default_rng(0)
    turned = Augmentation(resize_px=64, flip=False, rotation_deg=20)
    angles = []
    for _ in range(60):
        face = disturbed_face(ramp(64), Cut(64, 1.0, turned), rng).astype(float)
        across, down = face[32, 42, 2] - face[32, 22, 2], face[42, 32, 2] - face[22, 32, 2]
        angles.append(np.degrees(np.arctan2(down, across)))
    assert np.abs(angles).max() <= 21
    assert np.ptp(angles) > 30


def test_an_epoch_takes_every_face_once_before_any_twice() -> None:
    rows = np.arange(10, 15)
    order = epoch_order(rows, 12, 4, (1, 1, 0))
    assert len(order) == 12
    assert sorted(order[:5]) == sorted(order[5:10]) == list(rows)
    assert np.array_equal(order, epoch_order(rows, 12, 4, (1, 1, 0)))
    assert not np.array_equal(order, epoch_order(rows, 12, 4, (1, 1, 1)))
    assert len(set(epoch_order(rows, 3, 3, (1, 1, 0)).tolist())) == 3


def test_processes_share_a_batch_without_changing_it(tmp_path: Path) -> None:
    data = write_toy_set(tmp_path)
    cut = Cut(64, 1.0, Augmentation(resize_px=73, flip=True, rotation_deg=10, pixels=True), 73 / 64)
    order = epoch_order(np.arange(len(data)), 16, 8, (7, 1, 3))
    whole = Batches(Pictures(data), order, cut, 8, (7, 1, 3))
    shares = [Batches(Pictures(data, 0), order, cut, 8, (7, 1, 3), (rank, 2)) for rank in (0, 1)]
    assert len(whole) == 2
    for number in range(2):
        faces, labels, units = whole[number]
        for rank, share in enumerate(shares):
            theirs = share[number]
            assert np.array_equal(theirs[0].numpy(), faces.numpy()[rank::2])
            assert np.array_equal(theirs[1].numpy(), labels.numpy()[rank::2])
        assert faces.shape == (8, 64, 64, 3)
        assert units.shape == (8, 0)


def test_pictures_are_decoded_once_if_they_fit_and_never_sent_along(tmp_path: Path) -> None:
    data = write_toy_set(tmp_path)
    kept, read_anew = Pictures(data), Pictures(data, limit_bytes=1000)
    for pictures in (kept, read_anew):
        pictures.keep(np.arange(3))
    assert kept.read(1) is kept.read(1)
    assert read_anew.read(1) is not read_anew.read(1)
    assert len(pickle.dumps(kept)) < 73 * 73 * 3


def test_a_last_batch_smaller_than_the_number_of_processes_leaves_none_without_a_face(tmp_path: Path) -> None:
    data = write_toy_set(tmp_path)
    shares = [Batches(Pictures(data), np.arange(9), Cut(64, 1.0), 8, None, (rank, 2)) for rank in (0, 1)]
    assert [[len(share[number][0]) for number in range(len(share))] for share in shares] == [[4, 1], [4, 1]]
