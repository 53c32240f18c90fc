"""All that is known of one alarm: what its condition has come to, and what people have done about it."""

from __future__ import annotations

import msgspec

from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import AlarmPhase, Priority
from painwatch.core.signals import AlarmKind


class Interval(msgspec.Struct):
    """A marked interval and the judged minutes in it so far."""

    start_ns: int
    end_ns: int
    count: int = 0
    total: float = 0.0


class BaselineMemory(msgspec.Struct, omit_defaults=True):
    """What an animal's values are compared with, as far as it is known.

    `animal_ns`: since when this animal is in the cage. `count` and `total`: of its first judged minutes. `marked`: the
    intervals marked as baseline, by start.
    """

    animal_ns: int = 0
    count: int = 0
    total: float = 0.0
    marked: list[Interval] = msgspec.field(default_factory=list)


class Memory(msgspec.Struct, omit_defaults=True):
    """One alarm. Times are event time, UTC nanoseconds.

    Of its rule as it was last held against it: `hash`, `what` (the signal and what it is taken of), `kind`, `base`
    (the rule's priority), `threshold`, `clear`.

    Evaluated so far: from `first_ns` to `reached_ns`; `heard_ns` is the time of the last reading; `stamp_ns` that of
    the last transition, `since_ns` when its phase began.

    Condition: `run_ns` when it began to hold (pending until `present`), `count` the judged minutes of it; `ending_ns`
    and `endings` the same of its end; `judged_ns` the end of the last judged sample.

    Evidence: see core.alarms.Evidence. `said`: words that came with the last reading.

    People: `acknowledged` by `who`, `silenced_ns` until when, `unseen`: it ended and nobody has acknowledged it.
    Telling: `active_ns` since when it asks for a person, `escalation` steps reached since, `ended_ns` when its
    condition last ended without being `hushed`, `hushed`: it came back too soon to be told again, `told` those who
    know of it.
    """

    hash: str = ""
    what: str = ""
    kind: AlarmKind = AlarmKind.TECHNICAL
    base: Priority = Priority.LOW
    threshold: float = 0.0
    clear: float = 0.0

    first_ns: int | None = None
    reached_ns: int = -1
    heard_ns: int = -1
    stamp_ns: int = -1
    since_ns: int = 0

    present: bool = False
    run_ns: int | None = None
    count: int = 0
    ending_ns: int | None = None
    endings: int = 0
    judged_ns: int | None = None
    judged: bool = False

    value: float | None = None
    coverage: float | None = None
    reference: float | None = None
    values: list[float] = msgspec.field(default_factory=list)
    minutes: list[int] = msgspec.field(default_factory=list)
    faces: int = 0
    unjudged: int = 0
    models: list[str] = msgspec.field(default_factory=list)
    said: str = ""

    acknowledged: bool = False
    who: str = ""
    silenced_ns: int | None = None
    unseen: bool = False
    active_ns: int | None = None
    escalation: int = 0
    ended_ns: int | None = None
    hushed: bool = False
    told: list[str] = msgspec.field(default_factory=list)

    baseline: BaselineMemory | None = None

    @property
    def phase(self) -> AlarmPhase:
        """The one phase that a person is shown."""
        if self.silenced_ns is not None:
            return AlarmPhase.SILENCED
        if self.present:
            return AlarmPhase.ACKNOWLEDGED if self.acknowledged else AlarmPhase.ACTIVE
        if self.unseen:
            return AlarmPhase.CLEARED
        return AlarmPhase.INACTIVE if self.run_ns is None else AlarmPhase.PENDING


def what_of(rule: RuleConfig) -> str:
    """Names what a rule's values are values of: two rules of different `what` have nothing to do with each other."""
    compared = "" if rule.baseline is None else "/compared"
    return f"{rule.signal.value}/{rule.unit or ''}/{rule.scope}{compared}"


def new_memory(rule: RuleConfig, rule_hash: str) -> Memory:
    """Of an alarm that was never evaluated."""
    memory = Memory(baseline=None if rule.baseline is None else BaselineMemory())
    adopt(memory, rule, rule_hash)
    return memory


def adopt(memory: Memory, rule: RuleConfig, rule_hash: str) -> None:
    """From now on the memory is of this rule, which is of the same `what`."""
    memory.hash, memory.what, memory.kind, memory.base = rule_hash, what_of(rule), rule.kind, rule.priority
    memory.threshold, memory.clear = rule.threshold, rule.clear_at


def shift(memory: Memory, by_ns: int) -> None:
    """Moves everything that is measured from, as the clock it was measured by was set."""
    for name in ("reached_ns", "heard_ns", "stamp_ns", "since_ns"):
        setattr(memory, name, max(-1, getattr(memory, name) + by_ns))
    for name in ("run_ns", "ending_ns", "judged_ns", "silenced_ns", "active_ns", "ended_ns"):
        then_ns = getattr(memory, name)
        setattr(memory, name, None if then_ns is None else then_ns + by_ns)


_decoder = msgspec.json.Decoder(Memory)


def to_body(memory: Memory) -> str:
    """As JSON, the same text for the same memory."""
    return msgspec.json.encode(memory, order="deterministic").decode()


def from_body(body: str) -> Memory | None:
    """The memory in JSON; None if it is none of this build's."""
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return None
