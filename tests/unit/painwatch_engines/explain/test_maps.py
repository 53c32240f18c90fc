"""Maps of what a network went by: each method has its own kind, and each lights what it should."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from painwatch_engines.errors import DataError
from painwatch_engines.explain.maps import SCALES, attention_maps, explain
from painwatch_engines.models.method import Outputs
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.registry import methods

UNITS = ("orbital", "ear", "nose_cheek", "whisker")


class Brightness(nn.Module):
    """Pain is brightness: one feature map of it in cells of 8 px, averaged; no pain is its opposite."""

    def __init__(self) -> None:
        super().__init__()
        self.last_map = nn.Conv2d(3, 1, 8, 8)
        nn.init.constant_(self.last_map.weight, 1 / 192)
        nn.init.constant_(self.last_map.bias, 0)
        self.fc = nn.Linear(1, 2, bias=False)
        self.fc.weight.data = torch.tensor([[-1.0], [1.0]])

    def forward(self, faces: Tensor) -> Outputs:
        return {"logits": self.fc(torch.relu(self.last_map(faces)).mean(dim=(2, 3)))}


def corner() -> np.ndarray:
    face = np.zeros((32, 32, 3), np.uint8)
    face[:8, 24:] = 255
    return face


def noise(side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (side, side, 3)).astype(np.uint8)


def test_grad_cam_lights_the_corner_that_the_evidence_lies_in() -> None:
    (found,) = explain(methods()["resnet18"], Brightness().eval(), corner())
    assert (found.kind, found.target) == ("grad_cam", "pain")
    lit = np.zeros((4, 4), np.float32)
    lit[0, 3] = 1
    assert found.weights == pytest.approx(lit)


def test_grad_cam_of_what_nothing_speaks_for_is_dark() -> None:
    (found,) = explain(methods()["resnet18"], Brightness().eval(), corner(), label="no_pain")
    assert found.target == "no_pain"
    assert not found.weights[0, 3]


@pytest.mark.parametrize(
    ("name", "side", "cells", "kind"),
    [
        ("painseeker", 96, 3, "attention"),
        ("resnet18", 96, 3, "grad_cam"),
        ("kobayashi", 128, 4, "grad_cam"),
        ("lbp_r1p8_4x4", 64, 4, "cell_contributions"),
    ],
)
def test_every_method_has_its_map(name: str, side: int, cells: int, kind: str) -> None:
    torch.manual_seed(3)
    method = methods()[name]
    (found,) = explain(method, method.build(method.settings, ()).eval(), noise(side))
    assert (found.kind, found.target, found.weights.shape) == (kind, "pain", (cells, cells))
    assert np.isfinite(found.weights).all()
    assert found.evidence.min() >= 0
    assert found.kind in SCALES


def test_attention_is_the_compiled_models_own_and_sums_to_one() -> None:
    method = methods()["painseeker"]
    module, face = method.build(method.settings, ()).eval(), noise(64)
    (found,) = explain(method, module, face)
    with torch.inference_mode():
        answers = method.answer(module(normalise(torch.from_numpy(face)[None])))
    assert found.weights == pytest.approx(answers["attention"][0].numpy())
    assert found.weights.sum() == pytest.approx(1, abs=1e-5)


def test_action_units_have_a_map_each_and_one_for_the_face() -> None:
    method = methods()["action_units"]
    found = explain(method, method.build(method.settings, UNITS).eval(), noise(64), UNITS)
    assert [one.target for one in found] == ["pain", *UNITS]
    assert np.mean([one.weights for one in found[1:]], axis=0) == pytest.approx(found[0].weights, abs=1e-6)


def test_cells_and_bias_add_up_to_the_machines_score() -> None:
    method = methods()["lbp_r1p8_4x4"]
    torch.manual_seed(1)
    module, face = method.build(method.settings, ()).eval(), noise(64)
    (found,) = explain(method, module, face)
    with torch.inference_mode():
        score = float(module(normalise(torch.from_numpy(face)[None]))["score"])
        bias = float(module.get_parameter("score.bias"))
    assert found.weights.sum() + bias == pytest.approx(score, abs=1e-5)
    assert found.weights.min() < 0 < found.weights.max()


def test_a_network_without_anything_to_show_says_so() -> None:
    class Flat(nn.Module):
        def forward(self, faces: Tensor) -> Outputs:
            return {"logits": faces.flatten(1)[:, :2]}

    with pytest.raises(DataError, match="nothing that a map"):
        explain(methods()["resnet18"], Flat(), corner())


def test_answers_without_a_map_give_none() -> None:
    assert attention_maps({"probabilities": np.array([[0.5, 0.5]])}) == ()
