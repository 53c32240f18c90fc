"""The Reduce expression by what Grafana's documentation and tests say of it."""

from __future__ import annotations

import math

import pytest

from grafana_semantics.reducing import Mode, Reduction, reduced
from grafana_semantics.values import EvaluationError, NoData, Number, Scalar, Series

CAGE = (("cage", "cage-1"),)


def of(by: str, *values: float | None, mode: Mode = "", replace_with: float = 0.0) -> float | None:
    (number,) = reduced((Series(CAGE, tuple(range(len(values))), values),), Reduction(by, mode, replace_with))
    assert isinstance(number, Number)
    assert number.labels == CAGE
    return number.value


@pytest.mark.parametrize(
    ("by", "expected"), [("sum", 6), ("mean", 2), ("min", 1), ("max", 3), ("count", 3), ("last", 2)]
)
def test_numbers_alone(by: str, expected: float) -> None:
    assert of(by, 1.0, 3.0, 2.0) == expected


@pytest.mark.parametrize("by", ["sum", "mean", "min", "max"])
@pytest.mark.parametrize("broken", [None, math.nan])
def test_a_null_or_nan_makes_the_strict_number_nan(by: str, broken: float | None) -> None:
    found = of(by, 1.0, broken)
    assert found is not None
    assert math.isnan(found)


def test_a_strict_count_counts_nulls_and_a_strict_last_is_null() -> None:
    assert of("count", 1.0, None, math.nan) == 3
    assert of("last", 1.0, None) is None


@pytest.mark.parametrize(
    ("by", "expected"), [("sum", 3), ("mean", 1.5), ("min", 1), ("max", 2), ("count", 2), ("last", 2)]
)
def test_what_is_no_number_is_dropped(by: str, expected: float) -> None:
    assert of(by, 1.0, None, math.nan, math.inf, -math.inf, 2.0, None, mode="dropNN") == expected


@pytest.mark.parametrize(
    ("by", "expected"), [("sum", 0), ("mean", None), ("min", None), ("max", None), ("count", 0), ("last", None)]
)
def test_of_nothing_but_what_is_dropped_null_is_left(by: str, expected: float | None) -> None:
    assert of(by, None, math.nan, math.inf, mode="dropNN") == expected
    assert of(by, mode="dropNN") == expected


def test_what_is_no_number_is_replaced() -> None:
    assert of("sum", 1.0, None, math.inf, mode="replaceNN", replace_with=5) == 11
    assert of("max", mode="replaceNN", replace_with=5) == 5


def test_no_data_stays_and_a_number_passes() -> None:
    assert reduced((NoData(),), Reduction("min")) == (NoData(),)
    assert reduced((Number(CAGE, 1.0),), Reduction("min")) == (Number(CAGE, 1.0),)
    assert reduced((Number(CAGE, None), Number((), 2.0)), Reduction("min", "dropNN")) == (Number((), 2.0),)


def test_what_cannot_be_reduced_fails() -> None:
    with pytest.raises(EvaluationError, match="scalar"):
        reduced((Scalar(1.0),), Reduction("min"))
    with pytest.raises(EvaluationError, match="mode not implemented"):
        of("mode", 1.0)
