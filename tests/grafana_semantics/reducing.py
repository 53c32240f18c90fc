"""Grafana's Reduce expression: one number of each series. Pure.

Grafana 12, pkg/expr/commands.go: ReduceCommand.Execute; pkg/expr/mathexp/reduce.go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_semantics.values import EvaluationError, NoData, Number, Series, Values

Mode = Literal["", "dropNN", "replaceNN"]


@dataclass(frozen=True, slots=True)
class Reduction:
    """`mode` empty: a null or NaN makes the number NaN; dropNN leaves them (and infinities) out; replaceNN puts
    `replace_with` in their place.
    """

    by: str
    mode: Mode = ""
    replace_with: float = 0.0


def reduced(values: Values, how: Reduction) -> Values:
    """One number for each series; a number stays what it is, and is left out by dropNN if it is none."""
    given: list[Number | NoData] = []
    for value in values:
        match value:
            case Series():
                given.append(Number(value.labels, _of(_mapped(value.values, how), how)))
            case Number():
                kept = _mapped((value.value,), how)
                given.extend(Number(value.labels, one) for one in kept)
            case NoData():
                given.append(NoData())
            case _:
                raise EvaluationError("can only reduce type series, got type scalar")
    return tuple(given)


def _mapped(values: Sequence[float | None], how: Reduction) -> tuple[float | None, ...]:
    """mathexp/reduce.go: DropNonNumber.MapInput, ReplaceNonNumberWithValue.MapInput."""
    match how.mode:
        case "dropNN":
            return tuple(value for value in values if _is_number(value))
        case "replaceNN":
            return tuple(value if _is_number(value) else how.replace_with for value in values)
        case _:
            return tuple(values)


def _of(values: tuple[float | None, ...], how: Reduction) -> float | None:
    """mathexp/reduce.go: Series.Reduce and its reducers; MapOutput makes NaN of nothing to null, or the replacement."""
    reducer = _REDUCERS.get(how.by)
    if reducer is None:
        raise EvaluationError(f"reduction {how.by} not implemented")
    found = reducer(values)
    if found is not None and math.isnan(found):
        return {"": found, "dropNN": None, "replaceNN": how.replace_with}[how.mode]
    return found


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _sum(values: tuple[float | None, ...]) -> float | None:
    return math.nan if _broken(values) else float(sum(value for value in values if value is not None))


def _mean(values: tuple[float | None, ...]) -> float | None:
    total = _sum(values)
    return math.nan if total is None or not values else total / len(values)


def _extreme(of: Callable[[Sequence[float]], float]) -> Callable[[tuple[float | None, ...]], float | None]:
    def extreme(values: tuple[float | None, ...]) -> float | None:
        known = [value for value in values if value is not None]
        return math.nan if not values or _broken(values) else of(known)

    return extreme


def _last(values: tuple[float | None, ...]) -> float | None:
    return values[-1] if values else math.nan


def _broken(values: tuple[float | None, ...]) -> bool:
    return any(value is None or math.isnan(value) for value in values)


_REDUCERS: dict[str, Callable[[tuple[float | None, ...]], float | None]] = {
    "sum": _sum,
    "mean": _mean,
    "min": _extreme(min),
    "max": _extreme(max),
    "count": lambda values: float(len(values)),
    "last": _last,
}
