"""Make a folder with a trained keypoint model: `python -m painwatch_engines.training.keypoints --help`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from torch import nn

from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import (
    DLCLIVE_FILE,
    MODEL_FILE,
    Card,
    Domain,
    Figure,
    FrameInput,
    Making,
    ModelFolder,
    file_sha256,
    load_model_folder,
    write_card,
)
from painwatch_engines.data.kept import kept_frames
from painwatch_engines.data.mouse_faces import CloseUp, read_close_ups, shrunk_close_ups
from painwatch_engines.data.photographs import load_photographs
from painwatch_engines.data.pictures import TEST, TRAINING, VALIDATION, FrameSet, Share
from painwatch_engines.data.rendered import FACE_MULTIPLE, FRAME_SIZE, render_frames
from painwatch_engines.errors import ArtefactError
from painwatch_engines.evaluation.keypoints import score_keypoints
from painwatch_engines.face import FaceMultiple
from painwatch_engines.models.export import export_keypoints
from painwatch_engines.models.keypoint_net import keypoint_config, save_for_dlclive
from painwatch_engines.runtime import open_runtime
from painwatch_engines.training.keypoint_loop import KeypointSettings, calibrate, train_keypoints

NETWORK_WIDTH_PX = 320
HELD_OUT_EVERY = 5
"""Every fifth real close-up is kept from training to be scored on."""

DOMAIN = Domain(species=("rat", "mouse"), strains=("rendered",), coats=("white", "black", "agouti"))


def make_keypoint_folder(
    out: Path,
    frame_count: int,
    test_count: int,
    settings: KeypointSettings,
    close_up_folder: Path | None = None,
    keep: Path | None = None,
    start: Path | None = None,
) -> Card:
    """Render, train, calibrate, export and score; writes model.pt, model.onnx and card.yaml.

    Args:
        out: the folder to write, made if need be.
        frame_count: rendered frames to train on.
        test_count: rendered frames of unseen animals to calibrate on, and as many of others to score on.
        settings: of the training.
        close_up_folder: real close-ups (data/mouse_faces.py) to train on beside them.
        keep: where rendered frames are kept between trainings.
        start: a keypoint model folder whose weights to start from; its making is noted in the new card.
    """
    earlier = None if start is None else load_model_folder(start)
    if earlier is not None:
        settings = replace(settings, start=_weights(earlier))
    close_ups = [] if close_up_folder is None else read_close_ups(close_up_folder)
    taught = [close_up for i, close_up in enumerate(close_ups) if i % HELD_OUT_EVERY]
    network = train_keypoints(_frames(frame_count, 1, TRAINING, keep), taught, settings, load_photographs())
    making = Making(
        command=_command(frame_count, test_count, settings, bool(close_ups)),
        seed=settings.seed,
        training_images=frame_count + len(taught),
        identities=f"rendered animals {TRAINING} of each species and coat"
        + (f"; {len(taught)} real close-ups of head-fixed mice" if taught else ""),
        sources=_SOURCES[: 3 if close_ups else 2],
        notes=() if earlier is None else (f"started from the weights made by: {earlier.card.made.command}",),
    )
    return write_keypoint_folder(network, out, test_count, making, close_ups[::HELD_OUT_EVERY], keep)


def write_keypoint_folder(
    network: nn.Module,
    out: Path,
    test_count: int,
    making: Making,
    held_out: Sequence[CloseUp] = (),
    keep: Path | None = None,
) -> Card:
    """Calibrate a trained network, export it in both formats, score it and write its card."""
    calibrate(network, _frames(test_count, 2, VALIDATION, keep))
    out.mkdir(parents=True, exist_ok=True)
    save_for_dlclive(network, keypoint_config(), out / DLCLIVE_FILE)
    export_keypoints(network, out / MODEL_FILE)
    figures = _score(out / MODEL_FILE, _frames(test_count, 3, TEST, keep))
    if held_out:
        figures += _score_close_ups(out / MODEL_FILE, held_out)
    card = Card(
        kind="keypoints",
        name="keypoints",
        version="2",
        sha256=file_sha256(out / MODEL_FILE),
        dlclive_sha256=file_sha256(out / DLCLIVE_FILE),
        domain=DOMAIN,
        input=FrameInput(network_width_px=NETWORK_WIDTH_PX),
        outputs=KEYPOINTS,
        made=making.model_copy(update={"notes": (*making.notes, _calibration_note(test_count))}),
        storage="float32",
        figures_on=(
            f"{test_count} rendered frames of rats and mice of all coats, day and infrared, animals {TEST} (in no "
            f"training); px of a {FRAME_SIZE[0]} x {FRAME_SIZE[1]} frame"
        ),
        figures=tuple(figures),
        validation="not validated on live animals",
        licence="BSD-3-Clause",
    )
    write_card(card, out)
    return card


def _weights(folder: ModelFolder) -> Path:
    if folder.dlclive_model is None:
        raise ArtefactError(
            f"it holds no {DLCLIVE_FILE}, so there are no weights to start from",
            str(folder.path),
            "Name a keypoint folder made for DeepLabCut-live's runner, or leave --start out.",
        )
    return folder.dlclive_model


_SOURCES = (
    "rendered animals (painwatch_engines.virtual_cage)",
    "photographs of other things as backgrounds (scikit-image's own)",
    "close-ups of a head-fixed mouse's left side, nose and eye labelled (github.com/AnnaStuckert/ViT_facemap, MIT)",
)


def _frames(count: int, seed: int, share: Share, keep: Path | None) -> FrameSet:
    name = f"frames_{count}_seed{seed}_animals{share.first}-{share.last}_{NETWORK_WIDTH_PX}px"
    return kept_frames(keep, name, lambda: render_frames(count, seed, share, NETWORK_WIDTH_PX))


def _poses(model: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    runtime = open_runtime(model)
    parts = [runtime.run({"frames": images[i : i + 1]})["poses"] for i in range(len(images))]
    return np.concatenate(parts)


def _score(model: Path, frames: FrameSet) -> list[Figure]:
    scale = FRAME_SIZE[0] / NETWORK_WIDTH_PX
    return score_keypoints(_poses(model, frames.images), frames, scale, FaceMultiple(FACE_MULTIPLE))


def _score_close_ups(model: Path, close_ups: Sequence[CloseUp]) -> list[Figure]:
    """Error on real close-ups that were not trained on (of the same recordings as those that were)."""
    frames = shrunk_close_ups(close_ups, NETWORK_WIDTH_PX)
    of = "held-out real close-ups of the recordings trained on, at half the frame's width"
    figures = score_keypoints(_poses(model, frames.images), frames, 2.0, FaceMultiple(FACE_MULTIPLE))
    return [
        figure.model_copy(update={"of": f"{figure.of}; {of}"})
        for figure in figures
        if "all" in figure.of and "visible points" in figure.of
    ]


def _calibration_note(test_count: int) -> str:
    return (
        f"likelihoods calibrated on {test_count} frames of rendered animals {VALIDATION}: for each keypoint, 0.9 is "
        "the threshold of the highest sensitivity + specificity between visible and not visible"
    )


def _command(frame_count: int, test_count: int, settings: KeypointSettings, close_ups: bool) -> str:
    extra = f" --close-ups CLOSE_UPS --close-up-share {settings.close_up_share:g}" if close_ups else ""
    extra += "" if settings.start is None else " --start FOLDER"
    return (
        f"python -m painwatch_engines.training.keypoints --out FOLDER{extra} --frames {frame_count} "
        f"--test-frames {test_count} --steps {settings.steps} --learning-rate {settings.learning_rate:g} "
        f"--seed {settings.seed} --threads {settings.threads}"
    )


app = typer.Typer(add_completion=False)


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="folder to write")],
    close_ups: Annotated[Path | None, typer.Option(help="folder of real close-ups with keypoints.csv")] = None,
    frames: Annotated[int, typer.Option(help="rendered frames to train on")] = 6000,
    test_frames: Annotated[int, typer.Option(help="rendered frames to calibrate on, and to score on")] = 600,
    steps: Annotated[int, typer.Option(help="steps of 16 pictures")] = 5000,
    learning_rate: Annotated[float, typer.Option(help="at its height")] = 2e-3,
    close_up_share: Annotated[float, typer.Option(help="part of each batch that is real close-ups")] = 0.2,
    start: Annotated[Path | None, typer.Option(help="keypoint model folder whose weights to start from")] = None,
    seed: int = 1,
    threads: Annotated[int, typer.Option(help="of PyTorch")] = 1,
    keep: Annotated[Path | None, typer.Option(help="where rendered frames are kept for the next training")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="file for the weights every 500 steps")] = None,
) -> None:
    """Train the keypoint network on rendered animals and write its model folder."""
    settings = KeypointSettings(
        seed=seed,
        steps=steps,
        learning_rate=learning_rate,
        close_up_share=close_up_share,
        threads=threads,
        checkpoint=checkpoint,
    )
    make_keypoint_folder(out, frames, test_frames, settings, close_ups, keep, start)


if __name__ == "__main__":
    app()
