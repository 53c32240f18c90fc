"""What becomes of the alerts of a rule by what its evaluations say. Pure: states in, states out.

Grafana 12, pkg/services/ngalert/state/state.go and manager.go; schedule/loaded_metrics_reader.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from grafana_semantics.provisioned import Rule
from grafana_semantics.results import Outcome, Result
from grafana_semantics.values import Labels, labels_of


class Phase(StrEnum):
    """state.go: the states of an alert instance."""

    NORMAL = "Normal"
    PENDING = "Pending"
    ALERTING = "Alerting"
    RECOVERING = "Recovering"
    NO_DATA = "NoData"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class State:
    """One alert. `labels`: the rule's and those of its series; `of`: those alone. `reason`: why it is in its phase,
    if not because the condition says so. `since_s`: when the phase began. `evaluated_s`: the last evaluation that gave
    a result for it.
    """

    labels: Labels
    of: Labels
    phase: Phase
    reason: str
    since_s: float
    evaluated_s: float


States = Mapping[Labels, State]

FIRING = (Phase.ALERTING, Phase.RECOVERING)
"""In these a notification stands."""


def loaded(states: States) -> frozenset[Labels]:
    """The alerts that a recovery threshold takes for raised: not those that are only kept, by KeepLast, as they were.

    loaded_metrics_reader.go: AlertingResultsFromRuleState.Read.
    """
    return frozenset(
        state.of for state in states.values() if not state.reason and state.phase in (Phase.ALERTING, Phase.PENDING)
    )


def after(rule: Rule, states: States, results: Sequence[Result], at_s: float) -> dict[Labels, State]:
    """The states after an evaluation at `at_s`; alerts that are gone for long enough are in it no more.

    manager.go: ProcessEvalResults, setNextStateForRule, setNextStateForAll, processMissingSeriesStates.
    """
    outcomes = {result.outcome for result in results}
    mapped = (outcomes <= {Outcome.NO_DATA} and rule.no_data in ("Alerting", "OK", "Ok", "KeepLast")) or (
        outcomes == {Outcome.ERROR} and rule.on_error in ("Alerting", "OK", "Ok", "KeepLast")
    )
    if mapped and states:
        said = results[0] if results else Result((), Outcome.NO_DATA)
        return {labels: _next(rule, state, said, at_s) for labels, state in states.items()}
    told = {}
    for result in results:
        labels = merged(rule, result.labels)
        before = states.get(labels, State(labels, result.labels, Phase.NORMAL, "", at_s, at_s))
        told[labels] = _next(rule, replace(before, of=result.labels), result, at_s)
    missing = {labels: s for labels, s in states.items() if labels not in told and not _gone(rule, s, at_s)}
    return {**missing, **told}


def merged(rule: Rule, labels: Labels) -> Labels:
    """By these an alert is known: the rule's labels, and those of its series that the rule has not.

    cache.go: expandAnnotationsAndLabels, State.CacheID; without those that Grafana adds to every alert of a rule.
    """
    return labels_of({**dict(labels), **rule.labels})


def _gone(rule: Rule, state: State, at_s: float) -> bool:
    """manager.go: stateIsStale. What was NoData or Error is gone after one evaluation without it."""
    evaluations = 1 if state.phase in (Phase.ERROR, Phase.NO_DATA) else rule.missing_evaluations
    return bool(at_s - state.evaluated_s >= evaluations * rule.interval_s)


def _next(rule: Rule, state: State, result: Result, at_s: float) -> State:
    """state.go: State.transition."""
    match result.outcome:
        case Outcome.NORMAL:
            then = _normal(rule, state, at_s)
        case Outcome.ALERTING:
            then = _alerting(rule, state, at_s)
        case Outcome.NO_DATA:
            then = _mapped(rule, state, rule.no_data, Phase.NO_DATA, at_s)
        case Outcome.ERROR:
            then = _mapped(rule, state, rule.on_error, Phase.ERROR, at_s)
    odd = result.outcome in (Outcome.NO_DATA, Outcome.ERROR) and then.phase.value != result.outcome.value
    setting = rule.no_data if result.outcome is Outcome.NO_DATA else rule.on_error
    reason = f"{result.outcome.value}, KeepLast" if setting == "KeepLast" else result.outcome.value
    return replace(then, reason=reason if odd else "", evaluated_s=at_s)


def _normal(rule: Rule, state: State, at_s: float) -> State:
    """state.go: resultNormal."""
    if state.phase is Phase.NORMAL:
        return state
    if state.phase is Phase.RECOVERING and at_s - state.since_s < rule.keep_firing_for_s:
        return state
    if state.phase is Phase.ALERTING and rule.keep_firing_for_s > 0:
        return replace(state, phase=Phase.RECOVERING, since_s=at_s)
    return replace(state, phase=Phase.NORMAL, since_s=at_s)


def _alerting(rule: Rule, state: State, at_s: float) -> State:
    """state.go: resultAlerting."""
    if state.phase is Phase.ALERTING:
        return state
    if state.phase is Phase.PENDING:
        due = at_s - state.since_s >= rule.for_s
        return replace(state, phase=Phase.ALERTING, since_s=at_s) if due else state
    pending = rule.for_s > 0 and state.phase is not Phase.RECOVERING
    return replace(state, phase=Phase.PENDING if pending else Phase.ALERTING, since_s=at_s)


def _mapped(rule: Rule, state: State, setting: str, own: Phase, at_s: float) -> State:
    """state.go: resultNoData, resultError."""
    match setting:
        case "Alerting":
            return _alerting(rule, state, at_s)
        case "OK" | "Ok":
            return _normal(rule, state, at_s)
        case "KeepLast":
            return _kept(rule, state, at_s)
        case "NoData" | "Error":
            return state if state.phase is own else replace(state, phase=own, since_s=at_s)
        case _:
            raise ValueError(f"{setting} is no setting of what to do without data or after an error")


def _kept(rule: Rule, state: State, at_s: float) -> State:
    """state.go: resultKeepLast. What is Recovering goes on to Normal; what is Pending for long enough is Alerting."""
    if state.phase is Phase.ALERTING:
        return state
    if state.phase is Phase.PENDING:
        return _alerting(rule, state, at_s)
    return _normal(rule, state, at_s)
