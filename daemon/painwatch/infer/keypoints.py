"""Finding the nose, the eyes and the ears, by DeepLabCut-live itself or by the same network compiled."""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import Image
from painwatch.infer.asks import pose_in
from painwatch_engines.runtime import Runtime

Pose = NDArray[np.float64]
"""(5, 3): x, y in px and likelihood 0..1, in the order of painwatch_engines.anatomy.KEYPOINTS."""


class Network(Protocol):
    """A keypoint network that takes frames already reduced to its own width."""

    @property
    def engine(self) -> str: ...

    @property
    def most_batched(self) -> int:
        """How many frames it had better be given at once, at most."""
        ...

    def poses(self, frames: Image) -> NDArray[np.floating[Any]]:
        """(N, 5, 3) in px of the frames given, (N, height, width, 3)."""
        ...


def reduce_for(image: Image, network_width_px: int) -> Image:
    """The frame as wide as the network takes it; a narrower one is used as it is."""
    height, width = image.shape[:2]
    if width <= network_width_px:
        return image
    size = (network_width_px, max(1, round(height * network_width_px / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def in_full_frame(pose: Pose, reduced: Image, image: Image) -> Pose:
    """A pose in px of the reduced frame, in px of the full one.

    Pixel centres are kept: x of the reduced frame is (x + 0.5) * scale - 0.5 of the full frame.
    """
    scale = np.array([image.shape[1] / reduced.shape[1], image.shape[0] / reduced.shape[0]])
    scaled = pose.copy()
    scaled[:, :2] = (pose[:, :2] + 0.5) * scale - 0.5
    return scaled


def estimate(network: Network, image: Image, network_width_px: int) -> Pose:
    """The pose in px of the full frame, looked for everywhere.

    Raises:
        EngineError: the network fails.
    """
    reduced = reduce_for(image, network_width_px)
    return in_full_frame(pose_in({"poses": network.poses(reduced[None])}), reduced, image)


class CompiledNetwork:
    """The network as ONNX, pre- and post-processing inside the graph."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def engine(self) -> str:
        return self._runtime.engine

    @property
    def most_batched(self) -> int:
        return self._runtime.most_batched

    def poses(self, frames: Image) -> NDArray[np.floating[Any]]:
        return np.asarray(self._runtime.run({"frames": frames})["poses"])
