"""What must hold within one alert rule of a provisioning file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError

from painwatch.config.explain import closest
from painwatch.config.yaml_tree import Fault, Path, Tree
from painwatch.grafana.rules_form import seconds_of
from painwatch.grafana.rules_model import EXPRESSION
from painwatch.grafana.strict_faults import faults_of
from painwatch.grafana.strict_models import Group, Rule
from painwatch.grafana.strict_parts import KINDS, part_of

_MACRO = re.compile(r"\$(timeFilter|interval|__interval_ms|__interval)(?![A-Za-z0-9_])")
_VARIABLE = re.compile(r"\$[A-Za-z_{\[][A-Za-z0-9_]*")
_TEMPLATE_VARIABLES = re.compile(r"(?<!\$)\$(labels|values|value)(?![A-Za-z0-9_])")
_NAMED = re.compile(r"\$(?:\{([^}]*)\}|([A-Za-z]+))")
_STEP_S = 10


def group_faults(tree: Tree, path: Path, group: Group) -> Iterator[Fault]:
    """Of a group and all its rules."""
    if seconds_of(group.interval) % _STEP_S or not seconds_of(group.interval):
        mend = f"Grafana evaluates every {_STEP_S} s: write a multiple of it, such as 60s"
        yield Fault(tree.at((*path, "interval")), f'`interval` is "{group.interval}"', mend)
    for index, rule in enumerate(group.rules):
        yield from _rule(tree, (*path, "rules", index), rule)


def _rule(tree: Tree, path: Path, rule: Rule) -> Iterator[Fault]:
    refs = [entry.refId for entry in rule.data]
    for index, ref in enumerate(refs):
        here = (*path, "data", index)
        if ref in refs[:index]:
            yield Fault(tree.at((*here, "refId")), f"a second part {ref}", "give each part a letter of its own")
        yield from _entry(tree, here, rule, index)
    if rule.condition not in refs:
        mend = f"name one of {', '.join(refs)}"
        yield Fault(tree.at((*path, "condition")), f"there is no part {rule.condition}", mend)
    elif rule.data[refs.index(rule.condition)].datasourceUid != EXPRESSION:
        mend = "let a reduction and a threshold follow, and name the threshold"
        yield Fault(tree.at((*path, "condition")), f"part {rule.condition} is a query: it gives no one number", mend)
    yield from _ranges(tree, path, rule)
    for key, value in rule.labels.items():
        if found := _TEMPLATE_VARIABLES.search(value):
            mend = "write it with two `$`: Grafana takes a single one for a variable of its environment"
            yield Fault(tree.at((*path, "labels", key)), f"{found.group()} in a label is lost", mend)
    if ("__dashboardUid__" in rule.annotations) != ("__panelId__" in rule.annotations):
        mend = "write both __dashboardUid__ and __panelId__, or neither"
        yield Fault(tree.at((*path, "annotations")), "a panel without its dashboard, or the other way round", mend)


def _ranges(tree: Tree, path: Path, rule: Rule) -> Iterator[Fault]:
    """Grafana makes `$timeFilter` of the first query's range for all that it asks at once."""
    asked = [(i, entry) for i, entry in enumerate(rule.data) if entry.datasourceUid != EXPRESSION]
    for index, entry in asked:
        here, first = (*path, "data", index, "relativeTimeRange"), asked[0][1]
        between = entry.relativeTimeRange
        if between is None or between.from_ <= between.to:
            yield Fault(tree.at(here), f"part {entry.refId} asks for no time at all", "write `from` larger than `to`")
        elif entry.datasourceUid == first.datasourceUid and between != first.relativeTimeRange:
            mend = f"give all queries of a rule the range of part {first.refId}: Grafana may take it for all"
            yield Fault(tree.at(here), f"part {entry.refId} asks for another time than {first.refId}", mend)


def _entry(tree: Tree, path: Path, rule: Rule, index: int) -> Iterator[Fault]:
    entry, here = rule.data[index], (*path, "model")
    model, others = entry.model, [one.refId for one in rule.data if one is not entry]
    kind = part_of(entry.datasourceUid, model)
    if kind is None and entry.datasourceUid == EXPRESSION:
        what = f'`type` is "{model.get("type", "")}"'
        mend = f"{closest(model.get('type'), KINDS)}Allowed: {', '.join(KINDS)}"
        yield Fault(tree.at((*here, "type")), what, mend)
        return
    if kind is not None:
        try:
            kind.model_validate(model)
        except ValidationError as error:
            yield from faults_of(error, tree, kind, here)
            return
    if model.get("refId") != entry.refId:
        yield Fault(tree.at((*here, "refId")), f"the model of part {entry.refId} has another refId", "write the same")
    if entry.datasourceUid == EXPRESSION:
        yield from _named(tree, (*here, "expression"), str(model["expression"]), model["type"] == "math", others)
    elif kind is not None and (found := _VARIABLE.search(_MACRO.sub("", str(model["query"])))):
        mend = "write the value itself: alert rules know no variables of dashboards"
        yield Fault(tree.at((*here, "query")), f"{found.group()} in a query means nothing to an alert rule", mend)


def _named(tree: Tree, path: Path, expression: str, is_math: bool, others: list[str]) -> Iterator[Fault]:
    named = [braced or plain for braced, plain in _NAMED.findall(expression)] if is_math else [expression]
    for ref in dict.fromkeys(named):
        if ref not in others:
            yield Fault(tree.at(path), f"there is no other part {ref}", f"name one of {', '.join(others)}")
    if not named:
        yield Fault(tree.at(path), "names no other part", f"write a part as ${others[0] if others else 'A'}")
