"""The benchmark's PainSeeker: one set of weights as torch modules and as ONNX.

Only the ONNX file of the classifier that was once shipped is kept (painseeker_rendered_rat, trained on rendered animals
0..499). Its graph has each batch norm folded into the convolution before it, so the torch module is given the folded
weights and batch norms that only add: the arithmetic that PyTorch does, and its cost, are those of the network as it is
trained, and the answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import ModelFolder, load_model_folder
from painwatch_engines.models.export import FacesToAnswers
from painwatch_engines.models.painseeker import PainSeeker, painseeker

FOLDER = Path(__file__).parent / "painseeker_rendered_rat"

Images = NDArray[np.uint8]


class Classifier(Protocol):
    """Faces (N, 224, 224, 3) uint8 BGR to the probability of pain of each (N,)."""

    def __call__(self, faces: Images, /) -> NDArray[np.floating[Any]]: ...


def model_folder() -> ModelFolder:
    """The trained PainSeeker with its card."""
    return load_model_folder(FOLDER)


def eager_module(model: Path) -> FacesToAnswers:
    """The network of the ONNX file `model` in PyTorch, in eval mode, with everything around it.

    Raises:
        ValueError: the graph is not that of a PainSeeker.
    """
    graph = onnx.load(model).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            values, scales = tensors[node.input[0]], tensors[node.input[1]]
            tensors[node.output[0]] = values.astype(np.float32) * scales[:, None, None, None]
    network = PainSeeker()
    convolutions = _convolutions(network)
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    if len(nodes) != len(convolutions):
        raise ValueError(f"{model} has {len(nodes)} convolutions, a PainSeeker has {len(convolutions)}")
    with torch.no_grad():
        for node in nodes:
            convolution, norm = convolutions[node.name]
            convolution.weight.copy_(torch.from_numpy(tensors[node.input[1]].copy()))
            _only_adds(norm, torch.from_numpy(tensors[node.input[2]].copy()))
        # A product by a vector stands in the graph as a matrix of its own, turned.
        (product,) = (node for node in graph.node if node.name == "/network/g/MatMul")
        network.g.weight.copy_(torch.from_numpy(tensors[product.input[1]].T.copy()))
        network.g.bias.copy_(torch.from_numpy(tensors["network.g.bias"].copy()))
        network.h.weight.copy_(torch.from_numpy(tensors["network.h.weight"].copy()))
        network.h.bias.copy_(torch.from_numpy(tensors["network.h.bias"].copy()))
    return FacesToAnswers(network, painseeker()).eval()


def eager(module: FacesToAnswers) -> Classifier:
    """The module as a function of faces."""

    def run(faces: Images) -> NDArray[np.floating[Any]]:
        with torch.inference_mode():
            answers = module.answers(torch.from_numpy(faces))
        return np.asarray(answers["probabilities"][:, LABELS.index("pain")].numpy())

    return run


def compiled(run: Callable[[dict[str, Images]], dict[str, NDArray[Any]]]) -> Classifier:
    """An engine's `run` as a function of faces."""
    return lambda faces: np.asarray(run({"faces": faces})["probabilities"][:, LABELS.index("pain")])


def _node_name(module: str) -> str:
    """Of the graph's node of a convolution: trunk.layer2.0.conv1 is /network/trunk/layer2/layer2.0/conv1/Conv there."""
    path: list[str] = []
    for part in module.split("."):
        path.append(f"{path[-1]}.{part}" if part.isdigit() else part)
    return f"/network/{'/'.join(path)}/Conv"


def _convolutions(network: nn.Module) -> dict[str, tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution by the name of its node in the graph, with the batch norm that follows it."""
    pairs: dict[str, tuple[nn.Conv2d, nn.BatchNorm2d]] = {}
    last: tuple[str, nn.Conv2d] | None = None
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            last = (name, module)
        elif isinstance(module, nn.BatchNorm2d) and last is not None:
            pairs[_node_name(last[0])] = (last[1], module)
    return pairs


def _only_adds(norm: nn.BatchNorm2d, shift: torch.Tensor) -> None:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0 - norm.eps)
    norm.weight.fill_(1.0)
    norm.bias.copy_(shift)
