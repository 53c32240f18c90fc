"""How much of the last hour could be judged: a good minute now and then ends every run of blind ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from painwatch.alarm.samples import of_minute
from painwatch.config.alarms import RuleConfig
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import AlarmKind
from painwatch.core.types import MinuteSummary

MINUTES = 60


class Sight:
    """The last minutes of one cage or group, in a row: whether every welfare rule on it could judge them.

    Whether a baseline is complete is not asked: that passes by itself, and `blind_rules` tells it.
    """

    def __init__(self) -> None:
        self._judged: deque[bool] = deque(maxlen=MINUTES)
        self._last_ns = -1

    def share(self, minute: MinuteSummary, rules: Iterable[RuleConfig]) -> float | None:
        """Takes the next minute; 0..1, or None until a whole hour is known, or without welfare rules."""
        if 0 <= self._last_ns - minute.start_ns < MINUTES * MINUTE_NS:
            return None  # it is told again
        welfare = [rule for rule in rules if rule.kind is AlarmKind.WELFARE]
        if minute.start_ns != self._last_ns + MINUTE_NS:
            self._judged.clear()
        self._last_ns = minute.start_ns
        self._judged.append(all(of_minute(rule, minute).value is not None for rule in welfare))
        return sum(self._judged) / MINUTES if welfare and len(self._judged) == MINUTES else None
