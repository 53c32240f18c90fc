"""From a camera's configuration to its source."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from painwatch.capture.av_file import FileSource
from painwatch.capture.av_live import AvLiveSource
from painwatch.capture.av_options import http_mjpeg_input, rtsp_input, v4l2_input
from painwatch.capture.frozen import FrozenGuard
from painwatch.capture.pace import Pace
from painwatch.capture.source import Source
from painwatch.capture.virtual import VirtualSource
from painwatch.config import sources as kinds
from painwatch.config.models import CameraConfig
from painwatch.core.clock import Clock
from painwatch.core.errors import PainwatchError
from painwatch.secrets import SecretReader


def open_source(
    camera: CameraConfig,
    *,
    cage: str,
    config_dir: Path,
    run_dir: Path,
    clock: Clock,
    secrets: SecretReader,
    sample_rate_hz: float | None = None,
) -> Source:
    """The source of `camera`, not opened yet; nothing is touched but the secret's place.

    Args:
        config_dir: where relative paths in the configuration start.
        run_dir: where the cameras of a host agree on a common start.
        sample_rate_hz: how often the camera is looked at; a network or local camera then gives only the pictures that
            can be, see `pace`. None: all.

    Raises:
        PainwatchError: the camera is on another host, or its password cannot be read.
    """
    match camera.source:
        case kinds.FileSource() as file:
            return FileSource(
                config_dir / file.path,
                pace=file.pace,
                loop=file.loop and file.pace == "realtime",
                epoch=recording_epoch(run_dir, cage),
                clock=clock,
                started_ns=None if file.started_at is None else _utc_ns(file.started_at),
            )
        case kinds.VirtualSource() as virtual:
            local = config_dir / virtual.scenario
            scenario = str(local) if local.is_file() else virtual.scenario
            epoch = run_dir / f"virtual-{Path(virtual.scenario).stem}.epoch"
            source: Source = VirtualSource(scenario, virtual.view, epoch=epoch, clock=clock)
            return FrozenGuard(source, frozen_after_s=camera.frozen_after_s, where=camera.name)
        case kinds.RtspSource() as rtsp:
            wanted = rtsp_input(rtsp, secrets(rtsp.password) if rtsp.password else None)
        case kinds.HttpMjpegSource() as http:
            wanted = http_mjpeg_input(http, secrets(http.password) if http.password else None)
        case kinds.V4l2Source() as v4l2:
            wanted = v4l2_input(v4l2)
        case kinds.RemoteSource() as remote:
            what = f"the camera is on the host {remote.host}, which captures and judges it"
            raise PainwatchError(what, where=camera.name, mend="its pictures can be seen there")
    live = AvLiveSource(
        wanted,
        open_timeout_s=camera.open_timeout_s,
        read_timeout_s=camera.read_timeout_s,
        clock=clock,
        pace=None if sample_rate_hz is None else Pace(sample_rate_hz),
    )
    return FrozenGuard(live, frozen_after_s=camera.frozen_after_s, where=wanted.shown)


def recording_epoch(run_dir: Path, cage: str) -> Path:
    """Where the recordings of one cage agree on their start."""
    return run_dir / f"recording-{cage}.epoch"


def _utc_ns(moment: datetime) -> int:
    """Whole numbers throughout: a float of nanoseconds since 1970 is off by up to 128."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
