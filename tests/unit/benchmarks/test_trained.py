"""That PyTorch and ONNX Runtime are timed on one and the same network."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch_engines.runtime.onnxruntime_session import open_cpu


@pytest.fixture
def faces() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (3, 224, 224, 3)).astype(np.uint8)


def test_the_torch_module_answers_as_the_onnx_file(faces: np.ndarray) -> None:
    from benchmarks.trained import compiled, eager, eager_module, model_folder

    model = model_folder().model
    expected = compiled(open_cpu(model).run)(faces)

    assert np.abs(eager(eager_module(model))(faces) - expected).max() < 1e-5
    assert expected.std() > 0


def test_another_graph_is_refused() -> None:
    from benchmarks.trained import eager_module
    from painwatch_engines import zoo

    with pytest.raises(ValueError, match="convolutions"):
        eager_module(zoo.path("keypoints") / "model.onnx")
