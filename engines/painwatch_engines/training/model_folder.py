"""A trained network as a model folder that the watch runs: model, weights, settings, card, faces for calibration."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import (
    MODEL_FILE,
    WEIGHTS_FILE,
    Calibration,
    Card,
    Domain,
    FaceInput,
    Figure,
    Novelty,
    file_sha256,
    write_card,
)
from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.evaluation.binary import score_binary
from painwatch_engines.models.export import export_face_model
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.registry import SETTINGS_FILE
from painwatch_engines.models.settings import write_settings
from painwatch_engines.models.storage import store_in_int8
from painwatch_engines.novelty.fitting import attach_novelty
from painwatch_engines.runtime import open_runtime
from painwatch_engines.training.card_words import counted, figures_on, licence, making, validation
from painwatch_engines.training.faces import Batches, Cut, Pictures
from painwatch_engines.training.fit import Fitted
from painwatch_engines.training.splits import Split
from painwatch_engines.training.temperature import calibrate

CALIBRATION_FILE = "calibration.npz"
CALIBRATION_BYTES = 8 * 2**20
"""Most bytes of the faces beside a model, before they are packed."""

NOVELTY_FACES = 4000
"""Most training faces that the distance is learned from."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a model folder.

    Attributes:
        name: on the card.
        command: that makes it again, without paths.
        seed: of the training.
        store: float32 or int8 for the large convolution weights; the arithmetic is float32 either way.
        face_multiple: side of the watch's crops / size of the face, where the set does not say by what its were cut.
    """

    name: str
    command: str
    seed: int
    store: Literal["float32", "int8"] = "float32"
    face_multiple: float = 1.6


def check_free(out: Path) -> None:
    """Raise DataError if there is anything at the path a model folder is to be written to."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError("there is something here already", str(out), "Name a new folder, or remove this one first.")


def write_model_folder(
    out: Path, fitted: Fitted, data: FaceFolder, split: Split, wish: Wish, step: Callable[[str], None]
) -> Card:
    """Export, calibrate, judge and write; the folder is there whole or not at all.

    Args:
        out: a path with nothing there yet.
        fitted: the trained network.
        data: the set it was trained on.
        split: of the set's animals.
        wish: what else.
        step: told what is being done.

    Raises:
        DataError: if there is something at `out`, or it cannot be written.
    """
    check_free(out)
    part = out.absolute().with_name(f".{out.absolute().name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        card = _write(part, fitted, data, split, wish, step)
        part.rename(out)
    except OSError as error:
        mend = "Name a folder that can be written and has room; --resume keeps what was trained."
        raise DataError(f"cannot be written ({error.strerror})", str(error.filename or out), mend) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return card


def _write(
    folder: Path, fitted: Fitted, data: FaceFolder, split: Split, wish: Wish, step: Callable[[str], None]
) -> Card:
    step("calibrating on held-out animals")
    calibrated = calibrate(fitted, data, split)
    exported, novelty = _with_novelty(fitted, data, split)
    step("exporting")
    full = folder / MODEL_FILE
    outputs = export_face_model(
        exported, fitted.method, fitted.settings, full, calibrated.temperature or 1.0, calibrated.shift
    )
    storage = _stored_in_int8(full, fitted, data, split) if wish.store == "int8" else ""
    torch.save(fitted.module.state_dict(), folder / WEIGHTS_FILE)
    write_settings(fitted.settings, folder / SETTINGS_FILE)
    calibration = _write_calibration(folder, fitted, data, split, wish.seed)
    step("judging the held-out animals")
    figures = _figures(folder / MODEL_FILE, fitted, data, split, novelty)
    about = data.about
    card = Card(
        kind="classifier",
        name=wish.name,
        version="1",
        sha256=file_sha256(folder / MODEL_FILE),
        domain=Domain(
            species=about.species, strains=("rendered",) if about.rendered else about.strains, coats=about.coats
        ),
        input=FaceInput(size_px=fitted.settings.face_px, face_multiple=about.face_multiple or wish.face_multiple),
        outputs=LABELS,
        made=making(
            fitted,
            data,
            split,
            wish.command,
            wish.seed,
            assumed_multiple=about.face_multiple is None,
            novelty_limited=novelty is not None,
            tempered=calibrated.temperature is not None,
            remarks=(calibrated.note, *fitted.notes),
        ),
        storage=storage,
        figures_on=figures_on(data, split),
        figures=figures,
        validation=validation(data, split),
        licence=licence(data),
        calibration=calibration,
        novelty=novelty,
        units=data.unit_names if "units" in outputs else None,
        method=fitted.method.name,
        weights_sha256=file_sha256(folder / WEIGHTS_FILE),
        temperature=calibrated.temperature,
        shift=calibrated.shift or None,
    )
    write_card(card, folder)
    return card


def _with_novelty(fitted: Fitted, data: FaceFolder, split: Split) -> tuple[nn.Module, Novelty | None]:
    """The network with its measure of novelty, where it has features to measure by."""
    one = torch.from_numpy(next(_faces(fitted, data, split.training[:1])))
    with torch.inference_mode():
        if "features" not in fitted.module(normalise(one)):
            return fitted.module, None
    known = np.random.default_rng(0).permutation(split.training)[:NOVELTY_FACES]
    unseen = split.judged if split.stopping is None else split.stopping
    on = f"{counted(data, unseen, 'held-out animal')} of the set {data.about.name}"
    return attach_novelty(
        fitted.method, fitted.module, _faces(fitted, data, known), _faces(fitted, data, unseen), on=on
    )


def _faces(fitted: Fitted, data: FaceFolder, rows: NDArray[np.int64], batch: int = 16) -> Iterator[NDArray[np.uint8]]:
    """The rows' faces as the watch would cut them, a few at a time."""
    batches = Batches(Pictures(data, 0), rows, Cut(fitted.settings.face_px, data.about.margin), batch)
    for number in range(len(batches)):
        yield batches[number][0].numpy()


def _judge(model: Path, fitted: Fitted, data: FaceFolder, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """What the exported model itself tells of faces, on the engine that the watch uses by default."""
    runtime = open_runtime(model)
    told = [runtime.run({"faces": faces}) for faces in _faces(fitted, data, rows, 8)]
    return {name: np.concatenate([part[name] for part in told]) for name in told[0]}


def _stored_in_int8(full: Path, fitted: Fitted, data: FaceFolder, split: Split) -> str:
    exact = _judge(full, fitted, data, split.judged)["probabilities"]
    small = full.with_name("int8.onnx")
    rewritten = store_in_int8(full, small)
    small.replace(full)
    if not rewritten:
        return "float32: int8 was asked for, and there is no convolution large enough to gain by it"
    stored = _judge(full, fitted, data, split.judged)["probabilities"]
    return (
        "large convolution weights int8, one scale for each output channel, expanded to float32 when the file is "
        f"opened; largest difference from the float32 model's probability on the {len(exact)} faces judged: "
        f"{np.abs(exact - stored).max():.4f}"
    )


def _write_calibration(folder: Path, fitted: Fitted, data: FaceFolder, split: Split, seed: int) -> Calibration:
    """Faces of training animals, and a quarter of those that stopped the training, for 8-bit forms and for parity.

    None of those judged by: 8-bit forms are fitted to these faces, and the judged ones are looked at once.
    """
    rng = np.random.default_rng(seed)
    most = max(8, CALIBRATION_BYTES // (3 * fitted.settings.face_px**2))
    unseen = rng.permutation(split.training[:0] if split.stopping is None else split.stopping)[: most // 4]
    seen = rng.permutation(split.training)[: most - len(unseen)]
    faces = np.concatenate(list(_faces(fitted, data, np.concatenate([seen, unseen]))))
    path = folder / CALIBRATION_FILE
    np.savez_compressed(path, faces=faces)
    return Calibration(file=CALIBRATION_FILE, sha256=file_sha256(path), n=len(faces))


def _figures(
    model: Path, fitted: Fitted, data: FaceFolder, split: Split, novelty: Novelty | None
) -> tuple[Figure, ...]:
    told = _judge(model, fitted, data, split.judged)
    pain = data.pain[split.judged]
    figures: list[Figure] = []
    if pain.any() and not pain.all():
        figures += score_binary(told["probabilities"][:, LABELS.index("pain")], pain)
    if novelty is not None and split.stopping is not None:
        flagged = float((told["novelty"] > novelty.threshold).mean())
        figures.append(Figure(name="faces flagged as novel", value=round(flagged, 4), n=len(pain)))
    return tuple(figures)
