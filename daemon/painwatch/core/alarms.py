"""What is said of alarms: readings, requests of people, marks, and what became of an alarm.

Kinds, states and priorities follow the ideas of IEC 60601-1-8: welfare and technical alarms are never mixed; what a
person has seen, has silenced or has not yet seen are different states; a welfare alarm that ended by itself stays
until a person has seen it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from painwatch.core.limits import Count, Finite, Name, Text
from painwatch.core.signals import AlarmKind, Signal


class Priority(StrEnum):
    """How soon a person should come."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return tuple(Priority).index(self)


class AlarmPhase(StrEnum):
    """Where an alarm stands.

    INACTIVE: its condition does not hold, or cannot be told and did not hold before. PENDING: it holds, not yet for
    long enough. ACTIVE: a person is asked to look. ACKNOWLEDGED: a person has said to have seen it; the condition
    lasts. SILENCED: a person wants to hear nothing of it until a given time. CLEARED: the condition ended, and no
    person has seen the alarm yet.
    """

    INACTIVE = "inactive"
    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    CLEARED = "cleared"


RAISED = (AlarmPhase.ACTIVE, AlarmPhase.ACKNOWLEDGED, AlarmPhase.SILENCED)
"""An alarm stands."""


class Cause(StrEnum):
    """What moved an alarm from one phase to another."""

    CONDITION = "condition"
    PERSON = "person"
    TIME = "time"
    RULES = "rules"


class RequestAction(StrEnum):
    """What a person may ask for."""

    ACKNOWLEDGE = "acknowledge"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    MARK = "mark"


class Reading(msgspec.Struct, frozen=True, tag="reading"):
    """One value of a technical signal at one time. `value` None: cannot be told; it neither raises nor clears."""

    signal: Signal
    subject: Name
    time_ns: Count
    value: Finite | None
    words: Text = ""


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """Something that happened at a cage: a treatment, a surgery, a new animal. `end_ns` None: at one moment.

    `name` is of a person's choosing; `baseline` marks the interval that rules with a baseline compare with, and
    `new animal` lets every baseline of the cage begin anew. `request` is the one that it came by.
    """

    cage: Name
    name: Name
    time_ns: Count
    end_ns: Count | None = None
    words: Text = ""
    who: Name = ""
    request: str = ""


class Request(msgspec.Struct, frozen=True, tag="request"):
    """What a person asks of the hub. `id` is unique; the same request twice is done once.

    ACKNOWLEDGE, SILENCE and UNSILENCE name an alarm by `rule` and `subject`; SILENCE says until when; MARK brings its
    mark. `who` is told by what let the person in, never by the person.
    """

    id: Name
    action: RequestAction
    time_ns: Count
    who: Name
    rule: Name = ""
    subject: Name = ""
    until_ns: Count | None = None
    mark: Mark | None = None
    words: Text = ""


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What became of a Request. `done` is said only once it stands on the disk; else `words` say why it was not."""

    request: str
    done: bool
    words: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """What a transition rests on.

    `threshold` and `clear` are the rule's, `value` is the last judged one, `values` those of the judged minutes or
    readings since the alarm was pending, oldest first, at most the last 60, with their `minutes` (start, UTC ns).
    `faces`: faces scored in those minutes. `unjudged`: minutes between them that could not be judged. `models`: names
    with the beginning of their hashes. `baseline`: what the values are compared with, None without one.
    `rule_hash`: SHA-256 of the rule's definition.
    """

    rule_hash: str
    threshold: float
    clear: float
    value: float | None = None
    values: tuple[float, ...] = ()
    minutes: tuple[int, ...] = ()
    faces: int = 0
    unjudged: int = 0
    coverage: float | None = None
    minimum_coverage: float | None = None
    baseline: float | None = None
    models: tuple[str, ...] = ()


class Transition(msgspec.Struct, frozen=True, tag="transition"):
    """An alarm went from one phase to another at `time_ns` of event time, or was escalated within one.

    An alarm is known by `rule` and `subject` (a cage, a group, a camera, ... or `site`). `notify`: the targets that
    are to be told of it; empty when nobody is. `escalation`: how many steps of escalation were reached. `who` and
    `request` are set when a person caused it.
    """

    rule: str
    subject: str
    kind: AlarmKind
    priority: Priority
    time_ns: int
    before: AlarmPhase
    after: AlarmPhase
    cause: Cause
    words: str
    evidence: Evidence
    escalation: int = 0
    silenced_until_ns: int | None = None
    who: str = ""
    request: str = ""
    notify: tuple[str, ...] = ()
    runbook: str = ""

    @property
    def key(self) -> str:
        """Names this transition for good: the same one told twice has the same key."""
        return f"{self.rule}/{self.subject}/{self.time_ns}/{self.after.value}/{self.escalation}/{self.request}"


class AlarmLive(msgspec.Struct, frozen=True):
    """An alarm as it stands now. `cages`: those it is about; empty for alarms of the whole site.

    `condition`: whether its condition holds now, None when that cannot be told. `words` say it to a person.
    """

    rule: str
    subject: str
    kind: AlarmKind
    priority: Priority
    signal: Signal
    phase: AlarmPhase
    since_ns: int
    words: str
    cages: tuple[str, ...] = ()
    condition: bool | None = None
    value: float | None = None
    threshold: float = 0.0
    escalation: int = 0
    silenced_until_ns: int | None = None
    acknowledged_by: str = ""
    runbook: str = ""


class AlarmMemory(msgspec.Struct, frozen=True, tag="alarm_memory"):
    """What must be known of an alarm to go on after a restart: stored together with what it was made of.

    `body` is JSON that only the alarm room reads; `time_ns` is the event time up to which it was evaluated.
    """

    rule: str
    subject: str
    time_ns: int
    body: str


class AuditNote(msgspec.Struct, frozen=True, tag="audit_note"):
    """Something that belongs into the audit log besides transitions and marks, such as which rules are in force."""

    what: str
    time_ns: int
    facts: dict[str, str]


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """What one target is to be told. `key`: of the transition it is about; a target is told of a key once."""

    target: str
    key: str
    time_ns: int
    kind: AlarmKind
    priority: Priority
    title: str
    body: str
