"""Array types of the room, so that signatures say what kind of numbers they carry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Ints32 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Image = npt.NDArray[np.uint8]
"""(H, W, 3) BGR, C-contiguous."""
