"""Which alarms are about the chosen cage: its own, and those of several cages of which it is one. Pure.

An alarm of a group or of all cages bears no cage. Of which group the chosen cage is stands in the configuration, so
what was chosen is compared with the names of a group's cages: `'cage-1' = 'cage-1'` is a condition that 1.8, 2.x and 3
all take.
"""

from __future__ import annotations

from painwatch.alarm.rules import rules_of
from painwatch.config.models import Config
from painwatch.core.signals import SITE, AlarmKind
from painwatch.grafana.dashboards.asking import chosen, tag_is
from painwatch.grafana.influxql import any_of, text

CAGE = "cage"

OF_CHOSEN = "Of this cage, of its group, and of all cages together: then the subject is the group, or the site."

THIS = chosen(CAGE)
"""Of the chosen cage alone."""


def of_several(config: Config) -> str:
    """The alarm is of the chosen cage's group, or of all cages."""
    groups: dict[str, list[str]] = {}
    for cage in config.cages:
        if cage.group is not None:
            groups.setdefault(cage.group, []).append(cage.name)
    pools = [_of_all(config), *(f"{tag_is('group', group)} AND ({_one_of(names)})" for group, names in groups.items())]
    return f"{tag_is(CAGE, '')} AND ({' OR '.join(f'({pool})' for pool in pools)})"


def about_chosen(config: Config) -> str:
    """The alarm is of the chosen cage, of its group, or of all cages."""
    return f"({THIS} OR ({of_several(config)}))"


def _of_all(config: Config) -> str:
    # The watch's own alarms, such as of a full disk, are of the whole site as well: known by their rules.
    rules = [rule.config for rule in rules_of(config)]
    names = [rule.name for rule in rules if rule.scope == "all" and rule.kind is AlarmKind.TECHNICAL]
    kinds = [tag_is("kind", AlarmKind.WELFARE.value), *([any_of("rule", names)] if names else [])]
    return f"{tag_is('group', '')} AND {tag_is('subject', SITE)} AND ({' OR '.join(kinds)})"


def _one_of(names: list[str]) -> str:
    return " OR ".join(f"${{{CAGE}:singlequote}} = {text(name)}" for name in names)
