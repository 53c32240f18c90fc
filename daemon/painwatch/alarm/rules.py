"""The rules in force: those of the watch itself that are built in, and the user's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from painwatch.config.alarms import RuleConfig
from painwatch.config.builtin_rules import CageOf, applies, built_in_rules
from painwatch.config.models import Config
from painwatch.config.processes import processes_of
from painwatch.core.alarms import Priority
from painwatch.core.signals import SIGNALS, SITE, Of


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force. `hash`: SHA-256 of its definition in hex; `built_in`: not written by the user."""

    config: RuleConfig
    hash: str
    built_in: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What the alarms of one rule are about: its name, and the cages in it (none for what belongs to no cage)."""

    name: str
    cages: tuple[str, ...]


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Every rule in force: the user's in file order, then the built-in ones that are neither replaced nor off."""
    cages = [CageOf(cage.name, cage.group) for cage in config.cages]
    built_in = built_in_rules(cages, config.alarms.rules, config.alarms.off)
    return (
        *(Rule(rule, rule_hash(rule), built_in=False) for rule in config.alarms.rules),
        *(Rule(rule, rule_hash(rule), built_in=True) for rule in built_in),
    )


def rule_hash(rule: RuleConfig) -> str:
    """SHA-256, in hex, of the rule's definition as JSON with sorted keys and nothing left out."""
    canonical = json.dumps(rule.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def subjects_of(rule: RuleConfig, config: Config) -> tuple[Subject, ...]:
    """What the rule watches, in file order. Processes of other hosts come to it when they are heard of.

    A group, and all cages together, leave out recordings that are read as fast as they can be scored beside cages
    that are watched live: they have no time in common.
    """
    of = SIGNALS[rule.signal].of
    cages = [cage for cage in config.cages if applies(rule, CageOf(cage.name, cage.group))]
    if of is Of.CAMERA:
        return tuple(Subject(camera.name, (cage.name,)) for cage in cages for camera in cage.cameras)
    if of is Of.SITE:
        return (Subject(SITE, ()),)
    if of is Of.SINK:
        return tuple(Subject(name, ()) for name in config.outboxes)
    if of is Of.TARGET:
        return tuple(Subject(target.name, ()) for target in config.notify.targets)
    if of is Of.PROCESS:
        return tuple(Subject(name, ()) for name in processes_of(config))
    if rule.scope == "cage":
        return tuple(Subject(cage.name, (cage.name,)) for cage in cages)
    groups = dict.fromkeys(SITE if rule.scope == "all" else cage.group or "" for cage in cages)
    pooled = []
    for group in groups:
        members = [cage for cage in cages if rule.scope == "all" or cage.group == group]
        live = [cage for cage in members if cage.keeps_wall_time]
        pooled.append(Subject(group, tuple(cage.name for cage in live or members)))
    return tuple(pooled)


def targets_of(rule: RuleConfig, priority: Priority, config: Config) -> tuple[str, ...]:
    """The targets that are told of an alarm of this rule when it has this priority, in file order."""
    targets = config.notify.targets
    if rule.notify is not None:
        return tuple(target.name for target in targets if target.name in rule.notify)
    return tuple(
        target.name for target in targets if rule.kind in target.kinds and priority.rank >= target.minimum_priority.rank
    )
