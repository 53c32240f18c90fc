"""Rendered sets kept on disk between trainings: rendering takes minutes, reading them seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from painwatch_engines.data.pictures import FaceSet, FrameSet, load_faces, load_frames, save_set

SetT = TypeVar("SetT", FrameSet, FaceSet)


def kept_frames(folder: Path | None, name: str, make: Callable[[], FrameSet]) -> FrameSet:
    """The set of this name from the folder, or a new one that is then kept there. Without a folder nothing is kept.

    The name must say everything the set depends on.
    """
    return _kept(folder, name, make, load_frames)


def kept_faces(folder: Path | None, name: str, make: Callable[[], FaceSet]) -> FaceSet:
    """As kept_frames, for faces."""
    return _kept(folder, name, make, load_faces)


def _kept(folder: Path | None, name: str, make: Callable[[], SetT], load: Callable[[Path], SetT]) -> SetT:
    if folder is None:
        return make()
    path = folder / f"{name}.npz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{name}.part.npz"
        save_set(make(), unfinished)
        unfinished.rename(path)
    return load(path)
