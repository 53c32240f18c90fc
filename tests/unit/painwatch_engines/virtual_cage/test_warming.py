from __future__ import annotations

from painwatch_engines.virtual_cage import warm


def test_everything_compiles_and_runs() -> None:
    warm()
