"""A folder of labelled faces: what every importer writes and every training and evaluation reads.

    FOLDER/set.yaml    what the set is, and where it came from
    FOLDER/faces.csv   one row for each face
    FOLDER/...         the pictures, as PNG or JPEG

Columns of faces.csv; all but the first two may be absent, and every cell but those two may be empty:

    image              path of the picture, relative to the folder
    animal             name of the animal; splits never separate the faces of one
    label              no_pain or pain; empty is unlabelled, and such a face is in no training and no figure
    grade              0, 1 or 2: no, moderate, severe pain (Liu et al. 2025)
    unit_NAME          severity of an action unit, 0 to 2; empty is unscorable
    yaw_deg            turn of the head from the camera, to the animal's left positive
    view               both_eyes or one_eye: the rule the face was cut by
    POINT_x, POINT_y   keypoints in px of the picture; empty is not seen
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from painwatch_engines.anatomy import KEYPOINTS, LABELS, Coat, Species
from painwatch_engines.data.cells import ABSENT, Cells, numbers_of
from painwatch_engines.data.folds import ONE_NAME, spelled_twice
from painwatch_engines.errors import DataError
from painwatch_engines.plain_yaml import read_plain_yaml, shortened, wrong_fields
from painwatch_engines.safe_pictures import is_there, read_picture

ABOUT_FILE = "set.yaml"
TABLE_FILE = "faces.csv"
UNLABELLED = ABSENT
GRADES = ("no pain", "moderate", "severe")
VIEWS = ("both_eyes", "one_eye")

Image = NDArray[np.uint8]


class About(BaseModel):
    """What a set is.

    `face_multiple`: side of the crops / size of the face (face.FaceMultiple), if they were cut by that rule; `margin`:
    how much wider than that they were stored, for random crops in training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_\-]+$")
    species: tuple[Species, ...] = Field(min_length=1)
    strains: tuple[str, ...] = Field(min_length=1)
    coats: tuple[Coat, ...] = Field(min_length=1)
    rendered: bool = Field(description="drawn animals: what is trained on them is not validated on live ones")
    labels: Literal["two-stage", "raters' mean", "weak", "rendered truth"]
    source: str
    command: str = ""
    face_multiple: float | None = Field(default=None, gt=0, le=20)
    margin: float = Field(default=1.0, ge=1, le=2)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FaceFolder:
    """Faces with all that is known of them; pictures stay on disk until asked for.

    Attributes:
        path: the folder.
        about: what the set is.
        images: (N,) paths relative to the folder.
        animals: (N,) names.
        labels: (N,) int64 index into LABELS, UNLABELLED where there is none.
        grades: (N,) int64 0..2, UNLABELLED where there is none.
        unit_names: names of the U action units of the set's scale, in the order of the table.
        units: (N, U) float32 0..2, NaN where unscorable.
        yaw_deg: (N,) float32, NaN where unknown.
        views: (N,) one of VIEWS, "" where unknown.
        keypoints: (N, 5, 2) float32 px of the stored picture in KEYPOINTS order, NaN where not seen.
    """

    path: Path
    about: About
    images: tuple[str, ...]
    animals: NDArray[np.str_]
    labels: NDArray[np.int64]
    grades: NDArray[np.int64]
    unit_names: tuple[str, ...]
    units: NDArray[np.float32]
    yaw_deg: NDArray[np.float32]
    views: NDArray[np.str_]
    keypoints: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def pain(self) -> NDArray[np.bool_]:
        """(N,) whether the label is pain; False for no pain and for unlabelled."""
        return np.asarray(self.labels == LABELS.index("pain"))

    def read(self, row: int) -> Image:
        """The picture of a row, (H, W, 3) uint8 BGR.

        Raises:
            DataError: if it cannot be read.
        """
        file = self.path / self.images[row]
        picture = read_picture(file)
        if picture is None:
            raise DataError("this picture is missing or broken", str(file), "Import the set anew, or mend the picture.")
        return picture

    def rows(self, chosen: NDArray[np.integer[Any]] | NDArray[np.bool_]) -> FaceFolder:
        """The same set with the chosen rows only."""
        numbers = np.arange(len(self))[chosen]
        return replace(
            self,
            images=tuple(self.images[i] for i in numbers),
            animals=self.animals[numbers],
            labels=self.labels[numbers],
            grades=self.grades[numbers],
            units=self.units[numbers],
            yaw_deg=self.yaw_deg[numbers],
            views=self.views[numbers],
            keypoints=self.keypoints[numbers],
        )

    def labelled(self) -> FaceFolder:
        """The rows that have a label."""
        return self.rows(self.labels != UNLABELLED)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One row to write. `units`, `keypoints`: what is missing or None is unscorable, or not seen."""

    image: str
    animal: str
    label: Literal["no_pain", "pain"] | None = None
    grade: int | None = None
    units: Mapping[str, float | None] | None = None
    yaw_deg: float | None = None
    view: str = ""
    keypoints: NDArray[np.floating[Any]] | None = None


def write_face_folder(path: Path, about: About, faces: Iterable[Face], unit_names: Sequence[str] = ()) -> None:
    """Write set.yaml and faces.csv; the pictures are the caller's. Either file is there whole or not at all."""
    path.mkdir(parents=True, exist_ok=True)
    points = [f"{name}_{axis}" for name in KEYPOINTS for axis in "xy"]
    units = [f"unit_{name}" for name in unit_names]
    table = path / f"{TABLE_FILE}.part"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", "animal", "label", "grade", *units, "yaw_deg", "view", *points])
        for face in faces:
            known = face.units or {}
            places = np.full((len(KEYPOINTS), 2), np.nan) if face.keypoints is None else face.keypoints
            severities = [_cell(known.get(name)) for name in unit_names]
            coordinates = [_cell(float(value)) for value in places.reshape(-1)]
            graded = "" if face.grade is None else face.grade
            yaw = _cell(face.yaw_deg)
            writer.writerow(
                [face.image, face.animal, face.label or "", graded, *severities, yaw, face.view, *coordinates]
            )
    table.rename(path / TABLE_FILE)
    text = yaml.safe_dump(about.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
    part = path / f"{ABOUT_FILE}.part"
    part.write_text(text, encoding="utf-8")
    part.rename(path / ABOUT_FILE)


def load_face_folder(path: Path) -> FaceFolder:
    """Read a set; its pictures are only looked for, not opened.

    Raises:
        DataError: if a file is missing, or a cell or field is wrong; names line and column.
    """
    about = _about(path / ABOUT_FILE)
    table = path / TABLE_FILE
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header = list(reader.fieldnames or ())
            numbered = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"cannot read the table ({shortened(str(error))})", str(table), "Import the set anew."
        ) from error
    rows = [row for _, row in numbered]
    missing = [name for name in ("image", "animal") if name not in header]
    if missing or not rows:
        what = f"there is no column {' and no column '.join(missing)}" if missing else "the table has no rows"
        raise DataError(what, f"{table}:1", "A set's table has the columns image, animal, label and more.")
    cells = Cells(table, tuple(line for line, _ in numbered))
    unit_names = tuple(name.removeprefix("unit_") for name in header if name.startswith("unit_"))
    faces = FaceFolder(
        path=path,
        about=about,
        images=tuple(cells.text(row, i, "image") for i, row in enumerate(rows)),
        animals=np.array([cells.text(row, i, "animal") for i, row in enumerate(rows)]),
        labels=np.array([cells.choice(row, i, "label", LABELS) for i, row in enumerate(rows)], np.int64),
        grades=np.array([cells.choice(row, i, "grade", ("0", "1", "2")) for i, row in enumerate(rows)], np.int64),
        unit_names=unit_names,
        units=numbers_of(cells, rows, [f"unit_{name}" for name in unit_names], (0, 2)),
        yaw_deg=numbers_of(cells, rows, ["yaw_deg"], (-180, 180))[:, 0],
        views=np.array(
            [VIEWS[k] if (k := cells.choice(row, i, "view", VIEWS)) >= 0 else "" for i, row in enumerate(rows)]
        ),
        keypoints=numbers_of(cells, rows, [f"{n}_{a}" for n in KEYPOINTS for a in "xy"], (-1e5, 1e5)).reshape(-1, 5, 2),
    )
    for i, name in enumerate(faces.images):
        if not is_there(path / name):
            raise DataError(f"there is no picture {shortened(name)}", cells.place(i, "image"), "Import the set anew.")
    for name, same in spelled_twice(faces.animals.tolist()).items():
        place = cells.place(faces.animals.tolist().index(name), "animal")
        raise DataError(f'"{name}" and "{same}"', place, ONE_NAME)
    return faces


def _about(path: Path) -> About:
    mend = f"A set of faces is a folder with {ABOUT_FILE} and {TABLE_FILE}, made by `painwatch labels import`."
    try:
        return About.model_validate(read_plain_yaml(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"cannot read it ({shortened(str(error))})", str(path), mend) from error
    except ValidationError as error:
        raise DataError(wrong_fields(error, "set"), str(path), mend) from error


def _cell(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:.5g}"
