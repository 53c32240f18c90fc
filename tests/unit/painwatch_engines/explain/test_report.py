"""Maps of many faces as files, from a set and from plain pictures, by a compiled map and by Grad-CAM."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fixtures.model_folders import write_classifier_folder
from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import (
    MODEL_FILE,
    WEIGHTS_FILE,
    Card,
    Domain,
    FaceInput,
    Making,
    file_sha256,
    write_card,
)
from painwatch_engines.data.face_folder import About, Face, write_face_folder
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.explain.explainer import open_explainer
from painwatch_engines.explain.faces import choose_faces, count, read_faces
from painwatch_engines.explain.regions import REGIONS
from painwatch_engines.explain.report import explain_faces
from painwatch_engines.models.export import export_face_model
from painwatch_engines.models.registry import SETTINGS_FILE, methods
from painwatch_engines.models.settings import with_changes, write_settings

KEYPOINTS = np.array([[48, 70], [60, 48], [36, 48], [76, 26], [np.nan, np.nan]])


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Three faces of 96 px, stored half as wide again as live; the last has no keypoints and no label."""
    folder = tmp_path / "set"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), rng.integers(0, 256, (96, 96, 3)).astype(np.uint8))
    about = About(
        name="three",
        species=("rat",),
        strains=("rendered",),
        coats=("white",),
        rendered=True,
        labels="rendered truth",
        source="test",
        margin=1.5,
    )
    rows = [
        Face("0.png", "a", "pain", keypoints=KEYPOINTS),
        Face("1.png", "b", "no_pain", keypoints=KEYPOINTS),
        Face("2.png", "b"),
    ]
    write_face_folder(folder, about, rows)
    return folder


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A folder as training writes it, of a network without a map of its own."""
    folder = tmp_path / "trained"
    folder.mkdir()
    method = methods()["kobayashi"]
    small = {
        "face_px": 64,
        "six_block": {"widths": [4] * 6, "fully_connected": [4, 4]},
        "augmentation": {"resize_px": 64},
    }
    settings = with_changes(method.settings, small)
    torch.manual_seed(0)
    network = method.build(settings, ()).eval()
    export_face_model(network, method, settings, folder / MODEL_FILE)
    torch.save(network.state_dict(), folder / WEIGHTS_FILE)
    write_settings(settings, folder / SETTINGS_FILE)
    card = Card(
        kind="classifier",
        name="small",
        version="1",
        sha256=file_sha256(folder / MODEL_FILE),
        domain=Domain(species=("rat",), strains=("rendered",), coats=("white",)),
        input=FaceInput(size_px=64, face_multiple=1.6),
        outputs=LABELS,
        made=Making(command="by the test", seed=0, training_images=0, identities="none"),
        figures_on="nothing",
        figures=(),
        validation="not validated on live animals",
        licence="BSD-3-Clause",
        method="kobayashi",
        weights_sha256=file_sha256(folder / WEIGHTS_FILE),
    )
    write_card(card, folder)
    return folder


def side_by_side(face: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return 255 - face


def test_a_set_becomes_pictures_arrays_and_shares(faces: Path, tmp_path: Path) -> None:
    explainer = open_explainer(write_classifier_folder(tmp_path / "model", pain=0.75))
    done: list[int] = []
    out = tmp_path / "out"
    summary = explain_faces(explainer, read_faces(choose_faces([faces]), 64), out, side_by_side, done.append)
    assert done == [1, 2, 3]
    assert cv2.imread(str(out / "pictures" / "00001_0.png")).shape == (64, 128, 3)
    # Two columns of 320 x 160 px, and a strip below that says what the scores are worth.
    sheet = cv2.imread(str(out / "sheet.png"))
    assert sheet[-26:].any()
    assert sheet.shape[0] % 160 != 0
    with np.load(out / "maps.npz") as maps:
        assert maps["images"].tolist() == ["0.png", "1.png", "2.png"]
        assert maps["pain"] == pytest.approx(np.full((3, 7, 7), 1 / 49))
    rows = list(csv.DictReader((out / "shares.csv").read_text().splitlines()))
    assert [row["label"] for row in rows] == ["pain", "no_pain", ""]
    assert [row["pain_probability"] for row in rows] == ["0.7500"] * 3
    assert {row["model_is"] for row in rows} == {"not validated on live animals"}
    assert sum(float(rows[0][region]) for region in REGIONS) == pytest.approx(1, abs=1e-3)
    assert rows[2]["eyes"] == ""
    assert json.loads((out / "summary.json").read_text()) == summary
    assert (summary["faces"], summary["with_regions"], summary["kind"]) == (3, 2, "attention")
    assert summary["validation"] == "not validated on live animals"
    # An even map gives each region the share of the picture that it covers.
    for region in summary["mean_shares"]["pain"]["all"].values():
        assert region["share"] == pytest.approx(region["area"], abs=0.02)
        assert region["n"] == 2
    assert set(summary["mean_shares"]["pain"]) == {"all", "no_pain", "pain"}


def test_keypoints_follow_the_cut(faces: Path) -> None:
    # 96 px with a margin of 1.5 are cut to the middle 64: 16 px less on each side.
    first = next(read_faces(choose_faces([faces]), 64))
    assert first.keypoints[0] == pytest.approx((32, 54))
    assert np.isnan(first.keypoints[4]).all()
    stored = cv2.imread(str(faces / "0.png"))
    assert np.array_equal(first.face, stored[16:80, 16:80])


def test_a_network_without_a_map_is_rebuilt_from_its_weights(trained: Path, faces: Path, tmp_path: Path) -> None:
    explainer = open_explainer(trained)
    summary = explain_faces(
        explainer, read_faces(choose_faces([faces]), 64), tmp_path / "out", side_by_side, lambda _: None
    )
    assert summary["kind"] == "grad_cam"
    with np.load(tmp_path / "out" / "maps.npz") as maps:
        assert maps["pain"].shape == (3, 2, 2)


def test_without_weights_such_a_network_has_nothing_to_show(trained: Path, faces: Path) -> None:
    (trained / WEIGHTS_FILE).unlink()
    face = next(read_faces(choose_faces([faces]), 64)).face
    with pytest.raises(ArtefactError, match="tells no map"):
        open_explainer(trained).look(face)


def test_pictures_by_themselves_have_maps_and_no_shares(faces: Path, tmp_path: Path) -> None:
    chosen = choose_faces([faces / "0.png", faces / "2.png"])
    explainer = open_explainer(write_classifier_folder(tmp_path / "model"))
    summary = explain_faces(explainer, read_faces(chosen, 64), tmp_path / "out", side_by_side, lambda _: None)
    assert (summary["faces"], summary["with_regions"]) == (2, 0)
    assert summary["mean_shares"]["pain"] == {"all": {}}


def test_a_limit_takes_faces_from_all_of_a_set(faces: Path) -> None:
    assert [face.name for face in read_faces(choose_faces([faces], 2), 64)] == ["0.png", "2.png"]
    assert count(choose_faces([faces], 9)) == 3


def test_nothing_is_written_over(faces: Path, tmp_path: Path) -> None:
    explainer = open_explainer(write_classifier_folder(tmp_path / "model"))
    with pytest.raises(DataError, match="something here already"):
        explain_faces(explainer, read_faces(choose_faces([faces]), 64), faces, side_by_side, lambda _: None)


@pytest.mark.parametrize("wrong", ["nowhere", "empty", "text.png"])
def test_what_are_no_faces_is_told(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(DataError, match=wrong):
        list(read_faces(choose_faces([tmp_path / wrong]), 64))


def test_what_was_broken_off_leaves_nothing(faces: Path, tmp_path: Path) -> None:
    (faces / "1.png").write_text("not a picture")
    explainer = open_explainer(write_classifier_folder(tmp_path / "model"))
    there = sorted(tmp_path.iterdir())
    with pytest.raises(DataError, match="missing or broken"):
        explain_faces(explainer, read_faces(choose_faces([faces]), 64), tmp_path / "out", side_by_side, lambda _: None)
    assert sorted(tmp_path.iterdir()) == there
