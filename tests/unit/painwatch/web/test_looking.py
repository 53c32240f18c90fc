"""What the classifier looked at, in words."""

from __future__ import annotations

import pytest

from painwatch.core.types import Prediction, RegionShare, Status, UnitScore
from painwatch.web.looking import about_attention, about_units

SHARES = (RegionShare("elsewhere", 0.5), RegionShare("nose_cheek", 0.1), RegionShare("eyes", 0.4))


def look(status: Status = Status.OK, **said: object) -> Prediction:
    probability = 0.5 if status is Status.OK else None
    told = {"cage": "c", "camera": "k", "seq": 1, "time_ns": 1, "mono_ns": 1, "age_ms": 1.0, **said}
    return Prediction(status=status, pain_probability=probability, **told)  # type: ignore[arg-type]


def test_regions_are_told_by_their_share_and_the_rest_last() -> None:
    said = about_attention(look(attention=((1.0,),), looked_at=SHARES))
    assert said == "Looked at: eyes 40 %, nose and cheeks 10 %, elsewhere 50 %"


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (None, ""),
        (look(Status.NO_FACE), ""),
        (look(Status.OUT_OF_DOMAIN, novelty=2.0), ""),
        (look(), "No map from this model"),
        (look(attention=((1.0,),)), ""),
    ],
)
def test_what_was_not_looked_at_is_not_told(prediction: Prediction | None, said: str) -> None:
    assert about_attention(prediction) == said


def test_units_are_told_by_their_names_in_the_scales() -> None:
    units = (UnitScore("orbital", 0.0), UnitScore("whisker", None), UnitScore("own", 1.25))
    said = "Scores of 0 to 2: orbital tightening 0.0, whisker change cannot be scored, own 1.2"
    assert about_units(look(units=units)) == said
    assert about_units(look()) == about_units(None) == ""
