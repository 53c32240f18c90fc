"""The Threshold expression, with its table for recovery thresholds from Grafana's hysteresis_test.go."""

from __future__ import annotations

import math

import pytest

from grafana_semantics.thresholds import Comparison, Condition, beyond
from grafana_semantics.values import EvaluationError, Labels, NoData, Number, Scalar, Series


def label(name: int) -> Labels:
    return (("label", f"value{name}"),)


NUMBERS = tuple(Number(label(n), value) for n, value in enumerate((101.0, 100.0, 99.0, 31.0, 30.0, 29.0), 1))


def judged(*loaded: int, unload: Comparison | None = None) -> dict[Labels, float | None]:
    condition = Condition(Comparison("gt", (100,)), unload)
    found = beyond(NUMBERS, condition, {label(n) for n in loaded})
    return {value.labels: value.value for value in found if isinstance(value, Number)}


def test_a_plain_threshold() -> None:
    assert judged() == {label(n): float(n == 1) for n in range(1, 7)}


def test_what_was_raised_stays_so_until_it_meets_the_recovery_threshold() -> None:
    """Grafana's table says that of 31, 30 and 29 above a load of 100 only 31 stays, unloaded at 30 and less."""
    unload = Comparison("lte", (30,))
    assert judged(unload=unload) == judged()
    assert judged(4, 5, 6, unload=unload) == judged() | {label(4): 1.0, label(5): 0.0, label(6): 0.0}


def test_nothing_and_null() -> None:
    condition = Condition(Comparison("gt", (0,)), Comparison("lt", (0,)))
    assert beyond((NoData(),), condition, {label(1)}) == (NoData(),)
    assert beyond((), condition, frozenset()) == (NoData(),)
    assert beyond((Number(label(1), None),), condition, {label(1)}) == (Number(label(1), None),)
    assert beyond((Scalar(1.0),), Condition(Comparison("gt", (0,))), frozenset()) == (Scalar(1.0),)
    points = Series(label(1), (1, 2), (1.0, None))
    assert beyond((points,), Condition(Comparison("gt", (0,))), frozenset()) == (points,)


def test_nan_is_above_and_below_nothing_but_does_not_recover() -> None:
    nan = (Number(label(1), math.nan),)
    hysteresis = Condition(Comparison("gt", (0,)), Comparison("lt", (0,)))
    assert beyond(nan, hysteresis, frozenset()) == (Number(label(1), 0.0),)
    assert beyond(nan, hysteresis, {label(1)}) == (Number(label(1), 1.0),)


@pytest.mark.parametrize(
    ("kind", "held"),
    [("gt", (3,)), ("gte", (2, 3)), ("lt", (1,)), ("lte", (1, 2)), ("eq", (2,)), ("ne", (1, 3))],
)
def test_comparisons_with_one_number(kind: str, held: tuple[int, ...]) -> None:
    assert tuple(n for n in (1, 2, 3) if Comparison(kind, (2,)).holds(n)) == held


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("within_range", (3,)),
        ("within_range_included", (2, 3, 4)),
        ("outside_range", (1, 5)),
        ("outside_range_included", (1, 2, 4, 5)),
    ],
)
def test_comparisons_with_a_range(kind: str, held: tuple[int, ...]) -> None:
    assert tuple(n for n in range(1, 6) if Comparison(kind, (2, 4)).holds(n)) == held


def test_no_other_comparison() -> None:
    with pytest.raises(EvaluationError, match="no_value"):
        Comparison("no_value", (1,)).holds(1)
