"""Looks for the cameras of this host, and takes one picture of any camera: what `painwatch cameras` shows."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from painwatch.capture.ring import RingReader
from painwatch.capture.sources import open_source
from painwatch.config.models import CameraConfig
from painwatch.config.places import Places
from painwatch.config.sources import V4l2Source
from painwatch.core.clock import Clock, SystemClock
from painwatch.core.errors import PainwatchError, SourceError
from painwatch.core.types import Image
from painwatch.secrets import read_secret

SETTLE_FRAMES = 5
"""A camera's first pictures are often dark, until its exposure has settled."""

FRESH_S = 5.0
"""A picture that a running painwatch has put into the ring within so long is as good as a new one."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a camera, or why there is none."""

    name: str
    image: Image | None
    fault: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LocalCamera:
    """A Video4Linux device of this host. `path` is the one to configure: it stays the same when others are plugged in.

    `still.fault` says why it gives no picture: not all devices are cameras, and one may be in use.
    """

    path: Path
    device: Path
    still: Still


def list_cameras(
    *, dev: Path = Path("/dev"), sysfs: Path = Path("/sys/class/video4linux"), clock: Clock | None = None
) -> tuple[LocalCamera, ...]:
    """The V4L2 devices of this host in the order of their numbers, each with a picture if it gives one."""
    stable = {link.resolve(): link for link in sorted((dev / "v4l" / "by-id").glob("*"), reverse=True)}
    devices = sorted(dev.glob("video[0-9]*"), key=lambda device: int(device.name.removeprefix("video")))
    found = []
    for device in devices:
        name = device.name
        with contextlib.suppress(OSError):
            name = (sysfs / device.name / "name").read_text().strip()
        source = V4l2Source(kind="v4l2", device=device)
        camera = CameraConfig(name="local", source=source, open_timeout_s=5, read_timeout_s=5)
        still = grab_still(camera, config_dir=dev, clock=clock)
        found.append(LocalCamera(stable.get(device.resolve(), device), device, Still(name, still.image, still.fault)))
    return tuple(found)


def grab_still(
    camera: CameraConfig, *, config_dir: Path, places: Places | None = None, clock: Clock | None = None
) -> Still:
    """A picture of a configured camera: from the ring of a painwatch that runs, given its `places`, else from the
    camera itself, after its exposure has settled. Whatever goes wrong is told in the answer.
    """
    ticking = clock or SystemClock()
    image = _from_ring(places.ring(camera.name), ticking) if places else None
    if image is not None:
        return Still(camera.name, image)
    # A folder of its own: looking at a camera must not begin the common time of a run.
    with tempfile.TemporaryDirectory(prefix="painwatch-") as folder:
        try:
            source = open_source(
                camera,
                cage="still",
                config_dir=config_dir,
                run_dir=Path(folder),
                clock=ticking,
                secrets=partial(read_secret, config_dir=config_dir),
            )
            try:
                source.open()
                image = source.read().image
                with contextlib.suppress(SourceError):
                    for _ in range(SETTLE_FRAMES):
                        image = source.read().image
            finally:
                source.close()
        except PainwatchError as error:
            return Still(camera.name, image, "" if image is not None else str(error))
    return Still(camera.name, image)


def _from_ring(path: Path, clock: Clock) -> Image | None:
    reader = RingReader(path)
    try:
        frame = reader.newest()
    except PainwatchError:
        return None
    finally:
        reader.close()
    # A negative age is that of a frame from before the host was started.
    if frame is None or not 0 <= clock.now().mono_ns - frame.mono_ns <= FRESH_S * 1e9:
        return None
    return frame.image
