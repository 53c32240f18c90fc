"""A study: its groups over time.

A value of an animal is the share of looks with pain among all that were scored within half an hour. A group's mean and
its standard error, SEM = s / sqrt(n) with the sample's standard deviation s, are over the animals of which something
was scored in that half hour: n is shown beside. With one animal there is no SEM.
"""

from __future__ import annotations

from painwatch.grafana.dashboards.about import CAGE
from painwatch.grafana.dashboards.asking import PAIN_SHARE, RANGE, SCORED, ask, ask_of
from painwatch.grafana.dashboards.drawing import Place, change, look_of
from painwatch.grafana.dashboards.looks import SERIES
from painwatch.grafana.dashboards.panels import SHARE, lines, words_panel
from painwatch.grafana.dashboards.places import StudyPanel
from painwatch.grafana.dashboards.sdk import builder, dashboard, timeseries
from painwatch.grafana.dashboards.setting import Setting
from painwatch.grafana.dashboards.variables import GROUP, some_chosen
from painwatch.sinks.schema import MINUTES

HALF_HOUR = "time(30m)"
ALL_CAGES = "all cages"

_SEM = 'stddev("m") / sqrt(count("m"))'


def study(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """Its panels, from top to bottom."""
    return [
        words_panel(1, "What this is", _words(setting), (0, 0, 24, 4)),
        _groups(setting, "pain", StudyPanel.GROUPS, (0, 4, 24, 12)),
        _count(setting),
        _seen(setting),
        _animals(setting),
        *(
            _groups(setting, unit, StudyPanel.UNITS + index, (index % 2 * 12, 36 + index // 2 * 9, 12, 9))
            for index, unit in enumerate(setting.units)
        ),
    ]


def _words(setting: Setting) -> str:
    without = [cage.name for cage in setting.config.cages if not cage.group]
    some = bool(groups_of(setting)) and bool(without)
    left_out = f" Cages without a group are left out: {', '.join(without)}." if some else ""
    none = "" if groups_of(setting) else " No cage has a `group` in the settings: all are shown as one."
    return (
        f"{setting.notice} A value of an animal is the share of looks with pain among all that were scored within half "
        "an hour. Groups: mean and standard error of the mean over the animals seen in that half hour; with one animal "
        f"there is none.{left_out}{none}"
    )


def groups_of(setting: Setting) -> tuple[str, ...]:
    """The groups of the study in file order; empty without any."""
    return tuple(dict.fromkeys(cage.group for cage in setting.config.cages if cage.group))


def _each_animal(setting: Setting, what: str, tail: str = "fill(none)") -> str:
    """The half-hour values of each animal, called `m`: of `pain`, of the coverage, or of an action unit."""
    value = {"pain": PAIN_SHARE, "coverage": 'mean("coverage")'}.get(what, f'mean("unit_{what}")')
    scored = () if what == "coverage" else (SCORED,)
    grouped = ("\"group\" != ''",) if groups_of(setting) else ()
    conditions = (setting.site, *some_chosen(setting), *grouped, *scored, RANGE)
    return ask(f'{value} AS "m"', MINUTES, *conditions, by=(HALF_HOUR, CAGE, *_group(setting)), tail=tail)


def _group(setting: Setting) -> tuple[str, ...]:
    return (GROUP,) if groups_of(setting) else ()


def _of_groups(setting: Setting, what: str, fields: str) -> str:
    each = f"({_each_animal(setting, what)})"
    return ask_of(fields, each, RANGE, by=(HALF_HOUR, *_group(setting)), tail="fill(null)")


def _groups(setting: Setting, what: str, panel_id: int, place: Place) -> timeseries.Panel:
    called = "$tag_group" if groups_of(setting) else ALL_CAGES
    above, below = f"{called} + SEM", f"{called} - SEM"
    pain = what == "pain"
    panel = lines(
        setting,
        panel_id,
        "Pain by group: mean ± SEM" if pain else f"{what} by group: mean ± SEM",
        ("Half-hour share of looks with pain" if pain else f"Half-hour mean of the minutes' score of `{what}`")
        + " of each animal, then mean and standard error over the animals of a group. A gap: nothing was scored.",
        place,
        setting.series("A", _of_groups(setting, what, 'mean("m") AS "mean"'), called),
        setting.series("B", _of_groups(setting, what, f'mean("m") + {_SEM} AS "above"'), above),
        setting.series("C", _of_groups(setting, what, f'mean("m") - {_SEM} AS "below"'), below),
        unit=SHARE if pain else "none",
        most=1 if pain else 2,
    )
    for index, group in enumerate(groups_of(setting) or (ALL_CAGES,)):
        colour = {"mode": "fixed", "fixedColor": SERIES[index % len(SERIES)]}
        band = [
            change("color", colour),
            change("custom.lineWidth", 0),
            change("custom.showPoints", "never"),
            change("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
        ]
        fill = [change("custom.fillBelowTo", f"{group} - SEM"), change("custom.fillOpacity", 25)]
        panel = (
            panel.override_by_name(group, look_of(index))
            .override_by_name(f"{group} + SEM", [*band, *fill])
            .override_by_name(f"{group} - SEM", band)
        )
    return panel


def _count(setting: Setting) -> timeseries.Panel:
    asked = _of_groups(setting, "pain", 'count("m") AS "animals"')
    return lines(
        setting,
        StudyPanel.COUNT,
        "Number of animals",
        "Animals of which something was scored in the half hour: the n of mean and SEM.",
        (0, 16, 12, 8),
        setting.series("A", asked, "$tag_group" if groups_of(setting) else ALL_CAGES),
        unit="none",
        names=groups_of(setting) or (ALL_CAGES,),
    ).decimals(0)


def _seen(setting: Setting) -> timeseries.Panel:
    asked = _of_groups(setting, "coverage", 'mean("m") AS "coverage"')
    return lines(
        setting,
        StudyPanel.SEEN,
        "How much was seen",
        "Mean coverage of the animals from which anything arrived: a difference between groups biases their means.",
        (12, 16, 12, 8),
        setting.series("A", asked, "$tag_group" if groups_of(setting) else ALL_CAGES),
        unit=SHARE,
        names=groups_of(setting) or (ALL_CAGES,),
        most=1,
    )


def _animals(setting: Setting) -> timeseries.Panel:
    grouped = bool(groups_of(setting))
    shown = [cage for cage in setting.cages if cage.group or not grouped]
    names = [f"{cage.group}: {cage.name}" if grouped else cage.name for cage in shown]
    return lines(
        setting,
        StudyPanel.ANIMALS,
        "Half-hour means of each animal",
        "Share of looks with pain among all that were scored within half an hour. A gap: nothing was scored.",
        (0, 24, 24, 12),
        setting.series(
            "A", _each_animal(setting, "pain", "fill(null)"), "$tag_group: $tag_cage" if grouped else "$tag_cage"
        ),
        unit=SHARE,
        names=names,
        most=1,
    )
