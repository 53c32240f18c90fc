"""What a child printed: a file that stays small, and its last lines without credentials.

The child writes the file itself: a pipe through the supervisor would let a busy supervisor hold up live work.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

MOST_BYTES = 2_000_000
TAIL_LINES = 20
_TAIL_BYTES = 16_384
_BEGINNING = "--- "

_URL_LOGIN = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"\b((?:\w*(?:password|passwd|passphrase|secret|token|api[_-]?key))['\"]?\s*[=:]\s*)"
    r"(?:b?(?P<quote>['\"])(?:(?!(?P=quote)).)*|[^\s'\",;&]+)",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(r"\b(authorization['\"]?\s*[=:]\s*['\"]?)(\w+\s+)?[^\s'\"]+", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)


def open_log(path: Path, beginning: str) -> int:
    """The log opened for a new life of the child, as a file descriptor to hand over; others may not read it."""
    for folder in (path.parent.parent, path.parent):  # what `parents` would make is open to everyone
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.write(descriptor, f"{_BEGINNING}{beginning}\n".encode())
    return descriptor


def keep_small(path: Path, most_bytes: int = MOST_BYTES) -> None:
    """Move the log aside (`.1`, one generation) when it has grown beyond `most_bytes`; the child goes on writing.

    Lines written in the instant between the copy and the cut are lost: the price of not standing in their way.
    """
    try:
        if path.stat().st_size <= most_bytes:
            return
        with path.open("r+b") as log:
            log.seek(-most_bytes // 2, os.SEEK_END)
            path.with_name(f"{path.name}.1").write_bytes(log.read(most_bytes))
            log.truncate(0)
    except OSError:
        return  # a full disk must not end the supervisor; the next round tries again


def last_lines(path: Path, count: int = TAIL_LINES) -> tuple[str, ...]:
    """The end of what the child printed in its present life, credentials taken out."""
    with contextlib.suppress(OSError), path.open("rb") as log:
        log.seek(-min(_TAIL_BYTES, path.stat().st_size), os.SEEK_END)
        lines = log.read(_TAIL_BYTES).decode("utf-8", "replace").splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith(_BEGINNING)]
        present = lines[starts[-1] + 1 :] if starts else lines
        return tuple(scrubbed(line)[:500] for line in present if line.strip())[-count:]
    return ()


def scrubbed(line: str) -> str:
    """`line` without logins in URLs, passwords, tokens and authorization headers."""
    line = _URL_LOGIN.sub(r"\1***@", line)
    line = _AUTHORIZATION.sub(r"\1***", line)
    line = _BEARER.sub(r"\1***", line)
    return _NAMED_SECRET.sub(r"\1\g<quote>***", line)
