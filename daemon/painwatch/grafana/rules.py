"""The alarm rules in force as alert rules of Grafana. Pure."""

from __future__ import annotations

from painwatch.config.models import Config
from painwatch.grafana.rules_model import AlertRule


def alert_rules(config: Config) -> tuple[AlertRule, ...]:
    """An alert rule for each alarm rule in force that watches anything, in order, then one `silent` for each cage.

    A rule on minutes or readings judges in Grafana, from what the database holds; one on what the database does not
    hold (a baseline, `blind_rules`, `judged_share`) tells what painwatch said (`relayed`).
    """
    raise NotImplementedError
