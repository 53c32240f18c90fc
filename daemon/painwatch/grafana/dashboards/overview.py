"""The facility overview, for a screen on the wall: one glance tells which cage needs a person."""

from __future__ import annotations

from painwatch.core.signals import Signal
from painwatch.grafana.dashboards import urgency
from painwatch.grafana.dashboards.asking import AT_ONCE, AT_ONCE_H, PAIN_SHARE, RANGE, SCORED, STEP, ask, since
from painwatch.grafana.dashboards.drawing import by_limit, change, fixed, stepped, transformed
from painwatch.grafana.dashboards.limits import in_words, limits, minimum_coverage
from painwatch.grafana.dashboards.looks import BLUE, GREY, NOT_SEEN, SILENT, VIRIDIS, missing, said
from painwatch.grafana.dashboards.panels import SHARE, history, lines, table_of, tiles, words_panel
from painwatch.grafana.dashboards.places import Board, OverviewPanel
from painwatch.grafana.dashboards.sdk import builder, builders, common_builders, dashboard, table
from painwatch.grafana.dashboards.setting import Setting
from painwatch.grafana.dashboards.standing import BACKGROUND, standing
from painwatch.sinks.schema import MINUTES


def overview(setting: Setting) -> list[builder.Builder[dashboard.Panel]]:
    """Its panels, from top to bottom."""
    found = limits(setting.config, Signal.PAIN_PROBABILITY)
    judged = f'"coverage" >= {minimum_coverage(setting.config):g}'
    pain = ask('mean("pain_probability") AS "pain"', MINUTES, setting.site, judged, RANGE, by=(STEP, "cage"))
    seen = ask('mean("coverage") AS "coverage"', MINUTES, setting.site, RANGE, by=(STEP, "cage"), tail="fill(null)")
    names = [cage.name for cage in setting.cages]
    shares = [dashboard.Threshold(value or None, colour) for value, colour in VIRIDIS]
    return [
        _which(setting),
        words_panel(1, "What this is", _words(setting), (0, 8, 24, 3)),
        standing(setting, "welfare", (0, 11, 12, 7), OverviewPanel.WELFARE),
        standing(setting, "technical", (12, 11, 12, 7), OverviewPanel.TECHNICAL),
        _cages(setting),
        lines(
            setting,
            OverviewPanel.LAST_HOUR,
            "Pain probability of every cage",
            f"Mean over the minutes of which enough was seen to be judged. {in_words(found)}",
            (0, 28, 12, 9),
            setting.series("A", f"{pain} fill(null)", "$tag_cage"),
            unit=SHARE,
            limits=found,
            names=names,
            most=1,
        ),
        history(
            setting,
            OverviewPanel.SEEN,
            "How much of each cage was seen",
            "Looks scored / looks expected. Dark: little; light: much; grey or empty: nothing arrived. "
            "A cage of which nothing arrived in this range of time has no row.",
            (12, 28, 12, 9),
            setting.series("A", seen, "$tag_cage"),
        )
        .interval("10m")
        .unit(SHARE)
        .decimals(0)
        .min(0)
        .max(1)
        .mappings([missing("nothing arrived")])
        .thresholds(stepped(shares))
        .color_scheme(by_limit()),
        _last_heard(setting),
    ]


def _words(setting: Setting) -> str:
    return (
        f"{setting.notice} A score tells a person where to look. "
        f"**{NOT_SEEN}** means that nothing could be scored, **{SILENT}** that nothing arrives: neither means that "
        "an animal has no pain."
    )


def _which(setting: Setting) -> builder.Builder[dashboard.Panel]:
    wide = common_builders.ReduceDataOptions().values(True).limit(1000).calcs([]).fields("/^state$/")
    panel = tiles(
        setting,
        OverviewPanel.STATE,
        "Which cage needs a person",
        "Every cage of the configuration, the most urgent first: a welfare alarm that nobody has seen, then silence "
        "and alarms that cannot be told, then alarms that a person knows of, then those of the watch itself, then what "
        "cannot be seen. Alarms: as they stood when the hub last told of them, at most "
        f"{AT_ONCE_H} hours ago. A tile leads to its cage.",
        (0, 0, 24, 8),
        *urgency.asked(setting),
        nothing=f"{SILENT}: nothing arrives",
    )
    return (
        panel.reduce_options(wide)
        # Not for all fields: a cage may be called 995, and its name leads to it.
        .override_by_name("state", [change("mappings", urgency.in_words())])
        .color_scheme(fixed(GREY))
        .data_links([_to_cage(setting)])
        .transformations([*urgency.ordered(), transformed("filterFieldsByName", include={"names": ["cage", "state"]})])
    )


def _cages(setting: Setting) -> table.Panel:
    hour = ask(
        f'{PAIN_SHARE} AS "pain, last hour"',
        MINUTES,
        setting.site,
        setting.live(),
        SCORED,
        since("1h"),
        by=("cage",),
    )
    covered = ask(
        'mean("coverage") AS "coverage, last hour", count("coverage") AS "minutes told, last hour"',
        MINUTES,
        setting.site,
        setting.live(),
        since("1h"),
        by=("cage",),
    )
    shares = ("pain now", "pain, last hour", "coverage now", "coverage, last hour")
    counts = ("welfare alarms", "technical alarms")
    order = ("state", "cage", *shares, "minutes told, last hour", *counts, "room", "strain", "group")
    state = [
        change("mappings", urgency.in_words()),
        change("color", {"mode": "fixed", "fixedColor": GREY}),
        BACKGROUND,
        change("custom.width", 260),
    ]
    panel = (
        table_of(
            setting,
            OverviewPanel.CAGES,
            "Every cage, the most urgent first",
            f"Now: the last minute within {urgency.NOW} that told it. Last hour: all looks of 60 minutes together.",
            (0, 18, 24, 10),
            *urgency.asked(setting),
            setting.rows("E", hour),
            setting.rows("F", covered),
            nothing="no cage is configured",
        )
        .transformations(
            [
                *urgency.ordered(),
                transformed(
                    "organize",
                    excludeByName=dict.fromkeys(("known", "told", "unseen", "heard", "seen"), True),
                    indexByName={name: index for index, name in enumerate(order)},
                    renameByName={},
                ),
            ]
        )
        .sort_by([common_builders.TableSortByFieldState().display_name("state").desc(True)])
        .override_by_name("state", state)
        .override_by_name("cage", [change("links", [_to_cage(setting).build()])])
        .override_by_name("minutes told, last hour", [change("mappings", [missing("none")])])
    )
    for name in shares:
        shown = [change("unit", SHARE), change("decimals", 0), change("mappings", [missing(NOT_SEEN)])]
        panel = panel.override_by_name(name, shown)
    for name in counts:
        panel = panel.override_by_name(name, [change("mappings", [said({"0": ("none", BLUE)}), missing("none told")])])
    return panel


def _last_heard(setting: Setting) -> table.Panel:
    asked = ask('last("coverage") AS "coverage"', MINUTES, setting.site, since(AT_ONCE), by=("cage",))
    panel = table_of(
        setting,
        OverviewPanel.HEARD,
        "When each cage was last heard of",
        f"The beginning of its last minute within {AT_ONCE_H} hours, seen or not. A cage that is not here was silent "
        "for longer: above, every cage has its tile.",
        (0, 37, 24, 7),
        setting.rows("A", asked),
        nothing=f"{SILENT}: nothing arrived of any cage",
    )
    order = {"cage": 0, "Time": 1, "coverage": 2}
    return (
        panel.transformations(
            [transformed("organize", excludeByName={}, indexByName=order, renameByName={"Time": "last minute began"})]
        )
        .sort_by([common_builders.TableSortByFieldState().display_name("last minute began").desc(False)])
        .override_by_name("last minute began", [change("unit", "dateTimeFromNow")])
        .override_by_name("coverage", [change("unit", SHARE), change("decimals", 0)])
    )


def _to_cage(setting: Setting) -> builders.DashboardLink:
    url = f"{setting.address(Board.CAGE)}?var-cage=${{__data.fields.cage:percentencode}}"
    return builders.DashboardLink("Show this cage").type(dashboard.DashboardLinkType.LINK).url(url)
