"""The exceptions a user can meet. Each says what is wrong, where, and how to mend it.

PainwatchError
├── ConfigError      a configuration that cannot be used (carries every problem found)
├── SourceError      a camera or recording that gives no frames (closed set of codes)
├── RingError        the shared frame ring is absent, full or of another shape
├── WireError        a message that is not ours or of another version
└── StoreError       the history database cannot be read or written
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PainwatchError(Exception):
    """A fault that is told to a person: `what` is wrong, `where`, and the `mend`."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__("; ".join(part for part in (f"{where}: {what}" if where else what, mend) if part))


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a configuration file; line and column count from 1."""

    file: str
    line: int
    column: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}. {self.mend}".rstrip()


class ConfigError(PainwatchError):
    """A configuration that cannot be used; `problems` holds all of them, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class SourceFault(StrEnum):
    """Why a source gives no frames: the closed set that pages, logs and tests rely on."""

    NOT_FOUND = "not_found"
    AUTH = "auth"
    TIMEOUT = "timeout"
    CODEC = "codec"
    ENDED = "ended"
    FROZEN = "frozen"


class SourceError(PainwatchError):
    """A source that gives no frames. `what` never carries a credential: redact before raising."""

    def __init__(self, fault: SourceFault, what: str, *, where: str = "", mend: str = "") -> None:
        self.fault = fault
        super().__init__(what, where=where, mend=mend)


class RingError(PainwatchError):
    """The shared frame ring is absent, has no room in its file system, or has another layout version."""


class WireError(PainwatchError):
    """Bytes that are not one of our messages, or of a version this build does not speak."""


class StoreError(PainwatchError):
    """The history database cannot be opened, read or written."""
