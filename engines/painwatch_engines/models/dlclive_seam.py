"""The one door to DeepLabCut-live, which is an optional extra (`painwatch[dlclive]`) under its own licence.

It imports torchvision, whose wheel may have been built for another PyTorch than the one installed: a CUDA
wheel beside a CPU PyTorch cannot load its compiled operators, and then `import torchvision` itself fails with
"operator torchvision::nms does not exist". DeepLabCut-live never calls those operators for one animal in one
frame, so declaring them without an implementation is enough.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@cache
def declare_torchvision_operators() -> object | None:
    """Declare torchvision's operators if its compiled ones cannot be loaded; call before importing torchvision.

    Returns:
        The library that keeps the declarations alive (the cache holds it), or None where nothing was missing.
    """
    if hasattr(torch.ops.torchvision, "nms") or _load_compiled_operators():
        return None
    untyped: Any = torch.library
    library = untyped.Library("torchvision", "DEF")
    for schema in _SCHEMAS:
        library.define(schema)
    declared: object = library
    return declared


def dlclive_class() -> Any:
    """`dlclive.DLCLive`, ready to be called.

    Raises:
        ImportError: if the extra is not installed.
    """
    declare_torchvision_operators()
    from dlclive import DLCLive

    return DLCLive


def open_dlclive(model_file: Path) -> Any:
    """A `DLCLive` for a PyTorch model on the CPU with one thread; `init_inference(frame)` starts it.

    DeepLabCut-live itself opens the file only with the first frame, so a broken file is found here first.

    Raises:
        ImportError: if the extra is not installed.
        Exception: of whatever kind PyTorch raises, if the file is truncated or holds more than weights.
    """
    live = dlclive_class()(str(model_file), model_type="pytorch", device="cpu")
    torch.load(model_file, map_location="cpu", weights_only=True)
    # Beside busy neighbours a second thread made PyTorch up to fifteen times slower.
    torch.set_num_threads(1)
    return live


def pose_model_class() -> Any:
    """`PoseModel` of DeepLabCut-live's own registry: `build(config)` makes a torch module.

    Raises:
        ImportError: if the extra is not installed.
    """
    declare_torchvision_operators()
    from dlclive.pose_estimation_pytorch.models import PoseModel

    return PoseModel


def _load_compiled_operators() -> bool:
    """Load torchvision's extension as torchvision would; True if that worked."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    operators: Any = torch.ops
    for extension in Path(spec.origin).parent.glob("_C*.so"):
        try:
            operators.load_library(extension)
        except OSError:
            continue
        if hasattr(torch.ops.torchvision, "nms"):
            return True
    return False
