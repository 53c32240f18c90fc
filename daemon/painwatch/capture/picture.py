"""From a decoded FFmpeg frame to the picture that everything after works on."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from painwatch.core.types import Image


def bgr_of(frame: VideoFrame) -> Image:
    """The frame as uint8, (height, width, 3), BGR."""
    return np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
