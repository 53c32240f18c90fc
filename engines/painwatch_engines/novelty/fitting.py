"""Learning what training faces look like to a network, and from when a face is told to be unlike them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.artefacts import Novelty
from painwatch_engines.errors import DataError
from painwatch_engines.models.method import Method
from painwatch_engines.models.pixels import normalise
from painwatch_engines.novelty.detector import METHOD, WithNovelty, describe, fit_detector, last_maps

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
) -> tuple[nn.Module, Novelty | None]:
    """A trained network with the output `novelty`, and its limit for the card.

    The network's own weights are left as they are: keep those of `module`, and export what is returned.

    Args:
        method: of the network.
        module: the trained network; is put into eval mode.
        training: faces it was trained on, undisturbed; a random draw of up to MOST_FACES is enough.
        held_out: faces of animals that the training did not see; they set the limit.
        on: the held-out animals in words, for the card.
        false_alarm_rate: wanted share of faces like the held-out ones above the limit.

    Returns:
        The network and its limit; `module` itself and None where it has no feature maps, as a support vector machine.

    Raises:
        DataError: fewer than two training faces, no held-out one, or feature maps that are not finite.
    """
    module.eval()
    coming = iter(training)
    first = next(coming, None)
    if first is None:
        raise _too_few(method, 0)
    maps = last_maps(module, _pictures(first[:1], module))
    if not maps:
        return module, None
    known = _descriptions(method, module, maps, chain([first], coming))
    unseen = _descriptions(method, module, maps, held_out)
    if len(known) < 2 or len(unseen) < 1:
        raise _too_few(method, min(len(known), len(unseen)))
    detector = fit_detector(known)
    with torch.inference_mode():
        novelty = detector(unseen).numpy()
    threshold, rate = threshold_for(novelty, false_alarm_rate)
    limit = Novelty(
        threshold=threshold,
        false_alarm_rate=rate,
        n=len(unseen),
        on=on,
        training_faces=len(known),
        method=METHOD,
    )
    return WithNovelty(module, detector.to(_device(module)), maps).eval(), limit


def threshold_for(novelty: NDArray[np.floating[Any]], rate: float) -> tuple[float, float]:
    """The limit above which a share `rate` of faces like these is expected, and the share it really stands for.

    The k-th smallest of n values, k = ceil((n + 1)(1 - rate)) but at most n: a next value like them lies above it with
    probability 1 - k / (n + 1) (split conformal prediction). With fewer than 1 / rate - 1 values the share is larger
    than asked for.
    """
    ordered = np.sort(np.asarray(novelty, np.float64))
    n = len(ordered)
    k = min(n, math.ceil(round((n + 1) * (1 - rate), 9)))
    return float(ordered[k - 1]), 1 - k / (n + 1)


def _descriptions(method: Method, module: nn.Module, maps: tuple[str, ...], faces: Batches) -> torch.Tensor:
    """(N, D) on the CPU."""
    parts: list[torch.Tensor] = [torch.zeros(0, 0)]
    with torch.inference_mode():
        for batch in faces:
            parts.append(describe(module, _pictures(batch, module), maps)[1].float().cpu())
    found = torch.cat(parts[1:] or parts)
    if not torch.isfinite(found).all():
        raise DataError("the network's feature maps are not finite", method.name, "Train it anew.")
    return found


def _too_few(method: Method, count: int) -> DataError:
    what = f"{count} faces are too few to tell new faces from known ones by"
    return DataError(what, method.name, "Give at least two training faces and one of an animal held out.")


def _pictures(faces: NDArray[np.uint8], module: nn.Module) -> torch.Tensor:
    return normalise(torch.from_numpy(np.ascontiguousarray(faces)).to(_device(module)))


def _device(module: nn.Module) -> torch.device:
    return next((tensor.device for tensor in (*module.parameters(), *module.buffers())), torch.device("cpu"))
