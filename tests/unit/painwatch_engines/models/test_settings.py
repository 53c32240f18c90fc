"""Settings: the published values, and what a user's file changes or gets wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch_engines.errors import DataError
from painwatch_engines.models.registry import methods
from painwatch_engines.models.settings import (
    SHIPPED,
    MethodSettings,
    PrscSettings,
    changed_settings,
    read_settings,
    shipped_settings,
    with_changes,
    write_settings,
)

PAINSEEKER = shipped_settings("painseeker")
SVM = shipped_settings("lbp_r1p8_4x4")


def file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_painseeker_is_trained_as_published() -> None:
    told = PAINSEEKER
    assert (told.face_px, told.batch, told.optimiser, told.learning_rate) == (224, 64, "adam", 1e-4)
    assert told.weight_decay == 0.01
    assert told.prsc == PrscSettings(weight=0.1, margin=0.2, highest=5)
    assert told.augmentation is not None
    assert (told.augmentation.resize_px, told.augmentation.flip) == (256, True)


def test_the_other_networks_of_the_comparison_use_the_same_settings() -> None:
    without = PAINSEEKER.model_copy(update={"prsc": None})
    assert shipped_settings("resnet18") == shipped_settings("painseeker_without_prsc") == without


def test_the_six_block_cnn_is_trained_as_published() -> None:
    told = shipped_settings("kobayashi")
    assert (told.batch, told.optimiser, told.learning_rate, told.faces_per_epoch) == (128, "adam", 1e-3, 30_000)
    assert told.augmentation is not None
    assert (told.augmentation.rotation_deg, told.augmentation.flip) == (20, True)


@pytest.mark.parametrize("radius", [1, 3])
@pytest.mark.parametrize("grid", [4, 8, 16])
def test_each_support_vector_machine_has_the_settings_of_its_name(radius: int, grid: int) -> None:
    told = shipped_settings(f"lbp_r{radius}p8_{grid}x{grid}")
    assert told.lbp is not None
    assert told.svm is not None
    assert (told.lbp.radius, told.lbp.points, told.lbp.grid, told.svm.c) == (radius, 8, grid, 1.0)


@pytest.mark.parametrize("name", list(methods()))
def test_each_value_says_whether_it_was_published(name: str) -> None:
    lines = (SHIPPED / f"{name}.yaml").read_text().splitlines()
    values = [line for line in lines if line.split("#")[0].rstrip()[-1:] not in ("", ":")]
    assert values
    assert [
        line for line in values if not any(word in line for word in ("ublished", "NOT PUBLISHED", "chosen", "as "))
    ] == []


def test_no_file_of_settings_lies_there_for_nobody() -> None:
    assert {path.stem for path in SHIPPED.glob("*.yaml")} == set(methods())


def test_a_users_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    changed = changed_settings(PAINSEEKER, file(tmp_path, "epochs: 3\nlearning_rate: 1e-3\nprsc: {weight: 0.5}\n"))
    assert changed.prsc == PrscSettings(weight=0.5, margin=0.2, highest=5)
    assert changed == with_changes(PAINSEEKER, {"epochs": 3, "learning_rate": 1e-3, "prsc": {"weight": 0.5}})
    assert changed.batch == PAINSEEKER.batch


@pytest.mark.parametrize(
    ("text", "resize_px"),
    [
        ("face_px: 112\n", 128),
        ("face_px: 300\n", 343),
        ("face_px: 112\naugmentation: {flip: false}\n", 128),
        ("face_px: 112\naugmentation: {resize_px: 112}\n", 112),
        ("augmentation: {resize_px: 230}\n", 230),
    ],
)
def test_the_random_crop_keeps_its_proportion_to_the_face(text: str, resize_px: int, tmp_path: Path) -> None:
    changed = changed_settings(PAINSEEKER, file(tmp_path, text + "prsc: {highest: 3}\n"))
    assert changed.augmentation is not None
    assert changed.augmentation.resize_px == resize_px
    assert with_changes(SVM, {"face_px": 112}).augmentation is None


@pytest.mark.parametrize("settings", [PAINSEEKER, SVM])
def test_written_settings_come_back(settings: MethodSettings, tmp_path: Path) -> None:
    write_settings(settings, tmp_path / "settings.yaml")
    assert read_settings(tmp_path / "settings.yaml") == settings


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("epochs: 3\nprsc:\n  weight: much\n", ":3:3", "prsc.weight"),
        ("epochs: 3\nprcs: {}\n", ":2:1", "prcs"),
        ("epochs: 0\n", ":1:1", "greater than or equal to 1"),
        (
            "stages:\n- {face_px: 112, epochs: 1, learning_rate: 0.1}\n- {face_px: 4, epochs: 1, learning_rate: 0.1}\n",
            ":3:4",
            "stages.1.face_px",
        ),
        ("epochs: [3\n", ":2:1", "YAML"),
        ("- 3\n", ":1:1", "no settings"),
        ("", ":1:1", "no settings"),
        ("lbp: {grid: 4}\n", ":1:1", "no lbp"),
        ("face_px: 300\naugmentation: {resize_px: 256}\n", ":1:1", "resize_px is smaller"),
        ("face_px: 64\n", ":1:1", "below the 4 attention cells"),
    ],
)
def test_a_wrong_file_is_told_with_the_place(text: str, place: str, words: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    with pytest.raises(DataError, match=words) as caught:
        changed_settings(PAINSEEKER, path)
    assert caught.value.where == f"{path}{place}"
    assert caught.value.mend


def test_every_wrong_place_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"2:1 batch.*3:1 epochs"):
        changed_settings(PAINSEEKER, file(tmp_path, "learning_rate: 0.1\nbatch: 0\nepochs: never\n"))


def test_a_support_vector_machine_has_no_learning_rate(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no learning_rate"):
        changed_settings(SVM, file(tmp_path, "learning_rate: 0.1\n"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        changed_settings(PAINSEEKER, tmp_path / "none.yaml")


def test_a_change_that_cannot_be_is_told() -> None:
    with pytest.raises(DataError, match=r"prsc\.highest must be below the 9 attention cells"):
        with_changes(PAINSEEKER, {"face_px": 96, "prsc": {"highest": 10}})
    with pytest.raises(DataError, match=r"settings: prsc\.margin: "):
        with_changes(PAINSEEKER, {"prsc": {"margin": 2}})


def test_a_training_that_ends_at_another_size_than_the_watch_sees_is_refused() -> None:
    stage = {"face_px": 112, "epochs": 1, "learning_rate": 0.1}
    with pytest.raises(DataError, match="the last of the stages must be of face_px, 224"):
        with_changes(shipped_settings("resnet18"), {"stages": [stage]})
    assert with_changes(shipped_settings("resnet18"), {"stages": [stage, {**stage, "face_px": 224}]}).smallest_px == 112
