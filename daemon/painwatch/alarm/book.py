"""All alarms of a site: takes inputs in the order they came, gives what became of the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from painwatch.alarm.rules import Rule
from painwatch.alarm.taken import AlarmInput, Taken
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmLive, AlarmMemory


class AlarmBook:
    """The alarms of one site. The same inputs in the same order give the same transitions, live or not.

    The minutes that a Tick brought about must be given before the Tick itself.
    """

    def __init__(self, config: Config, rules: Sequence[Rule] | None = None) -> None:
        """`rules`: instead of those of the configuration, such as for a trial over the past."""
        raise NotImplementedError

    def resume(self, memories: Iterable[AlarmMemory], now_ns: int | None = None) -> Taken:
        """Goes on from what was stored; to be called before anything is taken.

        `now_ns`: the hub's clock; what was evaluated under a clock that was ahead of it goes on from there.
        """
        raise NotImplementedError

    def take(self, message: AlarmInput) -> Taken:
        """One input; what was evaluated before (a minute told again, a request done already) changes nothing."""
        raise NotImplementedError

    def live(self) -> tuple[AlarmLive, ...]:
        """Every alarm that is not inactive, and those that wait for their baseline; worst first."""
        raise NotImplementedError
