"""Rules over minutes that are past: what they would have raised, and how long they could judge. Pure.

The alarms come from the same AlarmBook that the hub uses, given the same minutes in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from painwatch.alarm.events import Held, PastAlarm
from painwatch.alarm.rules import Rule, Subject

DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Watched:
    """How long one subject could be judged by one rule, in minutes; together they are the whole time asked for.

    `unjudged_min`: something was recorded, too little to judge by. `unseen_min`: nothing was recorded at all.
    """

    subject: Subject
    judged_min: int
    unjudged_min: int
    unseen_min: int


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over the time asked for.

    `alarms`: raised in that time, in order of time; `earlier`: those that stood when it began. `judged`: starts of the
    judged minutes of each subject, ascending, UTC ns. `held`: the alarms beside marked events, None if none were named.
    """

    rule: Rule
    alarms: tuple[PastAlarm, ...]
    earlier: tuple[PastAlarm, ...]
    watched: tuple[Watched, ...]
    judged: Mapping[str, Sequence[int]]
    held: Held | None

    @property
    def judged_days(self) -> float:
        """Days that could be judged, of all subjects together: cage-days, for a rule of single cages."""
        return sum(watched.judged_min for watched in self.watched) / DAY_MIN

    @property
    def days(self) -> float:
        """All days asked for, of all subjects together."""
        return sum(w.judged_min + w.unjudged_min + w.unseen_min for w in self.watched) / DAY_MIN

    @property
    def alarms_per_day(self) -> float | None:
        """Alarms a judged day; None if nothing could be judged."""
        return len(self.alarms) / self.judged_days if self.judged_days else None
