"""The six-block CNN: order of its layers and sizes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from painwatch_engines.models.kobayashi import SixBlockCNN
from painwatch_engines.models.settings import SixBlockSettings

SETTINGS = SixBlockSettings(widths=(4, 5, 6, 7, 8, 9), fully_connected=(10, 11))


def test_a_block_is_convolution_relu_norm_pool() -> None:
    network = SixBlockCNN(SETTINGS)
    assert len(network.blocks) == 6
    channels = 3
    for block, width in zip(network.blocks, SETTINGS.widths, strict=True):
        assert [type(layer) for layer in block] == [nn.Conv2d, nn.ReLU, nn.BatchNorm2d, nn.MaxPool2d]
        convolution, _, norm, pool = block
        assert (convolution.in_channels, convolution.out_channels) == (channels, width)
        assert (convolution.kernel_size, convolution.stride, convolution.padding) == ((3, 3), (1, 1), (1, 1))
        assert (norm.num_features, pool.kernel_size, pool.stride) == (width, 2, 2)
        channels = width


def test_three_fully_connected_layers_end_in_the_two_classes() -> None:
    network = SixBlockCNN(SETTINGS)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in layers] == [(9, 10), (10, 11), (11, 2)]
    assert [type(layer) for layer in network.hidden] == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU]


def test_the_map_is_halved_six_times_and_averaged() -> None:
    network = SixBlockCNN(SETTINGS).eval()
    faces = torch.rand(2, 3, 224, 224)
    with torch.inference_mode():
        maps = network.blocks(faces)
        outputs = network(faces)
        by_hand = network.last(network.hidden(maps.flatten(2).sum(dim=2) / 9))
    assert maps.shape == (2, 9, 3, 3)
    assert outputs["logits"].shape == (2, 2)
    assert outputs["logits"].flatten().tolist() == pytest.approx(by_hand.flatten().tolist(), abs=1e-5)


def test_grad_cam_looks_at_the_last_convolution() -> None:
    network = SixBlockCNN(SETTINGS)
    assert network.last_map is [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)][-1]
