"""What a look asks of the networks: put as a question, so that the questions of many looks are answered together."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from painwatch.core.types import Image

Outputs: TypeAlias = Mapping[str, NDArray[Any]]
"""What a network says, by the names of its outputs."""

NetworkName: TypeAlias = Literal["keypoints", "classifier"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One picture (height, width, 3) for one network, as the network takes it."""

    network: NetworkName
    picture: Image


_Found = TypeVar("_Found")

Asking: TypeAlias = Generator[Ask, Outputs, _Found]
"""Work that yields what it asks and is sent the outputs for that one picture (their first axis is 1), or has thrown in
why there are none; it returns what it found."""


def pose_in(outputs: Outputs) -> NDArray[np.float64]:
    """(5, 3): what the keypoint network said of one picture, in px of that picture."""
    return np.array(outputs["poses"][0], dtype=np.float64)
