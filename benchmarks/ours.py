"""The watch's own looks, called as its worker calls them: the one place here that knows the room `infer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch.config.models import Config
from painwatch.config.resolve import model_folder
from painwatch.core.types import Frame, Image, Prediction
from painwatch.infer.batches import look_many
from painwatch.infer.keypoints import estimate
from painwatch.infer.memory import Memory
from painwatch.infer.pipeline import Settings, Tools, look
from painwatch.infer.tools import open_tools
from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.runtime import PlanCache

CLASSIFIER = "zoo:action_units_rendered"


@dataclass(frozen=True, slots=True)
class Watching:
    """How many cameras are looked at, and how often each: its frames are stamped so."""

    cameras: int
    rate_hz: float


@dataclass(frozen=True, slots=True)
class _Instant:
    """A classifier that costs nothing and finds nothing to say, so that what is timed is the search for the face."""

    engine: str = "none"
    most_batched: int = 64

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {"probabilities": np.full((len(inputs["faces"]), 2), 0.5, np.float32)}


def opened(eight_bit: PlanCache | None = None) -> tuple[Tools, Settings]:
    """The shipped keypoint network and a classifier that costs nothing, with everything as configured by default.

    `eight_bit`: where the network's 8-bit form lies, to compute with that.
    """
    virtual = {"kind": "virtual", "scenario": "demo", "view": "left"}
    animal = {"name": "cage", "species": "rat", "strain": "rendered", "coat": "white"}
    cages = [animal | {"cameras": [{"name": "camera", "source": virtual}]}]
    keypoints = {} if eight_bit is None else {"chain": ["onnxruntime-cpu-int8"]}
    config = Config.model_validate({"version": 1, "site": "bench", "cages": cages, "keypoints": keypoints})
    (worker,) = config.workers
    tools, settings, _ = open_tools(
        config, worker, folder_of=lambda name: model_folder(name, zoo.path("keypoints")), plans=eight_bit
    )
    return replace(tools, classifier=_Instant(), unit_names=(), novelty_limit=None), settings


def engine_of() -> str:
    """What computes the keypoints."""
    return opened()[0].network.engine


def full_search(eight_bit: PlanCache | None = None) -> Callable[[Image, int], NDArray[np.float64]]:
    """The whole frame, reduced to the network's width, as the watch does when it knows nothing of the animal."""
    tools, _ = opened(eight_bit)
    return lambda frame, clip: estimate(tools.network, frame, tools.network_width_px)  # noqa: ARG005


class AsWatched:
    """Look after look of each camera, with all that the worker remembers of it.

    `repeated`: looks at which nothing was searched, as the picture showed no change since the last that was.
    """

    def __init__(self, watching: Watching, *, repeats: bool, eight_bit: PlanCache | None = None) -> None:
        """`repeats` False: every frame is searched, also where nothing moved."""
        self._tools, settings = opened(eight_bit)
        self._settings = settings if repeats else replace(settings, still_floor_ns=0)
        self._period_ns = round(1e9 / watching.rate_hz)
        self._memories = [Memory() for _ in range(watching.cameras)]
        self._seqs = [0] * watching.cameras
        self.repeated = 0

    def __call__(self, image: Image, camera: int) -> NDArray[np.float64]:
        """The pose (5, 3) in the next frame of this camera."""
        self._seqs[camera] += 1
        at_ns = 10**18 + self._seqs[camera] * self._period_ns
        looking = look(
            Frame(f"camera-{camera}", self._seqs[camera], at_ns, at_ns - 10**17, image),
            cage="cage",
            out_of_domain="",
            tools=self._tools,
            settings=self._settings,
            memory=self._memories[camera],
        )
        ((_, prediction),) = look_many([looking], self._tools)
        self.repeated += prediction.repeated_ms > 0
        return pose_of(prediction)


def pose_of(prediction: Prediction) -> NDArray[np.float64]:
    """(5, 3): what a look found."""
    found = {point.name: (point.x, point.y, point.likelihood) for point in prediction.keypoints}
    return np.array([found[name] for name in KEYPOINTS])
