"""Plain words, and none that claim comfort."""

from __future__ import annotations

import pytest

from painwatch.core.errors import SourceFault
from painwatch.core.types import Status
from painwatch.core.words import FAULT_WORDS, STATUS_WORDS, for_how_long


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (12.9, "12 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"), (90_000, "1 d")],
)
def test_durations_are_said_as_a_person_would(seconds: float, words: str) -> None:
    assert for_how_long(seconds) == words


def test_every_status_and_every_fault_has_words() -> None:
    assert set(STATUS_WORDS) == set(Status)
    assert set(FAULT_WORDS) == {fault.value for fault in SourceFault}
