"""Tables of ratings, sets of faces and model cards, as people or programs may have spoiled them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import cv2
import numpy as np
import yaml

from fixtures.model_folders import write_classifier_folder
from hostile.mutate import NASTY_BYTES, NASTY_NUMBERS, NASTY_TEXTS, mutated, without_surrogates
from hostile.trial import ACCEPTED, REFUSED, Counts, Trial, clear
from hostile.yaml_files import hostile_yaml
from painwatch_engines.anatomy import SCALE_UNITS
from painwatch_engines.artefacts import read_card
from painwatch_engines.data.face_folder import About, Face, load_face_folder, write_face_folder
from painwatch_engines.data.labels.ratings import mean_faces, read_rated_table
from painwatch_engines.errors import ArtefactError, DataError

HEAD = 33
"""Of a PNG, with its width and height: OpenCV decodes what says it has up to 2^30 px, which takes 3 GiB."""

UNITS = SCALE_UNITS["mgs"]


@contextlib.contextmanager
def rating_tables(folder: Path) -> Iterator[Trial]:
    """A rating table by the importer: faces, or DataError."""
    path = folder / "ratings.csv"
    rows = [f"f{n}.png,M{n % 4},{rater},{n % 3},0.5,,2,uncertain" for n in range(12) for rater in "AB"]
    good = "\n".join([f"image,animal,rater,{','.join(UNITS)}", *rows, ""])

    def one(dice: Random) -> Counts:
        path.write_bytes(_hostile_table(good, dice))
        try:
            units, ratings = read_rated_table(path)
            mean_faces(ratings, units)
        except DataError as error:
            return _told(error)
        return ACCEPTED

    yield Trial(one)


@contextlib.contextmanager
def face_folders(folder: Path) -> Iterator[Trial]:
    """set.yaml, faces.csv and pictures of a set: a set whose every picture opens, or DataError."""
    about = About(
        name="s", species=("rat",), strains=("x",), coats=("white",), rendered=True, labels="weak", source="a test"
    )
    places = np.full((5, 2), 4.0)
    faces = [Face(f"f{n}.png", f"M{n}", "pain", 1, {"ear": 1.0}, 3.0, "both_eyes", places) for n in range(6)]
    write_face_folder(folder, about, faces, ("ear",))
    picture = cv2.imencode(".png", np.full((16, 16, 3), 90, np.uint8))[1].tobytes()
    table, words = (folder / "faces.csv").read_text(), (folder / "set.yaml").read_text()
    for face in faces:
        (folder / face.image).write_bytes(picture)

    def one(dice: Random) -> Counts:
        which = dice.randrange(3)
        (folder / "faces.csv").write_bytes(_hostile_table(table, dice) if which == 0 else table.encode())
        (folder / "set.yaml").write_bytes(
            hostile_yaml(words, yaml.safe_load(words), dice) if which == 1 else words.encode()
        )
        (folder / "f0.png").write_bytes(picture[:HEAD] + mutated(picture[HEAD:], dice) if which == 2 else picture)
        try:
            read = load_face_folder(folder)
            for row in range(len(read)):
                read.read(row)
        except DataError as error:
            return _told(error)
        return ACCEPTED

    yield Trial(one)


@contextlib.contextmanager
def model_cards(folder: Path) -> Iterator[Trial]:
    """card.yaml of a model folder: a card, or ArtefactError."""
    write_classifier_folder(folder / "model")
    path = folder / "model" / "card.yaml"
    good = path.read_text()

    def one(dice: Random) -> Counts:
        path.write_bytes(hostile_yaml(good, yaml.safe_load(good), dice))
        try:
            read_card(path)
        except ArtefactError as error:
            clear(error.what, error.where, error.mend)
            return REFUSED
        return ACCEPTED

    yield Trial(one)
    shutil.rmtree(folder / "model")


def _told(error: DataError) -> Counts:
    clear(*(line for line in error.what.splitlines()), error.where, error.mend)
    return REFUSED


def _hostile_table(good: str, dice: Random) -> bytes:
    lines = good.splitlines()
    match dice.randrange(10):
        case 0 | 1:
            return mutated(good.encode(), dice)
        case 2:
            at = dice.randrange(len(good))
            return good[:at].encode() + dice.choice(NASTY_BYTES) + good[at:].encode()
        case 3:
            return good.encode(dice.choice(("utf-16", "utf-32", "utf-8-sig", "latin-1")))
        case 4:
            return good.replace(",", dice.choice((";", "\t", "|", ",,")), dice.randint(1, 400)).encode()
        case 5:
            return good.replace("\n", dice.choice(("\r", "\r\n", "\n\n", '"\n'))).encode()
        case 6:
            return good.encode() + (lines[-1] + "\n").encode() * 10 ** dice.randint(1, 4)
        case _:
            for _ in range(dice.randint(1, 5)):
                at = dice.randrange(len(lines))
                cells = lines[at].split(",")
                worse = str(dice.choice((dice.choice(NASTY_TEXTS), _shown(dice.choice(NASTY_NUMBERS)))))
                cells[dice.randrange(len(cells))] = worse
                lines[at] = ",".join(cells)
            return without_surrogates("\n".join(lines)).encode()


def _shown(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) or abs(number) < 10**300 else "9" * 5000
