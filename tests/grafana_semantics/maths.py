"""Grafana's Math expressions, worked out. Pure.

Grafana 12, pkg/expr/mathexp/exp.go (State.walk, union, binaryOp, biScalarNumber, biSeriesNumber, biSeriesSeries) and
funcs.go.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from grafana_semantics.maths_text import Binary, Call, Constant, Node, Unary, Variable
from grafana_semantics.values import EvaluationError, Labels, NoData, Number, Scalar, Series, Value, Values, Variables


def worked_out(node: Node, of: Variables) -> Values:
    """The values of an expression; `of` gives those of the parts it names."""
    match node:
        case Constant():
            return (Scalar(node.value),)
        case Variable():
            if node.name not in of:
                raise EvaluationError(f"unable to find dependent node '{node.name}'")
            return of[node.name]
        case Unary():
            return tuple(_each(value, lambda v: _unary(node.operator, v)) for value in worked_out(node.of, of))
        case Call():
            return _call(node, of)
        case Binary():
            pairs = _union(worked_out(node.left, of), worked_out(node.right, of))
            return tuple(_joined(node.operator, left, right, labels) for left, right, labels in pairs)


def _union(left: Values, right: Values) -> list[tuple[Value, Value, Labels]]:
    """Which values go together: those of equal labels, or of which one has all labels of the other or none has any;
    what finds none is dropped. One on each side go together whatever their labels. exp.go: State.union.
    """
    if not left or not right:
        return []
    if (len(left) == 1 or len(right) == 1) and (isinstance(left[0], NoData) or isinstance(right[0], NoData)):
        return [(left[0], right[0], ())]
    lengths = {len(value.labels) for value in (*left, *right)}
    pairs = _of_equal_labels(left, right) if len(lengths) == 1 and 0 not in lengths else _of_any_labels(left, right)
    if not pairs and len(left) == len(right) == 1:
        return [(left[0], right[0], ())]
    return pairs


def _of_any_labels(left: Values, right: Values) -> list[tuple[Value, Value, Labels]]:
    pairs: list[tuple[Value, Value, Labels]] = []
    for a in left:
        for b in right:
            one, other = set(a.labels), set(b.labels)
            if one == other or not one or not other:
                pairs.append((a, b, a.labels or b.labels))
            elif len(one) != len(other) and (one > other or other > one):
                pairs.append((a, b, a.labels if one > other else b.labels))
    return pairs


def _of_equal_labels(left: Values, right: Values) -> list[tuple[Value, Value, Labels]]:
    """The same where all have as many labels, so that only equal ones go together; in less time for many cages."""
    same: dict[Labels, list[Value]] = {}
    for b in right:
        same.setdefault(b.labels, []).append(b)
    return [(a, b, a.labels) for a in left for b in same.get(a.labels, ())]


def _joined(operator: str, left: Value, right: Value, labels: Labels) -> Value:
    if isinstance(left, NoData) or isinstance(right, NoData):
        return NoData()
    if isinstance(left, Series) and isinstance(right, Series):
        theirs = dict(zip(right.times, right.values, strict=True))
        common = [(at, value) for at, value in zip(left.times, left.values, strict=True) if at in theirs]
        values = tuple(_of_two(operator, value, theirs[at]) for at, value in common)
        return Series(labels, tuple(at for at, _ in common), values)
    if isinstance(left, Series) and not isinstance(right, Series):
        constant = right.value
        return Series(labels, left.times, tuple(_of_two(operator, value, constant) for value in left.values))
    if isinstance(right, Series) and not isinstance(left, Series):
        constant = left.value
        return Series(labels, right.times, tuple(_of_two(operator, constant, value) for value in right.values))
    assert not isinstance(left, Series)
    assert not isinstance(right, Series)
    value = _of_two(operator, left.value, right.value)
    return Scalar(value) if isinstance(left, Scalar) and isinstance(right, Scalar) else Number(labels, value)


def _of_two(operator: str, left: float | None, right: float | None) -> float | None:
    """A null on either side gives null. exp.go: biScalarNumber."""
    return None if left is None or right is None else binary(operator, left, right)


def binary(operator: str, left: float, right: float) -> float:
    """exp.go: binaryOp. `||` and `&&` are decided by the first where that is enough, even beside NaN."""
    if operator == "||" and left != 0:
        return 1.0
    if operator == "&&" and left == 0:
        return 0.0
    if math.isnan(left) or math.isnan(right):
        return math.nan
    return _OPERATORS[operator](left, right)


def _divided(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (ValueError, OverflowError):
        return math.nan


_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "%": lambda a, b: math.nan if b == 0 else math.fmod(a, b),
    "**": _power,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    ">": lambda a, b: float(a > b),
    "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b),
    "<=": lambda a, b: float(a <= b),
    "||": lambda a, b: float(a != 0 or b != 0),
    "&&": lambda a, b: float(a != 0 and b != 0),
}


def _unary(operator: str, value: float | None) -> float | None:
    """exp.go: unaryOp. Null stays null, NaN stays NaN."""
    if value is None or math.isnan(value):
        return value
    return float(value == 0) if operator == "!" else -value


_CONSTANTS: dict[str, float | None] = {"nan": math.nan, "inf": math.inf, "infn": -math.inf, "null": None}

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "log": lambda v: math.log(v) if v > 0 else (-math.inf if v == 0 else math.nan),
    "round": lambda v: math.copysign(math.floor(abs(v) + 0.5), v) if math.isfinite(v) else v,
    "ceil": lambda v: float(math.ceil(v)) if math.isfinite(v) else v,
    "floor": lambda v: float(math.floor(v)) if math.isfinite(v) else v,
    "is_nan": lambda v: float(math.isnan(v)),
    "is_inf": lambda v: float(math.isinf(v)),
}


def _call(node: Call, of: Variables) -> Values:
    """funcs.go: null becomes NaN (perFloat) but for is_null and is_number, which know it (perNullableFloat)."""
    if node.name in _CONSTANTS:
        return (Scalar(_CONSTANTS[node.name]),)
    if node.of is None:
        raise EvaluationError(f"{node.name} of nothing")
    if node.name == "is_null":
        how: Callable[[float | None], float | None] = lambda v: float(v is None)  # noqa: E731
    elif node.name == "is_number":
        how = lambda v: float(v is not None and math.isfinite(v))  # noqa: E731
    else:
        function = _FUNCTIONS[node.name]
        how = lambda v: math.nan if v is None else function(v)  # noqa: E731
    return tuple(_each(value, how) for value in worked_out(node.of, of))


def _each(value: Value, how: Callable[[float | None], float | None]) -> Value:
    match value:
        case Series():
            return Series(value.labels, value.times, tuple(map(how, value.values)))
        case Number():
            return Number(value.labels, how(value.value))
        case Scalar():
            return Scalar(how(value.value))
        case NoData():
            return value
