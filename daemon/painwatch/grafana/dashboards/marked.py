"""What is marked in the panels of a dashboard: what people marked, and when welfare alarms were raised."""

from __future__ import annotations

from painwatch.core.alarms import AlarmPhase
from painwatch.grafana.dashboards.about import about_chosen
from painwatch.grafana.dashboards.asking import RANGE, any_phase, ask, tag_is
from painwatch.grafana.dashboards.dataquery import InfluxQuery
from painwatch.grafana.dashboards.looks import PURPLE, VERMILION
from painwatch.grafana.dashboards.sdk import builders
from painwatch.grafana.dashboards.setting import Setting
from painwatch.sinks.schema import ALARMS, MARKS


def marks(setting: Setting, *cages: str) -> builders.AnnotationQuery:
    """What people marked, each at its beginning. `cages`: the conditions by which cages are chosen."""
    asked = ask('"name" AS "title", "words" AS "text", "cage" AS "tags"', MARKS, setting.site, *cages, RANGE)
    return _annotation(setting, "Marks", PURPLE, asked)


def marked_intervals(setting: Setting, *cages: str) -> builders.AnnotationQuery:
    """Those marks that lasted, as intervals. Grafana drops a row of which anything is missing: hence two queries."""
    fields = '"name" AS "title", "words" AS "text", "cage" AS "tags", "end_ns" / 1000000 AS "end"'
    asked = ask(fields, MARKS, setting.site, *cages, '"end_ns" > 0', RANGE)
    return _annotation(setting, "Marked intervals", PURPLE, asked, end=f"{MARKS.name}.end")


def raised(setting: Setting) -> builders.AnnotationQuery:
    """When a welfare alarm about the chosen cage became active; the tag is the cage, the group, or the whole site."""
    fields = '"rule" AS "title", "words" AS "text", "subject" AS "tags"'
    conditions = (setting.site, about_chosen(setting.config), tag_is("kind", "welfare"), any_phase(AlarmPhase.ACTIVE))
    return _annotation(setting, "Welfare alarms raised", VERMILION, ask(fields, ALARMS, *conditions, RANGE))


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
