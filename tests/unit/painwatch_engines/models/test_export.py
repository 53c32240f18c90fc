"""Exported graphs give the network's own answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from painwatch_engines.models.export import FacesToAnswers, export_face_model
from painwatch_engines.models.painseeker import PainSeeker, painseeker
from painwatch_engines.models.pixels import DEVIATION, MEAN, normalise
from painwatch_engines.models.storage import quantise_rows, store_in_int8
from painwatch_engines.runtime import open_runtime

FACES = np.random.default_rng(1).integers(0, 256, (3, 224, 224, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[PainSeeker, Path]:
    torch.manual_seed(4)
    network = PainSeeker().eval()
    path = tmp_path_factory.mktemp("export") / "model.onnx"
    method = painseeker()
    assert export_face_model(network, method, method.settings, path) == ("probabilities", "attention")
    return network, path


def test_pixels_are_turned_to_rgb_and_normalised() -> None:
    blue = torch.zeros(1, 1, 2, 3, dtype=torch.uint8)
    blue[..., 0] = 255
    expected = [(value - mean) / std for value, mean, std in zip((0, 0, 1), MEAN, DEVIATION, strict=True)]
    assert normalise(blue)[0, :, 0, 1].tolist() == pytest.approx(expected)


def test_the_graph_takes_camera_pixels_and_any_number_of_faces(exported: tuple[PainSeeker, Path]) -> None:
    network, path = exported
    outputs = open_runtime(path).run({"faces": FACES})
    with torch.inference_mode():
        probabilities, attention = FacesToAnswers(network, painseeker())(torch.from_numpy(FACES))
    assert outputs["probabilities"] == pytest.approx(probabilities.numpy(), abs=1e-4)
    assert outputs["attention"] == pytest.approx(attention.numpy(), abs=1e-5)
    assert outputs["attention"].sum(axis=(1, 2)) == pytest.approx(1.0, abs=1e-5)


def test_batch_norms_are_folded_into_the_convolutions(exported: tuple[PainSeeker, Path]) -> None:
    kinds = {node.op_type for node in onnx.load(exported[1]).graph.node}
    assert "BatchNormalization" not in kinds


def test_eight_bit_storage_is_a_quarter_and_nearly_the_same(exported: tuple[PainSeeker, Path], tmp_path: Path) -> None:
    small = tmp_path / "small.onnx"
    assert store_in_int8(exported[1], small) > 5
    assert small.stat().st_size < exported[1].stat().st_size / 3
    full, stored = (open_runtime(path).run({"faces": FACES}) for path in (exported[1], small))
    assert stored["probabilities"] == pytest.approx(full["probabilities"], abs=0.05)


def test_rounding_is_within_half_a_step_of_each_channel() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    weights[2] = 0
    values, scales = quantise_rows(weights)
    assert values.dtype == np.int8
    step = scales[:, None, None, None]
    assert np.all(np.abs(values * step - weights) <= step / 2 + 1e-7)
    assert not values[2].any()
