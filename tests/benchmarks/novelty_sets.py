"""How well a model's novelty tells faces like those it was trained on from other pictures, and how often it errs.

    .venv/bin/python tests/benchmarks/novelty_sets.py MODEL_FOLDER [--close-ups FOLDER] [--clip FILE] [--faces 200]

Faces of the kind on the model's card are rendered of animals kept for tests; other coats and species likewise. Real
pictures are used where their folder or file is given. Rendered faces say nothing about live animals.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from painwatch_engines.anatomy import Coat, Species
from painwatch_engines.artefacts import FaceInput, load_model_folder
from painwatch_engines.data.mouse_faces import SHOWN_EYE, read_close_ups
from painwatch_engines.data.pictures import TEST
from painwatch_engines.data.rendered import KINDS, disturbed, draw_face, render_frames
from painwatch_engines.face import FaceCrop, cut_face
from painwatch_engines.runtime import Runtime, open_runtime
from painwatch_engines.virtual_cage.sampling import Studio

Faces = NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="a model folder whose card has a novelty limit")
    parser.add_argument("--close-ups", type=Path, help="folder of real mouse close-ups with keypoints.csv")
    parser.add_argument("--clip", type=Path, help="a real video of a mouse")
    parser.add_argument("--faces", type=int, default=200, help="of each set")
    arguments = parser.parse_args()
    folder = load_model_folder(arguments.model)
    assert isinstance(folder.card.input, FaceInput)
    assert folder.card.novelty is not None, "the card has no novelty limit"
    size, limit, runtime = folder.card.input.size_px, folder.card.novelty.threshold, open_runtime(folder.model)
    domain = folder.card.domain
    own = [kind for kind in KINDS if kind[0] in domain.species and kind[1] in domain.coats]
    known = rendered(2 * arguments.faces, 21, size, own)
    usual = novelty(runtime, known)
    console, table = Console(width=100), Table("faces", "n", "AUROC", "above the limit")
    table.add_row("the model's own kind, unseen animals", str(len(usual)), "", f"{(usual > limit).mean():.1%}")
    for name, faces in outside(known[: arguments.faces], arguments, size, own):
        found = novelty(runtime, faces)
        truth = np.repeat([0, 1], [len(usual), len(found)])
        area = roc_auc_score(truth, np.concatenate([usual, found]))
        table.add_row(name, str(len(found)), f"{area:.3f}", f"{(found > limit).mean():.0%}")
    console.print(table)


def novelty(runtime: Runtime, faces: Faces) -> NDArray[np.float64]:
    parts = [runtime.run({"faces": faces[i : i + 8]})["novelty"] for i in range(0, len(faces), 8)]
    return np.concatenate(parts).astype(np.float64)


def outside(
    known: Faces, arguments: argparse.Namespace, size: int, own: list[tuple[Species, Coat]]
) -> Iterator[tuple[str, Faces]]:
    """Sets that the model was not made for, or that are no faces at all."""
    for number, kind in enumerate(KINDS):
        if kind not in own:
            yield f"rendered {kind[1]} {kind[0]}", rendered(arguments.faces, 31 + number, size, [kind])
    yield "no face: bedding, body, wall", no_faces(arguments.faces, size)
    yield "upside down", np.ascontiguousarray(known[:, ::-1, ::-1])
    yield "blurred by 4 px", np.stack([np.asarray(cv2.GaussianBlur(face, (0, 0), 4), np.uint8) for face in known])
    yield "at a third of the light", (known * 0.35).astype(np.uint8)
    if arguments.close_ups is not None:
        yield "real mouse close-ups", close_ups(arguments.close_ups, size)
    if arguments.clip is not None:
        yield "real clip, squares anywhere", squares(arguments.clip, arguments.faces, size)


def rendered(count: int, seed: int, size: int, kinds: Sequence[tuple[Species, Coat]]) -> Faces:
    """Faces of animals kept for tests, cut as from keypoints that are a little off."""
    rng, studio, found = np.random.default_rng(seed), Studio(), []
    for _ in range(count):
        species, coat = kinds[int(rng.integers(len(kinds)))]
        view, exact = draw_face(rng, studio, species, coat, int(rng.integers(TEST.first, TEST.last + 1)))
        found.append(cut_face(view.image, disturbed(exact, rng, 1.0, 1.0), size))
    return np.stack(found)


def no_faces(count: int, size: int) -> Faces:
    """Squares of rendered frames that hold no keypoint."""
    rng, frames, found = np.random.default_rng(0), render_frames(count, 41, TEST, 640), []
    for image, points in zip(frames.images, frames.keypoints, strict=True):
        height, width = image.shape[:2]
        for _ in range(20):
            x, y, side = rng.uniform(60, width - 60), rng.uniform(60, height - 60), rng.uniform(70, 260)
            if (np.abs(points - (x, y)).max(axis=1) > 0.6 * side).all():
                found.append(cut_face(image, FaceCrop(x, y, side, "one_eye", 0.0), size))
                break
    return np.stack(found)


def close_ups(folder: Path, size: int) -> Faces:
    """Cut as a face seen from the side: nose to eye is about half of nose to ear."""
    found = []
    for one in read_close_ups(folder):
        (eye_x, eye_y), nose = one.keypoints[SHOWN_EYE], one.keypoints[0]
        side = min(3.2 * float(np.hypot(eye_x - nose[0], eye_y - nose[1])), float(one.image.shape[0]))
        found.append(cut_face(one.image, FaceCrop(float(eye_x), float(eye_y), side, "one_eye", 0.0), size))
    return np.stack(found)


def squares(clip: Path, count: int, size: int) -> Faces:
    rng, found = np.random.default_rng(0), []
    with av.open(str(clip)) as video:
        for frame in video.decode(video=0):
            image = frame.to_ndarray(format="bgr24")
            height, width = image.shape[:2]
            x, y = rng.uniform(0.15, 0.85, 2) * (width, height)
            side = rng.uniform(0.25, 0.7) * height
            found.append(cut_face(image, FaceCrop(float(x), float(y), float(side), "one_eye", 0.0), size))
            if len(found) == count:
                break
    return np.stack(found)


if __name__ == "__main__":
    main()
