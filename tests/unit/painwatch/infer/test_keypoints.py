"""Frames are reduced for the network, coordinates scaled back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from painwatch.infer.dlclive_network import DlcLiveNetwork
from painwatch.infer.keypoints import CompiledNetwork, estimate
from painwatch_engines.errors import EngineError


class BrightestPixel:
    """A network that puts all five points on the centroid of the bright pixels, as a real one would see it."""

    engine = "test"
    most_batched = 1

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def poses(self, frames: np.ndarray) -> np.ndarray:
        (frame,) = frames
        self.shapes.append(frame.shape)
        weight = frame[:, :, 0].astype(float)
        rows, columns = np.indices(weight.shape)
        x, y = (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()
        return np.tile(np.array([x, y, 0.95], dtype=np.float32), (1, 5, 1))


@pytest.mark.parametrize(("width", "height"), [(640, 360), (641, 361), (1280, 720), (782, 582), (320, 180), (200, 100)])
def test_a_spot_is_found_where_it_is_in_the_full_frame(width: int, height: int) -> None:
    frame = np.zeros((height, width, 3), np.uint8)
    frame[40:48, 100:112] = 255
    network = BrightestPixel()
    pose = estimate(network, frame, 320)
    assert network.shapes[0][1] == min(width, 320)
    np.testing.assert_allclose(pose[:, 0], 105.5, atol=0.6)
    np.testing.assert_allclose(pose[:, 1], 43.5, atol=0.6)
    np.testing.assert_allclose(pose[:, 2], 0.95)


def test_a_frame_narrower_than_the_network_is_not_blown_up() -> None:
    network = BrightestPixel()
    estimate(network, np.full((90, 160, 3), 9, np.uint8), 320)
    assert network.shapes == [(90, 160, 3)]


def test_the_compiled_network_takes_one_frame_and_gives_one_pose() -> None:
    class Five:
        engine = "onnxruntime-cpu"
        most_batched = 4

        def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            assert inputs["frames"].shape == (1, 9, 16, 3)
            return {"poses": np.arange(15, dtype=np.float32).reshape(1, 5, 3)}

    network = CompiledNetwork(Five())
    assert (network.engine, network.most_batched) == ("onnxruntime-cpu", 4)
    assert network.poses(np.zeros((1, 9, 16, 3), np.uint8)).shape == (1, 5, 3)


def test_a_missing_dlclive_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no such file"):
        DlcLiveNetwork(tmp_path / "model.pt")
