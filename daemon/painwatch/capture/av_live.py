"""Live cameras through FFmpeg (PyAV): RTSP, HTTP MJPEG and V4L2.

A thread of its own reads and decodes without pause and keeps the newest picture only, so that what `read` gives is
never older than one frame interval, and so that `read` ends in time even where the library or the driver hangs. With a
pace, pictures that nobody could look at are passed over: not even decoded where each stands for itself, as in MJPEG.
"""

from __future__ import annotations

import threading
import time

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame

from painwatch.capture.av_options import AvInput
from painwatch.capture.decoding import prepare
from painwatch.capture.faults import as_source_error, source_error
from painwatch.capture.pace import Pace
from painwatch.capture.picture import bgr_of
from painwatch.capture.source import Grab
from painwatch.core.clock import Clock, Stamp
from painwatch.core.errors import SourceError, SourceFault

CORRUPT_IN_A_ROW = 30
"""So many pictures that cannot be decoded, one after the other, are a codec fault and no longer a bad line."""

OLD_IF_READY_WITHIN_S = 0.003
"""A camera at 240 frames a second takes 4 ms to the next; what is there sooner was waiting in a queue."""

OLD_AT_MOST_S = 3.0
"""The longest that the pictures of a newly opened camera are taken for old ones."""

GRACE_S = 2.0
"""How much longer than the library's own timeout we wait for it to keep its word."""


class AvLiveSource:
    """A `Source` that gives the newest picture of a camera.

    Args:
        open_timeout_s, read_timeout_s: how long the camera may take to answer, and from picture to picture.
        pace: which pictures are given; None: each, unless a newer one is there.
    """

    live = True

    def __init__(
        self,
        wanted: AvInput,
        *,
        open_timeout_s: float,
        read_timeout_s: float,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._wanted = wanted
        self._pace = pace
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._clock = clock
        self._connection: _Connection | None = None

    def open(self) -> None:
        self.close()
        connection = _Connection(self._wanted, self._open_timeout_s, self._read_timeout_s, self._clock, self._pace)
        self._connection = connection
        connection.thread.start()
        with connection.changed:
            connection.changed.wait_for(lambda: connection.opened or connection.error, self._open_timeout_s + GRACE_S)
            if connection.error is not None:
                raise connection.error
            if not connection.opened:
                raise source_error(SourceFault.TIMEOUT, "no answer in time", self._wanted.shown)

    def read(self) -> Grab:
        connection = self._connection
        if connection is None:
            raise source_error(SourceFault.ENDED, "it is closed", self._wanted.shown)
        with connection.changed:
            connection.wait(self._read_timeout_s)
            if connection.newest is None:
                if connection.error is not None:
                    raise connection.error
                if connection.corrupt:
                    what = f"{connection.corrupt} pictures that cannot be decoded, and no other"
                    raise source_error(SourceFault.CODEC, what, self._wanted.shown)
                raise source_error(SourceFault.TIMEOUT, "no picture in time", self._wanted.shown)
            frame, stamp = connection.newest
            came, dropped, corrupt = connection.came, connection.dropped, connection.corrupt
            connection.newest, connection.came, connection.dropped, connection.corrupt = None, 0, 0, 0
        return Grab(bgr_of(frame), stamp, dropped=dropped, corrupt=corrupt, came=came)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        connection.end(source_error(SourceFault.ENDED, "it was closed", self._wanted.shown))
        connection.thread.join(max(self._open_timeout_s, self._read_timeout_s) + GRACE_S)
        if connection.thread.is_alive():
            raise source_error(SourceFault.TIMEOUT, "its driver does not let go", self._wanted.shown)


class _Connection:
    """One connection: its thread, and what that has brought. Fields are read and set while holding `changed`."""

    def __init__(
        self, wanted: AvInput, open_timeout_s: float, read_timeout_s: float, clock: Clock, pace: Pace | None
    ) -> None:
        self._wanted = wanted
        self._timeouts_s = (open_timeout_s, read_timeout_s)
        self._clock, self._pace = clock, pace
        self.changed = threading.Condition()
        self.opened = False
        self.error: SourceError | None = None
        self.newest: tuple[VideoFrame, Stamp] | None = None
        self.came = 0
        self.came_at = 0.0
        self.dropped = 0
        self.corrupt = 0
        self._asked_at = 0.0
        # A daemon, as a thread that hangs in a driver must not keep the process from ending.
        self.thread = threading.Thread(target=self._run, name=f"read {wanted.shown}", daemon=True)

    def end(self, error: SourceError) -> None:
        """Tells both sides that it is over, and why; the first reason stays."""
        with self.changed:
            self.error = self.error or error
            self.changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Waits, holding `changed`, for a picture or an error, until none has come for so long, wanted or not."""
        since = time.monotonic()
        while not self.changed.wait_for(
            lambda: self.newest or self.error, max(0.0, since + timeout_s - time.monotonic())
        ):
            if self.came_at <= since:
                return
            since = self.came_at

    def _run(self) -> None:
        self._asked_at = time.monotonic()
        try:
            with av.open(
                self._wanted.address,
                format=self._wanted.format,
                options=self._wanted.options,
                timeout=self._timeouts_s,
            ) as container:
                self._read_all(container)
            self.end(as_source_error(EOFError(), self._wanted.shown, opened=True))
        except SourceError as error:
            self.end(error)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            overdue = time.monotonic() - self._asked_at >= self._timeouts_s[1 if self.opened else 0]
            self.end(as_source_error(error, self._wanted.shown, opened=self.opened, overdue=overdue))

    def _read_all(self, container: InputContainer) -> None:
        if not container.streams.video:
            raise source_error(SourceFault.CODEC, "it sends no video", self._wanted.shown)
        stream = container.streams.video[0]
        prepare(stream, self._wanted.shown)
        with self.changed:
            self.opened = True
            self.changed.notify_all()
        old, corrupt_in_a_row = self._wanted.queues, 0
        opened_at = self._asked_at = time.monotonic()
        alone = self._pace is not None and stream.codec_context.codec.intra_only
        for packet in container.demux(stream):
            now = time.monotonic()
            old = old and now - self._asked_at < OLD_IF_READY_WITHIN_S and now - opened_at < OLD_AT_MOST_S
            frames: list[VideoFrame] = []
            if alone and packet.size and not self._wants(self._clock.now()):
                self._pass_over(old=old)
            else:
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    corrupt_in_a_row += 1
                    self._count_corrupt()
            for frame in frames:
                if frame.is_corrupt:
                    corrupt_in_a_row += 1
                    self._count_corrupt()
                else:
                    corrupt_in_a_row = 0
                    self._offer(frame, old=old)
            if corrupt_in_a_row >= CORRUPT_IN_A_ROW:
                what = f"{corrupt_in_a_row} pictures in a row cannot be decoded"
                raise source_error(SourceFault.CODEC, what, self._wanted.shown)
            if self.error is not None:
                return
            self._asked_at = time.monotonic()

    def _count_corrupt(self) -> None:
        with self.changed:
            self.corrupt += 1

    def _offer(self, frame: VideoFrame, *, old: bool) -> None:
        stamp = self._clock.now()
        with self.changed:
            if old or not self._wants(stamp):
                self._pass_over(old=old)
                return
            self._count(dropped=self.newest is not None)
            self.newest = (frame, stamp)
            if self._pace is not None:
                self._pace.handed(stamp.wall_ns)
            self.changed.notify_all()

    def _wants(self, stamp: Stamp) -> bool:
        # What waits to be read makes way for what is newer, whatever the pace.
        return self._pace is None or self.newest is not None or self._pace.due(stamp.wall_ns)

    def _pass_over(self, *, old: bool) -> None:
        with self.changed:
            self._count(dropped=old)

    def _count(self, *, dropped: bool) -> None:
        self.came += 1
        self.came_at = time.monotonic()
        self.dropped += dropped
