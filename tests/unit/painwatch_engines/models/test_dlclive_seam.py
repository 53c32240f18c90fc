"""The declarations that let torchvision be imported beside another PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from painwatch_engines.models.dlclive_seam import declare_torchvision_operators, dlclive_class, open_dlclive


def test_declaring_twice_is_declaring_once() -> None:
    assert declare_torchvision_operators() is declare_torchvision_operators()
    assert hasattr(torch.ops.torchvision, "nms")


def test_deeplabcut_live_can_be_imported() -> None:
    assert dlclive_class().__name__ == "DLCLive"


def test_a_truncated_model_is_found_before_the_first_frame(tmp_path: Path) -> None:
    file = tmp_path / "model.pt"
    torch.save({"config": {}, "pose": {"weight": torch.zeros(100)}, "detector": None}, file)
    assert open_dlclive(file) is not None
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(Exception, match=r"(?i)archive|corrupt|zip|load|magic"):
        open_dlclive(file)
