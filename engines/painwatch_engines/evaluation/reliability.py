"""Whether a probability means what it says: calibration error, Brier score, and temperature scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

BINS = 10

TEMPERATURES = (0.05, 50.0)
"""Range that a temperature is looked for in; see is_at_an_end."""

SHIFT = 10.0
"""Most that fit_temperature_and_shift adds to a logit."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Faces whose probability of pain lies in low..high: their mean probability, and how often it was pain."""

    low: float
    high: float
    n: int
    said: float
    found: float


def reliability(
    pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_], bins: int = BINS
) -> tuple[Bin, ...]:
    """Bins of equal width over the probability of pain; empty ones are left out."""
    numbers = np.minimum((pain_probability * bins).astype(int), bins - 1)
    return tuple(
        Bin(k / bins, (k + 1) / bins, int(here.sum()), float(pain_probability[here].mean()), float(pain[here].mean()))
        for k in range(bins)
        if (here := numbers == k).any()
    )


def expected_calibration_error(
    pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_], bins: int = BINS
) -> float:
    """Mean over faces of |said - found| of their bin (Naeini et al. 2015), on the probability of pain."""
    parts = reliability(pain_probability, pain, bins)
    return sum(part.n * abs(part.said - part.found) for part in parts) / len(pain)


def brier(pain_probability: NDArray[np.floating[Any]], pain: NDArray[np.bool_]) -> float:
    """Mean square of what was said of pain less what was true: 0 is perfect, 0.25 is always saying 0.5.

    Brier (1950) sums over both classes, which is twice this.
    """
    return float(np.mean((pain_probability - pain) ** 2))


def fit_temperature(logits: NDArray[np.floating[Any]], pain: NDArray[np.bool_]) -> float:
    """The temperature T that makes softmax(logits / T) most likely (Guo et al. 2017, ICML).

    Args:
        logits: (N, 2) before the softmax, in LABELS order.
        pain: (N,) the truth.

    Raises:
        ValueError: if a class does not occur.
    """
    if pain.all() or not pain.any():
        raise ValueError("both classes must occur")
    margin = np.asarray(logits[:, 1] - logits[:, 0], np.float64)

    def cost(log_temperature: float) -> float:
        sign = np.where(pain, 1.0, -1.0)
        return float(np.logaddexp(0, -sign * margin / np.exp(log_temperature)).mean())

    bounds = (float(np.log(TEMPERATURES[0])), float(np.log(TEMPERATURES[1])))
    return float(np.exp(minimize_scalar(cost, bounds=bounds, method="bounded").x))


def fit_temperature_and_shift(logits: NDArray[np.floating[Any]], pain: NDArray[np.bool_]) -> tuple[float, float]:
    """The temperature, and what is added to the logit of pain after it, that make the truth most likely (Platt 1999).

    For probabilities that no label was in the making of: their 0.5 may lie anywhere. Arguments and errors as
    fit_temperature; the shift lies within -SHIFT..SHIFT.
    """
    if pain.all() or not pain.any():
        raise ValueError("both classes must occur")
    margin = np.asarray(logits[:, 1] - logits[:, 0], np.float64)
    sign = np.where(pain, 1.0, -1.0)

    def cost(parameters: NDArray[np.float64]) -> float:
        log_temperature, shift = parameters
        return float(np.logaddexp(0, -sign * (margin / np.exp(log_temperature) + shift)).mean())

    bounds = [(float(np.log(TEMPERATURES[0])), float(np.log(TEMPERATURES[1]))), (-SHIFT, SHIFT)]
    log_temperature, shift = minimize(cost, np.zeros(2), bounds=bounds, method="L-BFGS-B").x
    return float(np.exp(log_temperature)), float(shift)


def is_at_an_end(temperature: float) -> bool:
    """Whether a fitted temperature lies at an end of TEMPERATURES, so that the most likely one may lie beyond.

    At the upper end the logits tell next to nothing, or the wrong thing; at the lower they are far too small.
    """
    return not TEMPERATURES[0] * 1.01 < temperature < TEMPERATURES[1] / 1.01


def tempered(logits: NDArray[np.floating[Any]], temperature: float) -> NDArray[np.float64]:
    """(N,) probability of pain: the softmax of logits (N, 2) over the temperature."""
    margin = np.clip((logits[:, 1] - logits[:, 0]) / temperature, -700, 700)
    return np.asarray(1 / (1 + np.exp(-margin)), np.float64)


def tempered_without_the_judged(
    logits: NDArray[np.floating[Any]], pain: NDArray[np.bool_], animals: NDArray[np.str_]
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """(N,) probabilities of pain, each animal's at the temperature fitted on all the others; and these temperatures.

    An animal whose others show one class only keeps the temperature 1. Where one animal at a time is left out, the
    networks that gave the others' logits were trained on this animal: that much of its truth remains.
    """
    probability = np.empty(len(pain))
    temperatures: dict[str, float] = {}
    for name in dict.fromkeys(animals.tolist()):
        here = animals == name
        both = pain[~here].any() and not pain[~here].all()
        temperatures[name] = fit_temperature(logits[~here], pain[~here]) if both else 1.0
        probability[here] = tempered(logits[here], temperatures[name])
    return probability, temperatures
