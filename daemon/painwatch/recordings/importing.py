"""A set of weakly labelled faces out of the recordings that a manifest names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from painwatch.core.errors import SourceError
from painwatch.infer.keypoints import CompiledNetwork, Network
from painwatch.recordings.faces import Finder, faces_of, length_s
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import Card, ModelFolder, covers
from painwatch_engines.data.face_folder import Face, write_face_folder
from painwatch_engines.data.labels.pictures import new_folder, set_name
from painwatch_engines.data.labels.recordings import Domain, Stretch, one_sided, read_manifest, weak_about
from painwatch_engines.errors import ArtefactError, DataError
from painwatch_engines.runtime import open_runtime

Progress = Callable[[float, float], None]
"""Called with s of recordings done, and s in all."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What came of recordings: the faces, pictures looked at without one by reason, and what a person should know."""

    faces: tuple[Face, ...]
    skipped: Mapping[str, int]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """A set made of recordings: faces of each animal (no pain, pain), and of Harvest what is to be told."""

    counts: Mapping[str, tuple[int, int]]
    skipped: Mapping[str, int]
    remarks: tuple[str, ...]


def import_recordings(
    manifest: Path, out: Path, finder: Finder, *, card: Card, domain: Domain, command: str, progress: Progress
) -> Imported:
    """Make the new folder `out` of the recordings that a manifest names. `card`: of the keypoint model.

    Raises:
        DataError, SourceError, EngineError: as read_manifest and harvest; nothing is written then.
    """
    stretches = read_manifest(manifest)
    outside = covers(card, domain.species, domain.strain, domain.coat)
    with new_folder(out) as folder:
        found = harvest(stretches, finder, folder, progress)
        remarks = (
            *((f"the keypoint model was not made for these animals ({outside})",) if outside else ()),
            *one_sided(stretches),
            *found.remarks,
        )
        notes = (
            f"keypoints by {card.name} {card.version} ({card.sha256[:8]})",
            f"at most {finder.per_minute} faces a minute, {finder.looks} looks for each",
            *(f"looked at without a face kept: {reason} {count}" for reason, count in found.skipped.items()),
            *remarks,
        )
        about = weak_about(set_name(out), domain, stretches, finder.face_multiple, command, notes)
        write_face_folder(folder, about, found.faces)
    counts = Counter((face.animal, face.label) for face in found.faces)
    animals = dict.fromkeys(stretch.animal for stretch in stretches)
    return Imported({a: (counts[a, "no_pain"], counts[a, "pain"]) for a in animals}, found.skipped, remarks)


def open_network(folder: ModelFolder) -> Network:
    """The keypoint network of a model folder, run as the watch runs it on a CPU.

    Raises:
        ArtefactError: if it is a model of another kind, or its points come in another order.
        EngineError: if it cannot be opened.
    """
    card = folder.card
    if card.kind != "keypoints" or card.outputs != KEYPOINTS:
        what = (
            f"this {card.kind} model gives {', '.join(card.outputs)}; faces need {', '.join(KEYPOINTS)}, in this order"
        )
        raise ArtefactError(what, str(folder.path), "Name a keypoint model after --keypoints.")
    return CompiledNetwork(open_runtime(folder.model))


def harvest(stretches: Sequence[Stretch], finder: Finder, folder: Path, progress: Progress) -> Harvest:
    """The faces of all stretches, stored below `folder`. A recording that breaks off keeps the faces before that.

    Raises:
        DataError: if a stretch begins after its recording's end, no face was found at all, or one cannot be written.
        SourceError: if a recording cannot be opened; all are tried before the first is worked on.
        EngineError: if the keypoint network fails.
    """
    lengths = [_length_s(stretch) for stretch in stretches]
    whole, done = sum(lengths), 0.0
    skipped: Counter[str] = Counter()
    faces: list[Face] = []
    remarks = []
    for number, (stretch, length) in enumerate(zip(stretches, lengths, strict=True), start=1):
        before, where = len(faces), f"{stretch.place} ({stretch.video.name})"
        if math.isfinite(stretch.to_s) and stretch.to_s - stretch.from_s > length + 1:
            remarks.append(f"{where}: the recording ends {stretch.to_s - stretch.from_s - length:.0f} s before `to`")
        try:
            for face in faces_of(stretch, number, finder, folder, skipped, _after(progress, done, length, whole)):
                faces.append(face)  # each as it comes: those before a fault are kept
        except SourceError as error:
            remarks.append(f"{where}: {error}; {len(faces) - before} faces before that were kept")
        if len(faces) == before:
            remarks.append(f"{where}: no face was found")
        done += length
    if not faces:
        told = ", ".join(f"{reason} {count}" for reason, count in skipped.most_common()) or "no picture was read"
        mend = "Look at the recordings, and at what the keypoint model was trained on."
        raise DataError(f"no face was found ({told})", str(stretches[0].video.parent), mend)
    return Harvest(tuple(faces), dict(skipped.most_common()), tuple(remarks))


def _after(progress: Progress, done_s: float, length_s: float, whole_s: float) -> Callable[[float], None]:
    """Progress within one stretch as progress in all. A container may say less than it holds."""
    return lambda s: progress(done_s + min(s, length_s), whole_s)


def _length_s(stretch: Stretch) -> float:
    """How much of a stretch its recording holds, s."""
    length = length_s(stretch.video)
    if stretch.from_s >= length:
        what = f"the recording is {length:.1f} s long, and the stretch begins after that"
        raise DataError(what, f"{stretch.place}, column from", "Write an earlier time; nothing was written.")
    end = min(stretch.to_s, length)
    return end - stretch.from_s if math.isfinite(end) else 0.0
