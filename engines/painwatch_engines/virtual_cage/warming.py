"""Compiling the kernels ahead of time, so that the first real frame is not slow."""

from __future__ import annotations

import numpy as np

from painwatch_engines.virtual_cage.sampling import sample_view


def warm() -> None:
    """Compile every kernel and keep the results on disk; some ten seconds once, nothing afterwards."""
    sample_view(np.random.default_rng(0), species="rat", coat="white", identity=0, width_px=64, height_px=64)
