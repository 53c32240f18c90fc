"""How new a face is: the distance, its limit, and the same in the compiled model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from painwatch_engines.errors import DataError
from painwatch_engines.models.export import export_face_model
from painwatch_engines.models.method import Outputs
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.registry import methods
from painwatch_engines.models.resnet18 import ResNet18
from painwatch_engines.models.settings import with_changes
from painwatch_engines.novelty.detector import WithNovelty, fit_detector, last_maps
from painwatch_engines.novelty.fitting import attach_novelty, threshold_for
from painwatch_engines.runtime import open_runtime

METHOD = methods()["resnet18"]
SIDE = 32


class Small(nn.Module):
    """Two convolutions of random weights: enough to tell white fur from black."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.fine = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(inplace=True))
        self.coarse = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(inplace=True))
        self.fc = nn.Linear(16, 2)

    def forward(self, faces: Tensor) -> Outputs:
        features = self.coarse(self.fine(faces)).mean(dim=(2, 3))
        return {"logits": self.fc(features), "features": features}


def fur(count: int, level: float, seed: int) -> NDArray[np.uint8]:
    """Faces of one shade with a bright or dark patch somewhere."""
    rng = np.random.default_rng(seed)
    faces = rng.normal(level, 12, (count, SIDE, SIDE, 3)) + rng.normal(0, 10, (count, 1, 1, 1))
    for face in faces:
        top, left = rng.integers(0, SIDE - 8, 2)
        face[top : top + 8, left : left + 8] += rng.normal(0, 40)
    return np.clip(faces, 0, 255).astype(np.uint8)


def batches(faces: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    yield from (faces[i : i + 16] for i in range(0, len(faces), 16))


def novelty(network: nn.Module, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    with torch.inference_mode():
        told: NDArray[np.float32] = network(normalise(torch.from_numpy(faces)))["novelty"].numpy()
    return told


def test_the_distance_is_in_deviations_of_the_training_faces() -> None:
    # Uncorrelated, deviations sqrt(8/7) and ten times that: (sqrt(8/7), 0) and (0, 10 sqrt(8/7)) lie one away in one
    # of two directions. 16 faces allow two components.
    corners = torch.tensor([[1.0, 10.0], [1.0, -10.0], [-1.0, 10.0], [-1.0, -10.0]]).repeat(4, 1)
    unit = (16 / 15) ** 0.5
    asked = torch.tensor([[0.0, 0.0], [unit, 0.0], [0.0, 10 * unit], [3 * unit, 40 * unit]])
    assert fit_detector(corners + 7)(asked + 7).tolist() == pytest.approx([0, 0.5**0.5, 0.5**0.5, (25 / 2) ** 0.5])


def test_what_never_varies_in_training_does_not_make_the_distance_explode() -> None:
    flat = torch.cat([torch.randn(64, 3, generator=torch.Generator().manual_seed(1)), torch.zeros(64, 3)], dim=1)
    assert torch.isfinite(fit_detector(flat)(flat)).all()
    assert fit_detector(flat).whitening.shape[1] == 3


@pytest.mark.parametrize(
    ("count", "rate", "limit", "stands_for"), [(99, 0.05, 95, 0.05), (99, 0.01, 99, 0.01), (9, 0.01, 9, 0.1)]
)
def test_the_limit_is_the_rank_that_leaves_the_rate_above_it(
    count: int, rate: float, limit: float, stands_for: float
) -> None:
    found = threshold_for(np.random.default_rng(0).permutation(np.arange(1.0, count + 1)), rate)
    assert found == (limit, pytest.approx(stands_for))


def test_a_face_of_another_kind_is_flagged_and_an_unseen_one_of_the_same_kind_is_not() -> None:
    network = Small()
    told, limit = attach_novelty(METHOD, network, batches(fur(400, 190, 1)), batches(fur(200, 190, 2)), on="test fur")
    assert limit is not None
    assert (limit.n, limit.training_faces, limit.on) == (200, 400, "test fur")
    assert limit.false_alarm_rate == pytest.approx(0.01, abs=0.005)
    assert (novelty(told, fur(200, 40, 3)) > limit.threshold).mean() > 0.95
    assert (novelty(told, fur(1000, 190, 4)) > limit.threshold).mean() < 0.04
    assert isinstance(told, WithNovelty)
    assert told.network is network


def test_the_compiled_model_tells_the_same_of_any_number_of_faces(tmp_path: Path) -> None:
    told, _ = attach_novelty(METHOD, Small(), batches(fur(100, 190, 1)), batches(fur(50, 190, 2)), on="test fur")
    changes = {"face_px": SIDE, "augmentation": {"resize_px": SIDE}}
    settings = with_changes(METHOD.settings, changes)
    names = export_face_model(told, METHOD, settings, tmp_path / "model.onnx")
    assert names == ("probabilities", "novelty")
    faces = np.concatenate([fur(3, 190, 5), fur(2, 40, 6)])
    runtime = open_runtime(tmp_path / "model.onnx")
    for chosen in (faces, faces[:1]):
        found = runtime.run({"faces": chosen})["novelty"]
        assert found == pytest.approx(novelty(told, chosen), rel=1e-3)


def test_maps_are_the_last_of_each_resolution() -> None:
    network = ResNet18().eval()
    assert last_maps(network, torch.zeros(1, 3, 64, 64)) == (
        "trunk.relu",
        "trunk.layer1",
        "trunk.layer2",
        "trunk.layer3",
        "trunk",
    )


def test_a_network_without_maps_is_left_as_it_is() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 2))
    told, limit = attach_novelty(METHOD, flat, batches(fur(4, 190, 1)), batches(fur(4, 190, 2)), on="test fur")
    assert told is flat
    assert limit is None


@pytest.mark.parametrize(("training", "held_out"), [(0, 4), (1, 4), (4, 0)])
def test_too_few_faces_are_told(training: int, held_out: int) -> None:
    with pytest.raises(DataError, match="too few"):
        attach_novelty(METHOD, Small(), batches(fur(training, 190, 1)), batches(fur(held_out, 190, 2)), on="test fur")


def test_a_network_that_has_come_apart_is_told() -> None:
    network = Small()
    nn.init.constant_(network.fine[0].weight, float("nan"))
    with pytest.raises(DataError, match="not finite"):
        attach_novelty(METHOD, network, batches(fur(4, 190, 1)), batches(fur(4, 190, 2)), on="test fur")
