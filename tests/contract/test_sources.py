"""What every source promises, whatever is behind it: real servers, a real recording, the real virtual cage."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fixtures.cameras import RtspServer
from painwatch.capture.source import Grab, Source
from painwatch.capture.sources import open_source
from painwatch.capture.virtual import VirtualSource
from painwatch.config.models import CameraConfig
from painwatch.core.clock import SystemClock
from painwatch.core.errors import SourceError, SourceFault
from painwatch.secrets import read_secret
from servers.mjpeg_server import PASSWORD, USER, MjpegServer

pytestmark = pytest.mark.usefixtures("no_thread_left")

Make = Callable[..., Source]
BOUND_S = 30.0
"""No fault may take longer to show, on however busy a machine: what is tested is that there is a bound."""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a source from its configuration and closes it after the test."""
    monkeypatch.setenv("CAMERA_PASSWORD", PASSWORD)
    made: list[Source] = []

    def make_one(kind: str, *, cage: str = "cage-1", **settings: object) -> Source:
        rate = settings.pop("sample_rate_hz", None)
        timeouts = {name: settings.pop(name) for name in tuple(settings) if name.endswith("_s")}
        camera = CameraConfig.model_validate(
            {"name": "camera", "source": {"kind": kind} | settings, "open_timeout_s": 20, "read_timeout_s": 10}
            | timeouts
        )
        source = open_source(
            camera,
            cage=cage,
            config_dir=tmp_path,
            run_dir=tmp_path / "run",
            clock=SystemClock(),
            secrets=lambda secret: read_secret(secret, config_dir=tmp_path),
            sample_rate_hz=rate if isinstance(rate, float) else None,
        )
        made.append(source)
        return source

    yield make_one
    for source in made:
        source.close()


@dataclass(frozen=True)
class Kind:
    """One kind of source in good health, and one of its kind that is not there."""

    well: Source
    missing: Source


@pytest.fixture(params=["file", "file_fast", "virtual", "http_mjpeg", "rtsp_h264", "rtsp_mjpeg", "v4l2"])
def kind(request: pytest.FixtureRequest, make: Make, tmp_path: Path) -> Kind:
    match request.param:
        case "file" | "file_fast":
            pace = "fast" if request.param == "file_fast" else "realtime"
            clip = request.getfixturevalue("make_clip")()
            return Kind(make("file", path=clip, pace=pace), make("file", path=tmp_path / "none.mp4", pace=pace))
        case "virtual":
            return Kind(make("virtual", view="left"), make("virtual", view="from-below"))
        case "http_mjpeg":
            server = request.getfixturevalue("mjpeg_server")
            return Kind(make("http_mjpeg", url=server.url()), make("http_mjpeg", url=server.url("none")))
        case "rtsp_h264" | "rtsp_mjpeg":
            rtsp = request.getfixturevalue("rtsp_server")
            path = request.param.removeprefix("rtsp_")
            return Kind(make("rtsp", url=rtsp.url(path)), make("rtsp", url=rtsp.url("none")))
        case _:
            devices = sorted(Path("/dev").glob("video*"))
            if not devices:
                pytest.skip("this host has no V4L2 camera; that a missing one is not_found is tested all the same")
            return Kind(make("v4l2", device=devices[0]), make("v4l2", device="/dev/video-none"))


def fault_of(act: Callable[[], object]) -> SourceError:
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        act()
    assert time.monotonic() - began < BOUND_S
    return caught.value


def read_until_fault(source: Source) -> tuple[list[Grab], SourceError]:
    grabs: list[Grab] = []

    def read_on() -> None:
        while True:
            grabs.append(source.read())

    return grabs, fault_of(read_on)


def test_pictures_come_whole_and_stamped(kind: Kind) -> None:
    kind.well.open()
    grabs = [kind.well.read() for _ in range(5)]
    for grab in grabs:
        assert grab.image.dtype == np.uint8
        assert grab.image.ndim == 3
        assert grab.image.shape == (*grabs[0].image.shape[:2], 3)
        assert grab.image.std() > 1
    for before, after in itertools.pairwise(grabs):
        assert before.stamp.wall_ns < after.stamp.wall_ns
        assert before.stamp.mono_ns < after.stamp.mono_ns
        assert not np.array_equal(before.image, after.image)
    assert all((grab.media_time_s is None) == kind.well.live for grab in grabs)


def test_what_is_not_there_is_not_found(kind: Kind) -> None:
    assert fault_of(kind.missing.open).fault is SourceFault.NOT_FOUND


def test_closing_twice_is_fine_and_reading_after_it_is_an_error(kind: Kind) -> None:
    kind.well.close()
    kind.well.open()
    kind.well.read()
    kind.well.close()
    kind.well.close()
    assert fault_of(kind.well.read).fault is SourceFault.ENDED


def test_what_was_closed_opens_again(kind: Kind) -> None:
    for _ in range(2):
        kind.well.open()
        assert kind.well.read().image.size
        kind.well.close()


def test_a_v4l2_device_that_is_not_there_is_not_found(make: Make) -> None:
    assert fault_of(make("v4l2", device="/dev/video-none").open).fault is SourceFault.NOT_FOUND


@pytest.mark.parametrize("kind_name", ["http_mjpeg", "rtsp"])
def test_a_camera_that_refuses_the_connection_is_not_found(make: Make, kind_name: str) -> None:
    with MjpegServer() as server:
        port = server.port
    scheme = kind_name.removesuffix("_mjpeg")
    assert fault_of(make(kind_name, url=f"{scheme}://127.0.0.1:{port}/").open).fault is SourceFault.NOT_FOUND


SECRET = {"env": "CAMERA_PASSWORD"}
WRONG = {"file": "wrong"}


@pytest.mark.parametrize("credentials", [{}, {"username": USER, "password": WRONG}])
def test_wrong_credentials_are_a_fault_of_their_own_and_in_no_text(
    make: Make,
    mjpeg_server: MjpegServer,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    credentials: dict[str, object],
) -> None:
    (tmp_path / "wrong").write_text("wr0ng:pass@word\n")
    rtsp_server: RtspServer = request.getfixturevalue("rtsp_server")
    for source in (
        make("http_mjpeg", url=mjpeg_server.url(auth=1), **credentials),
        make("rtsp", url=rtsp_server.url("locked"), **credentials),
    ):
        error = fault_of(source.open)
        assert error.fault is SourceFault.AUTH
        for text in (str(error), repr(error), repr(error.__cause__), repr(error.__context__)):
            assert "wr0ng" not in text
            assert "pass%40word" not in text


def test_the_right_credentials_open_both_kinds(
    make: Make, mjpeg_server: MjpegServer, request: pytest.FixtureRequest
) -> None:
    rtsp_server: RtspServer = request.getfixturevalue("rtsp_server")
    for source in (
        make("http_mjpeg", url=mjpeg_server.url(auth=1), username=USER, password=SECRET),
        make("rtsp", url=rtsp_server.url("locked"), username=USER, password=SECRET),
    ):
        source.open()
        assert source.read().image.size


def test_a_broken_line_leaks_no_password_either(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(auth=1, frames=5, then="close"), username=USER, password=SECRET)
    source.open()
    _, error = read_until_fault(source)
    assert PASSWORD not in str(error)
    assert "s3cr" not in str(error)


def test_garbage_between_pictures_is_passed_over_and_counted(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(garbage_every=3))
    source.open()
    assert sum(source.read().corrupt for _ in range(10)) >= 2


def test_nothing_but_garbage_is_a_codec_fault(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(frames=5, then="garbage", fps=100))
    source.open()
    _, error = read_until_fault(source)
    assert error.fault is SourceFault.CODEC


def test_a_file_that_is_no_video_is_a_codec_fault(make: Make, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("this is no video\n" * 100)
    assert fault_of(make("file", path="notes.mp4").open).fault is SourceFault.CODEC


def test_silence_at_the_opening_is_a_timeout(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(open="hang"), open_timeout_s=0.5)
    assert fault_of(source.open).fault is SourceFault.TIMEOUT


def test_silence_after_some_pictures_is_a_timeout(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(frames=5, then="hang"), read_timeout_s=0.5)
    source.open()
    grabs, error = read_until_fault(source)
    assert grabs
    assert error.fault is SourceFault.TIMEOUT


def test_an_rtsp_server_that_hangs_is_a_timeout_at_the_opening_and_later(make: Make, rtsp_server: RtspServer) -> None:
    source = make("rtsp", url=rtsp_server.url(), open_timeout_s=10, read_timeout_s=2)
    source.open()
    source.read()
    rtsp_server.freeze()
    assert read_until_fault(source)[1].fault is SourceFault.TIMEOUT
    source.close()
    late = make("rtsp", url=rtsp_server.url(), open_timeout_s=0.5, read_timeout_s=2)
    assert fault_of(late.open).fault is SourceFault.TIMEOUT


@pytest.mark.parametrize("name", ["mjpeg_server", "rtsp_server"])
def test_a_server_that_dies_ends_the_stream_and_one_that_returns_gives_pictures(
    make: Make, request: pytest.FixtureRequest, name: str
) -> None:
    server: MjpegServer | RtspServer = request.getfixturevalue(name)
    source = make("rtsp" if name == "rtsp_server" else "http_mjpeg", url=server.url(), read_timeout_s=3)
    source.open()
    source.read()
    server.stop()
    assert read_until_fault(source)[1].fault in (SourceFault.ENDED, SourceFault.TIMEOUT)
    source.close()
    assert fault_of(source.open).fault is SourceFault.NOT_FOUND
    server.start()
    source.open()
    assert source.read().image.size


def test_a_live_camera_gives_the_newest_picture_and_counts_the_others(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(fps=50))
    source.open()
    first = source.read()
    time.sleep(0.5)
    asked_ns = SystemClock().now().mono_ns
    late = source.read()
    assert late.dropped > 0
    assert late.stamp.mono_ns - first.stamp.mono_ns > 0.2e9
    assert abs(asked_ns - late.stamp.mono_ns) < 5e9


@pytest.mark.parametrize("kind_name", ["http_mjpeg", "rtsp"])
def test_with_a_sample_rate_a_camera_gives_what_can_be_looked_at_and_counts_all_that_came(
    make: Make, request: pytest.FixtureRequest, kind_name: str
) -> None:
    if kind_name == "rtsp":
        url, fps = request.getfixturevalue("rtsp_server").url(), 15
    else:
        url, fps = request.getfixturevalue("mjpeg_server").url(fps=50), 50
    source = make(kind_name, url=url, sample_rate_hz=2.0)
    source.open()
    grabs = [source.read() for _ in range(7)]
    sixths = [6 * grab.stamp.wall_ns // 10**9 for grab in grabs]
    assert sixths == sorted(set(sixths)), "no more than three pictures in half a second, each from a third of its own"
    took_s = (grabs[-1].stamp.mono_ns - grabs[0].stamp.mono_ns) / 1e9
    assert sum(grab.came for grab in grabs[1:]) >= max(7, 0.5 * fps * took_s)


def test_pictures_that_nobody_asked_for_are_no_silence(make: Make, mjpeg_server: MjpegServer) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(fps=50), sample_rate_hz=2.0, read_timeout_s=0.12)
    source.open()
    source.read()
    assert source.read().came > 1


def test_silence_and_garbage_are_found_with_a_sample_rate_too(make: Make, mjpeg_server: MjpegServer) -> None:
    for then, fault in (("hang", SourceFault.TIMEOUT), ("garbage", SourceFault.CODEC)):
        url = mjpeg_server.url(frames=20, then=then, fps=100)
        source = make("http_mjpeg", url=url, read_timeout_s=1, sample_rate_hz=2.0)
        source.open()
        grabs, error = read_until_fault(source)
        assert grabs
        assert error.fault is fault


def test_a_newly_opened_rtsp_camera_gives_no_old_pictures(make: Make, rtsp_server: RtspServer) -> None:
    source = make("rtsp", url=rtsp_server.url())
    source.open()
    grabs = [source.read() for _ in range(10)]
    # The server sends 15 pictures a second; a queue of old ones would come within a few milliseconds.
    assert (grabs[-1].stamp.mono_ns - grabs[0].stamp.mono_ns) / 1e9 > 0.8 * 9 / 15


@pytest.mark.parametrize("sample_rate_hz", [None, 2.0])
def test_a_still_picture_is_frozen_and_is_frozen_again_at_once_when_reopened(
    make: Make, mjpeg_server: MjpegServer, sample_rate_hz: float | None
) -> None:
    source = make("http_mjpeg", url=mjpeg_server.url(still=1), frozen_after_s=0.5, sample_rate_hz=sample_rate_hz)
    source.open()
    grabs, error = read_until_fault(source)
    assert grabs
    assert error.fault is SourceFault.FROZEN
    source.close()
    source.open()
    assert fault_of(source.read).fault is SourceFault.FROZEN


@pytest.mark.parametrize("pace", ["realtime", "fast"])
def test_a_recording_gives_every_picture_once_and_then_ends(
    make: Make, make_clip: Callable[..., Path], pace: str
) -> None:
    source = make("file", path=make_clip(frames=30, fps=30), pace=pace)
    source.open()
    grabs, error = read_until_fault(source)
    assert error.fault is SourceFault.ENDED
    assert [grab.media_time_s for grab in grabs] == pytest.approx([number / 30 for number in range(30)], abs=1e-3)


def test_a_recording_in_real_time_takes_as_long_as_it_lasts(make: Make, make_clip: Callable[..., Path]) -> None:
    source = make("file", path=make_clip(frames=15, fps=30))
    source.open()
    grabs, _ = read_until_fault(source)
    assert (grabs[-1].stamp.wall_ns - grabs[0].stamp.wall_ns) / 1e9 > 0.9 * 14 / 30


def test_fast_recordings_of_one_cage_share_their_start_and_keep_their_spacing(
    make: Make, make_clip: Callable[..., Path]
) -> None:
    clips = [make_clip(frames=10, fps=30, name=f"{side}.mp4") for side in ("left", "right")]
    walls = []
    for clip in clips:
        source = make("file", path=clip, pace="fast")
        source.open()
        walls.append([grab.stamp.wall_ns for grab in read_until_fault(source)[0]])
    assert walls[0] == walls[1]
    assert np.diff(walls[0]) == pytest.approx([1e9 / 30] * 9, rel=0.01)


def test_a_fast_recording_whose_beginning_is_known_is_stamped_from_there(
    make: Make, make_clip: Callable[..., Path]
) -> None:
    source = make("file", path=make_clip(frames=4, fps=4), pace="fast", started_at="2026-03-01T22:00:00.000001+01:00")
    source.open()
    walls = [grab.stamp.wall_ns for grab in read_until_fault(source)[0]]
    assert walls == [1_772_398_800_000_001_000 + number * 250_000_000 for number in range(4)]


@pytest.mark.parametrize("pace", ["realtime", "fast"])
def test_a_piece_of_a_longer_recording_begins_at_its_own_beginning(
    make: Make, make_clip: Callable[..., Path], pace: str
) -> None:
    source = make("file", path=make_clip(frames=10, fps=30, name="piece.ts", begins_s=3600), pace=pace)
    source.open()
    grabs, _ = read_until_fault(source)
    assert [grab.media_time_s for grab in grabs] == pytest.approx([number / 30 for number in range(10)], abs=1e-3)
    assert (grabs[-1].stamp.wall_ns - time.time_ns()) / 1e9 < BOUND_S


def test_a_beginning_does_not_go_with_a_recording_in_real_time(make: Make) -> None:
    with pytest.raises(ValueError, match="started_at goes with pace fast"):
        make("file", path="clip.mp4", started_at="2026-03-01T22:00:00Z")


def test_a_loop_begins_again_and_time_goes_on(make: Make, make_clip: Callable[..., Path]) -> None:
    source = make("file", path=make_clip(frames=6, fps=60), loop=True)
    source.open()
    grabs = [source.read() for _ in range(14)]
    assert [grab.media_time_s for grab in grabs[6:12]] == [grab.media_time_s for grab in grabs[:6]]
    assert all(a.stamp.wall_ns < b.stamp.wall_ns for a, b in itertools.pairwise(grabs))


def test_two_virtual_cameras_see_the_same_moments(make: Make, tmp_path: Path) -> None:
    left, right = make("virtual", view="left"), make("virtual", view="right")
    for source in (left, right):
        source.open()
        source.read()
    [epoch_file] = (tmp_path / "run").iterdir()
    epoch_ns = int(epoch_file.read_text())
    for source in (left, right):
        # The demo scenario has 5 pictures a second; each is stamped when its moment comes.
        late_s = (source.read().stamp.wall_ns - epoch_ns) / 1e9 % 0.2
        assert late_s < 0.15


def test_a_clock_that_is_before_the_common_start_does_not_stop_the_virtual_cage(tmp_path: Path) -> None:
    epoch = tmp_path / "virtual.epoch"
    epoch.write_text(str(time.time_ns() + 3_600_000_000_000))
    source = VirtualSource("demo", "left", epoch=epoch, clock=SystemClock())
    source.open()
    give_up = threading.Timer(BOUND_S, source.close)
    give_up.start()
    try:
        assert source.read().image.std() > 1
    finally:
        give_up.cancel()
        give_up.join()
        source.close()
