"""Whole evaluations from a set on disk to a report: what the verbs call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np

from painwatch_engines.artefacts import CARD_FILE, ModelFolder, covers, load_model_folder
from painwatch_engines.data.face_folder import FaceFolder, load_face_folder
from painwatch_engines.data.folds import Fold, draw_animals, hold_out, leave_one_animal_out
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.circumstances import measured_by, measured_on
from painwatch_engines.evaluation.comparison import write_comparison
from painwatch_engines.evaluation.protocols import Plan, Told, judge_by_folds, judge_model
from painwatch_engines.evaluation.report import write_report
from painwatch_engines.evaluation.summary import Summary, summarise
from painwatch_engines.models.method import Method
from painwatch_engines.models.registry import method as registered
from painwatch_engines.models.registry import methods
from painwatch_engines.models.settings import ATTENTION_STRIDE, changed_settings, with_changes
from painwatch_engines.training.fit import FitOptions

FOLDS = "folds"

Protocol = Literal["loro", "held-out"]

PAPERS_ROWS = (
    "lbp_r1p8_4x4",
    "lbp_r1p8_8x8",
    "lbp_r1p8_16x16",
    "lbp_r3p8_4x4",
    "lbp_r3p8_8x8",
    "lbp_r3p8_16x16",
    "resnet18",
    "painseeker_without_prsc",
    "painseeker",
)
"""The nine methods of the published comparison (Liu et al. 2025, Table 3), in its order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an evaluation.

    Attributes:
        protocol: leave one animal out at a time, or hold some out once.
        held_out: names of the animals of protocol "held-out"; drawn (a fifth of them, seed 1) where empty.
        seeds: of the trainings.
        options: of the trainings.
        face_px: in place of the networks' settings; other sizes shrink or grow in proportion.
        settings: a YAML file of changes to the settings of every network.
        kept: folder of finished folds; None for OUT/folds.
        command: for the report.
        told: called with what is being done.
    """

    protocol: Protocol = "loro"
    held_out: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (1,)
    options: FitOptions = field(default_factory=lambda: FitOptions(progress=False))
    face_px: int | None = None
    settings: Path | None = None
    kept: Path | None = None
    command: str = ""
    told: Told = field(default=lambda _: None)


def evaluate(model: str, data_path: Path, out: Path, asked: Asked) -> Path:
    """Judge a method by folds, or a model folder as it is; returns report.html.

    Args:
        model: a method's name, or a model folder.
        data_path: folder of the set.
        out: folder for the report.
        asked: how.

    Raises:
        DataError: a set, a name or a split that cannot be used.
        ArtefactError: a model folder that is broken.
    """
    data = load_face_folder(data_path)
    folder = Path(model)
    # A folder named as a method, such as this report's, is no model unless it holds a card.
    if (folder / CARD_FILE).is_file() or (folder.is_dir() and model not in methods()):
        found = load_model_folder(folder)
        if found.card.kind != "classifier":
            raise DataError("this model finds keypoints, it judges no faces", model, "Name a classifier's folder.")
        data = _asked_of_a_model(data, model, asked)
        make_ready(out)
        summary = summarise(judge_model(found, data, asked.told))
        made = found.card.made
        words = f"Model {found.card.name} {found.card.version}, SHA-256 {found.card.sha256[:12]}…, trained on "
        words += f"{made.identities}."
        note = f"{words} Its card says: {found.card.validation}. "
        note += (
            "Whether animals of this set were in its training is not known here. Faces that the watch would refuse, "
            "for their quality or as unlike its training faces, are judged all the same."
        )
        note += "".join(f" The set is outside its domain: {why}." for why in _outside(found, data))
        sections = (measured_on(data), measured_by(asked.command, (), (), note))
        return write_report(summary, data, "judged as it is", sections, out)
    method = prepared(model, asked)
    make_ready(out)
    summary = _judged(method, data, out, asked)
    sections = (
        measured_on(data),
        measured_by(asked.command, (method,), summary.judged.trainings, _note(asked, [method]), asked.options.epochs),
    )
    return write_report(summary, data, _name(asked), sections, out)


def compare(names: Sequence[str], data_path: Path, out: Path, asked: Asked) -> Path:
    """Judge several methods by the same folds; returns report.html. Finished folds are not repeated.

    Raises:
        DataError: a set, a name or a split that cannot be used.
    """
    data = load_face_folder(data_path)
    known = [prepared(name, asked) for name in dict.fromkeys(names)]
    make_ready(out)
    summaries = [_judged(method, data, out, asked) for method in known]
    trainings = tuple(training for summary in summaries for training in summary.judged.trainings)
    made = measured_by(asked.command, known, trainings, _note(asked, known), asked.options.epochs)
    sections = (measured_on(data), made)
    return write_comparison(summaries, data, _name(asked), sections, out)


def prepared(name: str, asked: Asked, changes: Mapping[str, Any] | None = None) -> Method:
    """The method with the settings that are asked for, and a network's with these changes too.

    Raises:
        DataError: if there is no such method, or a setting cannot be.
    """
    method = registered(name)
    if method.kind != "network":
        return method
    settings = method.settings if asked.settings is None else changed_settings(method.settings, asked.settings)
    wanted = dict(changes or {})
    if asked.face_px is not None and asked.face_px != settings.face_px:
        wanted |= {"face_px": asked.face_px, "stages": ()}
    return replace(method, settings=with_changes(settings, wanted))


def make_ready(out: Path) -> None:
    """Make the folder for a report before anything is trained for it.

    Raises:
        DataError: if it cannot be.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made ({error.strerror})"
        raise DataError(what, str(out), "Name one in a folder that you may write to.") from None


def plan_for(data: FaceFolder, out: Path, asked: Asked) -> Plan:
    """The folds of the protocol."""
    folds: tuple[Fold, ...]
    if asked.protocol == "loro":
        folds = tuple(leave_one_animal_out(data.animals))
    else:
        names = asked.held_out or tuple(draw_animals(data.animals, 0.2, np.random.default_rng(1)))
        folds = (hold_out(data.animals, names),)
    return Plan(folds, asked.seeds, asked.options, asked.kept or out / FOLDS, asked.told)


def _asked_of_a_model(data: FaceFolder, model: str, asked: Asked) -> FaceFolder:
    """The faces that a trained model is to be judged on: of the animals named, else all."""
    trained = asked.seeds != (1,) or asked.face_px is not None or asked.settings is not None
    if trained or asked.options.epochs is not None or asked.options.deterministic:
        what = "seeds, epochs, sizes and settings are for methods that are trained anew, and this is a trained model"
        raise DataError(what, model, "Leave these options away, or name a method.")
    if asked.protocol != "held-out":
        return data
    if not asked.held_out:
        raise DataError("whom a trained model is to be judged on must be named", model, "Add --hold-out ANIMAL.")
    return data.rows(hold_out(data.animals, asked.held_out).left_out)


def _outside(folder: ModelFolder, data: FaceFolder) -> list[str]:
    """Why the model does not hold for animals of the set."""
    about = data.about
    kinds = product(about.species, about.strains, about.coats)
    return list(dict.fromkeys(why for kind in kinds if (why := covers(folder.card, *kind)) is not None))


def _judged(method: Method, data: FaceFolder, out: Path, asked: Asked) -> Summary:
    return summarise(judge_by_folds(method, data, plan_for(data, out, asked)))


def _name(asked: Asked) -> str:
    return "leave one animal out" if asked.protocol == "loro" else "animals held out"


def _note(asked: Asked, methods: Sequence[Method]) -> str:
    """What holds for every training of these protocols."""
    seeds = ", ".join(map(str, asked.seeds))
    return (
        f"Seeds: {seeds}. Networks start from random weights and are trained for all their epochs: nothing of a "
        "left-out animal chooses the epoch, the settings or the threshold, which is 0.5."
    ) + "".join(
        f" {method.title}: faces of {method.settings.face_px} px have {cells} attention cells (published: 224 px, 49)."
        for method in methods
        if method.settings.prsc is not None
        and (cells := math.ceil(method.settings.face_px / ATTENTION_STRIDE) ** 2) != 49
    )
