"""Where the shipped keypoint network puts the points of a real animal it never saw, and how often it finds a face.

    .venv/bin/python tests/benchmarks/real_clip.py CLIP [--sheet SHEET.png]

Prints the detection rate over every frame and writes 12 frames drawn with their points. There is no truth to hold them
against: look at them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import av
import cv2
import numpy as np

from painwatch.infer.keypoints import CompiledNetwork, estimate
from painwatch_engines import zoo
from painwatch_engines.anatomy import KEYPOINTS
from painwatch_engines.artefacts import FrameInput, load_model_folder
from painwatch_engines.face import LIKELIHOOD_THRESHOLD, FaceMultiple, find_face
from painwatch_engines.runtime import open_runtime

COLOURS = ((0, 255, 255), (255, 160, 0), (0, 160, 255), (255, 0, 255), (0, 255, 0))
SHOWN = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--sheet", type=Path, default=None)
    arguments = parser.parse_args()
    model = load_model_folder(zoo.path("keypoints"))
    assert isinstance(model.card.input, FrameInput)
    network, width_px = CompiledNetwork(open_runtime(model.model)), model.card.input.network_width_px
    with av.open(str(arguments.clip)) as clip:
        frames = [frame.to_ndarray(format="bgr24") for frame in clip.decode(video=0)]
    poses = np.array([estimate(network, frame, width_px) for frame in frames])
    faces = sum(
        find_face(pose, *frame.shape[1::-1], FaceMultiple(1.6)) is not None
        for pose, frame in zip(poses, frames, strict=True)
    )
    height, width = frames[0].shape[:2]
    print(f"{len(frames)} frames of {width} x {height} px; a face found in {faces / len(frames):.1%}")
    for index, name in enumerate(KEYPOINTS):
        seen = poses[:, index, 2] >= LIKELIHOOD_THRESHOLD
        where = np.median(poses[:, index, :2], axis=0).round()
        print(f"{name:10s} likelihood >= {LIKELIHOOD_THRESHOLD} in {seen.mean():6.1%}, median place {where}")
    if arguments.sheet is not None:
        chosen = np.linspace(0, len(frames) - 1, SHOWN).astype(int)
        drawn = [draw(frames[index], poses[index]) for index in chosen]
        cv2.imwrite(str(arguments.sheet), np.vstack([np.hstack(drawn[row : row + 4]) for row in range(0, SHOWN, 4)]))


def draw(frame: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Filled where the likelihood counts as seen, a ring where not."""
    shown = frame.copy()
    for (x, y, likelihood), colour in zip(pose, COLOURS, strict=True):
        centre = (round(float(x)), round(float(y)))
        cv2.circle(shown, centre, 9, colour, -1 if likelihood >= LIKELIHOOD_THRESHOLD else 2)
    return cv2.resize(shown, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
