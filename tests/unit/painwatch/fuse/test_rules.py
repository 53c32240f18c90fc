"""The fusion rules against the published method and against hand-made cases."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch.core.types import Status
from painwatch.fuse.rules import Rule, fuse_scores
from painwatch.fuse.status import PRECEDENCE, fused_status

RULES: tuple[Rule, ...] = ("sum", "mean", "max", "log_odds")
probabilities = st.floats(0, 1)
some = st.lists(probabilities, min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("scores", "probability", "pain"),
    [
        ((0.9, 0.2), 0.55, True),  # pain 1.1 against no pain 0.9
        ((0.8, 0.1), 0.45, False),  # pain 0.9 against no pain 1.1
        ((0.6, 0.6), 0.6, True),
        ((0.75, 0.25), 0.5, True),  # a tie
        ((1.0, 0.0), 0.5, True),
        ((0.0, 0.0), 0.0, False),
        ((0.3,), 0.3, False),  # one face: that one
        ((0.7,), 0.7, True),
    ],
)
def test_the_published_rule_for_two_cameras(scores: tuple[float, ...], probability: float, pain: bool) -> None:
    fused, verdict = fuse_scores(scores, "sum", 0.99)
    assert fused == pytest.approx(probability)
    assert verdict is pain


@pytest.mark.parametrize(
    ("rule", "scores", "probability"),
    [
        ("mean", (0.2, 0.3, 0.7), 0.4),
        ("max", (0.2, 0.3, 0.7), 0.7),
        ("log_odds", (0.8, 0.8), 16 / 17),  # odds 4 * 4
        ("log_odds", (0.8, 0.2), 0.5),
        ("log_odds", (0.9, 0.5), 0.9),  # a camera that does not know says nothing
    ],
)
def test_the_other_rules_by_hand(rule: Rule, scores: tuple[float, ...], probability: float) -> None:
    fused, pain = fuse_scores(scores, rule, 0.45)
    assert fused == pytest.approx(probability)
    assert pain is (probability >= 0.45)


def test_a_camera_that_is_certain_does_not_outvote_two_that_are_nearly_so() -> None:
    fused, pain = fuse_scores((1.0, 1e-5, 1e-5), "log_odds", 0.5)
    assert 0 < fused < 0.5
    assert pain is False


@pytest.mark.parametrize("rule", RULES)
@given(scores=some)
def test_a_fused_score_is_a_probability_whatever_the_order_of_the_cameras(rule: Rule, scores: list[float]) -> None:
    fused, _ = fuse_scores(scores, rule, 0.5)
    assert 0.0 <= fused <= 1.0
    assert all(fuse_scores(other, rule, 0.5)[0] == fused for other in permutations(scores[:4]) if len(scores) <= 4)
    if rule != "log_odds":
        assert min(scores) - 1e-12 <= fused <= max(scores) + 1e-12


@pytest.mark.parametrize("rule", RULES)
@given(score=probabilities)
def test_one_camera_is_taken_at_its_word(rule: Rule, score: float) -> None:
    fused, pain = fuse_scores([score], rule, 0.5)
    assert (fused, pain) == (score, score >= 0.5)


@given(scores=some)
def test_the_larger_sum_wins(scores: list[float]) -> None:
    pain, no_pain = math.fsum(scores), math.fsum(1 - score for score in scores)
    if abs(pain - no_pain) > 1e-9:
        assert fuse_scores(scores, "sum", 0.5)[1] is (pain > no_pain)


def test_nothing_cannot_be_fused() -> None:
    with pytest.raises(ValueError, match="without a score"):
        fuse_scores([], "sum", 0.5)


def test_one_camera_that_scores_is_enough() -> None:
    assert all(fused_status([other, Status.OK]) is Status.OK for other in Status)


def test_an_animal_that_turns_away_hides_no_broken_camera() -> None:
    for fault in set(Status) - {Status.OK, Status.NO_FACE}:
        assert fused_status([Status.NO_FACE, fault]) is fault
    assert fused_status([Status.NO_FACE, Status.NO_FACE]) is Status.NO_FACE


def test_every_status_has_its_place() -> None:
    assert set(PRECEDENCE) == set(Status)
