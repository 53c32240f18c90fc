"""The six-block CNN of the free-moving mouse pipeline (Kobayashi et al. 2025, PNAS Nexus 4:pgaf352)."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.resnet18 import cross_entropy, plain_answer
from painwatch_engines.models.settings import MethodSettings, SixBlockSettings, shipped_settings

BLOCKS = 6

SMALLEST_PX = 2**BLOCKS
"""Each block halves the face."""


class SixBlockCNN(nn.Module):
    """Six blocks [conv 3 x 3, ReLU, batch norm, max pool 2 x 2], global average pooling, three linear layers.

    The order is the published one. Batch norm after ReLU cannot be folded into the convolution before it, so
    8-bit compiled forms of this network are slower than its float form. The widths are NOT PUBLISHED: settings.
    """

    def __init__(self, settings: SixBlockSettings) -> None:
        super().__init__()
        ins = (3, *settings.widths)
        self.blocks = nn.Sequential(*(_block(a, b) for a, b in zip(ins, settings.widths, strict=False)))
        first, second = settings.fully_connected
        self.hidden = nn.Sequential(nn.Linear(ins[-1], first), nn.ReLU(), nn.Linear(first, second), nn.ReLU())
        self.last = nn.Linear(second, len(LABELS))

    @property
    def last_map(self) -> nn.Module:
        """The last convolution: Kobayashi et al. look at it with Grad-CAM, min-max normalised."""
        return cast(nn.Sequential, self.blocks[-1])[0]

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, H, W) normalised RGB, H and W >= 64, to logits (N, 2) in LABELS order and features (N, D)."""
        features = self.hidden(self.blocks(faces).mean(dim=(2, 3)))
        return {"logits": self.last(features), "features": features}


def kobayashi() -> Method:
    """The network; the rule for two cameras and minutes belongs to the watch."""
    settings = shipped_settings("kobayashi")
    return Method("kobayashi", "Six-block CNN", settings, "network", _build, cross_entropy, plain_answer)


def _block(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, 1, 1), nn.ReLU(), nn.BatchNorm2d(channels_out), nn.MaxPool2d(2)
    )


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:  # noqa: ARG001
    if settings.six_block is None:
        raise DataError(
            "the six-block CNN needs the settings six_block", "settings", "Leave the shipped block as it is."
        )
    if settings.smallest_px < SMALLEST_PX:
        what = f"faces of {settings.smallest_px} px leave nothing for the last pooling of the six-block CNN"
        raise DataError(what, "settings, face_px", f"Choose {SMALLEST_PX} px or more, in every stage.")
    return SixBlockCNN(settings.six_block)
