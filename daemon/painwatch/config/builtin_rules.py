"""The alarm rules that are in force without being written down: those that watch the watch itself, and one for pain.

They are plain rules: one in the configuration of the same name takes a rule's place, and `off` removes it. Here and
not in the alarm room, since the checks of a configuration must know them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from painwatch.config.alarms import EscalationStep, RuleConfig
from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind, Signal

CANNOT_SEE = "cannot-see"
CANNOT_SEE_FOR_MIN = 15.0

FIXED: tuple[RuleConfig, ...] = (
    RuleConfig(
        name="sustained-pain",
        signal=Signal.PAIN_PROBABILITY,
        above=0.6,
        clear=0.4,
        for_min=10,
        minimum_coverage=0.5,
        priority=Priority.HIGH,
        escalation=(EscalationStep(after_min=15),),
        runbook="Review the animal in person, and judge its face by the grimace scale.",
    ),
    RuleConfig(
        name="cannot-judge",
        signal=Signal.BLIND_RULES,
        above=1,
        for_min=15,
        cooldown_min=60,
        priority=Priority.MEDIUM,
        runbook="A baseline is not complete, or the model does not score the action unit of a rule.",
    ),
    RuleConfig(
        name="seldom-judged",
        signal=Signal.JUDGED_SHARE,
        below=0.2,
        clear=0.3,
        cooldown_min=60,
        priority=Priority.LOW,
        runbook="A minute now and then keeps the other alarms of sight away: see the pictures, light and cameras.",
    ),
    RuleConfig(
        name="camera-lost",
        signal=Signal.CAMERA_AGE_S,
        above=30,
        clear=10,
        priority=Priority.MEDIUM,
        runbook="See the camera's line on the page: power, network, the worker that looks through it.",
    ),
    RuleConfig(
        name="cage-silent",
        signal=Signal.CAGE_AGE_S,
        above=60,
        clear=10,
        priority=Priority.HIGH,
        runbook="Nothing comes of this cage at all: see which process is down.",
    ),
    RuleConfig(
        name="out-of-domain",
        signal=Signal.OUT_OF_DOMAIN_SHARE,
        above=0.5,
        clear=0.3,
        for_min=10,
        priority=Priority.MEDIUM,
        runbook="The model was not made for this animal or this picture: see its card.",
    ),
    RuleConfig(
        name="engine-error",
        signal=Signal.ENGINE_ERROR_SHARE,
        above=0.2,
        clear=0.1,
        for_min=3,
        priority=Priority.MEDIUM,
        runbook="The model cannot be computed: the worker's log says why.",
    ),
    RuleConfig(
        name="engine-fallen",
        signal=Signal.ENGINE_FALLEN,
        above=1,
        for_min=1,
        clear_for_min=1,
        priority=Priority.LOW,
        runbook="Judging goes on, perhaps more slowly: the worker's log says why.",
    ),
    RuleConfig(
        name="process-down",
        signal=Signal.PROCESS_DOWN_S,
        above=15,
        clear=1,
        priority=Priority.MEDIUM,
        runbook="The page shows why it ended and what it last said.",
    ),
    RuleConfig(
        name="process-restarting",
        signal=Signal.PROCESS_RESTARTS,
        above=3,
        clear=1,
        priority=Priority.MEDIUM,
        runbook="The page shows why it ended and what it last said.",
    ),
    RuleConfig(
        name="clock-offset",
        signal=Signal.CLOCK_OFFSET_S,
        above=2,
        clear=1,
        for_min=1,
        priority=Priority.LOW,
        runbook="Set the clocks of the hosts by NTP: looks that come too late are not used.",
    ),
    RuleConfig(
        name="store-fault",
        signal=Signal.STORE_FAULT_S,
        above=10,
        clear=1,
        priority=Priority.HIGH,
        runbook="The history cannot be written: see the disk.",
    ),
    RuleConfig(
        name="disk-low",
        signal=Signal.DISK_FREE_FRACTION,
        below=0.05,
        clear=0.08,
        for_min=1,
        priority=Priority.MEDIUM,
        runbook="Make room on the disk that holds the history, or set `history_mb`.",
    ),
    RuleConfig(
        name="history-pruned",
        signal=Signal.HISTORY_PRUNED,
        above=1,
        latched=True,
        priority=Priority.LOW,
        runbook="Single moments were deleted early for want of room; minutes, alarms and the audit log were not.",
    ),
    RuleConfig(
        name="sink-backlog",
        signal=Signal.SINK_BACKLOG_S,
        above=600,
        clear=60,
        priority=Priority.MEDIUM,
        runbook="The database takes nothing; all is kept here until it does.",
    ),
    RuleConfig(
        name="sink-refused",
        signal=Signal.SINK_REFUSED,
        above=1,
        latched=True,
        priority=Priority.MEDIUM,
        runbook="The database will never take some records: they are kept aside here, with its reason.",
    ),
    RuleConfig(
        name="notice-undelivered",
        signal=Signal.NOTICE_AGE_S,
        above=300,
        clear=60,
        priority=Priority.HIGH,
        runbook="Someone is not being told of alarms: `painwatch notify test` says why.",
    ),
    RuleConfig(
        name="refused-messages",
        signal=Signal.REFUSED_MESSAGES,
        above=10,
        clear=1,
        priority=Priority.LOW,
        runbook="Something sends what is not ours, of another version, or too much: the hub's log says what.",
    ),
)
"""All but `cannot-see`, which depends on the cages and their welfare rules."""

BUILT_IN_NAMES: tuple[str, ...] = (CANNOT_SEE, *(rule.name for rule in FIXED))


class CageOf(NamedTuple):
    """A cage as rules choose it."""

    name: str
    group: str | None


def applies(rule: RuleConfig, cage: CageOf) -> bool:
    """Whether the rule, on a signal of cages or cameras, watches this cage."""
    if rule.cages is not None and cage.name not in rule.cages:
        return False
    if rule.groups is not None and cage.group not in rule.groups:
        return False
    return rule.scope != "group" or cage.group is not None


def built_in_rules(
    cages: Sequence[CageOf], written: Sequence[RuleConfig], off: Iterable[str]
) -> tuple[RuleConfig, ...]:
    """The built-in rules that are in force beside those `written` by the user."""
    gone = {rule.name for rule in written} | set(off)
    fixed = tuple(rule for rule in FIXED if rule.name not in gone)
    if CANNOT_SEE in gone:
        return fixed
    return (*fixed, *(rule for rule in _cannot_see(cages, (*written, *fixed)) if rule.name not in gone))


def _cannot_see(cages: Sequence[CageOf], rules: Sequence[RuleConfig]) -> tuple[RuleConfig, ...]:
    """One rule for all cages if they need the same; else one for each coverage that some of them need.

    A cage that no welfare rule watches needs none.
    """
    needed: dict[float, list[str]] = {}
    for cage in cages:
        minima = [rule.minimum_coverage for rule in rules if rule.kind is AlarmKind.WELFARE and applies(rule, cage)]
        if minima:
            needed.setdefault(max(minima), []).append(cage.name)
    if len(needed) == 1 and sum(map(len, needed.values())) == len(cages):
        return (_coverage_below(CANNOT_SEE, next(iter(needed)), None),)
    return tuple(
        _coverage_below(f"{CANNOT_SEE}-{str(minimum).replace('.', '-')}", minimum, tuple(names))
        for minimum, names in sorted(needed.items())
    )


def _coverage_below(name: str, minimum: float, cages: tuple[str, ...] | None) -> RuleConfig:
    return RuleConfig(
        name=name,
        signal=Signal.COVERAGE,
        below=minimum,
        for_min=CANNOT_SEE_FOR_MIN,
        cooldown_min=60,
        cages=cages,
        priority=Priority.MEDIUM,
        runbook="Too little of the animal's face is seen to judge it: see the cage's pictures, light and cameras.",
    )
