"""Recordings through FFmpeg (PyAV): every picture in its turn, none dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame

from painwatch.capture.decoding import prepare
from painwatch.capture.epoch import shared_epoch
from painwatch.capture.faults import as_source_error, source_error
from painwatch.capture.picture import bgr_of
from painwatch.capture.source import Grab
from painwatch.core.clock import Clock, Stamp
from painwatch.core.errors import SourceError, SourceFault

CORRUPT_IN_A_ROW = 300
"""A recording is read on over a damaged stretch this long; then it is a codec fault."""


class FileSource:
    """A `Source` that plays a video file.

    With pace `realtime` pictures come when the recording says, and are stamped when they come. With `fast` they come
    as quickly as they are taken; their wall time is that of the recording's start plus their place in it, their
    monotonic time that of the grab. Where the start is not known, it is the time of the first opening; the recordings
    of one cage share that through the file `epoch`, so that pictures taken together stay together.

    Args:
        epoch: where the cage's recordings agree on their start; only `fast` uses it.
        started_ns: when the recording was begun, UTC nanoseconds, if that is known; only `fast` uses it.
    """

    live = False

    def __init__(
        self,
        path: Path,
        *,
        pace: Literal["realtime", "fast"],
        loop: bool,
        epoch: Path,
        clock: Clock,
        started_ns: int | None = None,
    ) -> None:
        self._path, self._pace, self._loop, self._epoch, self._clock = path, pace, loop, epoch, clock
        self._started_ns = started_ns
        self._closing = threading.Event()
        self._decoding = threading.Lock()
        self._container: InputContainer | None = None
        self._pictures: Iterator[tuple[VideoFrame, int]] = iter(())
        self._start = Stamp(0, 0)
        self._first_s = self._played_s = 0.0

    def open(self) -> None:
        self.close()
        self._closing.clear()
        with self._decoding:
            self._begin()
        now = self._clock.now()
        self._start, self._played_s = Stamp(self._start_ns(now.wall_ns), now.mono_ns), 0.0

    def read(self) -> Grab:
        frame, corrupt = self._next()
        media_time_s = max(0.0, float(frame.time) - self._first_s) if frame.time is not None else 0.0
        since_start_ns = int((self._played_s + media_time_s) * 1e9)
        if self._pace == "realtime":
            self._wait_until(self._start.mono_ns + since_start_ns)
        image, stamp = bgr_of(frame), self._clock.now()
        if self._pace == "fast":
            stamp = Stamp(self._start.wall_ns + since_start_ns, stamp.mono_ns)
        return Grab(image, stamp, media_time_s=media_time_s, corrupt=corrupt)

    def close(self) -> None:
        self._closing.set()
        with self._decoding:
            if self._container is not None:
                self._container.close()
                self._container = None

    def _start_ns(self, now_ns: int) -> int:
        if self._pace == "realtime":
            return now_ns
        return shared_epoch(self._epoch, now_ns) if self._started_ns is None else self._started_ns

    def _begin(self) -> None:
        try:
            container = av.open(str(self._path))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise as_source_error(error, str(self._path), opened=False) from None
        if not container.streams.video:
            container.close()
            raise source_error(SourceFault.CODEC, "it holds no video", str(self._path))
        try:
            prepare(container.streams.video[0], str(self._path))
        except SourceError:
            container.close()
            raise
        self._container, self._pictures = container, pictures_of(container)
        # A piece cut out of a longer recording keeps the time stamps it had there.
        self._first_s = (container.start_time or 0) / 1e6

    def _next(self) -> tuple[VideoFrame, int]:
        with self._decoding:
            if self._container is None:
                raise source_error(SourceFault.ENDED, "it is closed", str(self._path))
            try:
                picture = next(self._pictures, None)
                if picture is None and self._loop:
                    self._played_s += _duration_s(self._container)
                    self._container.close()
                    self._begin()
                    picture = next(self._pictures, None)
            except SourceError:
                raise
            except (av.error.FFmpegError, OSError) as error:
                raise as_source_error(error, str(self._path), opened=True) from None
        if picture is None:
            raise source_error(SourceFault.ENDED, "the recording has ended", str(self._path))
        return picture

    def _wait_until(self, mono_ns: int) -> None:
        ahead_s = (mono_ns - self._clock.now().mono_ns) / 1e9
        if ahead_s > 0 and self._closing.wait(ahead_s):
            raise source_error(SourceFault.ENDED, "it was closed", str(self._path))


def pictures_of(container: InputContainer) -> Iterator[tuple[VideoFrame, int]]:
    """Every picture, and how many before it could not be decoded."""
    corrupt = 0
    for packet in container.demux(container.streams.video[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            corrupt += 1
            if corrupt >= CORRUPT_IN_A_ROW:
                raise as_source_error(error, container.name, opened=True) from None
            continue
        for frame in frames:
            yield frame, corrupt
            corrupt = 0


def _duration_s(container: InputContainer) -> float:
    """How long the recording lasts; FFmpeg counts it in microseconds."""
    return (container.duration or 0) / 1e6
