"""Learning what training faces look like to a network, and from when a face is told to be unlike them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.artefacts import Novelty
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method
from painwatch_engines.models.pixels import normalise
from painwatch_engines.novelty.detector import METHOD, Detector, WithNovelty

Batches = Iterable[NDArray[np.uint8]]
"""Faces as the model gets them live, a few at a time: each (n, S, S, 3) uint8 BGR."""

FALSE_ALARM_RATE = 0.01
"""Share of faces of animals that the training did not see which may be flagged."""

MOST_FACES = 4000
"""More training faces than this change the distance little and only cost time."""


def attach_novelty(
    method: Method,
    module: nn.Module,
    training: Batches,
    held_out: Batches,
    *,
    on: str,
    false_alarm_rate: float = FALSE_ALARM_RATE,
) -> tuple[nn.Module, Novelty]:
    """A trained network with the output `novelty`, and its limit for the card.

    The network's own weights are left as they are: keep those of `module`, and export what is returned.

    Args:
        method: of the network.
        module: the trained network; is put into eval mode.
        training: faces it was trained on, undisturbed; a random draw of up to MOST_FACES is enough.
        held_out: faces of animals that the training did not see; they set the threshold.
        on: the held-out animals in words, for the card.
        false_alarm_rate: wanted share of faces like the held-out ones above the threshold.

    Raises:
        DataError: no faces on either side, or the network gives no features or ones that are not finite.
    """
    known = features(method, module, training)
    detector = Detector.fitted(known)
    with torch.inference_mode():
        distances = detector(features(method, module, held_out)).numpy()
    threshold, rate = threshold_for(distances, false_alarm_rate)
    limit = Novelty(
        threshold=threshold,
        false_alarm_rate=rate,
        n=len(distances),
        on=on,
        training_faces=len(known),
        method=METHOD,
    )
    return WithNovelty(module, detector).eval(), limit


def features(method: Method, module: nn.Module, faces: Batches) -> torch.Tensor:
    """(N, D) what the last layers of the network judge.

    Raises:
        DataError: there is no face, or the network gives no finite features.
    """
    module.eval()
    parts: list[torch.Tensor] = []
    device = next(iter(module.parameters()), torch.zeros(0)).device
    with torch.inference_mode():
        for batch in faces:
            outputs = module(normalise(torch.from_numpy(np.ascontiguousarray(batch)).to(device)))
            if "features" not in outputs:
                raise DataError("this network gives no features", method.name, "Leave the novelty check out.")
            parts.append(outputs["features"].float().cpu())
    if not sum(len(part) for part in parts):
        raise DataError("there are no faces to learn from", method.name, "Give faces on both sides.")
    found = torch.cat(parts)
    if not torch.isfinite(found).all():
        raise DataError("the network gives features that are not finite", method.name, "Train it anew.")
    return found


def threshold_for(novelty: NDArray[np.floating[Any]], rate: float) -> tuple[float, float]:
    """The limit above which a share `rate` of faces like these is expected, and the share it really stands for.

    The k-th smallest of n values, k = ceil((n + 1)(1 - rate)) but at most n: a next value like them lies above it with
    probability 1 - k / (n + 1) (split conformal prediction). With fewer than 1 / rate - 1 values the share is larger
    than asked for.
    """
    ordered = np.sort(np.asarray(novelty, np.float64))
    n = len(ordered)
    k = min(n, math.ceil((n + 1) * (1 - rate)))
    return float(ordered[k - 1]), 1 - k / (n + 1)
