"""Bringing a Grafana to what the configuration asks for: what is to be done, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from painwatch.core.errors import PainwatchError
from painwatch.grafana.alerting_steps import (
    NEWER,
    begun_anew,
    contact_point_steps,
    group_steps,
    leftover_contact_points,
    leftover_rules,
    policy_steps,
)
from painwatch.grafana.client import Grafana
from painwatch.grafana.faults import GrafanaFault
from painwatch.grafana.steps import Step, dashboard_steps, data_source_steps, folder_steps
from painwatch.grafana.wanted import Wanted

OLDEST = (11, 0, 0)
"""Of Grafana: older ones lack what the rules are made of."""

_KEEPS_FIELDS, _KEEPS_ALERTS = (12, 0, 0), (12, 0, 3)

_NAMED = 5
"""No more rules are told by their titles."""

_DONE = {"make": "made", "change": "changed", "remove": "removed", "renew": "sent its secrets again:"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in order, and what a person should know of this Grafana."""

    steps: tuple[Step, ...]
    notices: tuple[str, ...]


def planned(grafana: Grafana, wanted: Wanted, *, renew_secrets: bool = False, overwrite: bool = False) -> Plan:
    """What is to be done, found by reading alone.

    Args:
        renew_secrets: also send what is secret to what seems as it should be: Grafana never gives a secret back, so
            that a changed one cannot be seen.
        overwrite: write over a dashboard that somebody changes between the reading and the writing.

    Raises:
        PainwatchError: Grafana cannot be asked, refuses, is too old, or holds what would be lost.
    """
    version = grafana.version()
    notices = (*_about_way(wanted), *_about(version))
    if version and version < _KEEPS_FIELDS:
        wanted = _without_newer(wanted)
    points, rules = grafana.contact_points(), grafana.rules()
    steps = (
        *folder_steps(grafana, wanted),
        *data_source_steps(grafana, wanted, renew=renew_secrets),
        *contact_point_steps(grafana, wanted, points, renew=renew_secrets),
        *group_steps(grafana, wanted),
        *dashboard_steps(grafana, wanted, overwrite=overwrite),
        *policy_steps(grafana, wanted),
        *leftover_rules(grafana, wanted, rules),
        *leftover_contact_points(grafana, wanted, points),
    )
    return Plan(
        steps, (*notices, *_about_alerts(steps, wanted), *(() if renew_secrets else _about_secrets(wanted, steps)))
    )


def carried_out(steps: Sequence[Step], told: Callable[[str], None]) -> None:
    """Does it all; `told` hears what was done, and what a person should know of it.

    Raises:
        PainwatchError: something failed; it says what was done by then and what was not. Planned anew and carried out
            again, it goes on.
    """
    notices: dict[str, None] = {}
    for number, step in enumerate(steps):
        try:
            notices |= dict.fromkeys(step.write() or ())
        except PainwatchError as error:
            done = ", ".join(one.what for one in steps[:number]) or "nothing"
            left = ", ".join(one.what for one in steps[number:])
            mend = f"{error.mend}. Done: {done}. Not done: {left}. Run it again when that is mended: it goes on"
            raise PainwatchError(error.what, where=error.where, mend=mend) from None
        told(f"{_DONE[step.act]} {step.what}")
    for notice in notices:
        told(f"! {notice}")


def about_database(grafana: Grafana, wanted: Wanted) -> str:
    """What keeps Grafana from reading the database, as far as it tells; empty if nothing does."""
    try:
        grafana.try_data_source(wanted.data_source["uid"])
    except GrafanaFault as fault:
        # A token that may not ask, or a Grafana that cannot be asked, says nothing about the database.
        if fault.status not in (401, 403, 404):
            return f"Grafana does not reach the database at {wanted.data_source['url']}: {fault.said or fault.what}"
    return ""


def _about(version: tuple[int, ...]) -> tuple[str, ...]:
    called = ".".join(map(str, version))
    if version and version < OLDEST:
        oldest = ".".join(map(str, OLDEST[:2]))
        raise PainwatchError(f"is Grafana {called}", where="this server", mend=f"painwatch needs {oldest} or later")
    if version and version < _KEEPS_FIELDS:
        return tuple(f"Grafana {called} does not know `{key}`: {what}" for key, what in NEWER.items())
    if version and version < _KEEPS_ALERTS:
        return (f"Grafana {called} ends alerts of cages that are not seen after four evaluations: 12.0.3 does not",)
    return ()


def _about_way(wanted: Wanted) -> tuple[str, ...]:
    parts = urlsplit(wanted.config.grafana.url)
    here = parts.hostname in ("localhost", "::1") or str(parts.hostname).startswith("127.")
    if parts.scheme == "https" or here:
        return ()
    return (f"the token and all secrets go to {parts.hostname} unencrypted: give `url` of `grafana` with https",)


def _about_alerts(steps: Sequence[Step], wanted: Wanted) -> tuple[str, ...]:
    titles = begun_anew(steps)
    if any(step.act == "change" and step.what.startswith("folder ") for step in steps):
        # The folder's title counts as part of each rule in it.
        titles = tuple(rule["title"] for group in wanted.groups.values() for rule in group["rules"])
    if not titles:
        return ()
    more = f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else ""
    what = f"Grafana ends the alerts of rules that change, and judges them anew ({', '.join(titles[:_NAMED])}{more})"
    return (f"{what}: what was raised and is now between threshold and end is told no more, see painwatch's page",)


def _about_secrets(wanted: Wanted, steps: Sequence[Step]) -> tuple[str, ...]:
    sent = {step.what for step in steps}
    hidden = [f'data source "{wanted.data_source["name"]}"'] if wanted.data_source["secureJsonData"] else []
    hidden += [f'contact point "{point.form["name"]}"' for point in wanted.contact_points if point.secret]
    unseen = [what for what in hidden if what not in sent]
    if not unseen:
        return ()
    those = ", ".join(unseen)
    return (f"Grafana does not give secrets back: if one was changed, send it by --renew-secrets ({those})",)


def _without_newer(wanted: Wanted) -> Wanted:
    groups = {
        name: group
        | {"rules": [{key: value for key, value in rule.items() if key not in NEWER} for rule in group["rules"]]}
        for name, group in wanted.groups.items()
    }
    return replace(wanted, groups=groups)
