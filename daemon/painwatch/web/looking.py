"""What the classifier looked at in a face and what it scored there, in words. Pure.

Shares say where the classifier's weight lay, not what it saw there; nor does a low score of a unit call an animal well.
"""

from __future__ import annotations

from painwatch.core.types import Prediction, Status
from painwatch.web.wording import percent

NO_MAP = "no map from this model"

_REGIONS = {
    "eyes": "eyes",
    "ears": "ears",
    "nose_cheek": "nose and cheeks",
    "whiskers": "whisker pads",
    "elsewhere": "elsewhere",
}

_UNITS = {
    "orbital": "orbital tightening",
    "ear": "ear changes",
    "nose_cheek": "nose/cheek flattening",
    "whisker": "whisker change",
    "nose": "nose bulge",
    "cheek": "cheek bulge",
}
"""Names of the Grimace Scales (Sotocinal et al. 2011, Langford et al. 2010); other names are told as they are."""


def about_attention(prediction: Prediction | None) -> str:
    """Such as 'Looked at: eyes 41 %, ears 20 %, elsewhere 39 %', the most first; empty where no face was judged."""
    if prediction is None or prediction.status is not Status.OK:
        return ""
    if not prediction.attention:
        return NO_MAP.capitalize()
    if not prediction.looked_at:
        return ""
    ordered = sorted(prediction.looked_at, key=lambda one: (one.region == "elsewhere", -one.share))
    return "Looked at: " + ", ".join(f"{_REGIONS.get(one.region, one.region)} {percent(one.share)}" for one in ordered)


def about_units(prediction: Prediction | None) -> str:
    """Such as 'Scores of 0 to 2: orbital tightening 1.2, whisker change cannot be scored'; empty without units."""
    if prediction is None or not prediction.units:
        return ""
    told = (
        f"{_UNITS.get(unit.name, unit.name)} {'cannot be scored' if unit.score is None else f'{unit.score:.1f}'}"
        for unit in prediction.units
    )
    return "Scores of 0 to 2: " + ", ".join(told)
