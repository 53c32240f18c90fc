"""Model folders: the card, the hashes and the domain."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from painwatch_engines.artefacts import (
    Card,
    Domain,
    FaceInput,
    Figure,
    FrameInput,
    Making,
    covers,
    file_sha256,
    load_model_folder,
    read_card,
    write_card,
)
from painwatch_engines.errors import ArtefactError


def card_for(folder: Path, **changes: object) -> Card:
    fields: dict[str, object] = {
        "kind": "classifier",
        "name": "tester",
        "version": "1",
        "sha256": file_sha256(folder / "model.onnx"),
        "domain": Domain(species=("rat",), strains=("rendered",), coats=("white",)),
        "input": FaceInput(size_px=224, face_multiple=1.6),
        "outputs": ("no_pain", "pain"),
        "made": Making(command="python -m x", seed=1, training_images=3, identities="0..2"),
        "figures_on": "rendered animals",
        "figures": (Figure(name="F1", value=0.5, n=3),),
        "validation": "not validated on live animals",
        "licence": "BSD-3-Clause",
    }
    return Card.model_validate({**fields, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.onnx").write_bytes(b"some weights")
    write_card(card_for(tmp_path), tmp_path)
    return tmp_path


def test_a_folder_comes_back_as_it_was_written(folder: Path) -> None:
    loaded = load_model_folder(folder)
    assert loaded.card == card_for(folder)
    assert loaded.model == folder / "model.onnx"
    assert loaded.dlclive_model is None


def test_a_truncated_model_is_named(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"some")
    with pytest.raises(ArtefactError, match=r"model\.onnx.*not the one its card describes.*truncated"):
        load_model_folder(folder)


def test_the_model_for_deeplabcut_live_is_held_to_its_hash_too(folder: Path) -> None:
    (folder / "model.pt").write_bytes(b"torch")
    write_card(card_for(folder, dlclive_sha256=file_sha256(folder / "model.pt")), folder)
    assert load_model_folder(folder).dlclive_model == folder / "model.pt"
    (folder / "model.pt").unlink()
    with pytest.raises(ArtefactError, match=r"model\.pt.*no such file"):
        load_model_folder(folder)


def test_a_folder_without_a_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no card"):
        load_model_folder(tmp_path)


def test_every_wrong_field_of_a_card_is_named(folder: Path) -> None:
    fields = yaml.safe_load((folder / "card.yaml").read_text())
    fields["sha256"] = "short"
    fields["surprise"] = 1
    (folder / "card.yaml").write_text(yaml.safe_dump(fields))
    with pytest.raises(ArtefactError, match=r"sha256.*surprise"):
        read_card(folder / "card.yaml")


@pytest.mark.parametrize("text", ["a: [", "just words", "\x00"])
def test_a_card_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "card.yaml").write_text(text)
    with pytest.raises(ArtefactError, match="card"):
        read_card(folder / "card.yaml")


def test_a_keypoint_model_takes_frames(folder: Path) -> None:
    with pytest.raises(ValueError, match="takes frames"):
        card_for(folder, kind="keypoints")
    assert card_for(folder, kind="keypoints", input=FrameInput(network_width_px=320)).kind == "keypoints"


def test_a_card_covers_its_own_domain_only(folder: Path) -> None:
    card = card_for(folder)
    assert covers(card, "rat", "rendered", "white") is None
    reason = covers(card, "mouse", "C57BL/6", "black")
    assert reason is not None
    assert all(word in reason for word in ("species mouse", "strain C57BL/6", "coat black"))
    assert "Sprague-Dawley" in str(covers(card, "rat", "Sprague-Dawley", "white"))


def test_calibration_pictures_are_held_to_their_hash(folder: Path) -> None:
    (folder / "calibration.npz").write_bytes(b"pictures")
    known = {"file": "calibration.npz", "sha256": file_sha256(folder / "calibration.npz"), "n": 1}
    write_card(card_for(folder, calibration=known), folder)
    assert load_model_folder(folder).card.calibration is not None
    (folder / "calibration.npz").write_bytes(b"other pictures")
    with pytest.raises(ArtefactError, match=r"calibration\.npz.*not the one its card describes"):
        load_model_folder(folder)


@pytest.mark.parametrize("file", ["../calibration.npz", "sub/calibration.npz", "calibration.pkl"])
def test_calibration_pictures_lie_in_the_folder_itself(folder: Path, file: str) -> None:
    with pytest.raises(ValueError, match="calibration"):
        card_for(folder, calibration={"file": file, "sha256": "0" * 64, "n": 1})
