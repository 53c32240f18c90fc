"""One number orders the cages, and every number that can come has one word."""

from __future__ import annotations

from itertools import product

import pytest

from painwatch.grafana.dashboards.urgency import STATES

CASES = [
    (welfare, technical, seen, pain)
    for welfare, technical, (seen, pain) in product(
        (None, 0, 50, 1000), (None, 0, 10), (("silent", 0), ("heard", 0), ("seen", 0.0), ("seen", 0.37), ("seen", 1.0))
    )
]


def urgency(welfare: int | None, technical: int | None, seen: str, pain: float) -> float:
    heard = {"silent": 0, "heard": -100, "seen": -105}[seen]
    return (welfare or 0) + (technical or 0) + heard + pain


@pytest.mark.parametrize(("welfare", "technical", "seen", "pain"), CASES)
def test_every_cage_has_one_word(welfare: int | None, technical: int | None, seen: str, pain: float) -> None:
    value = urgency(welfare, technical, seen, pain)
    (words,) = [state.words for state in STATES if state.least <= value <= state.most]
    assert ("REVIEW THE ANIMAL" in words) == (welfare == 1000)
    assert ("a person knows" in words) == (welfare == 50)
    assert ("SILENT" in words) == (seen == "silent")
    if not welfare and seen != "silent":
        assert ("see to the watch" in words) == (technical == 10)
        assert ("not seen" in words) == (seen == "heard")
    assert (words == "no alarm") == (not welfare and not technical and seen == "seen")


def test_who_needs_a_person_comes_first() -> None:
    worst_first = [
        urgency(1000, 10, "silent", 0),
        urgency(1000, None, "seen", 0.0),
        urgency(50, None, "silent", 0),
        urgency(None, 10, "silent", 0),
        urgency(None, None, "silent", 0),
        urgency(50, 10, "seen", 0.0),
        urgency(50, None, "seen", 0.9),
        urgency(None, 10, "heard", 0),
        urgency(None, 10, "seen", 1.0),
        urgency(None, None, "heard", 0),
        urgency(None, None, "seen", 1.0),
        urgency(None, None, "seen", 0.1),
    ]
    assert worst_first == sorted(worst_first, reverse=True)
    assert len(set(worst_first)) == len(worst_first)
