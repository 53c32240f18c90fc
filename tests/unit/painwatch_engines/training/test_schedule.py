"""The rise of the learning rate never asks PyTorch for a division by zero."""

from __future__ import annotations

import pytest
import torch

from painwatch_engines.training.schedule import rise


@pytest.mark.parametrize("usual", [0.05, 0.1])
def test_any_number_of_steps_has_a_schedule(usual: float) -> None:
    for steps in range(1, 60):
        optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1.0, total_steps=steps, pct_start=rise(steps, usual))
        assert len(schedule.get_last_lr()) == 1
