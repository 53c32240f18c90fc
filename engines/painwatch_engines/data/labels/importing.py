"""Whole imports: read, label, copy the pictures, write the set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from painwatch_engines.anatomy import SCALE_UNITS, Coat, Scale, Species
from painwatch_engines.data.face_folder import About, Face, write_face_folder
from painwatch_engines.data.labels.pictures import Progress, copy_pictures, new_folder, set_name
from painwatch_engines.data.labels.published_counts import count_grades, differences
from painwatch_engines.data.labels.ratings import LEAST_UNITS, mean_faces, read_ratings
from painwatch_engines.data.labels.ratspain import UNITS, read_ratspain
from painwatch_engines.data.labels.recordings import RENDERED
from painwatch_engines.errors import DataError


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gave.

    Attributes:
        counts: for each animal, images of grade 0, 1, 2, and without a label.
        notes: what stands in the set's notes.
        differences: from the published counts, where there are any to compare with.
    """

    counts: Mapping[str, tuple[int, int, int, int]]
    notes: tuple[str, ...]
    differences: tuple[str, ...] = ()


def import_ratspain(source: Path, out: Path, *, command: str = "", progress: Progress | None = None) -> Imported:
    """Import RatsPain by its two-stage rule (data.labels.ratspain says from what) into the new folder `out`.

    Raises:
        DataError: if anything of the source cannot be used, or `out` cannot be made; nothing is written then.
    """
    read = read_ratspain(source)
    counts = count_grades(read.faces)
    differs = differences(counts)
    settled = ", ".join(f"{count} {where}" for where, count in read.settled.items())
    notes = [f"action units: {settled}" if settled else "labels as the class folders gave them"]
    if read.unused:
        notes.append(f"{read.unused} scores of stage 2 for units that stage 1 had settled were not used")
    notes += [f"differs from the published set: {line}" for line in differs] or ["the counts are the published ones"]
    about = About(
        name=set_name(out),
        species=("rat",),
        strains=("Sprague-Dawley",),
        coats=("white",),
        rendered=False,
        labels="two-stage",
        source=f"RatsPain (Liu et al. 2025, Front Vet Sci 12:1619794), from {source.name}",
        command=command,
        notes=tuple(notes),
    )
    _write(out, about, read.faces, UNITS if read.settled else (), read.root, source, progress)
    return Imported(counts, about.notes, differs)


def import_ratings(
    table: Path,
    images: Path,
    out: Path,
    *,
    scale: Scale,
    species: Species,
    strain: str,
    coat: Coat,
    least_units: int = LEAST_UNITS,
    command: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Import a rating table (data.labels.ratings says of what form) into the new folder `out`.

    Args:
        images: folder that the table's image paths are relative to.
        least_units: scorable units below which an image has no label.

    Raises:
        DataError: as import_ratspain.
    """
    units = SCALE_UNITS[scale]
    if least_units > len(units):
        what = (
            f"{least_units} scorable units asked for, and {scale.upper()} has {len(units)}: no image could have a label"
        )
        raise DataError(what, "--min-units", f"Ask for 1 to {len(units)}.")
    ratings = read_ratings(table, units)
    faces = mean_faces(ratings, units, least_units)
    given = Counter(rating.image for rating in ratings)
    unscorable = sum(score is None for rating in ratings for score in rating.scores.values())
    fewest, most = min(given.values()), max(given.values())
    notes = (
        f"{scale.upper()}: units are the mean of {fewest if fewest == most else f'{fewest} to {most}'} raters an image",
        f"{unscorable} of {len(ratings) * len(units)} scores are unscorable",
        f"images with fewer than {least_units} scorable units have no label",
    )
    about = About(
        name=set_name(out),
        species=(species,),
        strains=(strain,),
        coats=(coat,),
        rendered=strain == RENDERED,
        labels="raters' mean",
        source=f"{table.name}: {len({rating.rater for rating in ratings})} raters, {len(faces)} images",
        command=command,
        notes=notes,
    )
    _write(out, about, faces, units, images, table, progress)
    return Imported(count_grades(faces), notes)


def _write(
    out: Path,
    about: About,
    faces: Sequence[Face],
    units: Sequence[str],
    root: Path,
    table: Path,
    progress: Progress | None,
) -> None:
    with new_folder(out) as folder:
        kept = copy_pictures(faces, root, folder, table=table, progress=progress)
        write_face_folder(folder, about, kept, units)
