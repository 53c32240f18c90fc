"""Whether a compiled form answers as its model does: on pictures it was not calibrated with, held to limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import Card
from painwatch_engines.compile.pictures import Picture, squares
from painwatch_engines.errors import EngineError
from painwatch_engines.runtime import Runtime
from painwatch_engines.squares import half
from painwatch_engines.units import severities

DECISION = 0.5
"""Probability of pain at which a decision flips."""

SEEN = 0.9
"""Likelihood from which on a keypoint counts as seen, as the crop rule asks for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a compiled form may differ by to be admitted. Fractions are of the pictures (of the points, for poses).

    Attributes:
        flips: pictures whose decision at DECISION differs (or whose novelty is told otherwise, or of which only one can
            score any action unit); points seen, or units scored, by one and not by the other.
        p99: 99th percentile of the difference of the probability of pain.
        px: 99th percentile of the distance of points that the model sees, px of the network's picture.
        likelihood_p99: 99th percentile of the difference of a point's likelihood.
        severity_p99: 99th percentile of the difference of the severity, 0..2, of action units that both score.
    """

    flips: float = 0.01
    p99: float = 0.03
    px: float = 1.0
    likelihood_p99: float = 0.05
    severity_p99: float = 0.1


@dataclass(frozen=True, slots=True)
class Parity:
    """Measured differences, by name, and which of them are beyond the limits (as told to a person)."""

    figures: dict[str, float]
    limits: dict[str, float]
    beyond: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:.4g}" for name, value in self.figures.items())


def parity(model: Runtime, compiled: Runtime, pictures: Sequence[Picture], card: Card, limits: Limits) -> Parity:
    """Compare both on every picture, one at a time as live; keypoints also on the parts of it that the watch asks for.

    Args:
        model: the float32 ONNX model in ONNX Runtime.
        card: of the model.

    Raises:
        EngineError: one of them fails, gives another shape or numbers that are not finite, or nothing can be compared.
    """
    if card.kind == "keypoints":
        return _compare_searches(model, compiled, pictures, card.input.name, limits)
    expected, got = _both(model, compiled, card.input.name, _answered(card), pictures)
    pain = LABELS.index("pain")
    found = compare_probabilities(expected["probabilities"][:, pain], got["probabilities"][:, pain], limits)
    if card.novelty is not None:
        # A face that only one of them takes for unlike its training faces is scored by one and not by the other.
        unlike = [answers["novelty"] > card.novelty.threshold for answers in (expected, got)]
        flips = {"novelty flips": float(np.mean(unlike[0] != unlike[1]))}
        found = _judged(found.figures | flips, found.limits | {"novelty flips": limits.flips})
    if card.units:
        units = compare_units(expected["units"], got["units"], limits)
        found = _judged(found.figures | units.figures, found.limits | units.limits)
    return found


def compare_probabilities(
    expected: NDArray[np.floating[Any]], got: NDArray[np.floating[Any]], limits: Limits
) -> Parity:
    """Both (N,), probability of pain."""
    apart = np.abs(expected - got)
    figures = {
        "max |dp|": float(apart.max()),
        "p99 |dp|": float(np.quantile(apart, 0.99)),
        "flips": float(np.mean((expected >= DECISION) != (got >= DECISION))),
    }
    return _judged(figures, {"p99 |dp|": limits.p99, "flips": limits.flips})


def compare_units(expected: NDArray[np.floating[Any]], got: NDArray[np.floating[Any]], limits: Limits) -> Parity:
    """Both (N, units, 4): chances of the severities 0, 1 and 2, and of being unscorable.

    A face of which no unit can be scored is not judged, whatever its probability of pain.

    Raises:
        EngineError: the model can score no unit of any of the pictures.
    """
    wanted, given = severities(expected), severities(got)
    scored, told = ~np.isnan(wanted), ~np.isnan(given)
    if not scored.any():
        mend = "Give faces whose action units can be seen: --faces FOLDER."
        raise EngineError("the model can score no action unit of any of the pictures", "parity", mend)
    # Where the two score no unit in common the flips tell it.
    apart = np.abs(wanted - given)[scored & told]
    figures = {
        "p99 |ds|": float(np.quantile(apart, 0.99)) if apart.size else 0.0,
        "unit flips": float(np.mean(scored != told)),
        "unscorable flips": float(np.mean(scored.any(axis=1) != told.any(axis=1))),
    }
    held_to = {"p99 |ds|": limits.severity_p99, "unit flips": limits.flips, "unscorable flips": limits.flips}
    return _judged(figures, held_to)


def compare_poses(expected: NDArray[np.floating[Any]], got: NDArray[np.floating[Any]], limits: Limits) -> Parity:
    """Both (N, K, 3): x, y in px, likelihood. Distances count where the model sees the point: a hidden one is put
    where a hair's breadth decides.

    Raises:
        EngineError: the model sees no point on any of the pictures.
    """
    seen = expected[..., 2] >= SEEN
    if not seen.any():
        mend = "Give frames with animals that the model finds: --faces FOLDER."
        raise EngineError("the model sees no keypoint on any of the pictures", "parity", mend)
    distance = np.linalg.norm(expected[..., :2] - got[..., :2], axis=-1)[seen]
    apart = np.abs(expected[..., 2] - got[..., 2])
    figures = {
        "max px": float(distance.max()),
        "p99 px": float(np.quantile(distance, 0.99)),
        "p99 |dl|": float(np.quantile(apart, 0.99)),
        "flips": float(np.mean(seen != (got[..., 2] >= SEEN))),
    }
    held_to = {"p99 px": limits.px, "p99 |dl|": limits.likelihood_p99, "flips": limits.flips}
    return _judged(figures, held_to)


def _compare_searches(
    model: Runtime, compiled: Runtime, pictures: Sequence[Picture], name: str, limits: Limits
) -> Parity:
    """Whole frames, frames at half their scale, and squares of them, each held to the limits by itself; told is the
    worst of the three. Only in whole frames must the model see something."""
    expected, got = _both(model, compiled, name, ("poses",), pictures)
    found = [compare_poses(expected["poses"], got["poses"], limits)]
    for parts in ([half(picture) for picture in pictures], squares(pictures, expected["poses"], SEEN)):
        if not parts:
            continue
        wanted, given = _both(model, compiled, name, ("poses",), parts)
        if (wanted["poses"][..., 2] >= SEEN).any():
            found.append(compare_poses(wanted["poses"], given["poses"], limits))
    worst = {figure: max(each.figures[figure] for each in found) for figure in found[0].figures}
    return _judged(worst, found[0].limits)


def _both(
    model: Runtime, compiled: Runtime, name: str, outputs: Sequence[str], pictures: Sequence[Picture]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """What the model and what the compiled form answers, by output."""
    expected, got = (_answers(runtime, name, outputs, pictures) for runtime in (model, compiled))
    for output in outputs:
        if expected[output].shape != got[output].shape:
            what = f"it gives {output} as {got[output].shape} where the model gives {expected[output].shape}"
            raise EngineError(what, compiled.engine, "Use the model as it is.")
    return expected, got


def _answered(card: Card) -> tuple[str, ...]:
    """The outputs that decide what is said of a face."""
    return ("probabilities", *(("novelty",) if card.novelty else ()), *(("units",) if card.units else ()))


def _judged(figures: dict[str, float], limits: dict[str, float]) -> Parity:
    # Written so that a figure that is no number is beyond its limit too.
    beyond = tuple(
        f"{name} {figures[name]:.4g} > {most:g}" for name, most in limits.items() if not figures[name] <= most
    )
    return Parity(figures, limits, beyond)


def _answers(
    runtime: Runtime, name: str, outputs: Sequence[str], pictures: Sequence[Picture]
) -> dict[str, NDArray[np.float64]]:
    answers: dict[str, list[NDArray[np.float64]]] = {output: [] for output in outputs}
    for picture in pictures:
        told = runtime.run({name: picture[None]})
        for output, values in answers.items():
            if output not in told or not np.isfinite(told[output]).all():
                what = f"it gives no {output}, or some that are not finite"
                raise EngineError(what, runtime.engine, "Use the model as it is.")
            values.append(np.asarray(told[output], np.float64)[0])
    return {output: np.stack(values) for output, values in answers.items()}
