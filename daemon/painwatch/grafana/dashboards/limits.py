"""The limits that the configured alarm rules set, for lines in panels. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.alarm.rules import rules_of
from painwatch.config.alarms import RuleConfig
from painwatch.config.models import Config
from painwatch.core.signals import Signal


@dataclass(frozen=True, slots=True)
class Limit:
    """A rule is raised at or above `value`, or below it; `words` say all of it to a person."""

    value: float
    above: bool
    words: str


def limits(config: Config, signal: Signal, unit: str | None = None) -> tuple[Limit, ...]:
    """Those of every rule in force on the signal, in order; not of rules that compare with a baseline."""
    rules = (rule.config for rule in rules_of(config))
    return tuple(
        Limit(rule.threshold, rule.above is not None, _words(rule))
        for rule in rules
        if rule.signal is signal and rule.unit == unit and rule.baseline is None
    )


def minimum_coverage(config: Config) -> float:
    """A minute of which less was seen is judged by no rule on pain; by the rules' own default if there is none."""
    told = [rule.config.minimum_coverage for rule in rules_of(config) if rule.config.signal is Signal.PAIN_PROBABILITY]
    return min(told) if told else float(RuleConfig.model_fields["minimum_coverage"].default)


def in_words(found: tuple[Limit, ...]) -> str:
    """What lines in a panel mean; empty without any."""
    return f"Dashed lines: {'; '.join(limit.words for limit in found)}." if found else ""


def _words(rule: RuleConfig) -> str:
    at = f"at or above {rule.threshold:g}" if rule.above is not None else f"below {rule.threshold:g}"
    beyond = f"below {rule.clear_at:g}" if rule.above is not None else f"at or above {rule.clear_at:g}"
    lasts = f" for {rule.for_min:g} min" if rule.for_min else ""
    pooled = {"cage": "", "group": " of a whole group", "all": " of all cages"}[rule.scope]
    return f"{rule.name} is raised {at}{lasts}{pooled} and ends {beyond}"
