"""The two-stage rule, by constructed sheets and by laws that hold for every sheet."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painwatch_engines.data.labels.two_stage import Settled, grade_image, settle_unit

SCORES = st.sampled_from([None, 0, 1, 2])
FIRST = st.lists(SCORES, max_size=5)
SECOND = st.lists(SCORES, max_size=3)


@pytest.mark.parametrize(
    ("first", "second", "settled"),
    [
        ([2, 2, 2, 2, 2], [], Settled(2, 1)),
        ([1, 1, 1, 1, 0], [], Settled(1, 1)),
        ([1, 1, 1, 1, None], [0, 0, 0], Settled(1, 1)),  # stage 1 decides; stage 2 is not looked at
        ([1, 1, 1, 0, 0], [], None),  # three of five are not enough
        ([1, 1, 1, 0, 0], [1, 1, 2], Settled(1, 2)),  # five of eight are
        ([1, 1, 1, 0, 0], [1, 0, 0], None),  # a tie, four and four
        ([1, 1, 0, 0, 2], [1, 1, 1], Settled(1, 2)),
        ([1, 1, 0, 0, None], [1, 1, None], None),  # four of eight
        ([None] * 5, [], None),  # they agree on nothing
        ([None] * 5, [1, 1, 1], None),  # three scores at all
        ([0, 0, None, None, None], [0, 0, 0], Settled(0, 2)),
        ([0, 0, 0, 0], [], Settled(0, 1)),  # one rater missing counts as uncertain
        ([], [], None),
    ],
)
def test_constructed_sheets(first: list[int | None], second: list[int | None], settled: Settled | None) -> None:
    assert settle_unit(first, second) == settled


@pytest.mark.parametrize(
    ("accepted", "grade"),
    [
        ([0, 0, 0, 0], 0),
        ([1, 0, 0, 0], 0),
        ([1, 1, 0, 0], 1),  # 0.5 rounds up
        ([2, 2, 1, 1], 2),  # 1.5 rounds up
        ([2, 1, 1, 1], 1),
        ([1, 0, 0, None], 0),  # a third, of three units
        ([1, 1, 0, None], 1),
        ([2, 2, 1, None], 2),
        ([2, 2, None, None], None),  # two units are not enough
        ([None] * 4, None),
    ],
)
def test_grades(accepted: list[int | None], grade: int | None) -> None:
    assert grade_image(accepted) == grade


@pytest.mark.parametrize(("first", "second"), [([0] * 6, []), ([0] * 5, [0] * 4), ([3], []), ([0], [-1])])
def test_other_panels_and_scores_are_refused(first: list[int], second: list[int]) -> None:
    with pytest.raises(ValueError):
        settle_unit(first, second)


@given(FIRST, SECOND, st.randoms())
def test_the_order_of_raters_does_not_matter(first, second, random) -> None:
    turned = [random.sample(scores, len(scores)) for scores in (first, second)]
    assert settle_unit(*turned) == settle_unit(first, second)


@given(FIRST, SECOND)
def test_what_is_settled_was_said_often_enough(first, second) -> None:
    settled = settle_unit(first, second)
    by_hand = {value for value in (0, 1, 2) if first.count(value) >= 4 or (first + second).count(value) >= 5}
    if settled is None:
        assert not by_hand
    elif settled.stage == 1:
        assert first.count(settled.severity) >= 4
    else:
        assert max(first.count(value) for value in (0, 1, 2)) < 4
        assert (first + second).count(settled.severity) >= 5


@given(FIRST, SECOND)
def test_an_uncertain_rater_is_as_good_as_none(first, second) -> None:
    certain = [[score for score in scores if score is not None] for scores in (first, second)]
    assert settle_unit(*certain) == settle_unit(first, second)


@given(FIRST, SECOND, st.permutations([0, 1, 2]))
def test_scores_are_only_names_until_the_mean(first, second, names) -> None:
    renamed = [[None if score is None else names[score] for score in scores] for scores in (first, second)]
    was, now = settle_unit(first, second), settle_unit(*renamed)
    assert now == (None if was is None else Settled(names[was.severity], was.stage))


@given(st.lists(SCORES, min_size=4, max_size=4), st.randoms())
def test_the_grade_is_the_rounded_mean_in_any_order(accepted, random) -> None:
    known = [severity for severity in accepted if severity is not None]
    grade = grade_image(random.sample(accepted, 4))
    assert (grade is None) == (len(known) < 3)
    if grade is not None:
        mean = Fraction(sum(known), len(known))
        assert Fraction(-1, 2) <= mean - grade < Fraction(1, 2)
