"""The capture process of one camera: real servers, a real ring, a real socket in place of the hub."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
import zmq

from fixtures.cameras import RtspServer, wait_until
from painwatch.capture import ring_file, worker
from painwatch.capture.ring import RingReader
from painwatch.capture.source import Grab
from painwatch.capture.worker import run_capture
from painwatch.config.models import Config
from painwatch.config.places import Places
from painwatch.core.clock import SystemClock
from painwatch.core.errors import PainwatchError, SourceError, SourceFault
from painwatch.core.types import CameraPhase, CameraState
from painwatch.core.wire import decode
from servers.mjpeg_server import MjpegServer

pytestmark = pytest.mark.usefixtures("no_thread_left")


def plain_config(**camera: object) -> dict[str, object]:
    cage = {"name": "cage-1", "species": "rat", "strain": "rendered", "coat": "white"}
    timeouts = {"open_timeout_s": 10, "read_timeout_s": 3}
    return {"version": 1, "site": "test", "cages": [cage | {"cameras": [timeouts | {"name": "left"} | camera]}]}


class Ear:
    """Listens as the hub does and remembers what it heard."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket
        self.heard: list[CameraState] = []

    def phases(self) -> list[tuple[CameraPhase, str]]:
        """Phase and fault of each change heard so far."""
        with contextlib.suppress(zmq.Again):
            while True:
                message = decode(self._socket.recv(zmq.NOBLOCK))
                assert isinstance(message, CameraState)
                self.heard.append(message)
        seen = [(state.phase, state.fault) for state in self.heard]
        return [phase for number, phase in enumerate(seen) if number == 0 or seen[number - 1] != phase]

    def hears(self, phase: CameraPhase) -> bool:
        """Whether the camera comes to `phase` before the deadline."""
        return wait_until(lambda: [p for p, _ in self.phases()][-1:] == [phase])


@pytest.fixture
def places(tmp_path: Path) -> Places:
    run_dir = tmp_path / "run"
    run_dir.mkdir(mode=0o700)
    return Places(run_dir, tmp_path / "data")


@pytest.fixture
def ear(places: Places) -> Iterator[Ear]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind(places.results)
    yield Ear(socket)
    socket.close(0)
    context.term()


@contextlib.contextmanager
def running(places: Places, folder: Path, **camera: object) -> Iterator[None]:
    stop = threading.Event()
    config = Config.model_validate(plain_config(**camera))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            run_capture(config, places, "left", config_dir=folder, stop=stop)
        except PainwatchError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failures == []


@pytest.mark.parametrize("kind", ["http_mjpeg", "rtsp"])
def test_a_camera_that_goes_away_comes_back_by_itself(
    places: Places, ear: Ear, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    name = "rtsp_server" if kind == "rtsp" else "mjpeg_server"
    server: MjpegServer | RtspServer = request.getfixturevalue(name)
    with running(places, tmp_path, source={"kind": kind, "url": server.url()}):
        assert ear.hears(CameraPhase.LIVE)
        reader = RingReader(places.ring("left"))
        before = reader.newest_seq
        server.stop()
        assert ear.hears(CameraPhase.LOST)
        server.start()
        assert ear.hears(CameraPhase.LIVE)
        assert wait_until(lambda: reader.newest_seq > before + 3)
        reader.close()
    phases = [phase for phase, _ in ear.phases() if phase is not CameraPhase.CONNECTING]
    assert (phases[0], phases[-1]) == (CameraPhase.LIVE, CameraPhase.LIVE)
    faults = {fault for phase, fault in ear.phases() if phase is CameraPhase.LOST}
    assert faults
    assert faults <= {"ended", "timeout", "not_found"}
    last = ear.heard[-1]
    assert last.reconnects >= 1
    assert (last.width_px, last.height_px) == ((320, 240) if kind == "rtsp" else (160, 120))
    assert not places.ring("left").exists()


def test_a_frozen_camera_is_not_left_alone_for_long(
    places: Places, ear: Ear, tmp_path: Path, mjpeg_server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "backoff_s", lambda failures, chance: 3600.0)
    monkeypatch.setattr(worker, "FROZEN_WAIT_S", 0.1)
    source = {"kind": "http_mjpeg", "url": mjpeg_server.url(still=1)}
    with running(places, tmp_path, source=source, frozen_after_s=0.3):
        assert wait_until(lambda: ear.phases() and ear.heard[-1].reconnects >= 2)
    assert {fault for phase, fault in ear.phases() if phase is CameraPhase.LOST} == {"frozen"}


def test_a_camera_that_is_not_there_is_told_with_its_reason_and_no_password(
    places: Places, ear: Ear, tmp_path: Path, mjpeg_server: MjpegServer
) -> None:
    (tmp_path / "password").write_text("wr0ng")
    source = {
        "kind": "http_mjpeg",
        "url": mjpeg_server.url(auth=1),
        "username": "vet",
        "password": {"file": "password"},
    }
    with running(places, tmp_path, source=source):
        assert ear.hears(CameraPhase.LOST)
    assert ear.phases()[-1] == (CameraPhase.LOST, "auth")
    assert "wr0ng" not in str(ear.heard)
    assert not places.ring("left").exists()


def test_a_recording_loses_nothing_ends_and_stays_readable(
    places: Places, ear: Ear, tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    clip = make_clip(frames=60)
    with running(places, tmp_path, source={"kind": "file", "path": str(clip), "pace": "fast"}):
        reader, seen = RingReader(places.ring("left")), [0]

        def read_on() -> bool:
            frame = reader.next_after(seen[-1])
            # The last ones are left unacknowledged: they must stay.
            if frame is not None and frame.seq <= 55:
                reader.acknowledge(frame.seq)
            if frame is not None:
                seen.append(frame.seq)
            return seen[-1] == 60

        assert wait_until(read_on)
        assert seen == list(range(61))
        assert ear.hears(CameraPhase.ENDED)
        assert reader.at(60) is not None
        reader.close()
    assert ear.phases()[-1] == (CameraPhase.ENDED, "ended")
    assert list(places.run_dir.rglob("*.ring")) == []
    assert list(places.run_dir.rglob("*.epoch")) == []


def test_no_room_for_the_ring_is_told_and_got_over(
    places: Places, ear: Ear, tmp_path: Path, mjpeg_server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, allocate = threading.Event(), os.posix_fallocate
    full.set()

    def posix_fallocate(handle: int, start: int, length: int) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        allocate(handle, start, length)

    monkeypatch.setattr(ring_file.os, "posix_fallocate", posix_fallocate)
    with running(places, tmp_path, source={"kind": "http_mjpeg", "url": mjpeg_server.url()}):
        assert ear.hears(CameraPhase.LOST)
        assert "no room for 8 frames of 160 x 120 px" in ear.heard[-1].detail
        full.clear()
        assert ear.hears(CameraPhase.LIVE)


def test_a_hub_that_is_away_holds_nothing_up(places: Places, tmp_path: Path, mjpeg_server: MjpegServer) -> None:
    with running(places, tmp_path, source={"kind": "http_mjpeg", "url": mjpeg_server.url()}):
        reader = RingReader(places.ring("left"))
        assert wait_until(lambda: reader.newest_seq > 5)
        reader.close()


def test_a_camera_nobody_configured_is_an_error(places: Places, tmp_path: Path) -> None:
    config = Config.model_validate(plain_config(source={"kind": "virtual", "view": "left"}))
    with pytest.raises(PainwatchError, match="no camera 'right'; there are left"):
        run_capture(config, places, "right", config_dir=tmp_path, stop=threading.Event())


class HangingSource:
    """A driver that hangs in the second read, until it is closed."""

    live = True

    def __init__(self, first: Grab) -> None:
        self._first: Grab | None = first
        self._closed = threading.Event()

    def open(self) -> None: ...

    def read(self) -> Grab:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        self._closed.wait()
        raise SourceError(SourceFault.ENDED, "closed")

    def close(self) -> None:
        self._closed.set()


def test_a_driver_that_hangs_ends_the_process_after_it_was_told(
    places: Places, ear: Ear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Grab(np.zeros((48, 64, 3), np.uint8), SystemClock().now())
    monkeypatch.setattr(worker, "open_source", lambda *_, **__: HangingSource(first))
    config = Config.model_validate(
        plain_config(source={"kind": "virtual", "view": "left"}, open_timeout_s=0.2, read_timeout_s=0.2)
    )
    with pytest.raises(PainwatchError, match="has hung for"):
        run_capture(config, places, "left", config_dir=tmp_path, stop=threading.Event())
    assert wait_until(lambda: ear.phases()[-1:] == [(CameraPhase.LOST, "timeout")])
    assert places.ring("left").exists()


CHILD = """
import signal, sys, threading, yaml
from pathlib import Path
from painwatch.capture.worker import run_capture
from painwatch.config.models import Config
from painwatch.config.places import Places
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
folder = Path(sys.argv[1])
config = Config.model_validate(yaml.safe_load((folder / "config.yaml").read_text()))
run_capture(config, Places(folder / "run", folder / "data"), "left", config_dir=folder, stop=stop)
"""


def test_numbers_go_on_when_the_process_is_killed_and_a_stop_leaves_no_ring(
    places: Places, tmp_path: Path, mjpeg_server: MjpegServer
) -> None:
    config = plain_config(source={"kind": "http_mjpeg", "url": mjpeg_server.url()})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    reader = RingReader(places.ring("left"))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)])

    child = start()
    assert wait_until(lambda: reader.newest_seq > 3)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    killed_at = reader.newest_seq
    child = start()
    assert wait_until(lambda: reader.newest_seq > killed_at)
    frame = reader.next_after(killed_at)
    assert frame is not None
    child.terminate()
    assert child.wait(60) == 0
    assert reader.newest() is None
    reader.close()
    assert list(places.run_dir.rglob("*.ring*")) == []
