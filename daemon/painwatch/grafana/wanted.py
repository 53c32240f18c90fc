"""All that a Grafana is to hold of a site, in the forms of its API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.grafana.api_forms import contact_point_form, group_form
from painwatch.grafana.contact import Route, contact_points, policy_route
from painwatch.grafana.dashboards.built import dashboards
from painwatch.grafana.data_source import data_source_form
from painwatch.grafana.names import data_source_uid, folder_uid
from painwatch.grafana.rules import rule_groups


@dataclass(frozen=True, slots=True)
class WantedPoint:
    """A contact point; `secret`: names of the settings that Grafana does not give back."""

    form: dict[str, Any]
    secret: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`groups`: rule groups by their names. `route`: our own notification policy, if there is one."""

    config: Config
    folder_uid: str
    data_source: dict[str, Any]
    dashboards: tuple[dict[str, Any], ...]
    groups: dict[str, dict[str, Any]]
    contact_points: tuple[WantedPoint, ...]
    route: Route | None

    @property
    def site(self) -> str:
        return self.config.site

    @property
    def rule_uids(self) -> frozenset[str]:
        """Of all its rules."""
        return frozenset(rule["uid"] for group in self.groups.values() for rule in group["rules"])


def wanted_of(config: Config, config_dir: Path, read: Callable[[Secret], str]) -> Wanted:
    """What the configuration asks for.

    Args:
        read: gives what is behind a Secret; raises PainwatchError if there is none.
    """
    folder, database = folder_uid(config.site), data_source_uid(config.site)
    return Wanted(
        config=config,
        folder_uid=folder,
        data_source=data_source_form(config, read),
        dashboards=tuple(json.loads(built.json) for built in dashboards(config, config_dir)),
        groups={
            name: group_form(name, rules, folder_uid=folder, data_source_uid=database)
            for name, rules in rule_groups(config).items()
        },
        contact_points=tuple(
            WantedPoint(contact_point_form(point, read), tuple(point.secret_settings))
            for point in contact_points(config)
        ),
        route=policy_route(config),
    )
