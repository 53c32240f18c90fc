"""The Math expression by what Grafana's documentation and tests say of it."""

from __future__ import annotations

import math

import pytest

from grafana_semantics.maths import binary, worked_out
from grafana_semantics.maths_text import Binary, Constant, Variable, parsed, variables
from grafana_semantics.values import EvaluationError, NoData, Number, Scalar, Series, Value, Values


def series(cage: str, *values: float | None, begin: int = 0) -> Series:
    return Series((("cage", cage),), tuple(range(begin, begin + len(values))), values)


def number(value: float | None, **labels: str) -> Number:
    return Number(tuple(sorted(labels.items())), value)


def of(text: str, **parts: Value | Values) -> Values:
    known = {name: part if isinstance(part, tuple) else (part,) for name, part in parts.items()}
    return worked_out(parsed(text), known)


def test_what_binds_tighter() -> None:
    assert parsed("$A + 2 * 3") == Binary("+", Variable("A"), Binary("*", Constant(2), Constant(3)))
    assert of("1 + 2 * 3 ** 2 > 18 && 1 || 0") == (Scalar(1.0),)
    assert of("10 - 4 - 3") == (Scalar(3.0),)
    assert of("(10 - (4 - 3)) % 4") == (Scalar(1.0),)
    assert of("!0 + -2") == (Scalar(-1.0),)
    assert of(".5e1 + 0x10") == (Scalar(21.0),)
    assert variables(parsed("abs($A) + ${B c} * $A")) == ("A", "B c")


@pytest.mark.parametrize("text", ["", "1 +", "(1", "1 2", "$", "$A >-1", "2 *-1", "sin(1)", "1 = 1", "abs 1", "#"])
def test_what_grafana_would_refuse(text: str) -> None:
    with pytest.raises(EvaluationError):
        of(text, A=Number((), 1.0))


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(EvaluationError, match="dependent node 'B'"):
        of("$A + $B", A=number(1))


def test_divisions() -> None:
    assert binary("/", 1, 0) == math.inf
    assert binary("/", -1, 0) == -math.inf
    assert math.isnan(binary("/", 0, 0))
    assert math.isnan(binary("%", 1, 0))
    assert math.isnan(binary("**", -1, 0.5))


def test_nan_is_not_overcome_but_by_what_decides_alone() -> None:
    assert math.isnan(binary("+", 1, math.nan))
    assert math.isnan(binary(">", math.nan, 1))
    assert binary("||", 1, math.nan) == 1
    assert binary("&&", 0, math.nan) == 0
    assert math.isnan(binary("&&", 1, math.nan))
    assert binary("||", math.nan, 0) == 1


def test_null_gives_null_and_null_in_a_function_nan() -> None:
    assert of("$A > 0", A=number(None)) == (number(None),)
    assert of("$A + null()", A=number(1)) == (number(None),)
    assert of("is_null($A) + is_number($A)", A=number(None)) == (number(1.0),)
    (absolute,) = of("abs($A)", A=number(None))
    assert isinstance(absolute, Number)
    assert absolute.value is not None
    assert math.isnan(absolute.value)
    assert of("!$A", A=number(None)) == (number(None),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(-2)", 2),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("ceil(1.2)", 2),
        ("floor(-1.2)", -2),
        ("is_nan(nan())", 1),
        ("is_inf(infn())", 1),
        ("log(1)", 0),
        ("is_number(inf())", 0),
    ],
)
def test_functions(text: str, expected: float) -> None:
    assert of(text) == (Scalar(float(expected)),)


def test_series_meet_at_equal_times_and_keep_their_order() -> None:
    left, right = series("1", 1.0, 2.0, None), series("1", 10.0, 20.0, begin=1)
    assert of("$A + $B", A=left, B=right) == (Series((("cage", "1"),), (1, 2), (12.0, None)),)
    backwards = Series((("cage", "1"),), (2, 1), (5.0, 6.0))
    assert of("$A * $B", A=backwards, B=number(2, cage="1")) == (Series((("cage", "1"),), (2, 1), (10.0, 12.0)),)
    assert of("1 - $A", A=backwards) == (Series((("cage", "1"),), (2, 1), (-4.0, -5.0)),)


def test_what_goes_together_by_labels() -> None:
    """Grafana's own table of unions: pkg/expr/mathexp/union_test.go."""
    one, two, three = number(1, id="1"), number(2, id="2"), number(3, id="3")
    assert of("$A + $B", A=one, B=number(2, id="1")) == (number(3.0, id="1"),)
    assert of("$A + $B", A=one, B=two) == (number(3.0),), "one on each side: whatever the labels, and without them"
    assert of("$A + $B", A=(one, three), B=two) == ()
    assert of("$A + $B", A=(), B=two) == ()
    fish = (number(5, id="1", fish="herring"), number(6, id="1", fish="red snapper"))
    assert of("$A + $B", A=one, B=fish) == (
        number(6.0, id="1", fish="herring"),
        number(7.0, id="1", fish="red snapper"),
    )
    assert of("$A + $B", A=number(1), B=(one, two)) == (number(2.0, id="1"), number(3.0, id="2"))
    assert of("$A + $B", A=(number(1, ID="1"), number(1, ID="3")), B=fish[0]) == ()
    many = (number(1, id="1"), number(2, id="1", fish="herring"))
    assert of("$A + $B", A=many, B=fish) == (
        number(6.0, id="1", fish="herring"),
        number(7.0, id="1", fish="red snapper"),
        number(7.0, id="1", fish="herring"),
    )


def test_a_series_that_the_other_side_lacks_is_dropped() -> None:
    assert of("$A + $B", A=(number(1, id="1"), number(2, id="2")), B=(number(1, id="1"),)) == (number(2.0, id="1"),)


def test_no_data_of_a_part_is_no_data_of_all() -> None:
    assert of("$A + $B", A=(number(1, id="1"), number(2, id="2")), B=NoData()) == (NoData(),)
    assert of("$A > 1", A=NoData()) == (NoData(),)
    assert of("-abs($A)", A=NoData()) == (NoData(),)
