"""Alert rules, contact points and the notification policy as Grafana's provisioning API takes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.grafana.contact import ContactPoint, Route
from painwatch.grafana.rules_model import AlertRule


def group_form(name: str, rules: Iterable[AlertRule], *, folder_uid: str, data_source_uid: str) -> dict[str, Any]:
    """A rule group with all its rules: the body of PUT /api/v1/provisioning/folder/{folderUid}/rule-groups/{name}."""
    raise NotImplementedError


def rule_form(rule: AlertRule, *, folder_uid: str, data_source_uid: str) -> dict[str, Any]:
    """One rule: an entry of a group, and the body of PUT /api/v1/provisioning/alert-rules/{uid}."""
    raise NotImplementedError


def contact_point_form(point: ContactPoint, read: Callable[[Secret], str]) -> dict[str, Any]:
    """A contact point: the body of PUT /api/v1/provisioning/contact-points/{uid}, and of the POST beside it.

    Grafana gives what `secret_settings` of the point name as `[REDACTED]` when it is asked for it.

    Args:
        read: gives what is behind a Secret; raises PainwatchError if there is none.
    """
    raise NotImplementedError


def route_form(route: Route) -> dict[str, Any]:
    """A notification policy as it hangs in the tree of GET and PUT /api/v1/provisioning/policies."""
    raise NotImplementedError


def tree_with(tree: dict[str, Any], route: Route | None, config: Config) -> dict[str, Any]:
    """The tree of notification policies with our own route in it once, first, and all else as it was.

    Without a `route` ours is taken out. What is ours is told by the labels `source` and `site` that it asks for.
    """
    raise NotImplementedError
