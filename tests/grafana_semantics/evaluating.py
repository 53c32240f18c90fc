"""An alert rule evaluated again and again, as Grafana's scheduler does. Pure but for what `ask` does.

Grafana 12, pkg/services/ngalert/schedule: schedule.go (processTick), jitter.go (jitterOffsetInTicks), alert_rule.go
(Run, evaluate: a rule whose definition changed begins without states).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from grafana_semantics.provisioned import Rule
from grafana_semantics.results import Answers, asking, results
from grafana_semantics.states import States, after, loaded

BASE_S = 10
"""pkg/setting/setting_unified_alerting.go: intervals, and the moments of evaluations, are multiples of it."""


def moments(interval_s: int, from_s: float, to_s: float, offset_s: int = 0) -> range:
    """When a rule is evaluated in from_s <= t < to_s: at multiples of its interval and `offset_s` after them.

    Grafana draws the offset of a group from its name, so it is told here.
    """
    if interval_s % BASE_S or offset_s % BASE_S or not 0 <= offset_s < interval_s:
        raise ValueError("intervals and offsets are multiples of 10 s, the offset less than the interval")
    first = -((offset_s - int(-(-from_s // 1))) // interval_s) * interval_s + offset_s
    return range(first, int(-(-to_s // 1)), interval_s)


def evaluated(rule: Rule, states: States, answers: Answers, at_s: float) -> States:
    """One evaluation: the states before and after."""
    return after(rule, states, results(rule, answers, loaded(states)), at_s)


def evaluations(
    rule: Rule, ask: Callable[[str], Mapping[str, Any]], times_s: Iterable[float], states: States | None = None
) -> Iterator[tuple[float, States]]:
    """The states after each evaluation; `ask` runs one query of InfluxQL as the database stands then."""
    now: States = states or {}
    for at_s in times_s:
        now = evaluated(rule, now, asking(rule, at_s, ask), at_s)
        yield at_s, now
