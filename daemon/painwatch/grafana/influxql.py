"""Quoting for InfluxQL, and what the queries of rules and dashboards have in common. Pure.

Only what InfluxDB 1.8, 2.x (by its mapping) and 3 all answer is used; names are quoted always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from painwatch.sinks.line_protocol import as_tag


def name(identifier: str) -> str:
    """A measurement, tag or field, quoted."""
    escaped = identifier.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def text(value: str) -> str:
    """A string, quoted; `$` would be a variable to Grafana, so a value with one is matched by `any_of` instead."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def site_is(site: str) -> str:
    """The condition that a record is of this site, whatever characters its name has: several may share a database."""
    told = as_tag(site)
    return any_of("site", (told,)) if "$" in told or "[[" in told else f"{name('site')} = {text(told)}"


def any_of(tag: str, values: Iterable[str]) -> str:
    """A condition that holds where `tag` is one of `values`, each as it is."""
    return f"{name(tag)} =~ /^({'|'.join(map(pattern, values))})$/"


def pattern(value: str) -> str:
    """A regular expression that matches `value` and nothing else, in 1.8, 2.x and 3."""
    return _SPECIAL.sub(_escaped, value)


_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$/]")


def _escaped(found: re.Match[str]) -> str:
    # As a number where the character means something outside of the expression: its end, and a variable of Grafana's.
    special = found.group()
    return f"\\x{ord(special):02x}" if special in "/$" else f"\\{special}"
