"""PainSeeker against cases worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from painwatch_engines.models.method import Targets
from painwatch_engines.models.painseeker import (
    GRID,
    PainSeeker,
    attended_answer,
    normalised_attention,
    painseeker,
    painseeker_loss,
    painseeker_without_prsc,
    prsc,
)
from painwatch_engines.models.resnet18 import ResNet18Trunk
from painwatch_engines.models.settings import PrscSettings


def test_attention_is_the_sigmoid_over_its_sum() -> None:
    attention = normalised_attention(torch.tensor([[0.0, math.log(3)]]))
    assert attention[0].tolist() == pytest.approx([0.4, 0.6])


def test_prsc_asks_the_highest_to_stand_out_from_the_rest() -> None:
    attention = torch.tensor([[0.1, 0.4, 0.2, 0.3]])
    # rest = (0.2 + 0.1) / 2 = 0.15; shortfalls 0.2 - 0.25 -> 0 and 0.2 - 0.15 = 0.05; their mean 0.025
    assert prsc(attention, margin=0.2, highest=2).item() == pytest.approx(0.025)


def test_prsc_is_nothing_when_all_attention_is_on_the_highest() -> None:
    attention = torch.zeros(1, 49)
    attention[0, :5] = 0.2
    assert prsc(attention, margin=0.2, highest=5).item() == pytest.approx(0.0)


def test_prsc_of_even_attention_is_the_margin_and_is_averaged_over_the_batch() -> None:
    even = torch.full((1, 49), 1 / 49)
    assert prsc(even, margin=0.2, highest=5).item() == pytest.approx(0.2)
    peaked = torch.zeros(1, 49)
    peaked[0, :5] = 0.2
    assert prsc(torch.cat([even, peaked]), margin=0.2, highest=5).item() == pytest.approx(0.1)


@pytest.mark.parametrize("highest", [0, 4, 5])
def test_prsc_needs_high_and_other_features(highest: int) -> None:
    with pytest.raises(ValueError, match="highest"):
        prsc(torch.full((1, 4), 0.25), 0.2, highest)


def test_the_loss_adds_the_weighted_constraint_to_the_cross_entropy() -> None:
    attention = torch.tensor([[0.4, 0.3, 0.2, 0.1]])
    loss = painseeker_loss(
        torch.zeros(1, 2), attention, torch.tensor([1]), PrscSettings(weight=0.5, margin=0.2, highest=2)
    )
    assert loss.item() == pytest.approx(math.log(2) + 0.5 * 0.025)


def test_the_classifier_sees_the_attended_sum_of_the_features() -> None:
    network = PainSeeker(trunk=nn.Identity(), channels=2)
    with torch.no_grad():
        network.g.weight.copy_(torch.tensor([[0.0, 1.0]]))
        network.g.bias.zero_()
        network.h.weight.copy_(torch.eye(2))
        network.h.bias.zero_()
    # Two cells with the features (1, 0) and (5, ln 3): attention 0.4 and 0.6.
    cells = torch.tensor([[1.0, 5.0], [0.0, math.log(3)]]).reshape(1, 2, 1, 2)
    outputs = network(cells)
    assert outputs["attention"][0].tolist() == pytest.approx([0.4, 0.6])
    assert outputs["logits"][0].tolist() == pytest.approx([0.4 * 1 + 0.6 * 5, 0.6 * math.log(3)])


def test_the_trunk_is_resnet_18() -> None:
    trunk = ResNet18Trunk()
    assert sum(p.numel() for p in trunk.parameters()) == 11_176_512
    with torch.inference_mode():
        assert trunk.eval()(torch.zeros(1, 3, 224, 224)).shape == (1, 512, GRID, GRID)


def test_the_loss_reaches_every_weight() -> None:
    torch.manual_seed(0)
    network = PainSeeker()
    outputs = network(torch.randn(2, 3, 64, 96))
    settings = PrscSettings(weight=0.1, margin=0.2, highest=5)
    loss = painseeker_loss(outputs["logits"], outputs["attention"], torch.tensor([0, 1]), settings)
    torch.autograd.backward(loss)
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in network.parameters())


def test_the_answer_is_the_softmax_and_the_map_as_a_square() -> None:
    outputs = {"logits": torch.tensor([[0.0, math.log(3)]]), "attention": torch.arange(9.0).unsqueeze(0) / 36}
    answer = attended_answer(outputs)
    assert answer["probabilities"][0].tolist() == pytest.approx([0.25, 0.75])
    # Cells run by rows: the third cell is the last of the first row.
    assert answer["attention"][0, 0].tolist() == pytest.approx([0, 1 / 36, 2 / 36])
    assert answer["attention"][0, 2].tolist() == pytest.approx([6 / 36, 7 / 36, 8 / 36])


def test_local_features_are_the_cells_of_the_trunks_map_by_rows() -> None:
    network = PainSeeker(trunk=nn.Identity(), channels=1)
    with torch.no_grad():
        network.g.weight.fill_(1.0)
        network.g.bias.zero_()
    cells = torch.tensor([[[[0.0, 1.0], [2.0, -1.0]]]])
    gates = torch.sigmoid(torch.tensor([0.0, 1.0, 2.0, -1.0]))
    assert network(cells)["attention"][0].tolist() == pytest.approx((gates / gates.sum()).tolist())


def test_without_prsc_the_loss_is_the_cross_entropy_alone() -> None:
    attention = torch.full((1, 49), 1 / 49)
    assert painseeker_loss(torch.zeros(1, 2), attention, torch.tensor([0]), None).item() == pytest.approx(math.log(2))
    method = painseeker_without_prsc()
    outputs = {"logits": torch.zeros(1, 2), "attention": attention}
    targets = Targets(torch.tensor([0]), torch.zeros(1, 0))
    assert method.loss(outputs, targets, method.settings).item() == pytest.approx(math.log(2))
    with_prsc = painseeker()
    assert with_prsc.loss(outputs, targets, with_prsc.settings).item() == pytest.approx(math.log(2) + 0.1 * 0.2)


def test_a_higher_lambda_or_delta_never_lowers_the_loss() -> None:
    attention = torch.rand(4, 49, generator=torch.Generator().manual_seed(2)).softmax(dim=-1)
    logits, labels = torch.zeros(4, 2), torch.tensor([0, 1, 0, 1])
    for highest in (3, 5, 10, 15, 20):
        by_margin = [
            painseeker_loss(logits, attention, labels, PrscSettings(weight=0.1, margin=delta, highest=highest)).item()
            for delta in (0.05, 0.1, 0.15, 0.2, 0.5)
        ]
        by_weight = [
            painseeker_loss(logits, attention, labels, PrscSettings(weight=weight, margin=0.2, highest=highest)).item()
            for weight in (0.05, 0.1, 0.5, 1, 1.5)
        ]
        assert by_margin == sorted(by_margin)
        assert by_weight == sorted(by_weight)
