"""What a trained model's card says in words: never more than was done."""

from __future__ import annotations

import re
import shlex

import numpy as np
from numpy.typing import NDArray

from painwatch_engines.artefacts import Making
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.models.settings import MethodSettings
from painwatch_engines.training.fit import Fitted
from painwatch_engines.training.splits import Split, animal_names

RENDERED = "not validated on live animals"


def validation(data: FaceFolder, split: Split) -> str:
    """How far the figures reach."""
    if data.about.rendered:
        return RENDERED
    animals = counted(data, split.judged, "held-out animal")
    return (
        f"judged on {len(split.judged)} faces of {animals} of the same set ({data.about.name}, labels: "
        f"{data.about.labels}); not on animals, cameras or cages of any other"
    )


def figures_on(data: FaceFolder, split: Split) -> str:
    """What the figures were measured on."""
    rows = split.judged
    pain = int(data.pain[rows].sum())
    kind = "rendered faces" if data.about.rendered else "faces"
    told = f"{len(rows)} {kind} ({pain} with pain) of {_named(animal_names(data, rows))}, in no part of the training"
    return told if 0 < pain < len(rows) else f"{told}; one kind of face only, so the usual figures do not exist"


def making(
    fitted: Fitted,
    data: FaceFolder,
    split: Split,
    command: str,
    seed: int,
    *,
    assumed_multiple: bool,
    novelty_limited: bool,
    tempered: bool,
    remarks: tuple[str, ...] = (),
) -> Making:
    """How the model came to be. `remarks`: further notes; empty ones are left out."""
    about = data.about
    if split.stopping is not None:
        also = [*(["temperature"] if tempered else []), *(["novelty's limit"] if novelty_limited else [])]
        stopped = f"stopped by {_named(animal_names(data, split.stopping))}"
        stopped += f", who also set {' and '.join(also)}" if also else ""
    else:
        stopped = "stopped by no animal, and without a temperature"
        stopped += "; novelty's limit was set on the animals judged by" if novelty_limited else ""
    notes = [
        f"{fitted.method.title}, {_schedule(fitted)}",
        stopped,
        f"labels: {about.labels}; all settings: settings.yaml",
        *(remark for remark in remarks if remark),
        *about.notes,
    ]
    if assumed_multiple:
        notes.append("the set does not say how its faces were cut; the crop's size in the watch is assumed")
    return Making(
        command=command,
        seed=seed,
        training_images=len(split.training),
        identities=_named(animal_names(data, split.training)),
        sources=(f"{about.name}: {about.source}", *((without_paths(about.command),) if about.command else ())),
        notes=tuple(notes),
    )


def without_paths(command: str) -> str:
    """A command whose absolute paths are their last names only: a card travels, and whose disk it was made on does not.

    Words such as C57BL/6 and paths relative to where it was called stay as they are.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return shlex.join(re.sub(r"^(--?[\w-]+=)?[/~].*/(?=[^/])", r"\1", word.rstrip("/") or word) for word in words)


def licence(data: FaceFolder) -> str:
    """Of the weights: rendered faces are ours, all others are of whoever took the pictures."""
    return "BSD-3-Clause" if data.about.rendered else f"as of the pictures it was trained on: {data.about.source}"


def counted(data: FaceFolder, rows: NDArray[np.int64], what: str = "animal") -> str:
    """How many animals these rows are of, as in "1 animal" or "3 animals"."""
    count = len(animal_names(data, rows))
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _named(names: list[str]) -> str:
    if len(names) > 12:
        return f"{len(names)} animals, {names[0]} to {names[-1]} by name"
    return f"{'animal' if len(names) == 1 else 'animals'} {', '.join(names)}"


def _schedule(fitted: Fitted) -> str:
    settings: MethodSettings = fitted.settings
    if fitted.method.kind == "svm":
        return "fitted in one go"
    sizes = " then ".join(f"{s.epochs:g} epochs at {s.face_px} px" for s in settings.stages)
    planned = sizes or f"at most {settings.epochs} epochs at {settings.face_px} px"
    return f"no pretrained weights, {planned}; {fitted.epochs} trained; batch {settings.batch}, {settings.optimiser}"
