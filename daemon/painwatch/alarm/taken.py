"""What the alarm book takes in, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.core.alarms import AlarmMemory, Mark, Reading, Request, Transition
from painwatch.core.types import MinuteSummary, Tick

AlarmInput = MinuteSummary | Reading | Request | Mark | Tick


@dataclass(frozen=True, slots=True)
class Taken:
    """What one input brought about.

    `memories` belong into the history in the same transaction as what the input was and the `transitions`; a later
    memory of the same rule and subject takes the place of an earlier one. `marks` are those that a person asked for.
    `refused` says to a person why nothing was done, and is empty otherwise.
    """

    transitions: tuple[Transition, ...] = ()
    memories: tuple[AlarmMemory, ...] = ()
    marks: tuple[Mark, ...] = ()
    refused: str = ""
