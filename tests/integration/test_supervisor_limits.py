"""What the supervisor ends although it lives, what it does when its folder is gone, and what it leaves when killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fixtures.supervision import DEAF, FAILS, WAITS, Heard, child, heard, places, supervised, until
from painwatch.config.places import Places
from painwatch.core.clock import Stamp
from painwatch.core.types import ProcessPhase
from painwatch.supervise.roster import Duty
from painwatch.supervise.verdicts import Limits

__all__ = ["heard", "places"]  # fixtures

STEPS = """
import faulthandler, pathlib, signal, sys, time
faulthandler.enable()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
def stands_still():
    while True: time.sleep(0.05)
for step in range({most}):
    pathlib.Path({path!r}).write_text(f"{{step + 1}}\\n")
    time.sleep(0.05)
stands_still()
"""
FOR_EVER = 10**9
EATS = "import signal, time; signal.signal(signal.SIGTERM, {on_term}); eaten = b'x' * (200 << 20)\n"
EATS += "while True: time.sleep(0.05)"
MIB = 2**20


def steps(places: Places, name: str, most: int) -> str:
    return STEPS.format(most=most, path=str(places.progress(name)))


def test_a_child_that_stands_still_is_ended_and_its_log_says_where_it_stood(places: Places, heard: Heard) -> None:
    children = (child("still", steps(places, "still", 3)), child("goes-on", steps(places, "goes-on", FOR_EVER)))
    with supervised(places, *children, limits=Limits(still_s=1.0)):
        first = heard.until("still", lambda s: s.pid is not None, "the first start")
        again = heard.until("still", lambda s: s.pid not in (None, first.pid), "its next life")
        assert again.reason.startswith("made no progress for ")
        assert any("in stands_still" in line for line in again.last_lines)
        other = heard["goes-on"]
        assert other is not None
        assert other.restarts == 0
    assert not list(places.run_dir.glob("*.progress"))


def test_a_child_that_never_gets_going_or_hears_nothing_is_killed(places: Places, heard: Heard) -> None:
    with supervised(places, child("frozen", WAITS), limits=Limits(start_s=1.0)):
        first = heard.until("frozen", lambda s: s.pid is not None, "the first start")
        assert first.pid is not None
        os.kill(first.pid, signal.SIGSTOP)
        condemned = heard.until("frozen", lambda s: bool(s.reason), "its sentence")
        assert condemned.reason.startswith("did not get going within ")
        assert (condemned.phase, condemned.pid) == (ProcessPhase.RESTARTING, first.pid)
        heard.until("frozen", lambda s: s.pid not in (None, first.pid), "its next life")
    assert not psutil.pid_exists(first.pid)


def test_a_child_that_eats_memory_is_started_anew(places: Places, heard: Heard) -> None:
    limits = Limits(memory_bytes={Duty.CAPTURE: 100 * MIB, Duty.INFER: 100 * MIB, Duty.WEB: 1000 * MIB})
    heeds, deaf = EATS.format(on_term="signal.SIG_DFL"), EATS.format(on_term="signal.SIG_IGN")
    children = (child("heeds", heeds), child("deaf", deaf, Duty.INFER), child("may", heeds, Duty.WEB))
    with supervised(places, *children, limits=limits):
        for name in ("heeds", "deaf"):
            again = heard.until(name, lambda s: s.restarts >= 1, f"the next life of {name}")
            assert again.reason.startswith("used 2")
            assert again.reason.endswith(" MiB, more than its ceiling of 100 MiB")
        large = heard.until("may", lambda s: (s.rss_bytes or 0) > 150 * MIB, "the one with the high ceiling")
        assert large.restarts == 0


def test_a_hub_that_is_deaf_too_is_killed_at_the_end(places: Places, heard: Heard) -> None:
    with supervised(places, child("hub", DEAF, Duty.HUB), child("one", DEAF), stop_s=1.0):
        pids = [heard.until(name, lambda s: s.pid is not None, name).pid for name in ("hub", "one")]
        for name in ("hub", "one"):
            log = places.log(name)
            until(lambda log=log: log.read_text().endswith("deaf\n"), f"{name} to be deaf")  # type: ignore[misc]
    assert not any(psutil.pid_exists(pid) for pid in pids if pid is not None)
    heard.until("hub", lambda s: s.phase is ProcessPhase.STOPPED, "the word that it stopped")


def test_a_folder_that_is_removed_is_made_again_with_everything_in_it(places: Places) -> None:
    before = Heard(places)
    with supervised(places, child("hub", WAITS, Duty.HUB), child("one", WAITS)):
        pids = {name: before.until(name, lambda s: s.pid is not None, name).pid for name in ("hub", "one")}
        inode = places.lock.stat().st_ino
        shutil.rmtree(places.run_dir)
        until(lambda: places.lock.exists() and places.lock.stat().st_ino != inode, "the folder's return")
        before.close()
        after = Heard(places)
        for name in ("hub", "one"):
            state = after.until(name, lambda s, old=pids[name]: s.pid not in (None, old), f"{name} again")  # type: ignore[misc]
            assert state.reason == f"was stopped because {places.run_dir} was removed while it ran"
        assert places.lock.read_text() == f"{os.getpid()}\n"
    after.close()
    assert not places.run_dir.exists()


class FastClock:
    """A clock on which a minute passes in a second."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    def now(self) -> Stamp:
        return Stamp(time.time_ns(), self._began_ns + 60 * (time.monotonic_ns() - self._began_ns))


def test_people_are_told_once_of_a_hub_that_stays_down(places: Places, tmp_path: Path) -> None:
    told = tmp_path / "told"

    def last_word(about: str) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", "-c", f"open({str(told)!r}, 'a').write({about!r} + '\\n')")

    with supervised(places, child("hub", FAILS, Duty.HUB), last_word=last_word, clock=FastClock()):
        until(lambda: told.exists() and told.read_text().endswith("\n"), "the last word")
        deaths = places.log("hub").read_text().count("opening")
        until(lambda: places.log("hub").read_text().count("opening") >= deaths + 3, "more deaths of the same outage")
    line, *more = told.read_text().splitlines()
    assert more == []
    assert line.startswith("the hub has been down for ")
    assert line.endswith(" s: ended with exit code 3")


KILLED = """
import sys, threading
from pathlib import Path
from painwatch.config.places import Places
from painwatch.supervise.roster import Child, Duty
from painwatch.supervise.supervisor import keep_alive
places = Places(run_dir=Path({run!r}), data_dir=Path({data!r}))
keep_alive([Child('capture-one', Duty.CAPTURE, (sys.executable, '-I', '-S', '-c', {script!r}))], places,
           stop=threading.Event())
"""


def test_a_killed_supervisor_leaves_nothing_in_memory(tmp_path: Path) -> None:
    places = Places(run_dir=tmp_path / "run", data_dir=tmp_path / "data")
    ring, progress = places.ring("one"), places.progress("capture-one")
    writes = f"import pathlib; pathlib.Path({str(ring)!r}).write_bytes(b'frames')\n"
    writes += f"while True: pathlib.Path({str(progress)!r}).write_text('1')"
    script = tmp_path / "supervisor.py"
    script.write_text(KILLED.format(run=str(places.run_dir), data=str(places.data_dir), script=writes))
    with subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL) as supervisor:
        until(lambda: ring.exists() and progress.exists() and places.lock.exists(), "frames")
        supervisor.kill()
    until(lambda: not places.run_dir.exists(), "the folder to be gone")


def test_a_folder_that_others_took_is_waited_for_and_left_alone(
    places: Places, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    theirs.chmod(0o777)
    (theirs / "results.sock").write_bytes(b"")
    with supervised(places, child("one", WAITS)):
        log = places.log("one")
        until(lambda: log.exists() and log.read_text().count("up\n") == 1, "the first start")
        places.run_dir.rename(tmp_path / "away")
        theirs.rename(places.run_dir)
        until(lambda: "nothing can be started" in caplog.text, "the word that the folder cannot be used")
        assert "every user of this host" in caplog.text
        assert list(places.run_dir.iterdir()) == [places.run_dir / "results.sock"]
        places.run_dir.rename(theirs)
        until(lambda: log.read_text().count("up\n") == 2, "the second start")
        assert "can be used again" in caplog.text
        places.run_dir.rename(tmp_path / "away as well")
        theirs.rename(places.run_dir)
    assert (places.run_dir / "results.sock").exists()
