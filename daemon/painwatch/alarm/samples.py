"""What one minute or one reading says to one rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from painwatch.config.alarms import RuleConfig
from painwatch.core.alarms import Reading
from painwatch.core.minutes import MINUTE_NS
from painwatch.core.signals import AlarmKind, Signal
from painwatch.core.types import MinuteSummary, Status


@dataclass(frozen=True, slots=True)
class Sample:
    """A value and what it rests on; `value` None: it cannot be judged. A reading begins when it ends.

    `blind`: a welfare rule could not judge it although enough was scored. `reference`: what it was compared with.
    """

    start_ns: int
    end_ns: int
    value: float | None
    coverage: float | None = None
    faces: int = 0
    models: tuple[str, ...] = ()
    blind: bool = False
    reference: float | None = None
    words: str = ""


def of_reading(reading: Reading) -> Sample:
    """A reading; what is no finite number cannot be told."""
    value = reading.value if reading.value is not None and math.isfinite(reading.value) else None
    return Sample(reading.time_ns, reading.time_ns, value, words=reading.words)


def of_minute(
    rule: RuleConfig, minute: MinuteSummary, blind_rules: int = 0, judged_share: float | None = None
) -> Sample:
    """A minute as the rule sees it, before any baseline.

    A welfare rule judges a minute of at least its minimum coverage in which its signal has a value; a technical one
    judges every minute. `blind_rules`, `judged_share`: the values of these signals.
    """
    value = _value(rule, minute, blind_rules, judged_share)
    welfare = rule.kind is AlarmKind.WELFARE
    covered = not welfare or minute.coverage >= rule.minimum_coverage
    return Sample(
        start_ns=minute.start_ns,
        end_ns=minute.start_ns + MINUTE_NS,
        value=value if covered and value is not None and math.isfinite(value) else None,
        coverage=minute.coverage,
        faces=minute.faces,
        models=minute.models,
        blind=welfare and covered and value is None,
    )


def _value(rule: RuleConfig, minute: MinuteSummary, blind_rules: int, judged_share: float | None) -> float | None:
    match rule.signal:
        case Signal.PAIN_PROBABILITY:
            return minute.pain_probability
        case Signal.ACTION_UNIT:
            return next((unit.score for unit in minute.units if unit.name == rule.unit), None)
        case Signal.COVERAGE:
            return minute.coverage
        case Signal.OUT_OF_DOMAIN_SHARE:
            return _share(minute, Status.OUT_OF_DOMAIN)
        case Signal.ENGINE_ERROR_SHARE:
            return _share(minute, Status.ENGINE_ERROR)
        case Signal.BLIND_RULES:
            return float(blind_rules)
        case Signal.JUDGED_SHARE:
            return judged_share
        case _:
            raise ValueError(f"{rule.signal.value} is no signal of a cage's minutes")


def _share(minute: MinuteSummary, status: Status) -> float:
    return min(1.0, minute.by_status.get(status.value, 0) / minute.expected) if minute.expected else 0.0
