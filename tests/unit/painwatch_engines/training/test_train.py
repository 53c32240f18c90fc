"""From a set to a model folder: whole, honest, and the same network in every form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from fixtures.toy_faces import FACE_PX, TINY, write_toy_set
from painwatch_engines.artefacts import load_model_folder
from painwatch_engines.errors import DataError
from painwatch_engines.models.export import FacesToAnswers
from painwatch_engines.models.registry import load_network
from painwatch_engines.runtime import open_runtime
from painwatch_engines.training import temperature
from painwatch_engines.training.fit import FitOptions
from painwatch_engines.training.train import Order, train_model

OPTIONS = FitOptions(accelerator="cpu", progress=False, deterministic=True)


@pytest.fixture
def order(tmp_path: Path) -> Order:
    write_toy_set(tmp_path / "set", noise=60.0, notes=("a note of the set",), face_multiple=1.5)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    return Order("kobayashi", tmp_path / "set", tmp_path / "model", tmp_path / "run", tmp_path / "tiny.yaml")


def test_a_model_folder_is_whole_and_says_what_was_done(order: Order) -> None:
    steps: list[str] = []
    card = train_model(order, OPTIONS, step=steps.append)
    folder = load_model_folder(order.out)
    assert folder.card == card
    assert card.name == "kobayashi_toy"
    assert card.domain.strains == ("lister hooded",)
    assert (
        card.made.command
        == "painwatch train kobayashi toy --out FOLDER --seed 1 --settings settings.yaml --deterministic"
    )
    assert str(order.data.parent) not in (order.out / "card.yaml").read_text()
    assert "a note of the set" in card.made.notes
    assert {figure.name for figure in card.figures} >= {"F1", "accuracy", "AUC"}
    assert card.figures[0].n == 6
    assert "6 faces (3 with pain) of animal " in card.figures_on
    assert card.validation.startswith("judged on 6 faces of 1 held-out animal of the same set (toy")
    assert any(step.startswith("train on 12 faces of 2 animals") for step in steps)
    assert {path.name for path in order.out.iterdir()} == {
        "calibration.npz",
        "card.yaml",
        "model.onnx",
        "settings.yaml",
        "weights.pt",
    }


def test_network_and_compiled_model_answer_alike(order: Order) -> None:
    card = train_model(order, OPTIONS)
    method, network = load_network(order.out)
    with np.load(order.out / "calibration.npz", allow_pickle=False) as stored:
        faces = stored["faces"]
    assert faces.shape == (12 + 6, FACE_PX, FACE_PX, 3)
    assert card.calibration is not None
    assert card.calibration.n == len(faces)
    compiled = open_runtime(order.out / "model.onnx").run({"faces": faces})
    with torch.inference_mode():
        wrapped = FacesToAnswers(network, method, card.temperature or 1.0).answers(torch.from_numpy(faces))
    assert np.allclose(compiled["probabilities"], wrapped["probabilities"].numpy(), atol=1e-4)
    assert compiled["novelty"].shape == (len(faces),)
    assert card.novelty is not None
    assert method.settings.face_px == FACE_PX


def test_a_temperature_at_an_end_of_its_range_is_told(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature, "fit_temperature", lambda *_: 49.9999)
    wrong = np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3)
    monkeypatch.setattr(temperature, "answers", lambda *_: {"logits": wrong})
    card = train_model(order, OPTIONS)
    assert any("the temperature, 50, is at an end of the range" in note for note in card.made.notes)


def test_a_card_without_a_temperature_says_why(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    right = np.tile([[1.0, 0.0], [0.0, 1.0]], (3, 1))
    monkeypatch.setattr(temperature, "answers", lambda *_: {"logits": right})
    card = train_model(order, OPTIONS)
    assert card.temperature is None
    assert any(note.startswith("no temperature: no mistake on the animals") for note in card.made.notes)
    assert not any("set temperature" in note for note in card.made.notes)


def test_a_rendered_set_is_never_called_validated(order: Order) -> None:
    write_toy_set(order.data.parent / "drawn", rendered=True, strains=("wistar",))
    card = train_model(replace(order, data=order.data.parent / "drawn"), OPTIONS)
    assert card.validation == "not validated on live animals"
    assert card.domain.strains == ("rendered",)
    assert "rendered faces" in card.figures_on
    assert card.licence == "BSD-3-Clause"
    assert "the crop's size in the watch is assumed" in card.made.notes[-1]


def test_eight_bit_weights_are_told(order: Order) -> None:
    wide = {**TINY, "six_block": {"widths": [4, 4, 4, 4, 128, 136], "fully_connected": [8, 8]}}
    (order.data.parent / "tiny.yaml").write_text(yaml.safe_dump(wide))
    card = train_model(replace(order, store="int8"), OPTIONS)
    assert "largest difference from the float32 model's probability on the 6 faces judged" in card.storage
    assert card.made.command.endswith("--store int8")


def test_eight_bits_are_not_claimed_where_nothing_was_stored_so(order: Order) -> None:
    card = train_model(replace(order, method="lbp_r1p8_4x4", settings=None, store="int8"), OPTIONS)
    assert card.storage.startswith("float32: int8 was asked for")


def test_animals_judged_by_calibrate_nothing_where_none_stops_the_training(order: Order) -> None:
    write_toy_set(order.data.parent / "three", animals=("ada", "bea", "cleo"), noise=60.0)
    steps: list[str] = []
    card = train_model(replace(order, data=order.data.parent / "three"), OPTIONS, step=steps.append)
    assert card.temperature is None
    assert card.calibration is not None
    assert card.calibration.n == 12, "all faces trained on, and no other"
    assert any("novelty's limit was set on the animals judged by" in note for note in card.made.notes)
    assert any("no animal is left to stop the training" in step for step in steps)


def test_a_card_does_not_tell_whose_disk_a_set_was_made_on(order: Order) -> None:
    command = (
        "painwatch labels import recordings '/home/ann/my study/m.csv' --out=/data/set/ --strain C57BL/6 --looks 4"
    )
    write_toy_set(order.data.parent / "told", command=command, noise=60.0)
    card = train_model(replace(order, data=order.data.parent / "told"), OPTIONS)
    assert card.made.sources[1] == "painwatch labels import recordings m.csv --out=set --strain C57BL/6 --looks 4"
    assert card.made.command.endswith("--face-multiple 1.6"), "the set does not say how its faces were cut"


def test_a_folder_that_cannot_be_written_is_told(order: Order) -> None:
    (order.data.parent / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        train_model(replace(order, out=order.data.parent / "file" / "model"), OPTIONS)


def test_a_folder_is_never_overwritten(order: Order) -> None:
    order.out.mkdir()
    (order.out / "mine.txt").write_text("keep")
    with pytest.raises(DataError, match="something here already"):
        train_model(order, OPTIONS)
    assert not order.run.exists(), "told before any training"
    assert [path.name for path in order.out.iterdir()] == ["mine.txt"]


def test_users_mistakes_are_told_before_any_training(order: Order, tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no method "painsneeker"'):
        train_model(replace(order, method="painsneeker"), OPTIONS)
    with pytest.raises(DataError, match="no animal zoe"):
        train_model(replace(order, judge_on=("zoe",)), OPTIONS)
    with pytest.raises(DataError, match="action units"):
        train_model(replace(order, method="action_units", settings=None), OPTIONS)
    (tmp_path / "tiny.yaml").write_text("batch: many\n")
    with pytest.raises(DataError, match="batch"):
        train_model(order, OPTIONS)
    assert not order.out.exists()
