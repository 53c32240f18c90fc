"""Steps: told in a file, and to systemd."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from painwatch.progress import Progress, steps_told
from painwatch.service_manager import status, tell, watchdog_s


class Heard:
    """What systemd would hear."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(address)

    def words(self) -> list[str]:
        words = []
        while True:
            try:
                words.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return words


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    path = str(tmp_path / "notify") if request.param == "path" else f"@painwatch-test-{os.getpid()}"
    heard = Heard(path.replace("@", "\0", 1) if path.startswith("@") else path)
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    yield heard
    heard.socket.close()


def turned() -> tuple[list[float], Callable[[], float]]:
    now = [0.0]
    return now, lambda: now[0]


def test_the_counter_goes_up_at_most_once_a_second(tmp_path: Path) -> None:
    path = tmp_path / "hub.progress"
    assert steps_told(path) is None
    now, clock = turned()
    with Progress(path, monotonic_s=clock) as progress:
        told = []
        for now[0] in (0.0, 0.5, 0.99, 1.0, 1.5, 2.0, 9.0):
            progress.step()
            told.append(steps_told(path))
        assert told == [1, 1, 1, 2, 2, 3, 4]
    assert not path.exists()


def test_a_folder_that_is_gone_does_not_end_the_work(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "gone" / "hub.progress")
    progress.step()
    progress.close()
    assert list(tmp_path.iterdir()) == []


def test_nobody_writes_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "hub.progress").symlink_to(tmp_path / "elsewhere")
    Progress(tmp_path / "hub.progress").step()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("words", ["", "nine", "-1", "1.5", "\N{SUPERSCRIPT TWO}"])
def test_what_is_no_counter_is_no_step(tmp_path: Path, words: str) -> None:
    (tmp_path / "file").write_text(words)
    assert steps_told(tmp_path / "file") is None


def test_systemd_hears_that_it_is_ready_alive_and_stopping(systemd: Heard) -> None:
    now, clock = turned()
    with Progress(None, monotonic_s=clock) as progress:
        assert systemd.words() == []
        for now[0] in (0.0, 0.1, 1.0):
            progress.step()
        assert systemd.words() == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]
    assert systemd.words() == ["STOPPING=1"]


def test_it_is_heard_twice_within_the_time_that_systemd_waits(systemd: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "500000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    now, clock = turned()
    progress = Progress(None, monotonic_s=clock)
    for now[0] in (0.0, 0.2, 0.25):
        progress.step()
    assert systemd.words().count("WATCHDOG=1") == 2


def test_a_full_or_absent_socket_holds_nothing_up(systemd: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert any(not tell("WATCHDOG=1") for _ in range(100_000))
    monkeypatch.setenv("NOTIFY_SOCKET", "/nonexistent/notify")
    assert not tell("WATCHDOG=1")


def test_only_the_process_that_systemd_named_is_watched() -> None:
    named = {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}
    assert watchdog_s(named, 42) == 30.0
    assert watchdog_s(named, 43) is None
    assert watchdog_s({"WATCHDOG_USEC": "0"}, 42) is None
    assert watchdog_s({}, 42) is None


def test_a_status_is_one_line() -> None:
    assert status("hub killed\nREADY=1") == "STATUS=hub killed READY=1"
