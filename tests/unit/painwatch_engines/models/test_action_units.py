"""The network of action units: targets, loss and what it tells."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from painwatch_engines.errors import DataError
from painwatch_engines.models.action_units import ActionUnitNet, action_units, soft_grades, units_loss
from painwatch_engines.models.grimace import pain_probability
from painwatch_engines.models.method import Targets
from painwatch_engines.models.painseeker import prsc

NAN = float("nan")


def test_severities_between_two_grades_are_shared_by_them() -> None:
    targets = soft_grades(torch.tensor([[0.0, 2.0, 1.3, NAN]]))[0]
    assert targets.tolist() == [
        pytest.approx([1, 0, 0, 0]),
        pytest.approx([0, 0, 1, 0]),
        pytest.approx([0, 0.7, 0.3, 0]),
        pytest.approx([0, 0, 0, 1]),
    ]


def test_the_loss_is_the_cross_entropy_of_the_units() -> None:
    logits = torch.zeros(1, 2, 4)
    logits[0, 0, 1] = math.log(5)
    # The first unit gives severity 1 the probability 5/8, the second 1/4 to everything.
    loss = units_loss(logits, torch.tensor([[1.0, NAN]]))
    assert loss.item() == pytest.approx((math.log(8 / 5) + math.log(4)) / 2)


def test_faces_without_any_severity_do_not_count() -> None:
    logits = torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(0))
    severities = torch.tensor([[1.0, 0.5], [NAN, NAN], [NAN, 2.0]])
    assert units_loss(logits, severities).item() == pytest.approx(units_loss(logits[[0, 2]], severities[[0, 2]]).item())
    assert units_loss(logits[:1], severities[1:2]).item() == 0


def test_each_unit_is_judged_by_what_its_own_map_attends_to() -> None:
    network = ActionUnitNet(2, trunk=nn.Identity(), channels=2)
    with torch.no_grad():
        network.g.weight.copy_(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        network.g.bias.zero_()
    # Cells with the features (1, 0) and (5, ln 3): the first unit attends 0.4 and 0.6, the second evenly.
    cells = torch.tensor([[1.0, 5.0], [0.0, math.log(3)]]).reshape(1, 2, 1, 2)
    outputs = network(cells)
    assert outputs["unit_attention"][0].tolist() == [pytest.approx([0.4, 0.6]), pytest.approx([0.5, 0.5])]
    assert outputs["attention"][0].tolist() == pytest.approx([0.45, 0.55])
    for unit, attended in enumerate(([3.4, 0.6 * math.log(3)], [3.0, 0.5 * math.log(3)])):
        head = network.h[unit]
        assert outputs["unit_logits"][0, unit].tolist() == pytest.approx(
            head(torch.tensor(attended)).tolist(), abs=1e-5
        )


def test_the_probability_is_that_of_the_units_and_all_is_told() -> None:
    method = action_units()
    network = method.build(method.settings, ("orbital", "nose", "cheek", "ear", "whisker")).eval()
    with torch.inference_mode():
        outputs = network(torch.rand(2, 3, 96, 96))
        answer = method.answer(outputs)
    assert answer["units"].sum(dim=-1).flatten().tolist() == pytest.approx([1] * 10, abs=1e-5)
    assert answer["probabilities"][:, 1].tolist() == pytest.approx(pain_probability(answer["units"]).tolist(), abs=1e-5)
    assert answer["unit_attention"].shape == (2, 5, 3, 3)


def test_the_loss_holds_each_units_map_to_the_constraint() -> None:
    method = action_units()
    settings = method.settings
    assert settings.prsc is not None
    outputs = {"unit_logits": torch.zeros(2, 3, 4), "unit_attention": torch.rand(2, 3, 49).softmax(dim=-1)}
    targets = Targets(torch.tensor([0, 1]), torch.ones(2, 3))
    maps = outputs["unit_attention"].reshape(6, 49)
    expected = math.log(4) + 0.1 * prsc(maps, 0.2, 5).item()
    assert method.loss(outputs, targets, settings).item() == pytest.approx(expected)
    without = replace(method, settings=settings.model_copy(update={"prsc": None}))
    assert without.loss(outputs, targets, without.settings).item() == pytest.approx(math.log(4))


@pytest.mark.parametrize("names", [(), tuple("abcdefg")])
def test_a_set_without_units_is_told(names: tuple[str, ...]) -> None:
    method = action_units()
    with pytest.raises(DataError, match=f"{len(names)} action units"):
        method.build(method.settings, names)
