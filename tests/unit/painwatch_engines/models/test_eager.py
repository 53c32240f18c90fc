"""A network in PyTorch itself, as it is timed beside its compiled forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from painwatch_engines.errors import ArtefactError
from painwatch_engines.models.eager import eager
from painwatch_engines.models.export import export_face_model
from painwatch_engines.models.registry import method
from painwatch_engines.runtime import open_runtime
from painwatch_engines.zoo import path as zoo_path


def test_it_answers_as_the_same_network_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    chosen = method("resnet18")
    network = chosen.build(chosen.settings, ()).eval()
    monkeypatch.setattr("painwatch_engines.models.eager.load_network", lambda folder: (chosen, network))
    export_face_model(network, chosen, chosen.settings, tmp_path / "model.onnx")
    side = chosen.settings.face_px
    faces = np.random.default_rng(2).integers(0, 256, (2, side, side, 3)).astype(np.uint8)
    wanted = open_runtime(tmp_path / "model.onnx").run({"faces": faces})
    got = eager(tmp_path)(faces, torch.get_num_threads())
    assert got["probabilities"] == pytest.approx(wanted["probabilities"], abs=1e-4)


def test_a_folder_without_its_weights_is_told() -> None:
    with pytest.raises(ArtefactError, match=r"weights\.pt"):
        eager(zoo_path("action_units_rendered"))
