"""Every method: builds, learns by one step, answers, exports, and comes back from its folder."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import file_sha256
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.models.export import FacesToAnswers, export_face_model
from painwatch_engines.models.method import Method, Targets
from painwatch_engines.models.registry import SETTINGS_FILE, WEIGHTS_FILE, load_network, method, methods
from painwatch_engines.models.settings import with_changes, write_settings
from painwatch_engines.runtime import open_runtime

UNITS = ("orbital", "ear", "nose_cheek", "whisker")
FACE_PX = 96
FACES = np.random.default_rng(5).integers(0, 256, (2, FACE_PX, FACE_PX, 3)).astype(np.uint8)

NAMES = {
    *(f"lbp_r{radius}p8_{grid}x{grid}" for radius in (1, 3) for grid in (4, 8, 16)),
    *("resnet18", "painseeker", "painseeker_without_prsc", "inception_v3", "kobayashi", "action_units"),
}


def small(name: str) -> Method:
    chosen = method(name)
    return replace(chosen, settings=with_changes(chosen.settings, {"face_px": FACE_PX}))


@pytest.fixture(scope="module", params=sorted(NAMES))
def built(request: pytest.FixtureRequest) -> tuple[Method, nn.Module]:
    torch.manual_seed(3)
    chosen = small(request.param)
    return chosen, chosen.build(chosen.settings, UNITS)


def test_the_registry_has_every_method() -> None:
    assert set(methods()) == NAMES
    assert len({chosen.title for chosen in methods().values()}) == len(NAMES)


def test_an_unknown_method_is_told_with_the_known_ones() -> None:
    with pytest.raises(DataError, match=r'no method "resnet".*painseeker, '):
        method("resnet")


def test_one_step_reaches_every_weight(built: tuple[Method, nn.Module]) -> None:
    chosen, network = built
    targets = Targets(torch.tensor([0, 1, 1]), torch.tensor([[0.0, 1, 2, 0.5], [2, 2, 1, float("nan")], [1, 0, 1, 0]]))
    outputs = network.train()(torch.randn(3, 3, FACE_PX, FACE_PX, generator=torch.Generator().manual_seed(1)))
    assert outputs["logits"].shape == (3, len(LABELS))
    loss = chosen.loss(outputs, targets, chosen.settings)
    torch.autograd.backward(loss)
    sizes = {name: 0.0 if w.grad is None else w.grad.abs().sum().item() for name, w in network.named_parameters()}
    assert [name for name, size in sizes.items() if not 0 < size < float("inf")] == []
    assert np.isfinite(loss.item())


def test_no_tensor_stays_behind_when_a_network_moves_to_another_device(built: tuple[Method, nn.Module]) -> None:
    chosen, network = built
    moved = deepcopy(network).to("meta")
    answers = FacesToAnswers(moved, chosen).answers(torch.from_numpy(FACES).to("meta"))
    assert {answer.device.type for answer in answers.values()} == {"meta"}


def test_the_compiled_model_answers_as_the_network(built: tuple[Method, nn.Module], tmp_path: Path) -> None:
    chosen, network = built
    names = export_face_model(network, chosen, chosen.settings, tmp_path / "model.onnx")
    with torch.inference_mode():
        answers = FacesToAnswers(network, chosen).answers(torch.from_numpy(FACES))
    assert names[0] == "probabilities"
    assert tuple(answers) == names
    outputs = open_runtime(tmp_path / "model.onnx").run({"faces": FACES})
    assert set(outputs) == set(names)
    for name in names:
        assert outputs[name] == pytest.approx(answers[name].numpy(), abs=1e-4), name
    assert outputs["probabilities"].sum(axis=1) == pytest.approx(1, abs=1e-5)
    cells = -(-FACE_PX // 32)
    if "attention" in outputs:
        assert outputs["attention"].shape == (2, cells, cells)
        assert outputs["attention"].sum(axis=(1, 2)) == pytest.approx(1, abs=1e-5)
    if chosen.name == "action_units":
        assert outputs["units"].shape == (2, len(UNITS), 4)
        assert outputs["unit_attention"].shape == (2, len(UNITS), cells, cells)


def test_unlabelled_faces_do_not_count() -> None:
    chosen = small("resnet18")
    logits = torch.tensor([[2.0, -1.0], [0.5, 0.25], [-3.0, 1.0]])
    none = torch.zeros(3, 0)
    with_one = chosen.loss({"logits": logits}, Targets(torch.tensor([0, -1, 1]), none), chosen.settings)
    without = chosen.loss({"logits": logits[[0, 2]]}, Targets(torch.tensor([0, 1]), none[:2]), chosen.settings)
    assert with_one.item() == pytest.approx(without.item())


def test_the_temperature_softens_the_probabilities() -> None:
    chosen = small("kobayashi")
    network = chosen.build(chosen.settings, ()).eval()
    faces = torch.from_numpy(FACES)
    with torch.inference_mode():
        sure, soft = (FacesToAnswers(network, chosen, t).answers(faces)["probabilities"] for t in (1.0, 4.0))
    assert (soft[:, 1] / soft[:, 0]).log().tolist() == pytest.approx(
        ((sure[:, 1] / sure[:, 0]).log() / 4).tolist(), abs=1e-5
    )


def test_the_shift_moves_the_odds_of_pain_after_the_temperature() -> None:
    chosen = small("kobayashi")
    network = chosen.build(chosen.settings, ()).eval()
    faces = torch.from_numpy(FACES)
    with torch.inference_mode():
        plain, moved = (
            FacesToAnswers(network, chosen, 2.0, shift).answers(faces)["probabilities"] for shift in (0.0, -1.5)
        )
    odds = [(told[:, 1] / told[:, 0]).log() for told in (plain, moved)]
    assert (odds[1] - odds[0]).tolist() == pytest.approx([-1.5] * len(FACES), abs=1e-4)


CARD = """
kind: classifier
name: mine
version: '1'
sha256: '{zeros}'
domain: {{species: [rat], strains: [any], coats: [white]}}
input: {{name: faces, size_px: 96, face_multiple: 2.0}}
outputs: [no_pain, pain]
made: {{command: c, seed: 1, training_images: 0, identities: none}}
figures_on: nothing
figures: []
validation: none
licence: none
method: kobayashi
weights_sha256: '{zeros}'
""".format(zeros="0" * 64)


def folder_of(network: nn.Module, chosen: Method, folder: Path) -> Path:
    torch.save(network.state_dict(), folder / WEIGHTS_FILE)
    sha256 = file_sha256(folder / WEIGHTS_FILE)
    (folder / "card.yaml").write_text(CARD.replace("weights_sha256: '" + "0" * 64, f"weights_sha256: '{sha256}"))
    write_settings(chosen.settings, folder / SETTINGS_FILE)
    return folder


def other_widths() -> Method:
    chosen = method("kobayashi")
    sizes = {"widths": [4, 4, 4, 4, 4, 8], "fully_connected": [8, 4]}
    return replace(chosen, settings=with_changes(chosen.settings, {"six_block": sizes}))


def test_a_trained_network_comes_back_with_its_own_settings(tmp_path: Path) -> None:
    chosen = other_widths()
    network = chosen.build(chosen.settings, ()).eval()
    again, loaded = load_network(folder_of(network, chosen, tmp_path))
    assert again.settings == chosen.settings
    assert not loaded.training
    faces = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(network(faces)["logits"], loaded(faces)["logits"])


def test_weights_of_another_network_are_told(tmp_path: Path) -> None:
    chosen = other_widths()
    folder = folder_of(chosen.build(chosen.settings, ()), chosen, tmp_path)
    (folder / SETTINGS_FILE).unlink()
    with pytest.raises(ArtefactError, match="weights cannot be read"):
        load_network(folder)


def test_weights_that_were_exchanged_are_told(tmp_path: Path) -> None:
    chosen = other_widths()
    folder = folder_of(chosen.build(chosen.settings, ()), chosen, tmp_path)
    torch.save(chosen.build(chosen.settings, ()).state_dict(), folder / WEIGHTS_FILE)
    with pytest.raises(ArtefactError, match="other SHA-256"):
        load_network(folder)
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(ArtefactError, match="weights cannot be read"):
        load_network(folder)


@pytest.mark.parametrize(("text", "told"), [("face_px: 8\n", "1:1: 1:1 face_px"), ("face_px: 32\n", "32 px leave")])
def test_settings_that_cannot_be_used_are_told(text: str, told: str, tmp_path: Path) -> None:
    chosen = other_widths()
    folder = folder_of(chosen.build(chosen.settings, ()), chosen, tmp_path)
    sizes = "six_block: {widths: [4, 4, 4, 4, 4, 8], fully_connected: [8, 4]}\n"
    (folder / SETTINGS_FILE).write_text(text + sizes)
    with pytest.raises(ArtefactError, match=told):
        load_network(folder)


def test_a_card_without_a_method_is_told(tmp_path: Path) -> None:
    chosen = other_widths()
    folder = folder_of(chosen.build(chosen.settings, ()), chosen, tmp_path)
    (folder / "card.yaml").write_text(CARD.replace("method: kobayashi\n", ""))
    with pytest.raises(ArtefactError, match="names no method"):
        load_network(folder)


@pytest.mark.parametrize(("name", "smallest"), [("kobayashi", 64), ("inception_v3", 75)])
def test_faces_too_small_for_a_network_are_told(name: str, smallest: int) -> None:
    chosen = method(name)
    small = with_changes(chosen.settings, {"face_px": smallest - 1})
    with pytest.raises(DataError, match=f"faces of {smallest - 1} px leave nothing.*Choose {smallest} px or more"):
        chosen.build(small, ())
