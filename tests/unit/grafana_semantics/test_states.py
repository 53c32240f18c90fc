"""What becomes of alerts, by the cases of Grafana's documentation and of its manager_test.go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grafana_semantics.provisioned import Rule
from grafana_semantics.results import Outcome, Result
from grafana_semantics.states import Phase, States, after, loaded
from grafana_semantics.values import Labels

RULE = Rule("u", "t", "g", 10, (), "A", 0, 0, "NoData", "Error", 2, {}, {})
A: Labels = (("cage", "a"),)
B: Labels = (("cage", "b"),)

SHORT = {"n": Outcome.NORMAL, "a": Outcome.ALERTING, "d": Outcome.NO_DATA, "e": Outcome.ERROR}


def phases(rule: Rule, outcomes: str, labels: Labels = A) -> list[str]:
    """The phase (with its reason) after each evaluation, 10 s apart; `-`: others are there, this series is not."""
    states: States = {}
    told = []
    for step, letter in enumerate(outcomes):
        results = [Result(labels, SHORT[letter])] if letter != "-" else [Result(B, Outcome.NORMAL)]
        states = after(rule, states, results, 10 * step)
        state = states.get(labels)
        told.append("gone" if state is None else state.phase.value + (f" ({state.reason})" if state.reason else ""))
    return told


def test_alerts_at_once_and_ends_at_once() -> None:
    assert phases(RULE, "nanaan") == ["Normal", "Alerting", "Normal", "Alerting", "Alerting", "Normal"]


def test_for_waits_and_is_counted_from_the_first() -> None:
    assert phases(replace(RULE, for_s=20), "aaaana") == [
        "Pending",
        "Pending",
        "Alerting",
        "Alerting",
        "Normal",
        "Pending",
    ]
    assert phases(replace(RULE, for_s=20), "aana") == ["Pending", "Pending", "Normal", "Pending"]


def test_keeps_firing() -> None:
    assert phases(replace(RULE, keep_firing_for_s=20), "annnn") == [
        "Alerting",
        "Recovering",
        "Recovering",
        "Normal",
        "Normal",
    ]
    assert phases(replace(RULE, keep_firing_for_s=20, for_s=10), "aanaan")[2:] == [
        "Recovering",
        "Alerting",
        "Alerting",
        "Recovering",
    ]


def test_no_data_and_errors_as_such() -> None:
    assert phases(RULE, "adde") == ["Alerting", "NoData", "NoData", "Error"]
    assert phases(RULE, "den") == ["NoData", "Error", "Normal"]


def test_no_data_and_errors_as_alerts() -> None:
    rule = replace(RULE, no_data="Alerting", on_error="Alerting", for_s=10)
    assert phases(rule, "nddde") == [
        "Normal",
        "Pending (NoData)",
        "Alerting (NoData)",
        "Alerting (NoData)",
        "Alerting (Error)",
    ]


def test_no_data_and_errors_as_normal() -> None:
    rule = replace(RULE, no_data="OK", on_error="OK")
    assert phases(rule, "adae") == ["Alerting", "Normal (NoData)", "Alerting", "Normal (Error)"]


def test_keep_last() -> None:
    rule = replace(RULE, no_data="KeepLast", on_error="KeepLast")
    assert phases(rule, "deadeen") == [
        "Normal (NoData, KeepLast)",
        "Normal (Error, KeepLast)",
        "Alerting",
        "Alerting (NoData, KeepLast)",
        "Alerting (Error, KeepLast)",
        "Alerting (Error, KeepLast)",
        "Normal",
    ]
    assert phases(replace(rule, for_s=20), "addd") == [
        "Pending",
        "Pending (NoData, KeepLast)",
        "Alerting (NoData, KeepLast)",
        "Alerting (NoData, KeepLast)",
    ]
    assert phases(replace(rule, keep_firing_for_s=20), "andd")[1:] == [
        "Recovering",
        "Recovering (NoData, KeepLast)",
        "Normal (NoData, KeepLast)",
    ]


def test_what_is_only_kept_is_no_longer_loaded() -> None:
    rule = replace(RULE, no_data="KeepLast", for_s=10)
    states = after(rule, {}, [Result(A, Outcome.ALERTING)], 0)
    assert loaded(states) == {A}, "what is pending is"
    states = after(rule, states, [Result(A, Outcome.ALERTING)], 10)
    assert loaded(states) == {A}
    states = after(rule, states, [Result((), Outcome.NO_DATA)], 20)
    assert states[A].phase is Phase.ALERTING
    assert loaded(states) == frozenset()


@pytest.mark.parametrize(("missing", "stays"), [(1, 0), (2, 1), (5, 4)])
def test_a_series_that_is_gone(missing: int, stays: int) -> None:
    rule = replace(RULE, missing_evaluations=missing)
    assert phases(rule, "a" + "-" * 6) == ["Alerting"] * (1 + stays) + ["gone"] * (6 - stays)


def test_no_data_of_a_series_that_is_gone_does_not_wait() -> None:
    assert phases(replace(RULE, missing_evaluations=5), "d-") == ["NoData", "gone"]


def test_no_data_of_a_whole_rule_goes_to_all_its_alerts_and_keeps_those_that_were_missing() -> None:
    rule = replace(RULE, no_data="KeepLast", missing_evaluations=3)
    both = [Result(A, Outcome.ALERTING), Result(B, Outcome.NORMAL)]
    told = after(rule, {}, both, 0)
    told = after(rule, told, [Result(B, Outcome.NORMAL)], 10)
    told = after(rule, told, [Result((), Outcome.NO_DATA)], 20)
    assert {labels: state.phase for labels, state in told.items()} == {A: Phase.ALERTING, B: Phase.NORMAL}
    told = after(rule, told, [Result(B, Outcome.NORMAL)], 40)
    assert A in told
    told = after(rule, told, [Result(B, Outcome.NORMAL)], 50)
    assert A not in told
    assert after(rule, {}, [], 0) == {}


def test_one_series_without_data_among_others() -> None:
    rule = replace(RULE, no_data="KeepLast")
    told = after(rule, {}, [Result(A, Outcome.ALERTING), Result(B, Outcome.NORMAL)], 0)
    told = after(rule, told, [Result(A, Outcome.NO_DATA), Result(B, Outcome.ALERTING)], 10)
    assert {labels: state.phase for labels, state in told.items()} == {A: Phase.ALERTING, B: Phase.ALERTING}


def test_an_alert_of_a_rule_that_has_none_yet() -> None:
    rule = replace(RULE, no_data="Alerting")
    told = after(rule, {}, [Result((), Outcome.NO_DATA)], 0)
    assert told[()].phase is Phase.ALERTING


def test_no_other_setting() -> None:
    with pytest.raises(ValueError, match="Nonsense"):
        after(replace(RULE, no_data="Nonsense"), {}, [Result(A, Outcome.NO_DATA)], 0)


def test_an_alert_is_known_by_the_labels_of_its_rule_and_its_series() -> None:
    rule = replace(RULE, labels={"cage": "a", "kind": "technical"}, no_data="Alerting")
    states = after(rule, {}, [Result((), Outcome.NO_DATA)], 0)
    states = after(rule, states, [Result(A, Outcome.NORMAL)], 10)
    assert [(state.labels, state.phase) for state in states.values()] == [
        ((("cage", "a"), ("kind", "technical")), Phase.NORMAL)
    ]
    states = after(rule, states, [Result(A, Outcome.ALERTING)], 20)
    assert loaded(states) == {A}
