"""Which alarms there are, and which of them a minute or a reading concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from painwatch.alarm.alarm import Alarm, Heard
from painwatch.alarm.condition import by_minutes
from painwatch.alarm.memory import new_memory
from painwatch.alarm.pooling import Pool
from painwatch.alarm.rules import Rule, Subject, subjects_of
from painwatch.alarm.sight import Sight
from painwatch.config.models import Config
from painwatch.config.processes import is_elsewhere
from painwatch.core.minutes import expected_looks
from painwatch.core.signals import SIGNALS, Of, Signal

MOST_SUBJECTS = 1000
"""Processes of one rule; those of other hosts are known only from what is heard, and more are passed over."""


@dataclass(slots=True)
class Pooled:
    """The alarms on one group of cages."""

    pool: Pool
    cages: tuple[str, ...]
    alarms: list[Alarm] = field(default_factory=list)
    sight: Sight = field(default_factory=Sight)


class Roll:
    """All alarms, in the order of their rules."""

    def __init__(self, config: Config, rules: Sequence[Rule], heard: Heard | None = None) -> None:
        self._config, self._heard = config, heard
        self._live = {cage.name: cage.keeps_wall_time for cage in config.cages}
        self._expected = {cage.name: expected_looks(cage.sample_rate_hz) for cage in config.cages}
        self._alarms: dict[tuple[str, str], Alarm] = {}
        self._open: dict[str, Rule] = {}
        self._by_signal: dict[Signal, list[Rule]] = {}
        self.by_cage: dict[str, list[Alarm]] = {cage.name: [] for cage in config.cages}
        self.sights = {cage.name: Sight() for cage in config.cages}
        self._pools: dict[tuple[str, ...], Pooled] = {}
        for rule in rules:
            subjects = subjects_of(rule.config, config)
            if not by_minutes(rule.config):
                self._by_signal.setdefault(rule.config.signal, []).append(rule)
            if SIGNALS[rule.config.signal].of is Of.PROCESS:
                self._open[rule.config.name] = rule
            for subject in subjects:
                self._place(self._add(rule, subject))

    def all(self) -> Iterator[Alarm]:
        return iter(self._alarms.values())

    def live(self, cage: str) -> bool:
        """Whether the cage is watched in the time of the hub's clock."""
        return self._live[cage]

    @property
    def pools(self) -> tuple[Pooled, ...]:
        return tuple(self._pools.values())

    def pools_of(self, cage: str) -> tuple[Pooled, ...]:
        """The groups that a cage's minutes go into."""
        return tuple(pooled for pooled in self._pools.values() if cage in pooled.cages)

    def known(self, rule: str, subject: str) -> Alarm | None:
        """The alarm of that rule and subject."""
        return self._alarms.get((rule, subject))

    def heard_of(self, rule: str, subject: str) -> Alarm | None:
        """The alarm of that rule and subject; made anew for a process of another host."""
        found = self._alarms.get((rule, subject))
        if found is not None or rule not in self._open or not is_elsewhere(subject, self._config):
            return found
        if sum(name == rule for name, _ in self._alarms) >= MOST_SUBJECTS:
            return None
        return self._add(self._open[rule], Subject(subject, ()))

    def of_reading(self, signal: Signal, subject: str) -> tuple[Alarm, ...]:
        """The alarms that a reading concerns."""
        found = (self.heard_of(rule.config.name, subject) for rule in self._by_signal.get(signal, ()))
        return tuple(alarm for alarm in found if alarm is not None)

    def _add(self, rule: Rule, subject: Subject) -> Alarm:
        live = not by_minutes(rule.config) or all(self._live[cage] for cage in subject.cages)
        memory = new_memory(rule.config, rule.hash)
        alarm = Alarm(rule, subject, self._config, live=live, memory=memory, heard=self._heard)
        return self._alarms.setdefault(alarm.key, alarm)

    def _place(self, alarm: Alarm) -> None:
        rule, subject = alarm.rule.config, alarm.subject
        if not by_minutes(rule):
            return
        if rule.scope == "cage":
            self.by_cage[subject.name].append(alarm)
            return
        expected = {cage: self._expected[cage] for cage in subject.cages}
        known = self._pools.setdefault(
            (subject.name, *subject.cages), Pooled(Pool(subject.name, expected, live=alarm.live), subject.cages)
        )
        known.alarms.append(alarm)
