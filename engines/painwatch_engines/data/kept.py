"""Rendered sets kept on disk between trainings: rendering takes minutes, reading them seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from painwatch_engines.data.pictures import FaceSet, FrameSet, load_faces, load_frames, save_set


def kept_frames(folder: Path | None, name: str, make: Callable[[], FrameSet]) -> FrameSet:
    """The set of this name from the folder, or a new one that is then kept there. Without a folder nothing is kept.

    The name must say everything the set depends on.
    """
    if folder is None:
        return make()
    path = folder / f"{name}.npz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        save_set(make(), path)
    return load_frames(path)


def kept_faces(folder: Path | None, name: str, make: Callable[[], FaceSet]) -> FaceSet:
    """As kept_frames, for faces."""
    if folder is None:
        return make()
    path = folder / f"{name}.npz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        save_set(make(), path)
    return load_faces(path)
