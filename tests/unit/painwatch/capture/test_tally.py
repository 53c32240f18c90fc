"""What a capture process counts."""

from __future__ import annotations

import numpy as np
import pytest

from painwatch.capture.source import Grab
from painwatch.capture.tally import Tally
from painwatch.core.clock import Stamp


def test_the_rate_is_the_cameras_also_when_only_some_pictures_are_handed_over() -> None:
    tally = Tally("cage-1", "left", Stamp(0, 0))
    for number in range(9):
        now = Stamp(number * 250_000_000, number * 250_000_000)
        tally.got(Grab(np.zeros((90, 160, 3), np.uint8), now, came=5, dropped=number % 2), now)
    state = tally.state(now)
    assert state.frames_per_s == pytest.approx(20)
    assert (state.frames, state.dropped) == (45, 4)
