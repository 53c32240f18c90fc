"""The grid of PainSeeker's loss: lambda, delta and K_h (Liu et al. 2025, Fig. 5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from painwatch_engines.evaluation.runs import Asked, prepared
from painwatch_engines.models.method import Method

METHOD = "painseeker"

SYMBOLS = {"weight": "λ", "margin": "δ", "highest": "K_h"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One setting of the loss: lambda, delta, K_h."""

    weight: float
    margin: float
    highest: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Values of each setting, and the default that it has while the other two vary."""

    weight: tuple[float, ...] = (0.05, 0.1, 0.5, 1.0, 1.5)
    margin: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.5)
    highest: tuple[int, ...] = (3, 5, 10, 15, 20)
    default: Cell = Cell(0.1, 0.2, 5)

    @property
    def planes(self) -> tuple[tuple[str, str], ...]:
        """The pairs that vary together: rows, columns."""
        return (("weight", "margin"), ("weight", "highest"), ("margin", "highest"))

    def cell(self, rows: str, row: float, columns: str, column: float) -> Cell:
        """The cell of a plane."""
        known: dict[str, Any] = {**asdict(self.default), rows: row, columns: column}
        return Cell(**known)

    def cells(self) -> list[Cell]:
        """Every cell of the three planes, once."""
        every = [
            self.cell(rows, r, columns, c)
            for rows, columns in self.planes
            for r, c in product(getattr(self, rows), getattr(self, columns))
        ]
        return list(dict.fromkeys(every))


def with_cell(cell: Cell, asked: Asked) -> Method:
    """PainSeeker with this loss.

    Raises:
        DataError: if faces of this size have too few attention cells for K_h; 224 px have 49.
    """
    return prepared(METHOD, asked, {"prsc": asdict(cell)})
