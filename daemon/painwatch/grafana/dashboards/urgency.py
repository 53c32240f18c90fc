"""Which cage needs a person: one number for each cage, by which cages are ordered, and the words that stand for it.

The number is the sum of what is known: 50 if a welfare alarm stands, 950 more if no person has seen it, 10 if a
technical one stands, -100 if minutes arrive, -5 if something was scored in them, and then the probability of pain. The
cages come from the configuration, so that one from which nothing arrives stands there too. Whatever is missing, a
welfare alarm that nobody has seen comes first.
"""

from __future__ import annotations

from typing import NamedTuple

from painwatch.core.alarms import AlarmPhase
from painwatch.grafana.dashboards.asking import ask, ask_of, last_raised, since, tag_is
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
from painwatch.sinks.schema import MINUTES

NOW = "5m"
"""What counts as now: a minute is written when it is closed, and stamped with its beginning."""

ADDED = ("known", "welfare", "unseen", "technical", "heard", "seen", "pain now")
"""The columns whose sum is the urgency; what is not there adds nothing."""


class State(NamedTuple):
    """What is said of a cage whose urgency lies between `least` and `most`."""

    least: float
    most: float
    words: str
    colour: str


STATES: tuple[State, ...] = (
    State(990, 1100, f"REVIEW THE ANIMAL; {SILENT}", VERMILION),
    State(800, 989, "REVIEW THE ANIMAL", VERMILION),
    State(40, 70, f"{SILENT}; welfare alarm, a person knows", PURPLE),
    State(-1, 20, f"{SILENT}: nothing arrives", PURPLE),
    State(-56, -38, "welfare alarm, a person knows", SKY),
    State(-90.5, -89.5, f"{NOT_SEEN}; see to the watch", ORANGE),
    State(-95.5, -93.5, "see to the watch", ORANGE),
    State(-100.5, -99.5, NOT_SEEN, GREY),
    State(-105.5, -103.5, "no alarm", BLUE),
)


def in_words() -> list[Mapping]:
    """The words in place of the number; no number at all is silence."""
    told = [between(state.least, state.most, state.words, state.colour, n) for n, state in enumerate(STATES)]
    return [*told, missing(f"{SILENT}: nothing arrives")]


def asked(setting: Setting) -> list[InfluxQuery | Roster]:
    """What it is put together from, a row for each cage."""
    now = (
        'count("coverage") * 0 - 100 AS "heard", last("pain_probability") * 0 - 5 AS "seen", '
        'last("pain_probability") AS "pain now", last("coverage") AS "coverage now"'
    )
    return [
        _roster(setting),
        setting.rows("A", ask(now, MINUTES, setting.site, since(NOW), by=("cage",))),
        setting.rows("B", _stands(setting, "welfare", 50)),
        setting.rows("C", _unseen(setting, 950)),
        setting.rows("D", _stands(setting, "technical", 10)),
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
            ("known", "number", tuple(0 for _ in cages)),
        ),
    )


def _stands(setting: Setting, kind: str, weight: int) -> str:
    """`weight` if an alarm of the cage stands, else 0; and how many do."""
    fields = f'max("raised") * {weight} AS "{kind}", sum("raised") AS "{kind} alarms"'
    each = last_raised(setting.site, kind, by=("rule", "subject", "cage"))
    return ask_of(fields, each, "\"cage\" != ''", by=("cage",))


def _unseen(setting: Setting, weight: int) -> str:
    """`weight` if a welfare alarm of the cage stands that no person has acknowledged or silenced."""
    each = last_raised(setting.site, "welfare", by=("rule", "subject", "cage"), fields=', "phase"')
    conditions = ("\"cage\" != ''", tag_is("phase", AlarmPhase.ACTIVE.value))
    return ask_of(f'max("raised") * {weight} AS "unseen"', each, *conditions, by=("cage",))
