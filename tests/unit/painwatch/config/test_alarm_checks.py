"""Rules that name what is not there, can never be raised, or could go blind unseen are told with place and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from painwatch.config.loader import load_config
from painwatch.core.errors import ConfigError, Problem

GOOD = """\
version: 1
site: Room 1
cages:
  - name: cage-1
    species: rat
    strain: rendered
    coat: white
    group: treated
    cameras: [{name: left, source: {kind: virtual, scenario: demo, view: left}}]
  - name: cage-2
    species: rat
    strain: rendered
    coat: white
    cameras: [{name: right, source: {kind: virtual, scenario: demo, view: right}}]
notify:
  targets: [{name: vet, url: {env: VET}}]
alarms:
"""
FIRST = GOOD.count("\n") + 1
PAIN = "signal: pain_probability, above: 0.6"


def problems(tmp_path: Path, alarms: str) -> tuple[Problem, ...]:
    path = tmp_path / "config.yaml"
    path.write_text(GOOD + alarms)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert all(problem.what and problem.mend for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("rule", "at", "what", "mend"),
    [
        (f"{{name: a, {PAIN}, cages: [cage-1, cage-3]}}", "cage-3", 'no cage "cage-3"', "Did you mean `cage-2`"),
        (f"{{name: a, {PAIN}, groups: [treatd]}}", "treatd", 'no group "treatd"', "Did you mean `treated`"),
        (f"{{name: a, {PAIN}, notify: [vets]}}", "vets", 'no target "vets"', "Did you mean `vet`"),
        (
            f"{{name: a, {PAIN}, escalation: [{{after_min: 5, notify: [boss]}}]}}",
            "boss",
            'target "boss"',
            "Targets: vet",
        ),
        ("{name: a, signal: pain_probability, above: 1.5}", "1.5", "`above` is 1.5", "above 0 and at most 1"),
        ("{name: a, signal: pain_probability, above: 0}", "0}", "`above` is 0", "above 0 and at most 1"),
        ("{name: a, signal: action_unit, unit: orbital, above: 2.5}", "2.5", "`above` is 2.5", "at most 2"),
        ("{name: a, signal: coverage, below: 0}", "0}", "`below` is 0", "above 0 and at most 1"),
        ("{name: a, signal: camera_age_s, above: 9, clear: 0}", "0}", "`clear` is 0", "above 0 and of any size"),
    ],
)
def test_a_rule_names_what_there_is(tmp_path: Path, rule: str, at: str, what: str, mend: str) -> None:
    (problem,) = problems(tmp_path, f"  rules: [{rule}]\n")
    assert (problem.line, problem.column) == (FIRST, f"  rules: [{rule}]".rindex(at) + 1)
    assert what in problem.what
    assert mend in problem.mend


def test_a_baseline_has_differences_of_both_signs(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        GOOD + "  rules: [{name: a, signal: pain_probability, above: 0.3, clear: -0.1, baseline: {marked: true}}]\n"
    )
    assert load_config(tmp_path / "config.yaml").alarms.rules[0].clear_at == -0.1


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"  rules:\n    - {{name: a, {PAIN}}}\n    - {{name: a, {PAIN}}}\n")
    assert problem.line == FIRST + 2
    assert f"first on line {FIRST + 1}" in problem.what


def test_only_built_in_rules_can_be_turned_off(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "  off: [camera-lots]\n")
    assert 'no built-in rule "camera-lots"' in problem.what
    assert "Did you mean `camera-lost`" in problem.mend
    (problem,) = problems(tmp_path, f"  rules: [{{name: sustained-pain, {PAIN}}}]\n  off: [sustained-pain]\n")
    assert "turned off" in problem.what


def test_groups_need_a_grouped_cage(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    text = GOOD.replace("    group: treated\n", "") + f"  rules: [{{name: a, {PAIN}, scope: group}}]\n"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert "no cage belongs to a group" in str(caught.value)


@pytest.mark.parametrize(
    ("alarms", "line", "cages"),
    [
        ("  off: [cannot-see]\n", FIRST, "cage-1, cage-2"),
        ("  rules: [{name: cannot-see, signal: coverage, below: 0.3}]\n", FIRST, "cage-1, cage-2"),
        ("  rules: [{name: cannot-see, signal: coverage, below: 0.5, cages: [cage-1]}]\n", FIRST, "cage-2"),
        ("  rules: [{name: cannot-see, signal: coverage, above: 0.5}]\n", FIRST, "cage-1, cage-2"),
        ("  rules: [{name: cannot-see, signal: coverage, below: 0.5, for_min: 61}]\n", FIRST, "cage-1, cage-2"),
        ("  rules: [{name: cannot-see, signal: coverage, below: 0.5, notify: []}]\n", FIRST, "cage-1, cage-2"),
    ],
)
def test_no_welfare_rule_can_be_blind_unseen(tmp_path: Path, alarms: str, line: int, cages: str) -> None:
    (problem,) = problems(tmp_path, alarms)
    assert problem.line == line
    assert problem.what == f'nobody would be told that rule "sustained-pain" cannot see {cages}'
    assert "`below: 0.5` or more" in problem.mend


@pytest.mark.parametrize(
    "alarms",
    [
        "  off: [cannot-see, sustained-pain]\n",
        "  off: [cannot-see]\n  rules: [{name: dark, signal: coverage, below: 0.5}]\n",
        "  rules: [{name: cannot-see, signal: coverage, below: 0.7}]\n",
        f"  rules: [{{name: strict, {PAIN}, minimum_coverage: 0.9, cages: [cage-1]}}]\n",
    ],
)
def test_what_is_watched_otherwise_may_go(tmp_path: Path, alarms: str) -> None:
    (tmp_path / "config.yaml").write_text(GOOD + alarms)
    assert load_config(tmp_path / "config.yaml").cages


def test_rules_that_are_faulty_in_themselves_are_told_as_such(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "  rules: [{name: a, signal: pain_probability, above: high}]\n")
    assert "should be a number" in problem.what
