"""The dashboards of a site, built: in the SDK's types, and as the text of their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from painwatch.config.models import Config
from painwatch.grafana.dashboards.about import THIS
from painwatch.grafana.dashboards.cage import cage
from painwatch.grafana.dashboards.dataquery import register
from painwatch.grafana.dashboards.marked import marked_intervals, marks, raised
from painwatch.grafana.dashboards.overview import overview
from painwatch.grafana.dashboards.places import Board, uid_of_board
from painwatch.grafana.dashboards.sdk import builder, builders, dashboard, encoder
from painwatch.grafana.dashboards.setting import Setting, setting_of
from painwatch.grafana.dashboards.study import study
from painwatch.grafana.dashboards.system import system
from painwatch.grafana.dashboards.variables import one_cage, some_cages, some_chosen


@dataclass(frozen=True, slots=True)
class Built:
    """A dashboard of Grafana's classic schema. `model`: in the SDK's types; `json`: the same as a file's text."""

    board: Board
    uid: str
    title: str
    file_name: str
    model: dashboard.Dashboard
    json: str


@dataclass(frozen=True, slots=True)
class _Plan:
    title: str
    words: str
    panels: Callable[[Setting], list[builder.Builder[dashboard.Panel]]]
    since: str
    refresh: str


_PLANS: dict[Board, _Plan] = {
    Board.OVERVIEW: _Plan("overview", "Which cage needs a person.", overview, "now-6h", "30s"),
    Board.CAGE: _Plan("cage", "One cage: how it does, and what was told of it.", cage, "now-12h", "1m"),
    Board.SYSTEM: _Plan("the watch itself", "Cameras, processes, databases and disks.", system, "now-6h", "1m"),
    Board.STUDY: _Plan("study", "Groups over time: half-hour means, mean and SEM.", study, "now-48h", "5m"),
}


def dashboards(config: Config, config_dir: Path | None = None) -> tuple[Built, ...]:
    """All four, in the order of `Board`. `config_dir`: where a relative folder of a model is looked for; unset: here.

    The same configuration gives the same text, byte by byte.
    """
    register()
    setting = setting_of(config, config_dir or Path())
    return tuple(_built(setting, board) for board in Board)


def read(text: str) -> dashboard.Dashboard:
    """A dashboard's text in the SDK's types: for one of ours, without loss."""
    register()
    return dashboard.Dashboard.from_json(json.loads(text))


def written(model: dashboard.Dashboard) -> str:
    """The text of a dashboard's file."""
    return json.dumps(model, cls=encoder.JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _built(setting: Setting, board: Board) -> Built:
    plan = _PLANS[board]
    title = f"{setting.config.site}: {plan.title}"
    made = (
        builders.Dashboard(title)
        .uid(uid_of_board(setting.config.site, board))
        .description(plan.words)
        .tags(["painwatch"])
        .timezone("browser")
        .time(plan.since, "now")
        .refresh(plan.refresh)
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .links(_links(setting, board))
    )
    if board is Board.CAGE:
        made = made.variables(list(one_cage(setting)))
        made = made.annotations([marks(setting, THIS), marked_intervals(setting, THIS), raised(setting)])
    if board is Board.STUDY:
        chosen = some_chosen(setting)
        made = made.variables(list(some_cages(setting)))
        made = made.annotations([marks(setting, *chosen), marked_intervals(setting, *chosen)])
    for panel in plan.panels(setting):
        made = made.with_panel(panel)
    model = made.build()
    return Built(board, uid_of_board(setting.config.site, board), title, f"{board}.json", model, written(model))


def _links(setting: Setting, board: Board) -> list[builder.Builder[dashboard.DashboardLink]]:
    others = [(_PLANS[other].title.capitalize(), setting.address(other)) for other in Board if other is not board]
    page = setting.config.notify.page
    live = [("Live page", page), ("Alarms on the live page", f"{page.rstrip('/')}/alarms")] if page else []
    return [
        builders.DashboardLink(title)
        .type(dashboard.DashboardLinkType.LINK)
        .url(url)
        .icon("external link" if (title, url) in live else "dashboard")
        .keep_time((title, url) not in live)
        .target_blank((title, url) in live)
        for title, url in (*others, *live)
    ]
