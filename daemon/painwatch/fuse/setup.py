"""What fusion takes from a cage's configuration."""

from __future__ import annotations

from painwatch.config.models import CageConfig
from painwatch.core.minutes import expected_looks
from painwatch.fuse.cameras import CageSetup


def setup_of(cage: CageConfig) -> CageSetup:
    """The cage as fusion sees it.

    Looks belong together that are less than one sample period apart. Inference looks at every camera once in each cell
    of one grid of time, so the looks of a cell always do, however the cameras' own rates and phases fall; with a
    shorter window slow cameras would make two moments of one cell, and coverage would count more than was seen: so
    the window is no setting. A cage whose cameras are all recordings read as fast as they can be scored keeps no
    wall time: its moments wait for every camera.
    """
    return CageSetup(
        cage=cage.name,
        cameras=tuple(camera.name for camera in cage.cameras),
        pairing_window_ns=round(1e9 / cage.sample_rate_hz) - 1,
        lateness_ns=round(cage.fusion.lateness_ms * 1e6) if cage.keeps_wall_time else None,
        expected=expected_looks(cage.sample_rate_hz),
        rule=cage.fusion.rule,
        decision_threshold=cage.fusion.decision_threshold,
    )
