"""The order of a network's weights in memory."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def in_format(network: nn.Module, memory_format: torch.memory_format) -> nn.Module:
    """The network itself, its convolution weights laid out in this format: channels_last trains faster on a CPU."""
    untyped: Any = network
    untyped.to(memory_format=memory_format)
    return network
