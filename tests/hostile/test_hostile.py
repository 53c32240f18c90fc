"""A few of the hostile inputs of every kind; `make fuzz` tries as many as there is time for."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hostile.kinds import KINDS
from hostile.tried import tried

MOST = {
    "configuration": 60,
    "alarm rules": 40,
    "messages": 1500,
    "logins": 150,
    "API routes": 14,
    "model cards": 60,
    "history files": 120,
    "recordings": 80,
    "network cameras": 30,
    "frame rings": 400,
    "rating tables": 60,
    "sets of faces": 60,
}
"""In this process; the other kinds may end it, or need one of their own."""


@pytest.mark.parametrize("name", MOST)
def test_hostile_inputs_are_taken_or_refused_in_words(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    counts = tried(name, tmp_path, MOST[name])
    assert counts.tried >= MOST[name] // 2
    assert counts.refused > 0
    assert counts.accepted > 0, "nothing came through: the inputs are no longer near to good ones"


@pytest.mark.parametrize("name", ["hub's sockets", "page's sockets"])
def test_real_processes_live_through_hostile_inputs(name: str, tmp_path: Path) -> None:
    counts = tried(name, tmp_path, 12)
    assert counts.tried >= 12
    assert counts.refused > 0


def test_every_kind_is_tried() -> None:
    assert {*MOST, "hub's sockets", "page's sockets", "networks (ONNX)"} == set(KINDS)
