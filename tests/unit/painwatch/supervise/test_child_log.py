"""Logs stay small, and what is shown of them carries no credential."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from painwatch.supervise.child_log import keep_small, last_lines, open_log, scrubbed


@pytest.mark.parametrize(
    "line",
    [
        "cannot open rtsp://admin:hunter2@10.0.0.7:554/stream",
        "GET https://hunter2@host/",
        "password=hunter2 refused",
        'config {"password": "hunter2"}',
        "CAMERA_PASSWORD: hunter2",
        "Authorization: Basic hunter2",
        "authorization=hunter2",
        "api_key='hunter2'",
        "token=hunter2&x=1",
        "password='my hunter2' refused",
        """login(password="it's, hunter2")""",
        "headers [(b'authorization', b'Bearer hunter2hunter2')]",
    ],
)
def test_credentials_are_taken_out(line: str) -> None:
    assert "hunter2" not in scrubbed(line)
    assert "***" in scrubbed(line)


@pytest.mark.parametrize(
    "line", ["rtsp://10.0.0.7:554/stream?x=1 gave nothing", "frame 12 at 12:30:05", "mail me@home", "tokens are fine"]
)
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert scrubbed(line) == line


def _write(path: Path, beginning: str, text: str) -> None:
    descriptor = open_log(path, beginning)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def test_only_the_present_life_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "log" / "hub.log"
    _write(log, "first", "old\n")
    _write(log, "second", "new\n\nnewer\n")
    assert last_lines(log) == ("new", "newer")
    assert log.stat().st_mode & 0o077 == 0


def test_the_folder_of_the_history_is_made_for_its_user_alone(tmp_path: Path) -> None:
    _write(tmp_path / "data" / "log" / "hub.log", "first", "new")
    for folder in (tmp_path / "data", tmp_path / "data" / "log"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_only_the_end_is_shown(tmp_path: Path) -> None:
    _write(tmp_path / "a.log", "x", "".join(f"line {n}\n" for n in range(50_000)))
    shown = last_lines(tmp_path / "a.log")
    assert len(shown) == 20
    assert shown[-1] == "line 49999"


def test_no_log_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "absent.log") == ()


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"\xff\xfe broken\n")
    assert len(last_lines(tmp_path / "a.log")) == 1


def test_a_grown_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    descriptor = open_log(log, "x")
    for number in range(100):
        os.write(descriptor, f"line {number}\n".encode())
    keep_small(log, most_bytes=400)
    assert log.stat().st_size == 0
    assert (tmp_path / "a.log.1").read_text().endswith("line 99\n")
    assert (tmp_path / "a.log.1").stat().st_size <= 400
    os.write(descriptor, b"after\n")
    os.close(descriptor)
    assert log.read_bytes() == b"after\n"


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    _write(tmp_path / "a.log", "x", "line\n")
    keep_small(tmp_path / "a.log")
    assert not (tmp_path / "a.log.1").exists()
    assert last_lines(tmp_path / "a.log") == ("line",)
