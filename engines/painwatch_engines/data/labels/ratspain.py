"""RatsPain (Liu et al. 2025): from its raters' sheets, or its graded folders, to faces with the published labels.

Three layouts are read; paths of pictures are relative to the table, or to SOURCE:

    manifest.csv            columns image, animal, rater, stage, orbital, nose_cheek, ear, whisker
    SOURCE/Rat1/*.csv       the same in sheets; without `animal` it is the folder's name, without `rater` the sheet's
    SOURCE/Rat1/CLASS/...   pictures already graded; CLASS is no, moderate, severe or unlabelled

Pictures of a rat's folder that no sheet names, or that lie in no class, are kept without a label.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from painwatch_engines.anatomy import SCALE_UNITS
from painwatch_engines.data.face_folder import Face
from painwatch_engines.data.labels.pictures import is_picture
from painwatch_engines.data.labels.ratings import Rating, contradictions, graded_face, ratings_of, read_ratings
from painwatch_engines.data.labels.tables import Fault, read_table, refuse
from painwatch_engines.data.labels.two_stage import FIRST_RATERS, SECOND_RATERS, Score, grade_image, settle_unit
from painwatch_engines.errors import DataError

UNITS = SCALE_UNITS["rgs"]

CLASSES: Mapping[str, int | None] = {
    **dict.fromkeys(("no", "none", "no pain", "no_pain", "nopain", "0"), 0),
    **dict.fromkeys(("moderate", "moderate pain", "moderate_pain", "1"), 1),
    **dict.fromkeys(("severe", "severe pain", "severe_pain", "2"), 2),
    **dict.fromkeys(("unlabelled", "unlabeled", "uncertain"), None),
}
"""Names of class folders, in any case, and the grade of what lies in them."""


OUTCOMES = ("settled in stage 1", "settled in stage 2", "not settled")


@dataclass(frozen=True, slots=True)
class RatsPain:
    """The data set as read.

    Attributes:
        root: folder that the faces' image paths are relative to.
        faces: every picture, with or without a label.
        settled: action units by OUTCOMES; empty where the pictures came graded.
        unused: scores of stage 2 for units that stage 1 had settled.
    """

    root: Path
    faces: tuple[Face, ...]
    settled: Mapping[str, int]
    unused: int = 0


def read_ratspain(source: Path) -> RatsPain:
    """Read a manifest (a file) or a folder with a folder for each rat.

    Raises:
        DataError: for everything that cannot be used; names file, line and column, or the folder.
    """
    if source.is_file():
        return _rated(source.parent, read_ratings(source, UNITS, stages=True), source)
    if not source.is_dir():
        raise DataError(
            "there is no such file or folder", str(source), "Name a manifest CSV, or the folder of the set."
        )
    rats = sorted(path for path in source.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not rats:
        raise DataError("the folder holds no folder of a rat", str(source), "Give each rat its folder: Rat1, Rat2, ...")
    sheets = [sheet for rat in rats for sheet in sorted(rat.glob("*.csv"))]
    if not sheets:
        return RatsPain(source, tuple(face for rat in rats for face in _graded(source, rat)), {})
    bare = [rat for rat in rats if not any(rat.glob("*.csv")) and _pictures(source, rat)]
    mend = "Give every rat its sheets, or grade all by class folders."
    refuse([Fault(str(rat), "this rat has no sheet, and others have", mend) for rat in bare], source)
    ratings = [rating for sheet in sheets for rating in _sheet(source, sheet)]
    refuse(contradictions(ratings), source)
    read = _rated(source, ratings, source)
    named = {face.image for face in read.faces}
    rest = [Face(image, rat.name) for rat in rats for image in _pictures(source, rat) if image not in named]
    return RatsPain(source, (*read.faces, *rest), read.settled, read.unused)


def _sheet(source: Path, sheet: Path) -> Iterable[Rating]:
    """Ratings of one sheet, images relative to the set's folder."""
    rat = sheet.parent
    table = read_table(sheet, ("image", "stage", *UNITS))
    ratings = ratings_of(table, UNITS, stages=True, animal=rat.name, rater=sheet.stem)
    foreign = [
        Fault(f"{r.place}, column animal", f'"{r.animal}" in the folder of {rat.name}', "Put each rat in its folder.")
        for r in ratings
        if r.animal != rat.name
    ]
    refuse(foreign, sheet)
    prefix = rat.relative_to(source).as_posix()
    return [Rating(f"{prefix}/{r.image}", r.animal, r.rater, r.scores, r.place, r.stage) for r in ratings]


def _rated(root: Path, ratings: Sequence[Rating], where: Path) -> RatsPain:
    by_image: dict[str, list[Rating]] = {}
    for rating in ratings:
        by_image.setdefault(rating.image, []).append(rating)
    refuse([fault for given in by_image.values() for fault in _too_many(given)], where)
    settled: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
    unused = 0
    faces = []
    for image, given in by_image.items():
        accepted: dict[str, Score] = {}
        for unit in UNITS:
            first, second = (_scores(given, unit, stage) for stage in (1, 2))
            result = settle_unit(first, second)
            settled[OUTCOMES[2 if result is None else result.stage - 1]] += 1
            if result is not None and result.stage == 1:
                unused += sum(score is not None for score in second)
            accepted[unit] = None if result is None else result.severity
        grade = grade_image(list(accepted.values()))
        faces.append(graded_face(image, given[0].animal, grade, accepted))
    return RatsPain(root, tuple(faces), settled, unused)


def _too_many(given: Sequence[Rating]) -> list[Fault]:
    """A picture with more raters than the rule has."""
    faults = []
    for stage, most in ((1, FIRST_RATERS), (2, SECOND_RATERS)):
        of_stage = [rating for rating in given if rating.stage == stage]
        if len(of_stage) > most:
            what = f"{given[0].image} has {len(of_stage)} raters in stage {stage}"
            mend = f"The rule has {FIRST_RATERS} raters in stage 1 and {SECOND_RATERS} more in stage 2."
            faults.append(Fault(f"{of_stage[most].place}, column rater", what, mend))
    return faults


def _scores(given: Sequence[Rating], unit: str, stage: int) -> list[Score]:
    return [None if (s := r.scores[unit]) is None else int(s) for r in given if r.stage == stage]


def _graded(source: Path, rat: Path) -> Iterable[Face]:
    """Faces of a rat whose pictures lie in class folders."""
    folders = sorted(path for path in rat.iterdir() if path.is_dir() and not path.name.startswith("."))
    strange = [folder for folder in folders if folder.name.lower() not in CLASSES]
    mend = "Name it no, moderate, severe or unlabelled; or put the raters' sheets (*.csv) into the rat's folder."
    refuse([Fault(str(folder), "this is no class of RatsPain", mend) for folder in strange], source)
    for folder in folders:
        grade = CLASSES[folder.name.lower()]
        for image in _pictures(source, folder):
            yield graded_face(image, rat.name, grade, {})
    for path in sorted(rat.iterdir()):
        if is_picture(path):
            yield Face(path.relative_to(source).as_posix(), rat.name)


def _pictures(source: Path, folder: Path) -> list[str]:
    """Every picture below a folder, relative to the set's."""
    return [path.relative_to(source).as_posix() for path in sorted(folder.rglob("*")) if is_picture(path)]


def rat_number(animal: str) -> int | None:
    """The published number of a rat called Rat1, rat 1, rat_01 or 1; None for any other name."""
    match = re.fullmatch(r"(?:rat)?[ _\-]*0*([1-9]\d*)", animal.strip(), re.IGNORECASE)
    return int(match[1]) if match else None
