"""Rendered frames kept on disk between trainings: rendering takes minutes, reading them seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from painwatch_engines.data.pictures import FrameSet, load_frames, save_set


def kept_frames(folder: Path | None, name: str, make: Callable[[], FrameSet]) -> FrameSet:
    """The set of this name from the folder, or a new one that is then kept there. Without a folder nothing is kept.

    The name must say everything the set depends on.
    """
    if folder is None:
        return make()
    path = folder / f"{name}.npz"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{name}.part.npz"
        save_set(make(), unfinished)
        unfinished.rename(path)
    return load_frames(path)
