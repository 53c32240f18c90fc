"""Which cage needs a person: one number for each cage, by which cages are ordered, and the words that stand for it.

The number is the sum of what is known: 1000 for each cage of the configuration, so that one from which nothing arrives
stands there too; -600 if the hub told of its alarms, +200 if a welfare alarm stood then, +100 if only a technical one
did, +2000 if no person had seen the welfare alarm; -350 if minutes arrive, -5 if something was scored in them, and then
the probability of pain. Whatever is missing, a welfare alarm that nobody has seen comes first; and a cage is calm only
if it was told that no alarm of it stands: a question that the database did not answer is no comfort.
"""

from __future__ import annotations

from typing import NamedTuple

from painwatch.core.signals import Of
from painwatch.grafana.dashboards.asking import AT_ONCE, ask, since, tag_is
from painwatch.grafana.dashboards.dataquery import InfluxQuery, Roster
from painwatch.grafana.dashboards.drawing import transformed
from painwatch.grafana.dashboards.looks import (
    BLUE,
    GREY,
    NOT_SEEN,
    ORANGE,
    PURPLE,
    SILENT,
    SKY,
    VERMILION,
    Mapping,
    between,
    missing,
)
from painwatch.grafana.dashboards.sdk import dashboard
from painwatch.grafana.dashboards.setting import Setting
from painwatch.sinks.schema import HEALTH, MINUTES

NOW = "5m"
"""What counts as now: a minute is written when it is closed, and stamped with its beginning."""

ADDED = ("known", "told", "unseen", "heard", "seen", "pain now")
"""The columns whose sum is the urgency; what is not there adds nothing."""


class State(NamedTuple):
    """What is said of a cage whose urgency lies between `least` and `most`."""

    least: float
    most: float
    words: str
    colour: str


STATES: tuple[State, ...] = (
    State(2590, 2700, f"REVIEW THE ANIMAL; {SILENT}", VERMILION),
    State(2200, 2300, "REVIEW THE ANIMAL", VERMILION),
    State(990, 1010, f"{SILENT}: nothing arrives", PURPLE),
    State(640, 655, "its alarms cannot be told", PURPLE),
    State(590, 610, f"{SILENT}; welfare alarm, a person knows", PURPLE),
    State(390, 510, f"{SILENT}: nothing arrives", PURPLE),
    State(240, 255, "welfare alarm, a person knows", SKY),
    State(149.5, 150.5, f"{NOT_SEEN}; see to the watch", ORANGE),
    State(144.5, 146.5, "see to the watch", ORANGE),
    State(49.5, 50.5, NOT_SEEN, GREY),
    State(44.5, 46.5, "no alarm", BLUE),
)


def in_words() -> list[Mapping]:
    """The words in place of the number; no number at all is silence."""
    told = [between(state.least, state.most, state.words, state.colour, n) for n, state in enumerate(STATES)]
    return [*told, missing(f"{SILENT}: nothing arrives")]


def asked(setting: Setting) -> list[InfluxQuery | Roster]:
    """What it is put together from, a row for each cage."""
    now = (
        'count("coverage") * 0 - 350 AS "heard", last("pain_probability") * 0 - 5 AS "seen", '
        'last("pain_probability") AS "pain now", last("coverage") AS "coverage now"'
    )
    stands = (
        'last("alarm_level") * 100 - 600 AS "told", last("welfare_unseen") * 2000 AS "unseen", '
        'last("welfare_alarms") AS "welfare alarms", last("technical_alarms") AS "technical alarms"'
    )
    cages = tag_is("of", Of.CAGE.value)
    return [
        _roster(setting),
        setting.rows("A", ask(now, MINUTES, setting.site, setting.live(), since(NOW), by=("cage",))),
        setting.rows("B", ask(stands, HEALTH, setting.site, cages, setting.live(), since(AT_ONCE), by=("cage",))),
    ]


def ordered() -> list[dashboard.DataTransformerConfig]:
    """Puts the answers together to one table with the column `state`, the most urgent cage first."""
    total = {"reducer": "sum", "include": list(ADDED)}
    return [
        transformed("filterFieldsByName", exclude={"pattern": "[Tt]ime"}),
        transformed("merge"),
        transformed("calculateField", mode="reduceRow", alias="state", timeSeries=False, reduce=total),
        transformed("sortBy", fields={}, sort=[{"field": "state", "desc": True}]),
    ]


def _roster(setting: Setting) -> Roster:
    cages = setting.cages
    return Roster(
        "Z",
        (
            ("cage", "string", tuple(cage.name for cage in cages)),
            ("room", "string", tuple(cage.room for cage in cages)),
            ("strain", "string", tuple(cage.strain for cage in cages)),
            ("group", "string", tuple(cage.group or "" for cage in cages)),
            ("known", "number", tuple(1000 for _ in cages)),
        ),
    )
