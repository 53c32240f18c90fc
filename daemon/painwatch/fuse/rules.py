"""How the scores of several cameras at one moment become one answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, assert_never

Rule = Literal["sum", "mean", "max", "log_odds"]

CERTAIN = 1e-6
"""`log_odds` takes no score as nearer to 0 or 1 than this: one camera must not outvote all others for ever."""


def fuse_scores(scores: Sequence[float], rule: Rule, decision_threshold: float) -> tuple[float, bool]:
    """Pain probability of a moment (0..1), and whether it counts as pain.

    Args:
        scores: probability of pain from each camera that saw a face, each 0..1, at least one.
        rule:
            sum: after Kobayashi et al. 2025: the probabilities of pain and those of no pain are summed over the
                cameras, the larger sum wins. The probability is pain's share of both sums. `decision_threshold` is
                not used. A tie, which the paper leaves open, counts as pain: a doubtful animal is looked at.
            mean: arithmetic mean.
            max: the camera that is surest of pain; a grimace may be plain from one side only.
            log_odds: sum of the scores' logits, as if the cameras were independent witnesses and pain as likely as
                not beforehand. Two views of one face are not independent, so this is surer than it should be.
        decision_threshold: probability at or above which the other rules say pain.

    One score is returned as it is, by every rule.
    """
    if not scores:
        raise ValueError("there is nothing to fuse without a score")
    probability = scores[0] if len(scores) == 1 else _joint(scores, rule)
    return probability, probability >= (0.5 if rule == "sum" else decision_threshold)


def _joint(scores: Sequence[float], rule: Rule) -> float:
    # fsum is exact before it rounds, so the order of the cameras cannot change the last bit.
    match rule:
        case "sum":
            pain, no_pain = math.fsum(scores), math.fsum(1.0 - score for score in scores)
            return pain / (pain + no_pain)
        case "mean":
            return min(1.0, math.fsum(scores) / len(scores))
        case "max":
            return max(scores)
        case "log_odds":
            clipped = [min(max(score, CERTAIN), 1.0 - CERTAIN) for score in scores]
            logit = math.fsum(math.log(score) - math.log1p(-score) for score in clipped)
            return 1.0 / (1.0 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1.0 + math.exp(logit))
        case _:
            assert_never(rule)
