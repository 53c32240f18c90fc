"""Tables of alarms that stand: raised, and not ended since."""

from __future__ import annotations

from painwatch.grafana.dashboards.about import OF_CHOSEN, about_chosen
from painwatch.grafana.dashboards.asking import ALARMS_DAYS, ask_of, last_raised
from painwatch.grafana.dashboards.drawing import Place, change, transformed, widths
from painwatch.grafana.dashboards.looks import PHASES, said
from painwatch.grafana.dashboards.panels import table_of
from painwatch.grafana.dashboards.sdk import common_builders, table
from painwatch.grafana.dashboards.setting import Setting

_TOLD = ', "priority", "phase", "words", "value", "threshold", "coverage"'

_TITLES = {
    "welfare": "Welfare alarms that stand{}: review the animal",
    "technical": "Technical alarms that stand{}: see to the watch",
}

SINCE = "last change"
_WIDTHS = {SINCE: 115, "subject": 100, "rule": 125, "phase": 215}
BACKGROUND = change("custom.cellOptions", {"type": "color-background", "mode": "basic"})


def standing(setting: Setting, kind: str, place: Place, panel_id: int, *, of_cage: bool = False) -> table.Panel:
    """Every alarm of a kind that stands: `welfare` or `technical`, which are never mixed.

    `of_cage`: those about the chosen cage: its own, its group's, and those of all cages. The numbers stand
    in the words already, which get their room.
    """
    which = (about_chosen(setting.config),) if of_cage else ()
    each = last_raised(setting.site, kind, *which, by=("rule", "subject"), fields=_TOLD)
    whose = f"{OF_CHOSEN} " if of_cage else ""
    asked = ask_of(f'"raised"{_TOLD}', each, '"raised" = 1', by=("rule", "subject"))
    order = ("Time", "subject", "rule", "phase", "priority", "words", "value", "threshold", "coverage", "raised")
    organize = transformed(
        "organize",
        excludeByName=dict.fromkeys(("raised", "priority", "value", "threshold", "coverage"), True),
        indexByName={name: index for index, name in enumerate(order)},
        renameByName={"Time": SINCE, "words": "what was told"},
    )
    panel = (
        table_of(
            setting,
            panel_id,
            _TITLES[kind].format(", ${cage}" if of_cage else ""),
            f"{whose}The last change of each rule and subject within {ALARMS_DAYS} days, if the alarm is still raised. "
            "What could not arrive is not told here: see which cages are silent.",
            place,
            setting.rows("A", asked),
            nothing="none told",
        )
        .transformations([organize])
        .sort_by([common_builders.TableSortByFieldState().display_name(SINCE).desc(True)])
        .override_by_name("phase", [change("mappings", [said(PHASES)]), BACKGROUND])
        .override_by_name(SINCE, [change("unit", "dateTimeFromNow")])
        .override_by_name("what was told", [change("custom.cellOptions", {"type": "auto", "wrapText": True})])
    )
    return widths(panel, _WIDTHS)
