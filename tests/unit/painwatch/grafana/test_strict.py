"""A wrong provisioning file is refused with the place of what is wrong, and how to mend it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from painwatch.grafana.strict import check_files

RULES = """\
apiVersion: 1
groups:
- name: pain
  folder: painwatch
  interval: 60s
  rules:
  - uid: pain-high
    title: Pain
    condition: T
    for: 0s
    keepFiringFor: 5m
    noDataState: KeepLast
    execErrState: KeepLast
    missing_series_evals_to_resolve: 32767
    labels: {site: North $$ wing}
    annotations: {summary: 'cage {{ .Labels.cage }}', __dashboardUid__: d, __panelId__: '4'}
    data:
    - refId: A
      datasourceUid: influx
      relativeTimeRange: {from: 600, to: 0}
      model: {refId: A, rawQuery: true, resultFormat: time_series, query: 'SELECT "v" FROM "m" WHERE $timeFilter'}
    - refId: H
      datasourceUid: __expr__
      model: {refId: H, type: reduce, expression: A, reducer: min, settings: {mode: dropNN}}
    - refId: Z
      datasourceUid: __expr__
      model: {refId: Z, type: math, expression: '$H >= 0.6'}
    - refId: T
      datasourceUid: __expr__
      model:
        refId: T
        type: threshold
        expression: Z
        conditions:
        - evaluator: {type: gt, params: [0]}
          unloadEvaluator: {type: lt, params: [0]}
"""
POINTS = """\
apiVersion: 1
contactPoints:
- name: vet
  receivers:
  - uid: vet-mail
    type: email
    settings: {addresses: vet@example.org}
policies:
- receiver: vet
  group_by: [rule]
  routes:
  - object_matchers: [[kind, '=', welfare]]
    continue: true
    routes:
    - receiver: grafana-default-email
"""


def told(tmp_path: Path, *texts: str) -> list[str]:
    paths = [tmp_path / f"{number}.yaml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in check_files(paths)]


def test_what_grafana_takes_is_taken(tmp_path: Path) -> None:
    assert told(tmp_path, RULES, POINTS) == []


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("apiVersion: 1", "apiVersion: 2", "1:13: `apiVersion` is 2. Allowed: 1"),
        (
            "    for: 0s",
            "    forr: 0s",
            "10:5: `forr` is no key that Grafana knows here. Did you mean `for`? Allowed here: uid,",
        ),
        ("    for: 0s", "    for: 10", "10:10: `for` should be a text, but is 10. Write a text"),
        ("    for: 0s", "    for: ten", '10:10: `for` is "ten". Write a duration such as 60s, 5m or 1h'),
        ("keepFiringFor", "keep_firing_for", "11:5: `keep_firing_for` is no key that Grafana knows here. Did you mean"),
        (
            "missing_series_evals_to_resolve",
            "missingSeriesEvalsToResolve",
            "14:5: `missingSeriesEvalsToResolve` is no key",
        ),
        ("32767", "0", "14:38: `missing_series_evals_to_resolve`: input should be greater than or equal to 1."),
        (
            "noDataState: KeepLast",
            "noDataState: Keep",
            '12:18: `noDataState` is "Keep". Did you mean `KeepLast`? Allowed',
        ),
        ("    title: Pain\n", "", "7:5: `title` is missing. Add `title:`"),
        ("uid: pain-high", "uid: pain high", '7:10: `uid` is "pain high". Use 1 to 40 of A-Z, a-z, 0-9, - and _'),
        ("condition: T", "condition: C", "9:16: there is no part C. Name one of A, H, Z, T"),
        ("condition: T", "condition: A", "9:16: part A is a query: it gives no one number."),
        ("interval: 60s", "interval: 15s", '5:13: `interval` is "15s". Grafana evaluates every 10 s'),
        ("interval: 60s", "interval: 0s", '5:13: `interval` is "0s".'),
        ("North $$ wing", "'{{ $labels.cage }}'", "15:20: $labels in a label is lost. Write it with two `$`"),
        (", __panelId__: '4'", "", "16:18: a panel without its dashboard, or the other way round."),
        ("__panelId__: '4'", "__panelId__: 4", "16:89: `__panelId__` should be a text, but is 4. Write a text"),
        ("- refId: H", "- refId: A", "22:14: a second part A. Give each part a letter of its own"),
        ("model: {refId: H", "model: {refId: B", "24:22: the model of part H has another refId. Write the same"),
        ("resultFormat: time_series", "resultFormat: table", '21:55: `resultFormat` is "table". Allowed: time_series'),
        ("$timeFilter", "$timeFilter AND $cage", "21:75: $cage in a query means nothing to an alert rule."),
        ("{from: 600, to: 0}", "{from: 60, to: 60}", "20:26: part A asks for no time at all. Write `from` larger"),
        ("reducer: min", "reducer: minimum", '24:63: `reducer` is "minimum".'),
        ("type: reduce", "type: reduction", '24:31: `type` is "reduction". Did you mean `reduce`? Allowed: reduce,'),
        ("expression: A, ", "expression: B, ", "24:51: there is no other part B. Name one of A, Z, T"),
        ("'$H >= 0.6'", "'$X >= 0.6'", "27:49: there is no other part X. Name one of A, H, T"),
        ("'$H >= 0.6'", "'1 >= 0.6'", "27:49: names no other part. Write a part as $A"),
        ("type: gt,", "type: above,", '35:29: `type` is "above". Allowed: gt, lt,'),
        (
            "params: [0]}\n          unload",
            "params: []}\n          unload",
            "35:41: `params` is empty. Write something there",
        ),
        ("  rules:", "  rule:", "3:3: `rules` is missing. Add `rules:`"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    assert right in RULES
    problems = told(tmp_path, RULES.replace(right, wrong, 1))
    assert problems[0].removeprefix("0.yaml:").startswith(problem), problems


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("addresses: vet", "adresses: vet", "7:15: `addresses` is missing. Add `addresses:`"),
        (
            "receiver: vet",
            "receiver: vett",
            '9:13: there is no contact point "vett" in these files. Did you mean `vet`?',
        ),
        (
            "receiver: grafana-default-email",
            "receiver: nurse",
            '15:17: there is no contact point "nurse" in these files.',
        ),
        ("[kind, '=', welfare]", "[kind, '==', welfare]", '12:30: `object_matchers` is "==". Did you mean `=`?'),
        (
            "  group_by: [rule]",
            "  continue: true",
            "10:3: `continue` is no key that Grafana knows here. Allowed here: orgId",
        ),
        ("  group_by: [rule]", "  group_by: rule", '10:13: `group_by` should be a list, but is "rule".'),
        ("type: email", "type: webhook", "7:15: `url` is missing. Add `url:`"),
    ],
)
def test_what_is_wrong_with_a_contact_point_or_policy_is_told(
    tmp_path: Path, right: str, wrong: str, problem: str
) -> None:
    assert right in POINTS
    problems = told(tmp_path, POINTS.replace(right, wrong, 1))
    assert problems[0].removeprefix("0.yaml:").startswith(problem), problems


def test_values_of_settings_are_never_shown(tmp_path: Path) -> None:
    text = POINTS.replace("type: email", "type: webhook").replace("addresses: vet@example.org", "url: 5551234")
    assert told(tmp_path, text) == ["0.yaml:7:21: `url` should be a text, but is something else. Write a text"]


def test_files_are_held_against_each_other(tmp_path: Path) -> None:
    other = RULES.replace("name: pain", "name: other")
    assert told(tmp_path, RULES, other) == [
        '1.yaml:7:10: a second alert rule with the uid "pain-high". Give it another uid',
        '1.yaml:8:12: a second alert rule "Pain" in folder "painwatch". '
        "Give it another title: Grafana takes one of a title in a folder",
    ]
    assert told(tmp_path, RULES, other.replace("pain-high", "b").replace("folder: painwatch", "folder: b")) == []
    points, policies = POINTS.split("policies:")
    policies = f"apiVersion: 1\npolicies:{policies}"
    assert told(tmp_path, policies, points) == []
    assert told(tmp_path, policies)[0].startswith('0.yaml:3:13: there is no contact point "vet" in these files.')
    assert told(tmp_path, points, points) == [
        '1.yaml:5:10: a second receiver with the uid "vet-mail". Give it another uid'
    ]


def test_all_queries_of_a_rule_ask_for_the_same_time(tmp_path: Path) -> None:
    document = yaml.safe_load(RULES)
    data = document["groups"][0]["rules"][0]["data"]
    second = {**data[0], "refId": "B", "model": {**data[0]["model"], "refId": "B"}}
    data.append(second | {"relativeTimeRange": {"from": 900, "to": 0}})
    (problem,) = told(tmp_path, yaml.safe_dump(document, sort_keys=False))
    assert re.search(r": part B asks for another time than A\. Give all queries of a rule the range of part A", problem)


def test_a_file_that_cannot_be_read_is_told_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("apiVersion: 1\ngroups: [\n")
    (tmp_path / "list.yaml").write_text("- 1\n")
    problems = check_files([tmp_path / name for name in ("none.yaml", "rules.yaml", "list.yaml")])
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [
        ("none.yaml", 1),
        ("rules.yaml", 3),
        ("list.yaml", 1),
    ]


_LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.text("aA$ {", max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_no_wrong_value_anywhere_breaks_the_check(tmp_path: Path, data: st.DataObject) -> None:
    """One value of a right file becomes another one: the check says something of it, or takes it, and never fails."""
    document = yaml.safe_load(RULES) | dict(yaml.safe_load(POINTS))
    here, key = document, data.draw(st.sampled_from(sorted(document)))
    while isinstance(here[key], dict | list) and here[key] and data.draw(st.integers(0, 9)):
        here = here[key]
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else list(range(len(here)))))
    here[key] = data.draw(_LEAVES | st.lists(_LEAVES, max_size=2) | st.dictionaries(st.text("ab", max_size=2), _LEAVES))
    for problem in told(tmp_path, yaml.safe_dump(document, sort_keys=False)):
        assert re.match(r"0\.yaml:\d+:\d+: .", problem)


def test_a_file_that_is_not_there_or_empty_is_told_as_one_of_grafanas(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("\n")
    missing, nothing = check_files([tmp_path / "missing.yaml", empty])
    assert str(missing) == f"{tmp_path / 'missing.yaml'}:1:1: there is no such file. Check the path"
    assert "holds no alerting" in nothing.what
    assert "config" not in missing.mend + nothing.mend
