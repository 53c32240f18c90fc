"""What can be chosen at the top of a dashboard, and what is marked in its panels."""

from __future__ import annotations

from painwatch.core.alarms import AlarmPhase
from painwatch.grafana.dashboards.asking import RANGE, any_phase, ask, chosen, tag_values
from painwatch.grafana.dashboards.dataquery import InfluxQuery
from painwatch.grafana.dashboards.looks import PURPLE, VERMILION
from painwatch.grafana.dashboards.sdk import builders, dashboard
from painwatch.grafana.dashboards.setting import Setting
from painwatch.sinks.schema import ALARMS, MARKS, MINUTES

CAGE, ROOM, STRAIN, GROUP = "cage", "room", "strain", "group"

_ANY = ".*"
"""What All means for a tag that not every cage has: it also matches none."""


def cages(setting: Setting, *, many: bool) -> list[builders.QueryVariable]:
    """Which cages: first by what they have in common, then one of them or, if `many`, some.

    A room or group is offered only if the configuration knows one.
    """
    config = setting.config
    had = {
        ROOM: any(cage.room for cage in config.cages),
        STRAIN: True,
        GROUP: any(cage.group for cage in config.cages),
    }
    common = [name for name, there in had.items() if there]
    asked = tag_values(CAGE, MINUTES, setting.site, *map(chosen, common))
    cage = _variable(setting, CAGE, "Cage", asked)
    if many:
        cage = cage.multi(True).include_all(True).current(_all())
    else:
        first = config.cages[0].name
        cage = cage.current(dashboard.VariableOption(selected=True, text=first, value=first))
    return [
        *(
            _variable(setting, name, name.capitalize(), tag_values(name, MINUTES, setting.site))
            .multi(True)
            .include_all(True)
            .all_value(_ANY)
            .current(_all())
            for name in common
        ),
        cage,
    ]


def marks(setting: Setting) -> builders.AnnotationQuery:
    """What people marked at the chosen cages, each at its beginning."""
    asked = ask('"name" AS "title", "words" AS "text", "cage" AS "tags"', MARKS, setting.site, chosen(CAGE), RANGE)
    return _annotation(setting, "Marks", PURPLE, asked)


def marked_intervals(setting: Setting) -> builders.AnnotationQuery:
    """Those marks that lasted, as intervals. Grafana drops a row of which anything is missing: hence two queries."""
    fields = '"name" AS "title", "words" AS "text", "cage" AS "tags", "end_ns" / 1000000 AS "end"'
    asked = ask(fields, MARKS, setting.site, chosen(CAGE), '"end_ns" > 0', RANGE)
    return _annotation(setting, "Marked intervals", PURPLE, asked, end=f"{MARKS.name}.end")


def raised(setting: Setting) -> builders.AnnotationQuery:
    """When a welfare alarm of the chosen cages became active."""
    fields = '"rule" AS "title", "words" AS "text", "subject" AS "tags"'
    conditions = (setting.site, chosen(CAGE), "\"kind\" = 'welfare'", any_phase(AlarmPhase.ACTIVE), RANGE)
    return _annotation(setting, "Welfare alarms raised", VERMILION, ask(fields, ALARMS, *conditions))


def _variable(setting: Setting, name: str, label: str, asked: str) -> builders.QueryVariable:
    asked = setting.kept(asked)
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(setting.source)
        .query({"query": asked, "refId": "InfluxVariableQueryEditor-VariableQuery"})
        .definition(asked)
        .refresh(dashboard.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(dashboard.VariableSort.NATURAL_ASC)
    )


def _all() -> dashboard.VariableOption:
    return dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])


def _annotation(
    setting: Setting, name: str, colour: str, asked: str, end: str | None = None
) -> builders.AnnotationQuery:
    query = InfluxQuery(
        ref="A",
        uid=setting.uid,
        asked=setting.kept(asked),
        from_annotations=True,
        name=name,
        title_column="title",
        text_column="text",
        tags_column="tags",
        time_end_column=end,
    )
    return (
        builders.AnnotationQuery().name(name).datasource(setting.source).enable(True).icon_color(colour).target(query)
    )
