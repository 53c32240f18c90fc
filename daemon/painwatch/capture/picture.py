"""From a decoded FFmpeg frame to the picture that everything after works on."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from painwatch.core.types import Image


def bgr_of(frame: VideoFrame) -> Image:
    """The frame as uint8, (height, width, 3), BGR."""
    # By default FFmpeg starts a thread for each core and frame, which takes longer than the conversion itself.
    return np.asarray(frame.to_ndarray(format="bgr24", threads=1), dtype=np.uint8)
