"""From trained networks to ONNX, with everything between the camera's pixels and the answer inside the graph.

The tracing exporter is used because its graph ran faster than the newer one's; in eval mode it folds each
batch norm into the convolution before it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from painwatch_engines.models.keypoint_net import FramesToPoses
from painwatch_engines.models.painseeker import FACE_PX, GRID, PainSeeker
from painwatch_engines.models.pixels import normalise

OPSET = 17


class FacesToProbabilities(nn.Module):
    """PainSeeker with everything around it: uint8 faces in, probabilities and the attention map out."""

    def __init__(self, network: PainSeeker) -> None:
        super().__init__()
        self.network = network

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 224, 224, 3) uint8 BGR to (N, 2) in LABELS order and (N, 7, 7), each map summing to 1."""
        logits, attention = self.network(normalise(faces))
        return torch.softmax(logits, dim=-1), attention.reshape(-1, GRID, GRID)


def export_keypoints(network: nn.Module, path: Path) -> None:
    """Write `frames` uint8 (N, H, W, 3) BGR -> `poses` float32 (N, K, 3), any N, H and W."""
    axes = {"frames": {0: "n", 1: "h", 2: "w"}, "poses": {0: "n"}}
    _export(FramesToPoses(network), torch.zeros(1, 64, 96, 3, dtype=torch.uint8), path, axes)


def export_classifier(network: PainSeeker, path: Path) -> None:
    """Write `faces` uint8 (N, 224, 224, 3) BGR -> `probabilities` (N, 2), `attention` (N, 7, 7), any N."""
    faces = torch.zeros(1, FACE_PX, FACE_PX, 3, dtype=torch.uint8)
    axes = {"faces": {0: "n"}, "probabilities": {0: "n"}, "attention": {0: "n"}}
    _export(FacesToProbabilities(network), faces, path, axes)


def _export(wrapper: nn.Module, example: Tensor, path: Path, axes: dict[str, dict[int, str]]) -> None:
    """Trace the wrapper in eval mode; the first of the axes is its input, the others its outputs."""
    names = list(axes)
    wrapper.eval()
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter announces its own retirement in every call.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            wrapper,
            (example,),
            path,
            dynamo=False,
            opset_version=OPSET,
            input_names=names[:1],
            output_names=names[1:],
            dynamic_axes=axes,
        )
