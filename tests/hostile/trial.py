"""What every kind of hostile input has in common: a number makes the input, trying it tells what became of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple


class Counts(NamedTuple):
    """Inputs tried; of them taken for good, and refused with an error that a person can use."""

    tried: int = 1
    accepted: int = 0
    refused: int = 0


ACCEPTED = Counts(accepted=1)
REFUSED = Counts(refused=1)

LONGEST_WORDS = 4000
"""Of one fault that is told to a person."""


class UnclearError(AssertionError):
    """An input was neither taken nor refused as it should be."""


def own_rss() -> int:
    """Resident memory of this process, bytes."""
    return rss_of(os.getpid())


def rss_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Trial:
    """`one` makes an input from the numbers it is given, and tries it; whatever it raises is a finding.

    `rss`: bytes of the process that the inputs are for.
    """

    one: Callable[[Random], Counts]
    rss: Callable[[], int] = own_rss


Kind = Callable[[Path], contextlib.AbstractContextManager[Trial]]
"""Sets up a kind of input in an empty folder."""


def clear(*texts: str) -> None:
    """Raises UnclearError unless every text says something, and at a length that can be read."""
    for text in texts:
        if not text.strip():
            raise UnclearError("an error without words")
        if len(text) > LONGEST_WORDS:
            raise UnclearError(f"an error of {len(text)} characters: {text[:200]!r}")


def number_of(name: str, seed: int, nth: int) -> Random:
    """The numbers that make the nth input of a kind."""
    return Random(f"{name} {seed} {nth}")
