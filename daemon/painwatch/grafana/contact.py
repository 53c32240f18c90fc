"""Whom Grafana tells, and of what: contact points and the policies that lead to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from painwatch.config.grafana import ContactPoint as PointConfig
from painwatch.config.grafana import EmailPoint
from painwatch.config.models import Config
from painwatch.config.sources import Secret
from painwatch.core.alarms import Priority
from painwatch.core.signals import AlarmKind
from painwatch.grafana.names import contact_point_uid, site_label


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """One way to tell people. `settings` are Grafana's own, `secret_settings` those that must be read first."""

    uid: str
    name: str
    type: str
    settings: dict[str, str | bool]
    secret_settings: dict[str, Secret]
    told_of_ends: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A notification policy: alerts whose labels fit all of `matchers` go to `receiver`, or on to `routes`.

    `receiver` is empty for that of the policy above. `matchers`: (label, one of = != =~ !~, value). `goes_on`: the
    policies beside it are asked too.
    """

    receiver: str
    matchers: tuple[tuple[str, str, str], ...]
    group_by: tuple[str, ...] = ()
    goes_on: bool = False
    routes: tuple[Route, ...] = ()


TOGETHER = {
    AlarmKind.WELFARE: ("rule", "cage", "group"),
    AlarmKind.TECHNICAL: ("rule",),
}
"""What is told in one message: each animal by itself, and of the watch all that is wrong for the same reason."""


def contact_points(config: Config) -> tuple[ContactPoint, ...]:
    """Those of the settings, in file order; their names and uids are of this site alone."""
    return tuple(_point(point, config) for point in config.grafana.contact_points)


def own_matchers(config: Config) -> tuple[tuple[str, str, str], ...]:
    """The labels of all alerts of this site, and of no other."""
    return (("source", "=", "painwatch"), ("site", "=", site_label(config.site)))


def policy_route(config: Config) -> Route | None:
    """The policy of this site's alerts, with some below it for each contact point; None without contact points.

    Welfare and technical alerts are told apart. What no contact point asked for goes where Grafana sends what nobody
    asked for.
    """
    points = config.grafana.contact_points
    if not points:
        return None
    below = tuple(
        Route(name_of(point, config), _asked_for(point, kind), TOGETHER[kind], goes_on=True)
        for point in points
        for kind in AlarmKind
        if kind in point.kinds
    )
    return Route("", own_matchers(config), TOGETHER[AlarmKind.WELFARE], routes=below)


def name_of(point: PointConfig, config: Config) -> str:
    """What a contact point is called in Grafana."""
    return f"painwatch {config.site}: {point.name}"


def _point(point: PointConfig, config: Config) -> ContactPoint:
    settings: dict[str, str | bool] = {}
    secrets: dict[str, Secret] = {}
    if isinstance(point, EmailPoint):
        settings = {"addresses": ";".join(point.addresses), "singleEmail": False}
    else:
        secrets = {"url": point.url}
    return ContactPoint(
        uid=contact_point_uid(config.site, point.name),
        name=name_of(point, config),
        type=point.kind,
        settings=settings,
        secret_settings=secrets,
        told_of_ends=point.cleared,
    )


def _asked_for(point: PointConfig, kind: AlarmKind) -> tuple[tuple[str, str, str], ...]:
    """Of the site's alerts those of a kind that are urgent enough for the contact point."""
    told = [priority.value for priority in Priority if priority.rank >= point.minimum_priority.rank]
    urgent = (("priority", "=~", "|".join(told)),) if len(told) < len(Priority) else ()
    return (("kind", "=", kind.value), *urgent)
