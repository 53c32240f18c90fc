"""Breaking a running watch as a cage room would, and seeing what it says and what goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from fixtures.whole_watch import Watch, camera, process, whole_watch
from painwatch.core.live import Snapshot
from painwatch.core.types import CameraPhase, ProcessPhase, Status
from painwatch.store.history import open_history
from servers.mjpeg_server import MjpegServer


def judges(snapshot: Snapshot, name: str) -> bool:
    """Whether `name` is judged at this moment: live, and its last look has a score and is young."""
    seen = camera(snapshot, name)
    if seen.state is None or seen.prediction is None or seen.state.phase is not CameraPhase.LIVE:
        return False
    return seen.prediction.status is Status.OK and snapshot.time_ns - seen.prediction.time_ns < 2 * 10**9


def faulty(snapshot: Snapshot, name: str, fault: str) -> bool:
    state = camera(snapshot, name).state
    return state is not None and state.phase is CameraPhase.LOST and state.fault == fault


def status_of(snapshot: Snapshot, name: str) -> Status:
    return next(cage.status for cage in snapshot.cages if cage.name == name)


@pytest.mark.timeout(400)
def test_each_camera_has_its_own_fault_and_the_others_go_on(tmp_path: Path) -> None:
    with MjpegServer() as pulled, MjpegServer() as server:
        cameras = {
            "good": server.url(fps=10),
            "pulled": pulled.url(fps=10),
            "hangs": server.url(fps=10, frames=20, then="hang"),
            "still": server.url(fps=10, still=1),
            "spoilt": server.url(fps=10, garbage_every=3),
            "junk": server.url(fps=10, garbage_every=1),
            "absent": server.url("no-such-stream"),
        }
        with whole_watch(tmp_path, cameras) as watch:
            watch.until(lambda s: judges(s, "good") and judges(s, "pulled"), what="two cameras judged")
            watch.until(lambda s: judges(s, "spoilt"), what="a camera with corrupt pictures judged")
            watch.until(lambda s: faulty(s, "hangs", "timeout"), what="a camera that hangs told as a time-out")
            watch.until(lambda s: judges(s, "hangs"), what="a camera that hung taken up again")
            watch.until(lambda s: faulty(s, "still", "frozen"), what="a still picture told as frozen")
            watch.until(lambda s: faulty(s, "junk", "codec"), what="nothing but garbage told as such")
            snapshot, _ = watch.until(lambda s: faulty(s, "absent", "not_found"), what="a camera that is not there")
            assert status_of(snapshot, "absent") is Status.NO_FRAME
            pulled.stop()
            snapshot, _ = watch.until(
                lambda s: (
                    camera(s, "pulled").state.phase is CameraPhase.LOST and status_of(s, "pulled") is Status.NO_FRAME
                ),
                what="a camera whose plug was pulled",
            )
            assert judges(snapshot, "good")
            pulled.start()
            watch.until(lambda s: judges(s, "pulled"), what="the camera back by itself")
            snapshot, _ = watch.until(lambda s: judges(s, "good"), what="the good camera still judged")
            good = camera(snapshot, "good").state
            assert good is not None
            assert good.reconnects == 0
            watch.stop()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("victim", ["capture-one", "infer-cpu", "hub", "web"])
def test_a_killed_child_comes_back_and_the_others_do_not_notice(tmp_path: Path, victim: str) -> None:
    with MjpegServer() as server:
        cameras = {"one": server.url(fps=10), "two": server.url(fps=10)}
        with whole_watch(tmp_path, cameras) as watch:
            before, _ = watch.until(
                lambda s: judges(s, "one") and judges(s, "two") and len(pids(s)) == 5, what="both cameras judged"
            )
            os.kill(pids(before)[victim], signal.SIGKILL)
            after, _ = watch.until(
                lambda s: (
                    judges(s, "one")
                    and judges(s, "two")
                    and len(pids(s)) == 5
                    and pids(s)[victim] != pids(before)[victim]
                ),
                what=f"{victim} back",
            )
            returned = process(after, victim)
            assert returned is not None
            assert "SIGKILL" in returned.reason
            assert others(after, victim) == others(before, victim)
            watch.stop()
        tell_no_point_twice(watch)
        assert not list((tmp_path / "run").glob("**/*")), "something was left in the run folder"


@pytest.mark.timeout(400)
def test_processes_that_hang_are_started_anew_and_the_reason_told(tmp_path: Path) -> None:
    with MjpegServer() as server, whole_watch(tmp_path, {"one": server.url(fps=10)}, watchdog_s=10) as watch:
        before, _ = watch.until(lambda s: judges(s, "one") and len(pids(s)) == 4, what="the camera judged")
        hung = ("infer-cpu", "hub")
        for name in hung:
            os.kill(pids(before)[name], signal.SIGSTOP)
        after, _ = watch.until(
            lambda s: (
                judges(s, "one")
                and len(pids(s)) == 4
                and all(pids(s)[name] != pids(before)[name] and running(s, name) for name in hung)
            ),
            what="both back",
        )
        for name in hung:
            state = process(after, name)
            assert state is not None
            assert state.reason.startswith("made no progress for ")
        for name in pids(before).keys() - set(hung):
            assert pids(after)[name] == pids(before)[name]
        watch.stop()
    assert not (tmp_path / "run").exists()


def running(snapshot: Snapshot, name: str) -> bool:
    state = process(snapshot, name)
    return state is not None and state.phase is ProcessPhase.RUNNING


def pids(snapshot: Snapshot) -> dict[str, int]:
    return {process.name: process.pid for process in snapshot.processes if process.pid is not None}


def others(snapshot: Snapshot, victim: str) -> dict[str, int]:
    return {name: pid for name, pid in pids(snapshot).items() if name != victim}


def tell_no_point_twice(watch: Watch) -> None:
    with open_history(watch.places.database) as history:
        for cage in ("one", "two"):
            times = [point.time_ns for point in history.points(cage, 0, 2**62)]
            assert times
            assert times == sorted(set(times))
