"""Training the keypoint network from scratch on rendered frames and, beside them, real close-ups of mice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import Tensor, nn

from painwatch_engines.anatomy import KEYPOINTS, MIRRORED
from painwatch_engines.data.augmentation import add_clutter, disturb_pixels, mirror_keypoints
from painwatch_engines.data.mouse_faces import CloseUp, place_in_frame
from painwatch_engines.data.photographs import Photographs
from painwatch_engines.data.pictures import FrameSet
from painwatch_engines.models.keypoint_net import (
    FramesToPoses,
    build_keypoint_net,
    heads,
    keypoint_config,
    save_for_dlclive,
)
from painwatch_engines.models.pixels import normalise
from painwatch_engines.training.calibration import best_threshold, shift_likelihoods
from painwatch_engines.training.memory import in_format
from painwatch_engines.training.schedule import rise
from painwatch_engines.training.targets import keypoint_loss, make_targets

CLUTTERED_SHARE = 0.5
"""Part of the rendered frames that get things drawn beside the animal: rendered cages are emptier than real ones."""


@dataclass(frozen=True, slots=True)
class KeypointSettings:
    """How to train.

    Attributes:
        seed: of the weights, the order of the pictures and their disturbances.
        steps: of the optimiser.
        batch: pictures in a step.
        learning_rate: at its height, after a short rise and before falling as a cosine.
        window_px: width and height of the window on the animal that the first steps see instead of the
            whole frame: cheaper, at the same scale. None shows whole frames from the start.
        whole_share: part of the steps, the last ones, that see whole frames.
        close_up_share: part of each batch that is real close-ups, where there are any.
        empty_share: part of each batch that shows no animal at all, where there are photographs.
        threads: of PyTorch. More than one helps only on an idle host.
        start: weights to start from where they fit, a file for DeepLabCut-live; None starts from random ones.
        checkpoint: where the weights go every 500 steps; None keeps nothing.
    """

    seed: int = 1
    steps: int = 5000
    batch: int = 16
    learning_rate: float = 2e-3
    window_px: tuple[int, int] | None = (192, 128)
    whole_share: float = 0.2
    close_up_share: float = 0.2
    empty_share: float = 0.06
    threads: int = 1
    start: Path | None = None
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """pictures (N, H, W, 3) uint8 BGR; keypoints (N, 5, 2); visible and labelled (N, 5)."""

    pictures: Tensor
    keypoints: Tensor
    visible: Tensor
    labelled: Tensor


def train_keypoints(
    frames: FrameSet,
    close_ups: Sequence[CloseUp] = (),
    settings: KeypointSettings | None = None,
    photographs: Photographs | None = None,
) -> nn.Module:
    """Train a network on frames that already have the width the network is fed; returns it in inference mode."""
    chosen = settings or KeypointSettings()
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(chosen.threads)
    network = in_format(build_keypoint_net(keypoint_config()), torch.channels_last)
    if chosen.start is not None:
        adopt_weights(network, chosen.start)
    optimiser = torch.optim.AdamW(network.parameters(), lr=chosen.learning_rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, chosen.learning_rate, total_steps=chosen.steps, pct_start=rise(chosen.steps, 0.05)
    )
    network.train()
    with Progress() as progress:
        task = progress.add_task("training keypoints", total=chosen.steps)
        for step, batch in enumerate(_batches(frames, close_ups, chosen, photographs), start=1):
            pictures = normalise(batch.pictures).contiguous(memory_format=torch.channels_last)
            heatmap, offsets = heads(network, pictures)
            targets = make_targets(batch.keypoints, batch.visible, *heatmap.shape[-2:])
            loss = keypoint_loss(heatmap, offsets, targets, batch.labelled)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            progress.update(task, advance=1, description=f"training keypoints, loss {loss.item():.3f}")
            if chosen.checkpoint is not None and step % 500 == 0:
                save_for_dlclive(network, keypoint_config(), chosen.checkpoint)
    return in_format(network.eval(), torch.contiguous_format)


def adopt_weights(network: nn.Module, file: Path) -> int:
    """Take over the weights of a file for DeepLabCut-live that fit; returns how many tensors of the file did not."""
    stored = torch.load(file, map_location="cpu", weights_only=True)["pose"]
    own = network.state_dict()
    fitting = {name: value for name, value in stored.items() if name in own and own[name].shape == value.shape}
    network.load_state_dict({**own, **fitting})
    return len(stored) - len(fitting)


def calibrate(network: nn.Module, frames: FrameSet) -> None:
    """Shift the likelihoods so that 0.9 tells seen from unseen points best on these frames, for each keypoint."""
    likelihood = predict(network, frames.images)[..., 2]
    shift_likelihoods(network, [best_threshold(likelihood[:, k], frames.visible[:, k]) for k in range(len(KEYPOINTS))])


def predict(network: nn.Module, images: NDArray[np.uint8], batch: int = 16) -> NDArray[np.float32]:
    """Poses (N, 5, 3) in px of the images."""
    model = FramesToPoses(network).eval()
    with torch.inference_mode():
        parts = [model(torch.from_numpy(images[i : i + batch])).numpy() for i in range(0, len(images), batch)]
    return np.concatenate(parts)


def _batches(
    frames: FrameSet, close_ups: Sequence[CloseUp], settings: KeypointSettings, photographs: Photographs | None
) -> Iterator[Batch]:
    rng = np.random.default_rng(settings.seed)
    real = round(settings.batch * settings.close_up_share) if close_ups else 0
    empty = round(settings.batch * settings.empty_share) if photographs else 0
    for step in range(settings.steps):
        drawn = rng.integers(len(frames), size=settings.batch - real - empty)
        examples = [_from_frames(frames, int(i), rng, photographs) for i in drawn]
        for i in rng.integers(max(1, len(close_ups)), size=real):
            examples.append(_from_close_up(close_ups[int(i)], rng, frames))
        if photographs is not None:
            examples += [_empty(photographs, rng, frames) for _ in range(empty)]
        if settings.window_px is not None and step < (1 - settings.whole_share) * settings.steps:
            examples = [_window(example, settings.window_px, rng) for example in examples]
        images, keypoints, visible, labelled = zip(*examples, strict=True)
        yield Batch(
            torch.from_numpy(np.stack(images)),
            torch.from_numpy(np.stack(keypoints)),
            torch.from_numpy(np.stack(visible)),
            torch.from_numpy(np.stack(labelled)),
        )


Example = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]


def _from_frames(frames: FrameSet, i: int, rng: np.random.Generator, photographs: Photographs | None) -> Example:
    image, keypoints = frames.images[i], frames.keypoints[i]
    if rng.random() < CLUTTERED_SHARE:
        image = add_clutter(image, rng, keypoints, photographs)
    return _finish(image, keypoints, frames.visible[i], frames.labelled[i], rng)


def _empty(photographs: Photographs, rng: np.random.Generator, frames: FrameSet) -> Example:
    """A place without an animal: known to show no keypoint."""
    height, width = frames.images.shape[1:3]
    image = add_clutter(photographs.patch(rng, width, height), rng, photographs=photographs)
    anywhere = (rng.random((len(KEYPOINTS), 2)) * (width, height)).astype(np.float32)
    unseen = np.zeros(len(KEYPOINTS), np.bool_)
    return _finish(image, anywhere, unseen, ~unseen, rng)


def _from_close_up(close_up: CloseUp, rng: np.random.Generator, frames: FrameSet) -> Example:
    height, width = frames.images.shape[1:3]
    image, keypoints = place_in_frame(close_up, rng, width, height)
    labelled = np.isfinite(keypoints).all(axis=1)
    with np.errstate(invalid="ignore"):
        visible = labelled & ((keypoints >= 0) & (keypoints <= (width - 1, height - 1))).all(axis=1)
    return _finish(image, keypoints, visible, labelled, rng)


def _finish(
    image: NDArray[np.uint8],
    keypoints: NDArray[np.float32],
    visible: NDArray[np.bool_],
    labelled: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Example:
    """Mirror every second picture, then disturb its pixels."""
    if rng.random() < 0.5:
        keypoints = mirror_keypoints(keypoints, image.shape[1])
        order = list(MIRRORED)
        image, visible, labelled = np.ascontiguousarray(image[:, ::-1]), visible[order], labelled[order]
    return disturb_pixels(image, rng), keypoints, visible, labelled


def _window(example: Example, size: tuple[int, int], rng: np.random.Generator) -> Example:
    """A window near the face; one in ten anywhere, so that empty cage is seen too. Points outside are not visible."""
    image, keypoints, visible, labelled = example
    room = np.array([image.shape[1] - size[0], image.shape[0] - size[1]])
    corner = rng.uniform(0, 1, 2) * room
    if labelled.any() and rng.random() < 0.9:
        middle = keypoints[labelled].mean(axis=0) + rng.normal(0, 0.2, 2) * size
        corner = np.clip(middle - np.array(size) / 2, 0, room)
    left, top = (int(value) for value in corner)
    moved = (keypoints - (left, top)).astype(np.float32)
    with np.errstate(invalid="ignore"):
        inside = ((moved >= 0) & (moved <= (size[0] - 1, size[1] - 1))).all(axis=1)
    picture = np.ascontiguousarray(image[top : top + size[1], left : left + size[0]])
    return picture, moved, visible & inside, labelled
