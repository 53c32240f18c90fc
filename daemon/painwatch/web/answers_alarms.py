"""What the API answers of alarms, marks and the audit log."""

from __future__ import annotations

import msgspec

from painwatch.core.alarms import AlarmLive, Mark, Transition


class AlarmsAnswer(msgspec.Struct, frozen=True):
    """Every alarm that is not inactive, worst first, and those that wait for a baseline. `off`: rules not wanted."""

    age_s: float
    alarms: tuple[AlarmLive, ...]
    off: tuple[str, ...]


class AlarmDone(msgspec.Struct, frozen=True):
    """What was asked by the name `request` is done and stored. `alarm`: as it stands now, None if inactive."""

    request: str
    alarm: AlarmLive | None


class TransitionsAnswer(msgspec.Struct, frozen=True):
    """What became of alarms in [from_ns, to_ns), in order of time. `more`: there was more; the oldest are left out."""

    from_ns: int
    to_ns: int
    transitions: tuple[Transition, ...]
    more: bool


class MarkDone(msgspec.Struct, frozen=True):
    """The mark is stored. `request`: names what was asked."""

    request: str
    mark: Mark


class MarksAnswer(msgspec.Struct, frozen=True):
    """Marks that lie in [from_ns, to_ns) or reach into it, in order of time."""

    cage: str
    from_ns: int
    to_ns: int
    marks: tuple[Mark, ...]


class AuditLine(msgspec.Struct, frozen=True):
    """An entry of the audit log. `body`: JSON as it was entered; `hash` is of all else in the entry."""

    seq: int
    time_ns: int
    kind: str
    body: str
    previous: str
    hash: str


class AuditAnswer(msgspec.Struct, frozen=True):
    """Entries from number `from_seq` on, and the head of the chain now: `head_seq` 0 if nothing was entered yet."""

    from_seq: int
    entries: tuple[AuditLine, ...]
    head_seq: int
    head_hash: str


TYPES = (AlarmsAnswer, AlarmDone, TransitionsAnswer, MarkDone, MarksAnswer, AuditLine, AuditAnswer)
