"""From trained networks to ONNX, with everything between the camera's pixels and the answer inside the graph.

The tracing exporter is used because its graph ran faster than the newer one's; in eval mode it folds each
batch norm into the convolution before it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.jit import TracerWarning  # type: ignore[attr-defined]

from painwatch_engines.models.keypoint_net import FramesToPoses
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.settings import MethodSettings

OPSET = 17

ANSWERS = ("probabilities", "attention", "units", "unit_attention", "novelty")
"""What a compiled face model may tell, in the order of its outputs; the first it always tells."""


class FacesToAnswers(nn.Module):
    """A network with everything around it: uint8 faces in, the method's answers out, in the order of ANSWERS."""

    def __init__(self, network: nn.Module, method: Method, temperature: float = 1.0, shift: float = 0.0) -> None:
        super().__init__()
        self.network = network
        self.method = method
        self.temperature = temperature
        self.shift = shift

    def forward(self, faces: Tensor) -> tuple[Tensor, ...]:
        """(N, S, S, 3) uint8 BGR to the tensors of `answers`."""
        return tuple(self.answers(faces).values())

    def answers(self, faces: Tensor) -> Outputs:
        """(N, S, S, 3) uint8 BGR to named answers; `novelty` (N,) where the network gives it."""
        outputs: Outputs = self.network(normalise(faces))
        logits = outputs["logits"] / self.temperature
        logits = logits + logits.new_tensor((0.0, self.shift))
        answers = self.method.answer({**outputs, "logits": logits})
        if "novelty" in outputs:
            answers = {**answers, "novelty": outputs["novelty"]}
        return {name: answers[name] for name in ANSWERS if name in answers}


def export_keypoints(network: nn.Module, path: Path) -> None:
    """Write `frames` uint8 (N, H, W, 3) BGR -> `poses` float32 (N, K, 3), any N, H and W."""
    axes = {"frames": {0: "n", 1: "h", 2: "w"}, "poses": {0: "n"}}
    _export(FramesToPoses(network), torch.zeros(1, 64, 96, 3, dtype=torch.uint8), path, axes)


def export_face_model(
    network: nn.Module,
    method: Method,
    settings: MethodSettings,
    path: Path,
    temperature: float = 1.0,
    shift: float = 0.0,
) -> tuple[str, ...]:
    """Write `faces` uint8 (N, S, S, 3) BGR -> `probabilities` (N, 2) and what else the method answers, any N.

    Args:
        network: trained; is put into eval mode.
        method: whose `answer` becomes part of the graph.
        settings: S is its face_px.
        path: of the ONNX file.
        temperature: the logits are divided by it (calibration on held-out animals); 1 changes nothing.
        shift: is then added to the logit of pain.

    Returns:
        The names of the outputs, in their order.
    """
    wrapper = FacesToAnswers(network, method, temperature, shift).eval()
    faces = torch.zeros(1, settings.face_px, settings.face_px, 3, dtype=torch.uint8)
    with torch.inference_mode():
        names = tuple(wrapper.answers(faces))
    _export(wrapper, faces, path, {name: {0: "n"} for name in ("faces", *names)})
    return names


def _export(wrapper: nn.Module, example: Tensor, path: Path, axes: dict[str, dict[int, str]]) -> None:
    """Trace the wrapper in eval mode; the first of the axes is its input, the others its outputs."""
    names = list(axes)
    wrapper.eval()
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter announces its own retirement in every call.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", message="Constant folding", category=UserWarning)
        # The sizes of the maps become constants: the size of the faces is fixed, only their number varies.
        warnings.simplefilter("ignore", TracerWarning)
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
