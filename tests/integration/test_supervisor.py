"""The supervisor with real processes: small scripts in place of cameras and models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from fixtures.supervision import DEAF, FAILS, WAITS, Heard, child, heard, places, supervised, until
from painwatch.config.places import Places
from painwatch.core.errors import PainwatchError
from painwatch.core.types import ProcessPhase
from painwatch.one_instance import only_instance
from painwatch.supervise.roster import Child, Duty
from painwatch.supervise.supervisor import keep_alive

__all__ = ["heard", "places"]  # fixtures


def test_a_killed_child_comes_back_and_says_why(places: Places, heard: Heard) -> None:
    with supervised(places, child("one", WAITS), child("two", WAITS)):
        first = heard.until("one", lambda s: s.pid is not None, "the first start")
        other = heard.until("two", lambda s: s.pid is not None, "the other's start")
        assert first.pid is not None
        until(lambda: places.log("one").read_text().endswith("up\n"), "its first words")
        os.kill(first.pid, signal.SIGKILL)
        second = heard.until("one", lambda s: s.pid not in (None, first.pid), "the second start")
        assert (second.reason, second.restarts, second.last_lines) == ("killed by SIGKILL", 1, ("up",))
        heard.until("one", lambda s: s.phase is ProcessPhase.RUNNING, "running again")
        still = heard["two"]
        assert still is not None
        assert (still.pid, still.restarts) == (other.pid, 0)


def test_a_child_that_cannot_start_leaves_the_others_alone(places: Places, heard: Heard) -> None:
    absent = Child("absent", Duty.WEB, ("/nonexistent/program",))
    with supervised(places, child("broken", FAILS), absent, child("good", WAITS)):
        broken = heard.until("broken", lambda s: s.restarts >= 2, "restarts of the broken child")
        assert broken.reason == "ended with exit code 3"
        assert broken.last_lines == ("opening rtsp://***@camera/",)
        assert heard.until("absent", lambda s: bool(s.reason), "the absent program").last_lines[0].startswith("cannot")
        good = heard.until(
            "good", lambda s: s.phase is ProcessPhase.RUNNING and s.rss_bytes is not None, "the good one"
        )
        assert good.restarts == 0
        heard.until("good", lambda s: s.cpu_percent is not None, "its use of the processor")


def test_a_clean_stop_ends_everything_and_leaves_nothing(places: Places, heard: Heard) -> None:
    with supervised(places, child("hub", WAITS, Duty.HUB), child("one", WAITS), child("deaf", DEAF), stop_s=1.0):
        pids = [heard.until(n, lambda s: s.pid is not None, n).pid for n in ("hub", "one", "deaf")]
        for name, word in (("hub", "up\n"), ("one", "up\n"), ("deaf", "deaf\n")):
            log = places.log(name)
            until(lambda log=log, word=word: log.read_text().endswith(word), f"{name} to listen")  # type: ignore[misc]
        (places.run_dir / "frames" / "one.ring").write_bytes(b"frames")
        for name in ("hub.lock", "recording-cage.epoch", "live.sock"):
            (places.run_dir / name).write_bytes(b"")
    assert not any(psutil.pid_exists(pid) for pid in pids if pid is not None)
    for name in ("hub", "one", "deaf"):
        heard.until(name, lambda s: s.phase is ProcessPhase.STOPPED, "the word that it stopped")
    assert list(places.run_dir.iterdir()) == []
    assert places.log("one").read_text().endswith("up\n")


def test_a_persons_own_files_in_the_folder_stay(places: Places, heard: Heard) -> None:
    (places.run_dir / "frames").mkdir()
    own = [places.run_dir / name for name in ("requirements.lock", "their.sock", "their.epoch", "frames/rat.mp4")]
    for path in own:
        path.write_bytes(b"theirs")
    with supervised(places, child("one", WAITS)):
        heard.until("one", lambda s: s.pid is not None, "the start")
    assert all(path.exists() for path in own)
    assert not places.lock.exists()


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_that_everyone_may_write_is_refused(tmp_path: Path, link: bool) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    if link:
        (tmp_path / "link").symlink_to(folder)
    lock = tmp_path / ("link" if link else "run") / "run.lock"
    with pytest.raises(PainwatchError, match="every user of this host"), only_instance(lock):
        pass
    assert not lock.exists()


def test_a_lock_that_is_a_link_is_told_and_not_followed(places: Places, tmp_path: Path) -> None:
    places.lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PainwatchError, match="cannot be locked") as caught, only_instance(places.lock):
        pass
    assert "run_dir" in caught.value.mend
    assert not (tmp_path / "elsewhere").exists()


def test_the_hub_hears_of_the_others_end_before_its_own(places: Places, tmp_path: Path) -> None:
    order = tmp_path / "order"
    says = "import signal, sys, time\ndef end(*_):\n    open({path!r}, 'a').write({name!r} + '\\n'); sys.exit(0)\n"
    says += "signal.signal(signal.SIGTERM, end); print('up', flush=True)\nwhile True: time.sleep(0.05)"
    names = ("hub", "one")
    scripts = {name: says.format(path=str(order), name=name) for name in names}
    with supervised(places, child("hub", scripts["hub"], Duty.HUB), child("one", scripts["one"])):
        for name in names:
            log = places.log(name)
            until(lambda log=log: log.exists() and log.read_text().endswith("up\n"), name)  # type: ignore[misc]
    assert order.read_text().split() == ["one", "hub"]


def test_a_second_supervisor_is_refused_with_the_pid_of_the_first(places: Places, heard: Heard) -> None:
    with supervised(places, child("one", WAITS)):
        heard.until("one", lambda s: s.pid is not None, "the start")
        with pytest.raises(PainwatchError, match=f"already runs here as process {os.getpid()}"):
            keep_alive([child("two", WAITS)], places, stop=threading.Event())
    assert heard["two"] is None


def test_the_lock_is_free_again_afterwards(places: Places) -> None:
    for _ in range(2):
        with only_instance(places.lock):
            assert places.lock.read_text() == f"{os.getpid()}\n"
    assert not places.lock.exists()


def test_a_killed_supervisor_leaves_no_orphan_and_no_lock(places: Places, heard: Heard, tmp_path: Path) -> None:
    script = tmp_path / "supervisor.py"
    script.write_text(
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from painwatch.config.places import Places\n"
        "from painwatch.supervise.roster import Child, Duty\n"
        "from painwatch.supervise.supervisor import keep_alive\n"
        f"places = Places(run_dir=Path({str(places.run_dir)!r}), data_dir=Path({str(places.data_dir)!r}))\n"
        f"command = (sys.executable, '-I', '-S', '-c', {DEAF!r})\n"
        "keep_alive([Child(n, Duty.CAPTURE, command) for n in 'abc'], places, stop=threading.Event())\n"
    )
    supervisor = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)
    try:
        pids = [heard.until(name, lambda s: s.pid is not None, name).pid for name in "abc"]
        until(
            lambda: all(places.log(n).exists() and places.log(n).read_text().endswith("deaf\n") for n in "abc"),
            "all up",
        )
    finally:
        supervisor.kill()
        supervisor.wait()
    until(lambda: not any(pid is not None and psutil.pid_exists(pid) for pid in pids), "the end of every child")
    with only_instance(places.lock):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PainwatchError) as caught, only_instance(tmp_path / "file" / "run" / "run.lock"):
        pass
    assert "run_dir" in caught.value.mend
