"""What an alarm is about, and what a technical one is called. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.alarm.rules import rules_of, subjects_of
from painwatch.config.alarms import RuleConfig
from painwatch.config.models import CageConfig, Config
from painwatch.core.alarms import Transition
from painwatch.core.signals import SIGNALS, Of, Signal


@dataclass(frozen=True, slots=True)
class Subject:
    """`words`: such as "camera cage-1-left"; `animals`: such as "the animal in cage-1"; `cages`: those it is about.

    `signal`: what is watched, None where the rule is gone. `blinds`: while it lasts, animals are not watched.
    """

    name: str
    words: str
    animals: str
    cages: tuple[CageConfig, ...]
    signal: Signal | None
    blinds: bool


_BLIND = {
    Signal.COVERAGE,
    Signal.OUT_OF_DOMAIN_SHARE,
    Signal.ENGINE_ERROR_SHARE,
    Signal.BLIND_RULES,
    Signal.JUDGED_SHARE,
    Signal.CAMERA_AGE_S,
    Signal.CAGE_AGE_S,
    Signal.PROCESS_DOWN_S,
    Signal.PROCESS_RESTARTS,
}

_HEADLINES: dict[Signal, str] = {
    Signal.COVERAGE: "{} is not being seen well enough",
    Signal.OUT_OF_DOMAIN_SHARE: "{} is not being judged: the model was not made for what it sees",
    Signal.ENGINE_ERROR_SHARE: "{} is not being judged: the model cannot be computed",
    Signal.BLIND_RULES: "{} is seen, but a rule cannot judge it",
    Signal.JUDGED_SHARE: "{} could be judged only now and then within the last hour",
    Signal.CAMERA_AGE_S: "{} brings no new pictures",
    Signal.CAGE_AGE_S: "{} is not being seen",
    Signal.CLOCK_OFFSET_S: "the clock of the host of {} is off",
    Signal.PROCESS_DOWN_S: "{} is down",
    Signal.PROCESS_RESTARTS: "{} starts again and again",
    Signal.ENGINE_FALLEN: "{} is judged by a stand-in engine",
    Signal.STORE_FAULT_S: "the history cannot be written",
    Signal.DISK_FREE_FRACTION: "the history's disk is filling up",
    Signal.HISTORY_PRUNED: "old moments were deleted before their time, for want of room",
    Signal.SINK_BACKLOG_S: "{} does not take the results",
    Signal.SINK_REFUSED: "{} refuses results for good",
    Signal.NOTICE_AGE_S: "{} cannot be told of alarms",
    Signal.REFUSED_MESSAGES: "messages are being refused",
}

_NOUNS = {Of.CAMERA: "camera ", Of.PROCESS: "process ", Of.SINK: "sink ", Of.TARGET: "target "}


def headline(subject: Subject) -> str:
    """What is wrong with the watch, such as "cage-2 is not being seen"."""
    form = _HEADLINES.get(subject.signal) if subject.signal else None
    return (form or "{} needs somebody to look after it").format(subject.words)


def subject_of(transition: Transition, config: Config) -> Subject:
    """What `transition` is about, as `config` knows it."""
    rule, name = _rule(transition.rule, config), transition.subject
    scope = rule.scope if rule else "cage"
    of = SIGNALS[rule.signal].of if rule else Of.CAGE
    cages = _cages(name, rule, config)
    if scope == "group":
        words, animals = f"group {name}", f"the animals of group {name}"
    elif scope == "all" or of is Of.SITE:
        words, animals = "the site", "the animals of the site"
    else:
        words, animals = f"{_NOUNS.get(of, '')}{name}", f"the animal in {cages[0].name if cages else name}"
    signal = rule.signal if rule else None
    return Subject(name, words, animals, cages, signal, signal in _BLIND)


def _rule(name: str, config: Config) -> RuleConfig | None:
    return next((rule.config for rule in rules_of(config) if rule.config.name == name), None)


def _cages(name: str, rule: RuleConfig | None, config: Config) -> tuple[CageConfig, ...]:
    if rule is None:
        return tuple(cage for cage in config.cages if cage.name == name)
    members = {cage for one in subjects_of(rule, config) or () if one.name == name for cage in one.cages}
    return tuple(cage for cage in config.cages if cage.name in members)
