from __future__ import annotations

import pytest

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import Identity, Pose, lid_closure


def test_identities_from_9000_on_are_test_animals() -> None:
    assert Identity("rat", "white", 9000).reserved_for_tests
    assert not Identity("rat", "white", 8999).reserved_for_tests


def test_orbital_tightening_closes_both_lids() -> None:
    assert lid_closure(ActionUnits(orbital=0.0), Pose()) == (0.0, 0.0)
    assert lid_closure(ActionUnits(orbital=1.0), Pose()) == (0.5, 0.5)
    assert lid_closure(ActionUnits(orbital=2.0), Pose()) == (1.0, 1.0)


def test_a_blink_closes_the_lids_of_an_animal_without_pain() -> None:
    assert lid_closure(ActionUnits(), Pose(blink=1.0)) == (1.0, 1.0)


def test_asymmetry_closes_the_left_lid_more() -> None:
    assert lid_closure(ActionUnits(orbital=1.0), Pose(lid_asymmetry=0.1)) == pytest.approx((0.6, 0.4))
