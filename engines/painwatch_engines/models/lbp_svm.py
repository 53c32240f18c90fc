"""Local binary patterns and a linear support vector machine: the hand-made baselines of Liu et al. 2025.

Fitted by scikit-learn, kept and exported as a torch module. The histograms' bins, their scale and the probability are
NOT PUBLISHED: uniform codes, shares of each cell's pixels, and Platt scaling are chosen, the last without its offset:
a probability of 0.5 is the machine's own decision, which the paper's figures are of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.errors import DataError
from painwatch_engines.models.lbp import LbpHistograms
from painwatch_engines.models.method import Method, Outputs
from painwatch_engines.models.resnet18 import cross_entropy, plain_answer
from painwatch_engines.models.settings import MethodSettings, SvmSettings, shipped_settings

PAIN = LABELS.index("pain")

SMALLEST_SLOPE = 1e-3
"""Of a probability by a score; above zero, so that the decision stays the machine's."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedSvm:
    """A fitted machine.

    Attributes:
        weights: (D,) of the histogram.
        bias: so that weights . histogram + bias > 0 is pain.
        slope: of the probability, 1 / (1 + exp(-slope * score)).
        scored_unseen: whether the slope comes from scores of animals that were left out; with one animal only, or
            where leaving one out leaves one label, it comes from the training faces and is no measure of certainty.
    """

    weights: NDArray[np.float32]
    bias: float
    slope: float
    scored_unseen: bool


class LbpSvm(nn.Module):
    """Histograms, one linear layer whose value is the machine's decision function, and the probability of it."""

    def __init__(self, settings: MethodSettings) -> None:
        super().__init__()
        if settings.lbp is None or settings.svm is None:
            raise ValueError("a support vector machine on LBP needs the settings lbp and svm")
        self.histograms = LbpHistograms(settings.lbp)
        self.score = nn.Linear(self.histograms.length, 1)
        self.slope = nn.Parameter(torch.ones(()))

    def forward(self, faces: Tensor) -> Outputs:
        """(N, 3, S, S) normalised RGB to Outputs.

        Returns:
            logits: (N, 2) in LABELS order.
            score: (N,) the decision function, pain above 0.
            histograms: (N, D). They are no `features`: too long to measure how new a face is by.
        """
        histograms = self.histograms(faces)
        score = self.score(histograms)
        logit = self.slope * score
        logits = torch.cat([-logit / 2, logit / 2], dim=1)
        return {"logits": logits, "score": score.squeeze(1), "histograms": histograms}

    def install(self, fitted: FittedSvm) -> None:
        """Take over a fitted machine."""
        with torch.no_grad():
            self.score.weight.copy_(torch.from_numpy(fitted.weights)[None])
            self.score.bias.fill_(fitted.bias)
            self.slope.fill_(fitted.slope)


def lbp_svms() -> Iterator[Method]:
    """The six of the paper: radius 1 and 3, grids of 4, 8 and 16 cells a side."""
    for radius in (1, 3):
        for grid in (4, 8, 16):
            name = f"lbp_r{radius}p8_{grid}x{grid}"
            title = f"LBP R{radius}P8 {grid}x{grid}"
            yield Method(name, title, shipped_settings(name), "svm", _build, cross_entropy, plain_answer)


def fit_svm(
    histograms: NDArray[np.float32], labels: NDArray[np.int64], animals: NDArray[np.str_], settings: SvmSettings
) -> FittedSvm:
    """Fit the machine on all faces, and its probability on scores of animals left out in turn (Platt 1999).

    Args:
        histograms: (N, D).
        labels: (N,) index into LABELS.
        animals: (N,) of each face.
        settings: of the machine.

    Raises:
        DataError: if a face has no label, or all have the same.
    """
    if set(np.unique(labels).tolist()) != {0, 1}:
        mend = "Train on labelled faces of both kinds."
        raise DataError("a support vector machine needs faces with pain and without", "training faces", mend)
    # The products of all pairs once; each fit then sees only those, however long the histograms are.
    exact = histograms.astype(np.float64)
    products = exact @ exact.T
    del exact
    everything = np.arange(len(labels))
    dual, bias = _fit(products, labels, everything, settings)
    honest = scores_unseen(labels, animals, settings)
    if honest:
        scores, scored = _left_out_scores(products, labels, animals, settings)
    else:
        scores, scored = products @ dual + bias, everything
    slope = platt_slope(scores[scored], labels[scored] == PAIN)
    weights = (dual @ histograms).astype(np.float32)
    return FittedSvm(weights, bias, slope, scored_unseen=honest)


def scores_unseen(labels: NDArray[np.int64], animals: NDArray[np.str_], settings: SvmSettings) -> bool:
    """Whether leaving animals out in turn gives scores of both kinds of faces; see FittedSvm.scored_unseen."""
    scored = [left_out for _, left_out in _folds(labels, animals, settings)]
    return bool(scored) and len(np.unique(labels[np.concatenate(scored)])) == 2


def most_faces(length: int, free_bytes: int) -> int:
    """How many faces a machine can be fitted to in so much memory.

    N faces with histograms of length D take 16 N D bytes (float32 as parts and whole, and float64 for the products)
    and 24 N N (float64 products of all pairs, those of one fit, and scikit-learn's copy of these).
    """
    return int((math.sqrt((16 * length) ** 2 + 4 * 24 * free_bytes) - 16 * length) / (2 * 24))


def platt_slope(scores: NDArray[np.float64], pain: NDArray[np.bool_]) -> float:
    """Slope of the most likely logistic curve through 0.5 at 0, for targets drawn in a little from 0 and 1.

    Targets (n + 1) / (n + 2) of the n faces with pain and 1 / (n + 2) of those without (Platt 1999): scores that part
    the two kinds without a fault still get a finite slope. Scores that are worse than chance get SMALLEST_SLOPE, so
    that every probability is near 0.5.
    """
    from sklearn.linear_model import LogisticRegression

    targets = np.where(pain, (pain.sum() + 1) / (pain.sum() + 2), 1 / ((~pain).sum() + 2))
    twice, kinds = np.tile(scores, 2)[:, None], np.repeat([1, 0], len(scores))
    curve = LogisticRegression(C=np.inf, fit_intercept=False, max_iter=1000)
    curve.fit(twice, kinds, np.concatenate([targets, 1 - targets]))
    return max(SMALLEST_SLOPE, float(curve.coef_[0, 0]))


def _fit(
    products: NDArray[np.float64], labels: NDArray[np.int64], rows: NDArray[np.int64], settings: SvmSettings
) -> tuple[NDArray[np.float64], float]:
    """(N,) weight of each face, zero but for the support vectors, and the bias."""
    from sklearn.svm import SVC

    machine = SVC(C=settings.c, kernel="precomputed").fit(products[np.ix_(rows, rows)], labels[rows])
    dual = np.zeros(len(labels))
    dual[rows[machine.support_]] = machine.dual_coef_[0]
    return dual, float(machine.intercept_[0])


def _left_out_scores(
    products: NDArray[np.float64], labels: NDArray[np.int64], animals: NDArray[np.str_], settings: SvmSettings
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores of faces by machines that never saw their animal, and the rows that got one."""
    scores = np.zeros(len(labels))
    scored: list[NDArray[np.int64]] = []
    for training, left_out in _folds(labels, animals, settings):
        dual, bias = _fit(products, labels, training, settings)
        scores[left_out] = products[left_out] @ dual + bias
        scored.append(left_out)
    return scores, np.sort(np.concatenate(scored))


def _folds(
    labels: NDArray[np.int64], animals: NDArray[np.str_], settings: SvmSettings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to fit by and rows of the animals left out, wherever a machine can be fitted without them."""
    from sklearn.model_selection import GroupKFold

    parts = min(settings.folds, len(set(animals.tolist())))
    folds = GroupKFold(parts).split(labels, labels, animals) if parts > 1 else ()
    return [(training, left_out) for training, left_out in folds if len(np.unique(labels[training])) == 2]


def _build(settings: MethodSettings, unit_names: tuple[str, ...]) -> nn.Module:  # noqa: ARG001
    return LbpSvm(settings)
