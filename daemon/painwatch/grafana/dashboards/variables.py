"""What can be chosen at the top of a dashboard: from the configuration, so that no database is asked for it.

Grafana reads the choices from one text: it parts it at commas, and each part at its last ` : ` into what is shown and
what is put into queries, which is a pattern here. `\\,` is a comma, and `$` and `[[` begin a variable.
"""

from __future__ import annotations

from collections.abc import Iterable

from painwatch.grafana.dashboards.about import CAGE
from painwatch.grafana.dashboards.asking import chosen
from painwatch.grafana.dashboards.sdk import builders, dashboard
from painwatch.grafana.dashboards.setting import Setting
from painwatch.grafana.influxql import pattern
from painwatch.sinks.line_protocol import as_tag

ROOM, STRAIN, GROUP = "room", "strain", "group"

ANY = ".*"
"""What All means: also cages that the database holds and the configuration does not, and those without a room."""

_NOT_IN_PATTERNS = {",": r"\x2c", ":": r"\x3a"}
_NOT_IN_LABELS = {",": r"\,", "$": "\uff04", "[[": "[ ["}


def one_cage(setting: Setting) -> list[builders.CustomVariable]:
    """Which cage."""
    first = setting.config.cages[0].name
    cage = _variable(CAGE, (cage.name for cage in setting.config.cages))
    return [cage.current(dashboard.VariableOption(selected=True, text=first, value=first))]


def some_cages(setting: Setting) -> list[builders.CustomVariable]:
    """Which cages: by what they have in common, and by name. All of what is chosen must hold of a cage."""
    every = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    return [
        _variable(name, values).multi(True).include_all(True).all_value(ANY).current(every)
        for name, values in _offered(setting).items()
    ]


def some_chosen(setting: Setting) -> tuple[str, ...]:
    """The conditions that `some_cages` puts up."""
    return tuple(map(chosen, _offered(setting)))


def _offered(setting: Setting) -> dict[str, list[str]]:
    """A room or group is offered only if the configuration knows one."""
    cages = setting.config.cages
    values = {
        ROOM: [cage.room for cage in cages],
        STRAIN: [cage.strain for cage in cages],
        GROUP: [cage.group or "" for cage in cages],
        CAGE: [cage.name for cage in cages],
    }
    told = {name: sorted({as_tag(value) for value in each} - {""}) for name, each in values.items()}
    return {name: each for name, each in told.items() if each}


def _variable(name: str, values: Iterable[str]) -> builders.CustomVariable:
    return (
        builders.CustomVariable(name)
        .label(name.capitalize())
        .values(",".join(map(_choice, values)))
        .allow_custom_value(False)
    )


def _choice(value: str) -> str:
    found = _replaced(pattern(value), _NOT_IN_PATTERNS)
    return value if found == value else f"{_replaced(value, _NOT_IN_LABELS)} : {found}"


def _replaced(value: str, by: dict[str, str]) -> str:
    for old, new in by.items():
        value = value.replace(old, new)
    return value
