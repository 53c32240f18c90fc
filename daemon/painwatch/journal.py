"""Log lines of a process that runs until it is told to stop: to systemd's journal with fields, else plain to stderr.

In the journal each line carries PAINWATCH_ROLE, and PAINWATCH_CAGE, PAINWATCH_CAMERA or PAINWATCH_WORKER where it is of
one: `journalctl PAINWATCH_CAMERA=cage-1-left` tells what befell that camera, whichever service it was.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from logging_journald import JournaldTransport

PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""As syslog counts them: 2 critical, 3 error, 4 warning, 6 informational, 7 debug."""

_DEBUG = 7


def start_logging(**about: str) -> None:
    """Send what this process logs to where it is read.

    Args:
        about: what the process is, such as role="capture", camera="cage-1-left".
    """
    journal = is_journal(sys.stderr, os.environ)
    handler: logging.Handler = JournalHandler(about) if journal else logging.StreamHandler(sys.stderr)
    logging.basicConfig(handlers=[handler], level=logging.INFO, format=PLAIN)


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether `stream` is the one that systemd says leads to its journal ($JOURNAL_STREAM, systemd.exec(5))."""
    try:
        there = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


class JournalHandler(logging.Handler):
    """Sends each record to the journal's socket; if that fails, a plain line to stderr."""

    def __init__(self, about: Mapping[str, str], socket_path: Path | None = None) -> None:
        super().__init__()
        self._about = {f"PAINWATCH_{key.upper()}": value for key, value in about.items()}
        # Not connected: a journal that was restarted has another socket of the same name.
        self._transport = JournaldTransport(socket_path, connected=False)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._transport.send(fields_of(record, self._about).items())
        except Exception:
            logging.StreamHandler(sys.stderr).handle(record)

    def close(self) -> None:
        self._transport.socket.close()
        super().close()


def fields_of(record: logging.LogRecord, about: Mapping[str, str]) -> dict[str, str | int]:
    """The journal's fields (systemd.journal-fields(7)) of `record`; a traceback stands in the message."""
    message = record.getMessage()
    if record.exc_info:
        message = f"{message}\n{logging.Formatter().formatException(record.exc_info)}"
    return {
        "MESSAGE": message,
        "PRIORITY": next((number for level, number in _PRIORITIES if record.levelno >= level), _DEBUG),
        "SYSLOG_IDENTIFIER": "painwatch",
        "LOGGER": record.name,
        "THREAD_NAME": record.threadName or "",
        "CODE_FILE": record.pathname,
        "CODE_LINE": record.lineno,
        "CODE_FUNC": record.funcName,
        **about,
    }
