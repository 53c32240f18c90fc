"""Whom Grafana tells, and of what: contact points and the policies that lead to them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from painwatch.config.models import Config
from painwatch.config.sources import Secret


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

    `matchers`: (label, one of = != =~ !~, value). `goes_on`: the policies beside it are asked too.
    """

    receiver: str
    matchers: tuple[tuple[str, str, str], ...]
    group_by: tuple[str, ...] = ()
    goes_on: bool = False
    routes: tuple[Route, ...] = field(default=())


def contact_points(config: Config) -> tuple[ContactPoint, ...]:
    """Those of the settings, in file order; their names and uids are of this site alone."""
    raise NotImplementedError


def policy_route(config: Config) -> Route | None:
    """The policy of this site's alerts, with one below it for each contact point; None without contact points."""
    raise NotImplementedError
