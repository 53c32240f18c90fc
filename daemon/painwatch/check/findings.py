"""What is found, and where in the file it is."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.config.loader import Loaded
from painwatch.core.errors import Problem

Place = tuple[str | int, ...]
"""Keys and positions that lead to an entry of the configuration."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; only a `fatal` one keeps the configuration from working."""

    problem: Problem
    fatal: bool

    def __str__(self) -> str:
        words = self.problem if self.fatal else _worded(self.problem, f"warning: {self.problem.what}")
        return str(words)


def fault(loaded: Loaded, at: Place, what: str, mend: str) -> Finding:
    """One that keeps the configuration from working."""
    return Finding(loaded.problem(at, what, mend), fatal=True)


def _worded(problem: Problem, what: str) -> Problem:
    return Problem(problem.file, problem.line, problem.column, what, problem.mend)
