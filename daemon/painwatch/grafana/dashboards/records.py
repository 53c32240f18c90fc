"""What was told of one cage, and of its cameras."""

from __future__ import annotations

from painwatch.grafana.dashboards.about import OF_CHOSEN, THIS, about_chosen, of_several
from painwatch.grafana.dashboards.asking import RANGE, STEP, ask, tag_is
from painwatch.grafana.dashboards.drawing import change, transformed, widths
from painwatch.grafana.dashboards.looks import (
    BLUE,
    CAMERA_COLOURS,
    PHASES,
    VERMILION,
    missing,
    said,
    words_of,
)
from painwatch.grafana.dashboards.panels import SHARE, lines, states, table_of
from painwatch.grafana.dashboards.places import CagePanel
from painwatch.grafana.dashboards.sdk import builder, common_builders, dashboard, table, timeseries
from painwatch.grafana.dashboards.setting import Setting
from painwatch.sinks.schema import ALARMS, CAMERAS, HEALTH

_WIDTHS = {
    "Time": 160,
    "rule": 130,
    "subject": 110,
    "phase": 230,
    "value": 80,
    "threshold": 90,
    "coverage": 90,
    "cause": 90,
    "who": 90,
}


def records(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """Its panels, from top to bottom."""
    return [_alarms(setting), _cameras(setting), _rates(setting), _changes(setting), _faults(setting)]


def _alarms(setting: Setting) -> builder.Builder[dashboard.Panel]:
    own, several = "$tag_kind: $tag_rule ($tag_subject)", "$tag_kind, several cages: $tag_rule ($tag_subject)"
    asked = [
        (
            ask('"raised"', ALARMS, setting.site, which, tag_is("kind", kind), RANGE, by=("kind", "rule", "subject")),
            alias,
        )
        for kind in ("welfare", "technical")
        for which, alias in ((THIS, own), (of_several(setting.config), several))
    ]
    words = said({"1": ("raised", VERMILION), "0": ("not raised", BLUE)})
    return states(
        setting,
        CagePanel.ALARMS,
        "Alarms: ${cage}",
        f"{OF_CHOSEN} From each change to the next one. What was before the first change in this range of time is not "
        "told here: what still stands is, above.",
        (0, 35, 24, 8),
        *(setting.series(ref, one, alias) for ref, (one, alias) in zip("ABCD", asked, strict=True)),
        words=words,
        nothing="no change in this range of time",
    )


def _cameras(setting: Setting) -> builder.Builder[dashboard.Panel]:
    asked = ask(
        'last("phase") AS "phase"', HEALTH, setting.site, tag_is("of", "camera"), THIS, RANGE, by=(STEP, "subject")
    )
    return states(
        setting,
        CagePanel.CAMERAS,
        "Cameras: ${cage}",
        "Where each camera's capture stands. A gap: nothing arrived.",
        (0, 43, 12, 7),
        setting.series("A", f"{asked} fill(null)", "$tag_subject"),
        words=words_of(CAMERA_COLOURS),
    )


def _rates(setting: Setting) -> timeseries.Panel:
    fields = 'mean("frames_per_s") AS "pictures", mean("looks_per_s") AS "looks"'
    asked = ask(fields, HEALTH, setting.site, tag_is("of", "camera"), THIS, RANGE, by=(STEP, "subject"))
    return lines(
        setting,
        CagePanel.RATES,
        "Pictures and looks a second: ${cage}",
        "Pictures that a camera brought, and those of them that were looked at.",
        (12, 43, 12, 7),
        setting.series("A", f"{asked} fill(null)", "$tag_subject: $col"),
        unit="hertz",
        names=[
            f"{camera.name}: {what}"
            for one in setting.config.cages
            for camera in one.cameras
            for what in ("pictures", "looks")
        ],
    )


def _changes(setting: Setting) -> table.Panel:
    fields = '"rule", "subject", "phase", "words", "value", "threshold", "coverage", "cause", "who"'
    asked = ask(fields, ALARMS, setting.site, about_chosen(setting.config), RANGE, tail="ORDER BY time DESC LIMIT 200")
    panel = (
        table_of(
            setting,
            CagePanel.CHANGES,
            "What was told: ${cage}",
            f"Each change of an alarm, the newest first, at most 200. {OF_CHOSEN} All evidence is in the audit log.",
            (0, 50, 24, 9),
            setting.rows("A", asked),
            nothing="no change in this range of time",
        )
        .override_by_name("phase", [change("mappings", [said(PHASES)])])
        .override_by_name(
            "coverage", [change("unit", SHARE), change("decimals", 0), change("mappings", [missing("none")])]
        )
        .override_by_name("value", [change("decimals", 2), change("mappings", [missing("none")])])
        .sort_by([common_builders.TableSortByFieldState().display_name("Time").desc(True)])
    )
    return widths(panel, _WIDTHS)


def _faults(setting: Setting) -> table.Panel:
    fields = '"camera", "phase", "fault", "detail", "reconnects"'
    asked = ask(fields, CAMERAS, setting.site, THIS, RANGE, tail="ORDER BY time DESC LIMIT 100")
    return (
        table_of(
            setting,
            CagePanel.FAULTS,
            "Cameras, each change: ${cage}",
            "What happened to the cameras, the newest first, at most 100.",
            (0, 59, 24, 7),
            setting.rows("A", asked),
            nothing="no change in this range of time",
        )
        .override_by_name("phase", [change("mappings", [words_of(CAMERA_COLOURS)])])
        .transformations([transformed("organize", excludeByName={}, indexByName={"Time": 0}, renameByName={})])
    )
