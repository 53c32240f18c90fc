"""Alert rules, contact points and policies as the files that Grafana reads when it starts.

Grafana puts variables of its environment in the place of every `$` in most of these fields; two of them are one that is
meant. It leaves the models of queries alone, and annotations too, in which painwatch therefore has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from painwatch.config.models import Config
from painwatch.grafana.api_forms import ORGANISATION, route_form
from painwatch.grafana.contact import ContactPoint, contact_points, policy_route
from painwatch.grafana.file_values import literal, pointed_to
from painwatch.grafana.names import data_source_uid
from painwatch.grafana.rules import rule_groups
from painwatch.grafana.rules_form import data_of, duration
from painwatch.grafana.rules_model import AlertRule

RULES_FILE, POINTS_FILE, POLICIES_FILE = (
    "painwatch-rules.yaml",
    "painwatch-contact-points.yaml",
    "painwatch-policies.yaml",
)


def alerting_files(config: Config, config_dir: Path) -> dict[str, str]:
    """File name -> YAML, for Grafana's folder provisioning/alerting.

    Always RULES_FILE; with contact points also POINTS_FILE and POLICIES_FILE. No secret stands in them: Grafana reads
    them itself, from its environment or a file. A file of policies replaces the whole tree of a Grafana: that one is
    for a Grafana that painwatch has for itself, and what no contact point asked for goes to the first there.

    Args:
        config_dir: where the configuration lies: files in it that are not absolute are looked for there.
    """
    files = {RULES_FILE: {"apiVersion": 1, "groups": list(_groups(config))}}
    points, route = contact_points(config), policy_route(config)
    if points and route is not None:
        told = [_point(point, config_dir) for point in points]
        root = {"orgId": ORGANISATION, "receiver": points[0].name, "group_by": list(route.group_by)}
        policy = literal(root | {"routes": [route_form(route)]})
        files[POINTS_FILE] = {"apiVersion": 1, "contactPoints": told}
        files[POLICIES_FILE] = {"apiVersion": 1, "policies": [policy]}
    return {name: yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=120) for name, body in files.items()}


def _groups(config: Config) -> Iterator[dict[str, Any]]:
    for name, rules in rule_groups(config).items():
        yield {
            "orgId": ORGANISATION,
            "name": name,
            "folder": literal(config.grafana.folder),
            "interval": duration(rules[0].interval_s),
            "rules": [_rule(rule, data_source_uid(config.site)) for rule in rules],
        }


def _rule(rule: AlertRule, data_source: str) -> dict[str, Any]:
    return {
        "uid": rule.uid,
        "title": literal(rule.title),
        "condition": rule.condition,
        "data": data_of(rule, data_source),
        "dashboardUid": rule.annotations["__dashboardUid__"],
        "panelId": int(rule.annotations["__panelId__"]),
        "noDataState": rule.no_data,
        "execErrState": rule.on_error,
        "for": duration(rule.for_s),
        "keepFiringFor": duration(rule.keep_firing_for_s),
        "missing_series_evals_to_resolve": rule.missing_evaluations,
        "labels": literal(rule.labels),
        "annotations": dict(rule.annotations),
        "isPaused": False,
    }


def _point(point: ContactPoint, config_dir: Path) -> dict[str, Any]:
    secrets = {key: pointed_to(secret, config_dir) for key, secret in point.secret_settings.items()}
    receiver = {
        "uid": point.uid,
        "type": point.type,
        "settings": literal(point.settings) | secrets,
        "disableResolveMessage": not point.told_of_ends,
    }
    return {"orgId": ORGANISATION, "name": literal(point.name), "receivers": [receiver]}
