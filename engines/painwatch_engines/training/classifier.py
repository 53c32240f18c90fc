"""Make a folder with a trained PainSeeker: `python -m painwatch_engines.training.classifier --help`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from painwatch_engines.anatomy import LABELS
from painwatch_engines.artefacts import MODEL_FILE, Card, Domain, FaceInput, Figure, Making, file_sha256, write_card
from painwatch_engines.data.kept import kept_faces
from painwatch_engines.data.pictures import TEST, TRAINING, FaceSet, Share
from painwatch_engines.data.rendered import FACE_MULTIPLE, FACE_SIDES_PX, render_faces
from painwatch_engines.evaluation.binary import score_binary
from painwatch_engines.models.export import export_face_model
from painwatch_engines.models.painseeker import FACE_PX, PainSeeker, painseeker
from painwatch_engines.models.storage import store_in_int8
from painwatch_engines.runtime import open_runtime
from painwatch_engines.training.classifier_loop import (
    DEFAULT_STAGES,
    RESIZE_OVER_CROP,
    ClassifierSettings,
    Stage,
    train_classifier,
)

DOMAIN = Domain(species=("rat",), strains=("rendered",), coats=("white",))
"""No real strain: the model has never seen a live animal, so every live animal is outside its domain."""


def make_classifier_folder(
    out: Path, face_count: int, test_count: int, settings: ClassifierSettings, keep: Path | None = None
) -> Card:
    """Render, train, export in eight bits and score; writes model.onnx and card.yaml.

    Args:
        out: the folder to write, made if need be.
        face_count: rendered faces to train on.
        test_count: rendered faces of unseen animals to score on.
        settings: of the training.
        keep: where rendered faces are kept between trainings.
    """
    network = train_classifier(training_faces(face_count, keep), settings)
    return write_classifier_folder(network, out, face_count, unseen_faces(test_count, keep), settings)


def write_classifier_folder(
    network: PainSeeker, out: Path, face_count: int, tests: FaceSet, settings: ClassifierSettings
) -> Card:
    """Export a trained network in eight bits, score it on the faces and write its card."""
    out.mkdir(parents=True, exist_ok=True)
    full = out / "float32.onnx"
    method = painseeker()
    export_face_model(network, method, method.settings, full)
    store_in_int8(full, out / MODEL_FILE)
    exact, stored = (pain_probabilities(path, tests.images) for path in (full, out / MODEL_FILE))
    full.unlink()
    difference = float(np.abs(exact - stored).max())
    card = Card(
        kind="classifier",
        name="painseeker_rendered_rat",
        version="1",
        sha256=file_sha256(out / MODEL_FILE),
        domain=DOMAIN,
        input=FaceInput(size_px=FACE_PX, face_multiple=FACE_MULTIPLE),
        outputs=LABELS,
        made=Making(
            command=_command(face_count, len(tests), settings),
            seed=settings.seed,
            training_images=face_count,
            identities=f"rendered animals {TRAINING}",
            sources=("rendered animals (painwatch_engines.virtual_cage)",),
            notes=_notes(settings),
        ),
        storage=(
            "large convolution weights int8, one scale for each output channel, expanded to float32 when the file is "
            f"opened; largest difference from the float32 model's probability on {len(tests)} test faces: "
            f"{difference:.4f}"
        ),
        figures_on=(
            f"{len(tests)} rendered faces of white rats, animals {TEST} (in no training), crops of "
            f"{FACE_SIDES_PX[0]:.0f} to {FACE_SIDES_PX[1]:.0f} px cut at the exact keypoints with jitter, about a "
            "fifth of them partly occluded"
        ),
        figures=tuple(_figures(stored, tests)),
        validation="not validated on live animals",
        licence="BSD-3-Clause",
    )
    write_card(card, out)
    return card


def training_faces(count: int, keep: Path | None) -> FaceSet:
    """Faces to train on, cut wider than live by RESIZE_OVER_CROP."""
    size = round(FACE_PX * RESIZE_OVER_CROP)
    return kept_faces(
        keep,
        _name(count, 11, TRAINING, size),
        lambda: render_faces(count, 11, TRAINING, size, context=RESIZE_OVER_CROP, jitter=0.7),
    )


def unseen_faces(count: int, keep: Path | None) -> FaceSet:
    """Faces of animals reserved for tests, cut as live."""
    return kept_faces(keep, _name(count, 13, TEST, FACE_PX), lambda: render_faces(count, 13, TEST, FACE_PX))


def pain_probabilities(model: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N,) probability of pain by an exported classifier."""
    runtime = open_runtime(model)
    parts = [runtime.run({"faces": images[i : i + 8]})["probabilities"] for i in range(0, len(images), 8)]
    return np.asarray(np.concatenate(parts)[:, LABELS.index("pain")], np.float32)


def _figures(probability: NDArray[np.float32], tests: FaceSet) -> list[Figure]:
    """Figures on all faces, and on the small and the large crops apart."""
    pain = tests.labels == LABELS.index("pain")
    middle = float(np.median(tests.sides_px))
    parts = (
        ("all faces", np.ones(len(tests), np.bool_)),
        (f"crops below {middle:.0f} px", tests.sides_px < middle),
        (f"crops of {middle:.0f} px or more", tests.sides_px >= middle),
    )
    return [
        figure.model_copy(update={"of": of})
        for of, chosen in parts
        for figure in score_binary(probability[chosen], pain[chosen])
    ]


def _notes(settings: ClassifierSettings) -> tuple[str, ...]:
    stages = "; ".join(f"{s.epochs:g} epochs at {s.face_px} px, rate {s.learning_rate:g}" for s in settings.stages)
    prsc = settings.prsc
    return (
        f"PainSeeker (Liu et al. 2025), no pretrained weights: {stages}",
        f"batch {settings.batch}, AdamW, weight decay {settings.weight_decay:g}, PRSC lambda {prsc.weight:g}, "
        f"delta {prsc.margin:g}, K_h {prsc.highest}",
        "label: rounded mean of the four action units above zero, from the renderer's exact severities",
    )


def _name(count: int, seed: int, share: Share, size_px: int) -> str:
    return f"faces_{count}_seed{seed}_animals{share.first}-{share.last}_{size_px}px"


def _command(face_count: int, test_count: int, settings: ClassifierSettings) -> str:
    stages = " ".join(f"--stage {s.face_px},{s.epochs:g},{s.learning_rate:g}" for s in settings.stages)
    return (
        f"python -m painwatch_engines.training.classifier --out FOLDER --faces {face_count} --test-faces {test_count} "
        f"{stages} --seed {settings.seed} --threads {settings.threads}"
    )


def _stage(text: str) -> Stage:
    face_px, epochs, learning_rate = text.split(",")
    return Stage(int(face_px), float(epochs), float(learning_rate))


app = typer.Typer(add_completion=False)


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="folder to write")],
    faces: Annotated[int, typer.Option(help="rendered faces to train on")] = 9000,
    test_faces: Annotated[int, typer.Option(help="rendered faces of unseen animals to score on")] = 2000,
    stage: Annotated[list[str] | None, typer.Option(help="size in px,epochs,rate; again for each stage")] = None,
    seed: int = 1,
    threads: Annotated[int, typer.Option(help="of PyTorch")] = 1,
    keep: Annotated[Path | None, typer.Option(help="where rendered faces are kept for the next training")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="file for the weights after each stage")] = None,
) -> None:
    """Train PainSeeker on rendered white rats and write its model folder."""
    stages = tuple(_stage(text) for text in stage) if stage else DEFAULT_STAGES
    settings = ClassifierSettings(seed=seed, stages=stages, threads=threads, checkpoint=checkpoint)
    make_classifier_folder(out, faces, test_faces, settings, keep)


if __name__ == "__main__":
    app()
