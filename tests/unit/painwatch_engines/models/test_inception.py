"""aMGS: the score, and the network."""

from __future__ import annotations

import pytest
import torch

from painwatch_engines.models.inception import FEATURES, SMALLEST_PX, InceptionV3, amgs_score


def test_the_score_is_the_signed_confidence() -> None:
    probabilities = torch.tensor([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0], [0.3, 0.7]])
    assert amgs_score(probabilities).tolist() == pytest.approx([0.0, 1.0, -1.0, 0.4])


def test_the_network_is_inception_v3() -> None:
    network = InceptionV3().eval()
    # torchvision documents 27,161,264 weights with 1000 classes and the auxiliary classifier (3,326,696 of them).
    assert sum(weight.numel() for weight in network.parameters()) == 27_161_264 - 3_326_696 - 2049 * 1000 + 2049 * 2
    maps: list[torch.Size] = []
    network.last_map.register_forward_hook(lambda module, inputs, output: maps.append(output.shape))
    with torch.inference_mode():
        outputs = network(torch.zeros(1, 3, SMALLEST_PX, SMALLEST_PX))
    assert outputs["features"].shape == (1, FEATURES)
    assert maps == [torch.Size([1, FEATURES, 1, 1])]
