"""The declarations that let torchvision be imported beside another PyTorch."""

from __future__ import annotations

import torch

from painwatch_engines.models.dlclive_seam import declare_torchvision_operators, dlclive_class


def test_declaring_twice_is_declaring_once() -> None:
    assert declare_torchvision_operators() is declare_torchvision_operators()
    assert hasattr(torch.ops.torchvision, "nms")


def test_deeplabcut_live_can_be_imported() -> None:
    assert dlclive_class().__name__ == "DLCLive"
