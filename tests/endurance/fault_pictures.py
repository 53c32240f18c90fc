"""What the cameras of the fault table show: a rendered animal drawn without pain, and what can come before it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

import painwatch_engines.virtual_cage as virtual_cage
from painwatch_engines.virtual_cage import load_scenario, open_view

Image = NDArray[np.uint8]
COUNT = 16
BLUR_PX = 5.0
HUGE_PX = (3000, 2000)


@dataclass(frozen=True)
class Pictures:
    """JPEG files. `animal`: a face in nearly every one; `huge`: the same, larger than memory allows."""

    animal: Sequence[bytes]
    covered: Sequence[bytes]
    absent: Sequence[bytes]
    blurred: Sequence[bytes]
    huge: Sequence[bytes]


def render() -> Pictures:
    """The same ones at each call, but for noise."""
    view = open_view(load_scenario("demo"), "left")
    animal = [view.render(0.7 * number).image for number in range(COUNT)]
    empty = open_view(_away(), "left").render(0.0).image
    noise = np.random.default_rng(0)
    return Pictures(
        animal=tuple(map(_jpeg, animal)),
        # A sensor is never quite still: what does not change by one bit is told as frozen, which is another fault.
        covered=tuple(_jpeg(_noisy(np.zeros_like(empty), noise)) for _ in range(COUNT)),
        absent=tuple(_jpeg(_noisy(empty, noise)) for _ in range(COUNT)),
        blurred=tuple(_jpeg(cv2.GaussianBlur(image, (0, 0), BLUR_PX)) for image in animal),
        huge=tuple(_jpeg(cv2.resize(image, HUGE_PX)) for image in animal[:3]),
    )


def _away() -> virtual_cage.Scenario:
    """The demo cage with its animal out of the camera's sight."""
    shipped = Path(virtual_cage.__file__).parent / "scenarios" / "demo.yaml"
    scenario = yaml.safe_load(shipped.read_text())
    scenario["animal"]["place"] = [-3.0, -3.0]
    for camera in scenario["cameras"]:
        if camera["name"] == "left":
            camera["target"] = [0.2, 6.0, 0.8]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(scenario, file)
        file.flush()
        return load_scenario(file.name)


def _noisy(image: Image, noise: np.random.Generator) -> Image:
    return np.clip(image + noise.normal(4, 3, image.shape), 0, 255).astype(np.uint8)


def _jpeg(image: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])
