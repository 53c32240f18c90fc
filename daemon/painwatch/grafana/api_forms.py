"""Alert rules, contact points and the notification policy as Grafana's provisioning API takes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.errors import PainwatchError
from painwatch.grafana.contact import ContactPoint, Route, own_matchers
from painwatch.grafana.rules_form import data_of, duration
from painwatch.grafana.rules_model import AlertRule

ORGANISATION = 1
"""Of Grafana's API; a token is of one organisation, whatever is written here."""


def group_form(name: str, rules: Iterable[AlertRule], *, folder_uid: str, data_source_uid: str) -> dict[str, Any]:
    """A rule group with all its rules: the body of PUT /api/v1/provisioning/folder/{folderUid}/rule-groups/{name}.

    All `rules` are of the group `name` and share its interval.
    """
    members = tuple(rules)
    return {
        "title": name,
        "folderUid": folder_uid,
        "interval": members[0].interval_s,
        "rules": [rule_form(rule, folder_uid=folder_uid, data_source_uid=data_source_uid) for rule in members],
    }


def rule_form(rule: AlertRule, *, folder_uid: str, data_source_uid: str) -> dict[str, Any]:
    """One rule: an entry of a group, and the body of PUT /api/v1/provisioning/alert-rules/{uid}."""
    return {
        "uid": rule.uid,
        "orgID": ORGANISATION,
        "folderUID": folder_uid,
        "ruleGroup": rule.group,
        "title": rule.title,
        "condition": rule.condition,
        "data": data_of(rule, data_source_uid),
        "for": duration(rule.for_s),
        "keep_firing_for": duration(rule.keep_firing_for_s),
        "missingSeriesEvalsToResolve": rule.missing_evaluations,
        "noDataState": rule.no_data,
        "execErrState": rule.on_error,
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
        "isPaused": False,
    }


def contact_point_form(point: ContactPoint, read: Callable[[Secret], str]) -> dict[str, Any]:
    """A contact point: the body of PUT /api/v1/provisioning/contact-points/{uid}, and of the POST beside it.

    Grafana gives what `secret_settings` of the point name as `[REDACTED]` when it is asked for it.

    Args:
        read: gives what is behind a Secret; raises PainwatchError if there is none.

    Raises:
        PainwatchError: what is behind one is no address.
    """
    secrets = {key: _address(read(secret), point) for key, secret in point.secret_settings.items()}
    return {
        "uid": point.uid,
        "name": point.name,
        "type": point.type,
        "settings": point.settings | secrets,
        "disableResolveMessage": not point.told_of_ends,
    }


def route_form(route: Route) -> dict[str, Any]:
    """A notification policy as it hangs in the tree of GET and PUT /api/v1/provisioning/policies."""
    return {
        **({"receiver": route.receiver} if route.receiver else {}),
        "object_matchers": [list(matcher) for matcher in route.matchers],
        **({"group_by": list(route.group_by)} if route.group_by else {}),
        **({"continue": True} if route.goes_on else {}),
        **({"routes": [route_form(below) for below in route.routes]} if route.routes else {}),
    }


def tree_with(tree: dict[str, Any], route: Route | None, config: Config) -> dict[str, Any]:
    """The tree of notification policies with our own route in it once, and all else as it was.

    Ours stands before all but those of other sites of painwatch, so that no policy takes its alerts away, and sites
    that share a Grafana do not change places at every push. Without a `route` ours is taken out. What is ours is told
    by the labels `source` and `site` that it asks for, and by nothing else: a policy that somebody else made for one
    rule of the site stays.
    """
    ours = {tuple(matcher) for matcher in own_matchers(config)}
    there = list(tree.get("routes") or ())
    others = [one for one in there if _matchers(one) != ours]
    found = next((index for index, one in enumerate(there) if _matchers(one) == ours), 0)
    place = found if all(map(_of_a_site, there[:found])) else 0
    routes = [*others[:place], *([route_form(route)] if route is not None else []), *others[place:]]
    kept = {key: value for key, value in tree.items() if key != "routes"}
    return {**kept, **({"routes": routes} if routes or tree.get("routes") else {})}


def _address(told: str, point: ContactPoint) -> str:
    address = told.strip()
    if not re.fullmatch(r"https?://[!-~]+", address):
        mend = "put the address there that begins with https://, and nothing else"
        raise PainwatchError("is no address", where=f'what is read for contact point "{point.name}"', mend=mend)
    return address


def _of_a_site(route: dict[str, Any]) -> bool:
    asked = _matchers(route)
    sites = [value for name, how, value in asked if (name, how) == ("site", "=")]
    return len(asked) == 2 and ("source", "=", "painwatch") in asked and len(sites) == 1


def _matchers(route: dict[str, Any]) -> set[tuple[str, ...]]:
    # Grafana may give a value back in the quotes of its matchers.
    asked = route.get("object_matchers") or ()
    return {(name, how, value.removeprefix('"').removesuffix('"')) for name, how, value in asked}
