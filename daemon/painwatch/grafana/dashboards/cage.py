"""One cage: how it does, how much of it was seen, and what was told of it."""

from __future__ import annotations

from painwatch.core.signals import Signal
from painwatch.core.types import Status
from painwatch.grafana.dashboards.about import CAGE, THIS
from painwatch.grafana.dashboards.asking import RANGE, STEP, ask, since
from painwatch.grafana.dashboards.drawing import alarming, change, fixed
from painwatch.grafana.dashboards.limits import in_words, limits, minimum_coverage
from painwatch.grafana.dashboards.looks import (
    BLUE,
    GREY,
    NOT_SEEN,
    ORANGE,
    SILENT,
    STATUS_COLOURS,
    STATUS_WORDS,
    VERMILION,
    missing,
)
from painwatch.grafana.dashboards.panels import SHARE, lines, tiles, words_panel
from painwatch.grafana.dashboards.places import CagePanel
from painwatch.grafana.dashboards.records import records
from painwatch.grafana.dashboards.sdk import builder, common, common_builders, dashboard, timeseries
from painwatch.grafana.dashboards.setting import Setting
from painwatch.grafana.dashboards.standing import standing
from painwatch.grafana.dashboards.urgency import NOW
from painwatch.sinks.schema import MINUTES


def cage(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """Its panels, from top to bottom."""
    units = [_units(setting)] if setting.units else []
    return [
        words_panel(1, "What this is", _words(setting), (0, 0, 14, 4)),
        _now(setting),
        standing(setting, "welfare", (0, 4, 12, 5), CagePanel.WELFARE, of_cage=True),
        standing(setting, "technical", (12, 4, 12, 5), CagePanel.TECHNICAL, of_cage=True),
        _probability(setting),
        _coverage(setting),
        _skipped(setting),
        *units,
        *records(setting),
    ]


def _words(setting: Setting) -> str:
    page = setting.config.notify.page.rstrip("/")
    live = f"[Live page]({page}/), [alarms]({page}/alarms). " if page else ""
    return (
        f"{setting.notice} **{NOT_SEEN}** is not the same as no pain. {live}"
        "All evidence of an alarm is in the audit log: `painwatch audit show --cage ${cage}`."
    )


def _now(setting: Setting) -> builder.Builder[dashboard.Panel]:
    fields = 'last("pain_probability") AS "pain now", last("coverage") AS "seen now"'
    asked = ask(fields, MINUTES, setting.site, THIS, since(NOW), by=(CAGE,))
    return (
        tiles(
            setting,
            CagePanel.NOW,
            "Now: ${cage}",
            f"The last minute within {NOW} that told it. The colour changes where an alarm rule would begin to hold.",
            (14, 0, 10, 4),
            setting.series("A", asked, "$col"),
            nothing=f"{SILENT}: nothing arrives",
        )
        .unit(SHARE)
        .decimals(0)
        .reduce_options(common_builders.ReduceDataOptions().values(False).calcs(["last"]))
        # Not for all fields: without any answer at all Grafana shows the word for null, not `nothing`.
        .override_by_name("pain now", [change("mappings", [missing(NOT_SEEN)])])
        .color_scheme(fixed(BLUE))
        .text_mode(common.BigValueTextMode.VALUE_AND_NAME)
        .override_by_name("pain now", alarming(limits(setting.config, Signal.PAIN_PROBABILITY), VERMILION))
        .override_by_name("seen now", alarming(limits(setting.config, Signal.COVERAGE), ORANGE))
    )


def _probability(setting: Setting) -> timeseries.Panel:
    found = limits(setting.config, Signal.PAIN_PROBABILITY)
    least = f"{minimum_coverage(setting.config):g}"
    told = 'mean("pain_probability") AS "pain"'

    def asked(seen: str) -> str:
        return ask(told, MINUTES, setting.site, THIS, seen, RANGE, by=(STEP, CAGE), tail="fill(null)")

    judged, unjudged = "judged", "too little seen to be judged"
    return (
        lines(
            setting,
            CagePanel.PROBABILITY,
            "Pain probability by the minute: ${cage}",
            "pain / (pain + no pain) of the looks scored. A minute of which less than "
            f"{float(least):.0%} was seen is judged by no rule. {in_words(found)}",
            (0, 9, 24, 10),
            setting.series("A", asked(f'"coverage" >= {least}'), judged),
            setting.series("B", asked(f'"coverage" < {least}'), unjudged),
            unit=SHARE,
            limits=found,
            most=1,
        )
        .override_by_name(judged, [change("color", {"mode": "fixed", "fixedColor": BLUE})])
        .override_by_name(
            unjudged,
            [
                change("color", {"mode": "fixed", "fixedColor": GREY}),
                change("custom.drawStyle", "points"),
                change("custom.pointSize", 5),
            ],
        )
    )


def _coverage(setting: Setting) -> timeseries.Panel:
    found = limits(setting.config, Signal.COVERAGE)

    def asked(field: str) -> str:
        return ask(field, MINUTES, setting.site, THIS, RANGE, by=(STEP, CAGE), tail="fill(null)")

    seen, repeated = "seen", "of it the last answer again, as nothing moved"
    return (
        lines(
            setting,
            CagePanel.COVERAGE,
            "How much was seen: ${cage}",
            f"Looks scored / looks expected in a minute. A gap: nothing arrived. {in_words(found)}",
            (0, 19, 12, 8),
            setting.series("A", asked('mean("coverage") AS "coverage"'), seen),
            setting.series("B", asked('1.0 * sum("repeated") / sum("expected") AS "repeated"'), repeated),
            unit=SHARE,
            limits=found,
            most=1,
        )
        .fill_opacity(15)
        .override_by_name(seen, [change("color", {"mode": "fixed", "fixedColor": BLUE})])
        .override_by_name(repeated, [change("color", {"mode": "fixed", "fixedColor": GREY})])
    )


def _skipped(setting: Setting) -> timeseries.Panel:
    unseen = [status for status in Status if status is not Status.OK]
    fields = ", ".join(f'sum("status_{status.value}") AS "{STATUS_WORDS[status]}"' for status in unseen)
    asked = ask(fields, MINUTES, setting.site, THIS, RANGE, by=(STEP, CAGE), tail="fill(null)")
    stacked = common_builders.StackingConfig().mode(common.StackingMode.NORMAL)
    panel = (
        lines(
            setting,
            CagePanel.SKIPPED,
            "Why it was not seen: ${cage}",
            "Looks that could not be scored, by the reason.",
            (12, 19, 12, 8),
            setting.series("A", asked, "$col"),
            unit="short",
        )
        .draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(70)
        .stacking(stacked)
    )
    for status in unseen:
        colour = {"mode": "fixed", "fixedColor": STATUS_COLOURS[status]}
        panel = panel.override_by_name(STATUS_WORDS[status], [change("color", colour)])
    return panel


def _units(setting: Setting) -> timeseries.Panel:
    found = tuple(limit for unit in setting.units for limit in limits(setting.config, Signal.ACTION_UNIT, unit))
    fields = ", ".join(f'mean("unit_{unit}") AS "{unit}"' for unit in setting.units)
    asked = ask(fields, MINUTES, setting.site, THIS, RANGE, by=(STEP, CAGE), tail="fill(null)")
    return lines(
        setting,
        CagePanel.UNITS,
        "Action units: ${cage}",
        f"Mean score of each action unit that the model scores, 0 to 2. {in_words(found)}",
        (0, 27, 24, 8),
        setting.series("A", asked, "$col"),
        unit="none",
        limits=found,
        names=setting.units,
        most=2,
    )
