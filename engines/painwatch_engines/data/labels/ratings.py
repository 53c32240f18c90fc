"""What raters said of pictures, one row for each picture and rater; and its mean as a label.

Columns of a rating table: image, animal, rater, and one for each action unit. A score is a number from 0 (absent) to 2
(obvious). An empty cell, `unscorable`, `uncertain` or `NA` is a unit that this rater could not score: it is never 0 and
takes no part in any mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Literal

from painwatch_engines.anatomy import SCALE_UNITS, Scale, grade_of
from painwatch_engines.data.face_folder import Face
from painwatch_engines.data.folds import ONE_NAME, spelled_twice
from painwatch_engines.data.labels.tables import Fault, Row, Table, read_table, refuse
from painwatch_engines.errors import DataError
from painwatch_engines.plain_yaml import shortened

UNSCORABLE = ("", "unscorable", "uncertain", "na", "n/a", "nan")
"""Words, in any case, for a unit that could not be scored."""

_MOST_DIGITS = 50

LEAST_UNITS = 3
"""Units that must be scorable for an image to have a label: three of four in RatsPain (Liu et al. 2025); for other
tables NOT PUBLISHED, and chosen alike."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One rater's scores of one picture. Scores are exact: 0..2, None where unscorable. `place`: file:line."""

    image: str
    animal: str
    rater: str
    scores: Mapping[str, Fraction | None]
    place: str
    stage: int = 1


def read_ratings(path: Path, units: Sequence[str], *, stages: bool = False) -> tuple[Rating, ...]:
    """Read a rating table.

    Args:
        path: a CSV file.
        units: the columns with scores.
        stages: the table has a column `stage` (1 or 2), and scores are whole.

    Raises:
        DataError: if the table or a cell cannot be used, one rater scored a picture twice, or a picture has two
            animals; names every line and column.
    """
    needed = ("image", "animal", "rater", *(("stage",) if stages else ()), *units)
    return ratings_of(read_table(path, needed), units, stages=stages)


def read_rated_table(path: Path, scale: Scale | None = None) -> tuple[tuple[str, ...], tuple[Rating, ...]]:
    """Read a table whose scale its header may tell, and whether it has stages; its unit names and its ratings.

    Raises:
        DataError: as read_ratings, or if the header has all units of neither scale.
    """
    table = read_table(path, ("image", "animal", "rater"))
    known = [SCALE_UNITS[scale]] if scale else list(SCALE_UNITS.values())
    units = next((names for names in known if set(names) <= set(table.header)), None)
    if units is None:
        told = "; ".join(", ".join(names) for names in known)
        raise DataError("columns of action units are missing", f"{path}:1", f"Needed: {told}.")
    return units, ratings_of(table, units, stages="stage" in table.header)


def ratings_of(
    table: Table, units: Sequence[str], *, stages: bool = False, animal: str = "", rater: str = ""
) -> tuple[Rating, ...]:
    """The ratings of a table already read. `animal`, `rater`: what holds where the table has no such column.

    Raises:
        DataError: as read_ratings.
    """
    faults: list[Fault] = []
    ratings = [_rating(row, units, stages, {"animal": animal, "rater": rater}, faults) for row in table.rows]
    faults += contradictions(ratings)
    refuse(faults, table.path)
    return tuple(ratings)


def contradictions(ratings: Sequence[Rating]) -> list[Fault]:
    """Pictures that one rater scored twice or that are said to show two animals, and animals that are spelled twice."""
    faults = []
    twice = spelled_twice([rating.animal for rating in ratings])
    for name, same in twice.items():
        place = next(rating.place for rating in ratings if rating.animal == name)
        faults.append(Fault(f"{place}, column animal", f'"{name}" and "{same}"', ONE_NAME))
    animals: dict[str, Rating] = {}
    seen: dict[tuple[str, str], Rating] = {}
    for rating in (rating for rating in ratings if rating.image and rating.animal and rating.rater):
        first = animals.setdefault(rating.image, rating)
        if first.animal != rating.animal:
            what = f"{rating.image} shows {rating.animal}, but {first.animal} in {first.place}"
            faults.append(Fault(f"{rating.place}, column animal", what, "One picture shows one animal."))
        before = seen.setdefault((rating.image, rating.rater), rating)
        if before is not rating:
            what = f"{rating.rater} scored {rating.image} already in {before.place}"
            faults.append(Fault(f"{rating.place}, column rater", what, "Keep one row for a rater and a picture."))
    return faults


def mean_units(ratings: Sequence[Rating], units: Sequence[str]) -> dict[str, Fraction | None]:
    """Each unit's mean over the raters who could score it; None if none could."""
    scores = {unit: [s for rating in ratings if (s := rating.scores[unit]) is not None] for unit in units}
    return {unit: sum(known, Fraction(0)) / len(known) if known else None for unit, known in scores.items()}


def image_score(units: Mapping[str, Fraction | None], least_units: int) -> Fraction | None:
    """Grimace score of an image: mean of its scorable units, 0..2; None with fewer than `least_units` of them."""
    known = [score for score in units.values() if score is not None]
    return sum(known, Fraction(0)) / len(known) if known and len(known) >= least_units else None


def mean_faces(ratings: Sequence[Rating], units: Sequence[str], least_units: int = LEAST_UNITS) -> list[Face]:
    """One face for each picture, in order of first appearance: units are the raters' mean.

    The label is that of anatomy.grade_of; a picture with fewer than `least_units` scorable units has none.
    """
    by_image: dict[str, list[Rating]] = {}
    for rating in ratings:
        by_image.setdefault(rating.image, []).append(rating)
    faces = []
    for image, given in by_image.items():
        means = mean_units(given, units)
        score = image_score(means, least_units)
        severities = {unit: None if mean is None else float(mean) for unit, mean in means.items()}
        faces.append(graded_face(image, given[0].animal, None if score is None else grade_of(score), severities))
    return faces


def graded_face(image: str, animal: str, grade: int | None, units: Mapping[str, float | None]) -> Face:
    """A face with its grade and the label that follows from it; None is unlabelled."""
    label: Literal["no_pain", "pain"] | None = None if grade is None else "pain" if grade > 0 else "no_pain"
    return Face(image=image, animal=animal, label=label, grade=grade, units=units)


def _rating(row: Row, units: Sequence[str], stages: bool, usual: Mapping[str, str], faults: list[Fault]) -> Rating:
    def named(column: str) -> str:
        value = row.cells.get(column, "") or usual.get(column, "")
        if not value:
            faults.append(Fault(row.at(column), "the cell is empty", f"Every row needs its {column}."))
        if "\n" in value:
            # A quote that is never closed swallows the rows after it, until the next one.
            faults.append(
                Fault(row.at(column), "the cell runs over several lines", "Close its quotes, or leave them out.")
            )
        return value

    stage = row.cells.get("stage", "") if stages else "1"
    if stage not in ("1", "2"):
        faults.append(Fault(row.at("stage"), f'unknown stage "{stage}"', "Write 1 or 2."))
    return Rating(
        image=named("image").replace("\\", "/"),
        animal=named("animal"),
        rater=named("rater"),
        stage=2 if stage == "2" else 1,
        scores={unit: _score(row, unit, stages, faults) for unit in units},
        place=row.place,
    )


def _score(row: Row, unit: str, whole: bool, faults: list[Fault]) -> Fraction | None:
    word = row.cells.get(unit, "")
    if word.lower() in UNSCORABLE:
        return None
    try:
        # A rater who wrote 1/2 was undecided, and did not mean a half.
        number = Decimal(row.number(unit))
        # Before it is made exact: 1e999999999 would fill the memory with its digits, and 1e-999999999 too.
        if 0 <= number <= 2 and not (number and number.adjusted() < -_MOST_DIGITS):
            score = Fraction(number)
            if score.denominator == 1 or not whole:
                return score
    except (InvalidOperation, ValueError, OverflowError):
        pass
    allowed = "0, 1, 2 or uncertain" if whole else "a number of 0 to 2, or nothing where the unit is unscorable"
    faults.append(Fault(row.at(unit), f'"{shortened(word)}" is no score', f"Write {allowed}."))
    return None
