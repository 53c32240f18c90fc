"""The host: its folders, and the cameras that it reads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from painwatch.capture.cameras import Still, grab_still
from painwatch.check.findings import Finding, Place, fault
from painwatch.config.loader import Loaded
from painwatch.config.models import CameraConfig
from painwatch.config.places import Places
from painwatch.config.sources import RemoteSource
from painwatch.one_instance import running_pid, why_not_ours

DATA_ROOM_BYTES = 200_000_000
"""A month of one cage's moments and minutes with room to spare."""

_AT_ONCE = 4
"""Cameras opened side by side: one that does not answer must not hold up all others."""

_UNKNOWN_FRAME_BYTES = 1280 * 720 * 3


def of_cameras(
    loaded: Loaded, places: Places, frames: dict[str, int], progress: Callable[[str], None]
) -> Iterator[Finding]:
    """Opens each camera of this host for one picture; `frames` is given the bytes of each, by name."""
    config_dir = loaded.path.absolute().parent
    wanted: list[tuple[Place, CameraConfig]] = [
        (("cages", c, "cameras", n, "source"), camera)
        for c, cage in enumerate(loaded.config.cages)
        for n, camera in enumerate(cage.cameras)
        if not isinstance(camera.source, RemoteSource)
    ]

    def look(camera: CameraConfig) -> Still:
        progress(f"camera {camera.name}")
        return grab_still(camera, config_dir=config_dir, places=places)

    with ThreadPoolExecutor(_AT_ONCE, "still") as pool:
        for (place, camera), still in zip(wanted, pool.map(look, [c for _, c in wanted]), strict=True):
            if still.image is None:
                what, _, mend = still.fault.partition("; ")
                yield fault(loaded, place, f"camera {camera.name} gives no picture: {what}", mend or "look at it")
            else:
                frames[camera.name] = still.image.nbytes


def of_folders(loaded: Loaded, places: Places, frames: dict[str, int]) -> Iterator[Finding]:
    """Whether frames and history have room. `frames`: bytes of a picture of each camera that is known."""
    config = loaded.config
    per_camera = (frames.get(camera.name, _UNKNOWN_FRAME_BYTES) for _, camera in config.local_cameras)
    # A system that runs already has its frames there, and needs no second room for them.
    needed = 0 if running_pid(places.lock) else config.runtime.ring_slots * sum(per_camera)
    for key, folder, room in (("data_dir", places.data_dir, DATA_ROOM_BYTES), ("run_dir", places.run_dir, needed)):
        if trouble := _trouble_with(folder, room, shared=key == "run_dir"):
            mend = f"set `{key}` under `runtime:` to another folder, or make room"
            yield fault(loaded, ("runtime", key), trouble, mend)


def _trouble_with(folder: Path, needed_bytes: int, *, shared: bool) -> str:
    """Why `folder` cannot be used, empty if it can; `shared`: frames and sockets will lie in it."""
    try:
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if not existing.is_dir():
            return f"{existing} is not a folder"
        if not os.access(existing, os.W_OK | os.X_OK):
            return f"{folder}: this user may not write to {existing}"
        if shared and existing == folder and (why := why_not_ours(folder)):
            return f"{folder} {why}"
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return f"{folder} cannot be used ({error.strerror})"
    if free < needed_bytes:
        return f"{folder} has {free / 1e6:.0f} MB of room, {needed_bytes / 1e6:.0f} MB are needed"
    return ""
