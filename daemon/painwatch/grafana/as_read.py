"""What Grafana gives back of what it was given, so that the two can be compared. Pure.

It fills in defaults, sorts matchers, writes durations in its own way, counts versions and hides secrets; where the
comments name no other source, after its own source code (pkg/services/ngalert, pkg/api) as of 11 to 13.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from painwatch.grafana.rules_form import QUERY_DEFAULTS, seconds_of

REDACTED = "[REDACTED]"
"""Stands for a secret setting of a contact point."""

HIDDEN = "***"

_COUNTED = frozenset({"id", "uid", "version"})


def rule_as_read(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of an alert rule: all that painwatch sets, with Grafana's defaults for what is not there."""
    as_it_is = {key: rule.get(key) for key in ("uid", "title", "ruleGroup", "folderUID", "condition")}
    states = {key: rule.get(key) for key in ("noDataState", "execErrState")}
    return {
        **as_it_is,
        **states,
        "for": _number(seconds_of(rule.get("for") or "")),
        "keep_firing_for": _number(seconds_of(rule.get("keep_firing_for") or "")),
        "missingSeriesEvalsToResolve": rule.get("missingSeriesEvalsToResolve") or 0,
        "labels": dict(rule.get("labels") or {}),
        "annotations": dict(rule.get("annotations") or {}),
        "isPaused": bool(rule.get("isPaused")),
        "notification_settings": rule.get("notification_settings") or None,
        "record": rule.get("record") or None,
        "data": [_query_as_read(query) for query in rule.get("data") or ()],
    }


def group_as_read(group: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a rule group: its rules by their titles, and their order, in which they are evaluated."""
    rules = [rule_as_read(rule) for rule in group.get("rules") or ()]
    return {
        "title": group.get("title"),
        "interval": group.get("interval"),
        "order": [rule["uid"] for rule in rules],
        "rules": {str(rule["title"]): rule for rule in rules},
    }


def dashboard_as_read(model: Mapping[str, Any], folder_uid: str | None) -> dict[str, Any]:
    """A dashboard without what Grafana counts; it keeps all else as it was given, of any schema."""
    kept = {key: _number(value) for key, value in model.items() if key not in _COUNTED}
    return {"folder": folder_uid, "dashboard": kept}


def contact_point_as_read(
    point: Mapping[str, Any], secret: Collection[str], other: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What counts of a contact point. Secret settings are never shown.

    Args:
        secret: names of the settings that are.
        other: the settings that it is compared with: a secret of the same value, or one that Grafana hides there or
            here, is the same; another one is told as another.
    """
    settings = {key: value for key, value in (point.get("settings") or {}).items() if value not in ("", None, False)}
    for name in secret:
        if name in settings:
            theirs = (other or {}).get(name)
            same = theirs is None or REDACTED in (theirs, settings[name]) or theirs == settings[name]
            settings[name] = HIDDEN if same else f"{HIDDEN} (another)"
    kept = {key: point.get(key) for key in ("uid", "name", "type")}
    return {**kept, "disableResolveMessage": bool(point.get("disableResolveMessage")), "settings": settings}


def policy_as_read(route: Mapping[str, Any]) -> dict[str, Any]:
    """A notification policy with those below it, without what is empty, and its matchers in Grafana's order."""
    kept = {key: value for key, value in route.items() if value not in ("", None, False, [], {})}
    kept.pop("provenance", None)
    if "object_matchers" in kept:
        kept["object_matchers"] = sorted([name, how, _unquoted(value)] for name, how, value in kept["object_matchers"])
    if "routes" in kept:
        kept["routes"] = [policy_as_read(below) for below in kept["routes"]]
    return kept


def _query_as_read(query: Mapping[str, Any]) -> dict[str, Any]:
    model = {key: _number(value) for key, value in (query.get("model") or {}).items()}
    between = query.get("relativeTimeRange") or {}
    return {
        "refId": query.get("refId"),
        "queryType": query.get("queryType") or model.get("queryType") or "",
        "datasourceUid": query.get("datasourceUid"),
        "relativeTimeRange": {"from": between.get("from", 0), "to": between.get("to", 0)},
        "model": model | {key: value for key, value in QUERY_DEFAULTS.items() if not model.get(key)},
    }


def _number(value: Any) -> Any:
    """`value` with whole numbers as such, however they were written: JSON does not tell 1.0 from 1."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _number(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_number(inner) for inner in value]
    return value


def _unquoted(value: str) -> str:
    return value.removeprefix('"').removesuffix('"')
