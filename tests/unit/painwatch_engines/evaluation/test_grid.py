"""The grid of the published sensitivity study."""

from __future__ import annotations

import pytest

from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.grid import Cell, Grid, with_cell
from painwatch_engines.evaluation.runs import Asked


def test_three_planes_share_their_lines_through_the_default() -> None:
    grid = Grid()
    cells = grid.cells()
    assert len(cells) == len(set(cells)) == 3 * 25 - 3 * 5 + 1
    assert grid.default in cells
    for cell in cells:
        moved = [getattr(cell, name) != getattr(grid.default, name) for name in ("weight", "margin", "highest")]
        assert sum(moved) <= 2


def test_a_cell_is_painseeker_with_this_loss() -> None:
    prsc = with_cell(Cell(1.5, 0.05, 20), Asked()).settings.prsc
    assert prsc is not None
    assert (prsc.weight, prsc.margin, prsc.highest) == (1.5, 0.05, 20)


def test_faces_too_small_for_the_grid_are_refused() -> None:
    with pytest.raises(DataError, match="attention cells"):
        with_cell(Cell(0.1, 0.2, 20), Asked(face_px=96))
