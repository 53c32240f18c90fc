"""Cells of a set's table, read one by one; what cannot be used is a DataError with its file, line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.errors import DataError
from painwatch_engines.plain_yaml import shortened

ABSENT = -1
"""In place of an index where a cell is empty."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a table by row number (from 0) and column name, with their places for people; `lines`: of the rows."""

    table: Path
    lines: tuple[int, ...]

    def place(self, row: int, column: str) -> str:
        """File, line and column of a cell."""
        return f"{self.table}:{self.lines[row]}, column {shortened(column)}"

    def text(self, row: Mapping[str, str | None], number: int, column: str) -> str:
        """What stands in a cell that must hold something."""
        value = (row.get(column) or "").strip()
        if not value:
            raise DataError("the cell is empty", self.place(number, column), f"Every face needs its {column}.")
        return value

    def choice(self, row: Mapping[str, str | None], number: int, column: str, known: Sequence[str]) -> int:
        """Index into `known`, ABSENT where the cell is empty."""
        value = (row.get(column) or "").strip()
        if not value:
            return ABSENT
        if value not in known:
            mend = f"Write one of {', '.join(known)}, or nothing."
            raise DataError(f'unknown {column} "{shortened(value)}"', self.place(number, column), mend)
        return list(known).index(value)

    def number(self, row: Mapping[str, str | None], number: int, column: str, bounds: tuple[float, float]) -> float:
        """A number within the bounds, NaN where the cell is empty."""
        value = (row.get(column) or "").strip()
        if not value:
            return float("nan")
        try:
            parsed = float(value)
        except ValueError:
            parsed = float("nan")
        if not bounds[0] <= parsed <= bounds[1]:
            mend = f"Write a number of {bounds[0]:g} to {bounds[1]:g}, or nothing."
            raise DataError(f'"{shortened(value)}" is no such number', self.place(number, column), mend)
        return parsed


def numbers_of(
    cells: Cells, rows: list[dict[str, str]], columns: Sequence[str], bounds: tuple[float, float]
) -> NDArray[np.float32]:
    """(rows, columns) numbers within the bounds, NaN where a cell is empty."""
    values = [[cells.number(row, i, column, bounds) for column in columns] for i, row in enumerate(rows)]
    return np.array(values, np.float32).reshape(len(rows), len(columns))
