"""Finding the nose, the eyes and the ears, by DeepLabCut-live itself or by the same network compiled."""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import Image
from painwatch.infer.asks import Ask, Asking, pose_in
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


def find_pose(image: Image, network_width_px: int) -> Asking[Pose]:
    """The pose in px of the full frame: the frame is reduced for the network, the coordinates scaled back.

    A frame narrower than `network_width_px` is used as it is. Pixel centres are kept: the network's x is that of
    (x + 0.5) * scale - 0.5 in the full frame.
    """
    height, width = image.shape[:2]
    reduced = image
    if width > network_width_px:
        size = (network_width_px, max(1, round(height * network_width_px / width)))
        reduced = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    pose = pose_in((yield Ask("keypoints", reduced)))
    scale = np.array([width / reduced.shape[1], height / reduced.shape[0]])
    pose[:, :2] = (pose[:, :2] + 0.5) * scale - 0.5
    return pose


def estimate(network: Network, image: Image, network_width_px: int) -> Pose:
    """As `find_pose`, asked of `network` at once.

    Raises:
        EngineError: the network fails.
    """
    finding = find_pose(image, network_width_px)
    ask = next(finding)
    while True:
        try:
            ask = finding.send({"poses": network.poses(ask.picture[None])})
        except StopIteration as found:
            pose: Pose = found.value
            return pose


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
