"""Log lines in systemd's journal: what they carry, and where they go without it."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from painwatch.journal import JournalHandler, fields_of, is_journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(str(tmp_path / "socket"))
        there.settimeout(60)
        yield there


def record(message: str, *arguments: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("painwatch.capture.worker", level, "/x/worker.py", 7, message, arguments, None, "run")


def test_a_line_carries_what_it_is_about(journal: socket.socket, tmp_path: Path) -> None:
    handler = JournalHandler({"role": "capture", "camera": "cage-1-left"}, tmp_path / "socket")
    handler.handle(record("camera %s: lost", "cage-1-left"))
    handler.close()
    lines = journal.recv(65_536).decode().splitlines()
    assert {
        "MESSAGE=camera cage-1-left: lost",
        "PRIORITY=4",
        "PAINWATCH_ROLE=capture",
        "PAINWATCH_CAMERA=cage-1-left",
        "SYSLOG_IDENTIFIER=painwatch",
        "LOGGER=painwatch.capture.worker",
        "CODE_FILE=/x/worker.py",
        "CODE_LINE=7",
        "CODE_FUNC=run",
    } <= set(lines)


def test_a_message_of_many_lines_cannot_pass_for_fields(journal: socket.socket, tmp_path: Path) -> None:
    handler = JournalHandler({"role": "hub"}, tmp_path / "socket")
    handler.handle(record("refused:\nPAINWATCH_ROLE=supervisor\n"))
    handler.close()
    sent = journal.recv(65_536)
    length = len(b"refused:\nPAINWATCH_ROLE=supervisor\n")
    assert sent.startswith(b"MESSAGE\n" + length.to_bytes(8, sys.byteorder))


def test_a_traceback_stands_in_the_message() -> None:
    try:
        raise ValueError("of note")
    except ValueError:
        seen = record("failed", level=logging.ERROR)
        seen.exc_info = sys.exc_info()
    fields = fields_of(seen, {})
    assert str(fields["MESSAGE"]).startswith("failed\nTraceback")
    assert str(fields["MESSAGE"]).endswith("ValueError: of note")
    assert fields["PRIORITY"] == 3


@pytest.mark.parametrize(
    ("level", "priority"), [(logging.CRITICAL, 2), (logging.ERROR, 3), (logging.INFO, 6), (logging.DEBUG, 7)]
)
def test_levels_are_those_of_syslog(level: int, priority: int) -> None:
    assert fields_of(record("x", level=level), {})["PRIORITY"] == priority


def test_a_journal_that_is_gone_costs_no_line(
    journal: socket.socket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = JournalHandler({}, tmp_path / "socket")
    journal.close()
    handler.handle(record("still told"))
    handler.close()
    assert capsys.readouterr().err == "still told\n"


def test_only_the_stream_that_systemd_names_is_the_journal(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        there = os.fstat(log.fileno())
        assert is_journal(log, {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"})
        assert not is_journal(log, {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino + 1}"})
        assert not is_journal(log, {"JOURNAL_STREAM": "nonsense"})
        assert not is_journal(log, {})
    assert not is_journal(log, {"JOURNAL_STREAM": "1:2"})
