"""A small room to watch: one rat, two cameras, a clock that can be turned."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.turned_clock import TurnedClock
from painwatch.config.models import CageConfig, Config
from painwatch.config.places import Places


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def config() -> Config:
    cameras = [{"name": f"cage-1-{view}", "source": {"kind": "virtual", "view": view}} for view in ("left", "right")]
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white", "cameras": cameras}
    return Config.model_validate({"version": 1, "site": "Room 1", "cages": [cage]})


@pytest.fixture
def cage(config: Config) -> CageConfig:
    return config.cages[0]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "run", tmp_path / "data")
