from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from painwatch.capture.picture import bgr_of


@pytest.mark.parametrize(("height", "width"), [(360, 640), (37, 51), (1, 2)])
def test_the_pixels_of_a_frame_come_in_their_places_whatever_its_size(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)

    image = bgr_of(VideoFrame.from_ndarray(pixels, format="rgb24"))

    np.testing.assert_array_equal(image, pixels[..., ::-1])
    assert image.dtype == np.uint8


def test_a_camera_s_colours_become_blue_green_red() -> None:
    red = VideoFrame.from_ndarray(np.full((48, 64, 3), (255, 0, 0), np.uint8), format="rgb24")

    image = bgr_of(red.reformat(format="yuv420p"))

    assert (np.abs(image.astype(int) - (0, 0, 255)) <= 3).all()
