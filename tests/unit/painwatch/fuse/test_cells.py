"""Sampling and pairing together: coverage never counts more moments than there were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from painwatch.core.types import FusedPoint, Prediction, Status
from painwatch.fuse.cameras import CageSetup, Fuser
from painwatch.infer.schedule import Sampling, judged, period_ns, wants

START = 1_800_000_000 * 10**9
PERIOD = period_ns(4)
SECONDS = 10

cameras = st.tuples(st.floats(4.2, 60), st.integers(0, 300_000_000))
"""Frames a second, and the phase in ns, of a camera that is faster than it is sampled."""


def looks(name: str, frames_per_s: float, phase_ns: int) -> list[Prediction]:
    sampling, kept = Sampling(PERIOD), []
    for index in range(int(SECONDS * frames_per_s)):
        time_ns = START + phase_ns + round(index * 1e9 / frames_per_s)
        if wants(sampling, time_ns):
            sampling = judged(sampling, time_ns)
            kept.append(Prediction("cage", name, index + 1, time_ns, time_ns, 0.0, Status.OK, pain_probability=0.5))
    return kept


@given(cameras, cameras)
def test_two_cameras_of_any_rate_and_phase_make_one_moment_of_each_cell(
    one: tuple[float, int], other: tuple[float, int]
) -> None:
    setup = CageSetup("cage", ("one", "other"), PERIOD - 1, 2_000_000_000, 240)
    fuser, points = Fuser(setup), list[FusedPoint]()
    streams = looks("one", *one) + looks("other", *other)
    for look in sorted(streams, key=lambda look: look.time_ns):
        points += fuser.look(look)
    points += fuser.tick(START + 3600 * 10**9)
    cells = {look.time_ns // PERIOD for look in streams}
    assert fuser.late == 0
    assert len(points) == len(cells)
    # All but those at the ends, where one camera came first or left last, are of both cameras.
    assert sum(len(point.shares) == 2 for point in points) >= len(points) - 4
