"""Which rules are in force, what they watch and whom they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.alarming import at, config_of, feed, pain_rule, phase_of
from painwatch.alarm.book import AlarmBook
from painwatch.alarm.rules import Rule, rule_hash, rules_of, subjects_of
from painwatch.config.alarms import RuleConfig
from painwatch.config.builtin_rules import BUILT_IN_NAMES, FIXED
from painwatch.config.loader import load_config
from painwatch.config.models import Config
from painwatch.core.alarms import AlarmPhase, Reading
from painwatch.core.signals import SIGNALS, AlarmKind, Signal


def by_name(config: Config) -> dict[str, Rule]:
    rules = rules_of(config)
    assert len({rule.config.name for rule in rules}) == len(rules)
    return {rule.config.name: rule for rule in rules}


def test_without_any_setting_everything_is_watched() -> None:
    rules = by_name(config_of(off=()))
    assert set(rules) == set(BUILT_IN_NAMES)
    assert all(rule.built_in for rule in rules.values())
    pain = rules["sustained-pain"].config
    assert (pain.above, pain.clear, pain.for_min, pain.minimum_coverage, pain.priority) == (0.6, 0.4, 10, 0.5, "high")
    assert [step.after_min for step in pain.escalation] == [15]
    assert {rule.config.signal for rule in rules.values()} == set(Signal) - {Signal.ACTION_UNIT}


def test_a_rule_of_a_built_in_name_takes_its_place_and_off_removes_one() -> None:
    rules = by_name(config_of(pain_rule("sustained-pain", above=0.9), off=("camera-lost",)))
    assert (rules["sustained-pain"].built_in, rules["sustained-pain"].config.above) == (False, 0.9)
    assert set(rules) == set(BUILT_IN_NAMES) - {"camera-lost"}


def test_cannot_see_is_as_strict_as_the_strictest_welfare_rule() -> None:
    rules = by_name(config_of(pain_rule("strict", minimum_coverage=0.7), off=()))
    assert (rules["cannot-see"].config.below, rules["cannot-see"].config.cages) == (0.7, None)


def test_cages_that_need_different_coverage_have_rules_of_their_own() -> None:
    strict = pain_rule("strict", minimum_coverage=0.75, cages=["b"])
    rules = by_name(config_of(strict, cages=("a", "b"), off=()))
    seen = {name: (r.config.below, r.config.cages) for name, r in rules.items() if name.startswith("cannot-see")}
    assert seen == {"cannot-see-0-5": (0.5, ("a",)), "cannot-see-0-75": (0.75, ("b",))}
    assert not any("cannot-see" in name for name in by_name(config_of(strict, cages=("a", "b"), off=("cannot-see",))))


def test_a_cage_without_a_welfare_rule_needs_no_sight() -> None:
    rules = by_name(config_of(pain_rule(cages=["a"]), cages=("a", "b"), off=("sustained-pain",)))
    assert rules["cannot-see-0-5"].config.cages == ("a",)


def test_a_hash_is_of_everything_the_rule_says() -> None:
    rule = RuleConfig.model_validate(pain_rule())
    assert len(rule_hash(rule)) == 64
    assert rule_hash(rule) == rule_hash(RuleConfig.model_validate(pain_rule()))
    others = [{"above": 0.61}, {"runbook": "x"}, {"cooldown_min": 1}, {"notify": []}, {"name": "other"}]
    hashes = {rule_hash(RuleConfig.model_validate(pain_rule(**other))) for other in others}
    assert len(hashes) == len(others)
    assert rule_hash(rule) not in hashes


@pytest.mark.parametrize(
    ("rule", "subjects"),
    [
        (pain_rule(), {"a": ("a",), "b": ("b",), "c": ("c",)}),
        (pain_rule(cages=["a", "c"], groups=["g"]), {"a": ("a",)}),
        (pain_rule(scope="group"), {"g": ("a", "b")}),
        (pain_rule(scope="all", cages=["b", "c"]), {"site": ("b", "c")}),
        ({"name": "x", "signal": "camera_age_s", "above": 1, "groups": ["g"]}, {"a-cam": ("a",), "b-cam": ("b",)}),
        ({"name": "x", "signal": "cage_age_s", "above": 1, "cages": ["c"]}, {"c": ("c",)}),
        ({"name": "x", "signal": "store_fault_s", "above": 1}, {"site": ()}),
        ({"name": "x", "signal": "notice_age_s", "above": 1}, {"vet": ()}),
        ({"name": "x", "signal": "sink_refused", "above": 1}, {}),
        (
            {"name": "x", "signal": "process_down_s", "above": 1},
            dict.fromkeys(("hub", "capture-a-cam", "capture-b-cam", "capture-c-cam", "infer-cpu", "web"), ()),
        ),
    ],
)
def test_what_a_rule_watches(rule: dict[str, object], subjects: dict[str, tuple[str, ...]]) -> None:
    config = config_of(cages=("a", "b", "c"), groups={"a": "g", "b": "g"})
    found = subjects_of(RuleConfig.model_validate(rule), config)
    assert {subject.name: subject.cages for subject in found} == subjects


def test_thresholds_of_the_built_in_rules_can_be_reached() -> None:
    for rule in FIXED:
        assert all(0 < limit <= SIGNALS[rule.signal].most for limit in (rule.threshold, rule.clear_at))


def test_the_shipped_configuration_writes_its_welfare_rule_down() -> None:
    config = load_config(Path(__file__).parents[4] / "config.yaml")
    (rule,) = config.alarms.rules
    built_in = next(one for one in FIXED if one.name == "sustained-pain")
    assert (rule.name, rule.kind) == ("sustained-pain", AlarmKind.WELFARE)
    assert rule == built_in.model_copy(update={"runbook": rule.runbook})


def test_what_counts_from_the_hubs_start_stays_until_a_person_has_seen_it() -> None:
    book = AlarmBook(config_of(off=()))
    feed(book, [Reading(Signal.HISTORY_PRUNED, "site", at(0), 5.0), Reading(Signal.HISTORY_PRUNED, "site", at(1), 0.0)])
    assert phase_of(book, "history-pruned", "site") is AlarmPhase.CLEARED
    assert next(rule for rule in FIXED if rule.name == "sink-refused").stays
